//! Tenants, as an operator makes them.

use crate::process::hookreel;
use serde_json::Value;
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

/// What a provider signs a body with: HMAC-SHA256 in hex.
pub(crate) fn signature(secret: &str, body: &str) -> String {
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
