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

    /// Makes a Stripe source with a secret and returns its id and the path of its address.
    pub(crate) async fn create_source(&self, secret: &str) -> Result<(String, String)> {
        let body = json!({ "name": "Bench", "provider": "stripe", "secret": secret });
        let made = self.call("POST", "/api/v1/source/", &body).await?;
        let id = made.get("id").and_then(Value::as_str).context("the new source has no id")?.to_owned();
        let url = made.get("url").and_then(Value::as_str).context("the new source has no URL")?;
        let path = url.find("/in/").map(|at| url[at..].to_owned()).context("the new source's URL has no token")?;
        Ok((id, path))
    }

    /// Deletes it.
    pub(crate) async fn delete_source(&self, id: &str) -> Result<()> {
        self.call("DELETE", &format!("/api/v1/source/{id}/"), &Value::Null).await.map(drop)
    }

    /// Deletes it, so that its retries stop.
    pub(crate) async fn delete_application(&self, id: &str) -> Result<()> {
        self.call("DELETE", &format!("/api/v1/app/{id}/"), &Value::Null).await.map(drop)
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
