//! Tenants, as an operator makes them.

use crate::process::{Running, hookreel};
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;

/// Makes one in the instance that `store` (`--data-dir DIR` or `--database-url URL`) names, and returns what was
/// printed: `tenant_id`, `application_id`, `api_key`.
pub(crate) async fn create(store: [&str; 2]) -> Value {
    let what = ["admin", "create-tenant", "--name", "Acme", "--email", "ada@example.com", "--password-stdin", "--json"];
    let mut command = hookreel(&[&what[..], &store].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"an engine of brass and steam").await.unwrap();
    serde_json::from_slice(&child.wait_with_output().await.unwrap().stdout).unwrap()
}

/// What the provider of [`source`] signs with.
pub(crate) const SECRET: &str = "shared with the provider";

/// Gives a tenant, as [`create`] returned it, a source of one's own whose webhooks carry [`signature`] in `x-signature`, and
/// returns the path that they are sent to.
pub(crate) async fn source(server: &Running, tenant: &Value) -> String {
    let bearer = format!("Bearer {}", tenant["api_key"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let source = json!({
        "name": "Parts", "provider": "generic_hmac", "secret": SECRET,
        "generic": { "header": "x-signature", "encoding": "hex" },
    });
    let made = server.ask("POST /api/v1/source/", &headers, &source.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    format!("/in/{}", made.json()["url"].as_str().unwrap().rsplit('/').next().unwrap())
}

/// What a provider signs a body with: HMAC-SHA256 in hex.
pub(crate) fn signature(secret: &str, body: &str) -> String {
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
