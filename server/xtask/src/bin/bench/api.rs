//! What is asked of the server: an application with endpoints, and its end.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::connection::{Connection, request};

/// The server and how to be let in.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) authority: String,
    pub(crate) key: String,
}

impl Api {
    /// Makes an application with these endpoints and returns its id.
    pub(crate) async fn create_application(&self, name: &str, urls: &[String]) -> Result<String> {
        let made = self.call("POST", "/api/v1/app/", &json!({ "name": name })).await?;
        let id = made.get("id").and_then(Value::as_str).context("the new application has no id")?.to_owned();
        for url in urls {
            self.call("POST", &format!("/api/v1/app/{id}/endpoint/"), &json!({ "url": url })).await?;
        }
        Ok(id)
    }

    /// Deletes it, so that its retries stop.
    pub(crate) async fn delete_application(&self, id: &str) -> Result<()> {
        self.call("DELETE", &format!("/api/v1/app/{id}/"), &Value::Null).await.map(drop)
    }

    /// The request that publishes a payload.
    pub(crate) fn message(&self, application: &str, payload: &str) -> Vec<u8> {
        let body = format!("{{\"eventType\":\"invoice.paid\",\"payload\":{payload}}}");
        request("POST", &self.authority, &format!("/api/v1/app/{application}/msg/"), &self.key, &body)
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut connection = Connection::open(&self.authority).await?;
        let answer = connection.exchange(&request(method, &self.authority, path, &self.key, &body)).await?;
        if !(200..300).contains(&answer.status()) {
            bail!("{method} {path}: {}: {}", answer.first_line, String::from_utf8_lossy(&answer.body));
        }
        Ok(serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
    }
}
