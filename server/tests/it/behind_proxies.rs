//! Whose request it is that comes by a proxy: what the proxy says counts only if the proxy is trusted.

use crate::process::{Running, Scratch};
use crate::tenant::{self, signature};
use hookreel_testing::TestDatabase;
use serde_json::json;

const SECRET: &str = "shared with the provider";

/// What a source that only one network may send to answers to requests from here, one for each `X-Forwarded-For`.
async fn statuses(arguments: &[&str], forwarded: &[&str]) -> Vec<u16> {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let url = database.url();
    let given = ["--database-url", &url, "--data-dir", scratch.path()];
    let server = Running::start(&[&given[..], arguments].concat()).await;
    let tenant = tenant::create(["--database-url", &url]).await;
    let bearer = format!("Bearer {}", tenant["api_key"].as_str().unwrap());
    let source = json!({
        "name": "Parts", "provider": "generic_hmac", "secret": SECRET,
        "generic": { "header": "x-signature", "encoding": "hex" },
        "settings": { "allowedNetworks": ["198.51.100.0/24"] },
    });
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let made = server.ask("POST /api/v1/source/", &headers, &source.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let token = made.json()["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let signed = signature(SECRET, "{}");
    let mut statuses = Vec::new();
    for sender in forwarded {
        let headers = [("x-signature", signed.as_str()), ("x-forwarded-for", sender)];
        statuses.push(server.ask(&format!("POST /in/{token}"), &headers, "{}").await.status);
    }
    statuses
}

#[tokio::test]
async fn who_may_send_is_told_by_a_trusted_proxy_and_by_nobody_else() {
    let forwarded = ["198.51.100.7", "203.0.113.9", "198.51.100.7, 203.0.113.9", "nonsense"];
    assert_eq!(statuses(&["--trusted-proxy", "127.0.0.0/8"], &forwarded).await, [200, 403, 403, 403]);
    assert_eq!(statuses(&[], &forwarded).await, [403, 403, 403, 403]);
}
