//! The operator's commands, beside a running server.

use crate::process::{Running, Scratch, hookreel};
use hookreel_testing::TestDatabase;
use serde_json::Value;
use std::process::{Output, Stdio};
use tokio::io::AsyncWriteExt as _;

const PASSWORD: &str = "an engine of brass and steam";

/// Runs a command with this on its standard input.
pub(crate) async fn run(arguments: &[&str], input: &str) -> Output {
    let mut command = hookreel(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    child.wait_with_output().await.unwrap()
}

fn create_tenant<'a>(email: &'a str, url: &'a str) -> Vec<&'a str> {
    let what = ["admin", "create-tenant", "--name", "Acme", "--email", email, "--password-stdin", "--json"];
    [&what[..], &["--database-url", url]].concat()
}

#[tokio::test]
async fn a_tenant_made_beside_a_running_server_can_use_it_at_once() {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let url = database.url();
    let running = Running::start(&["--database-url", &url, "--data-dir", scratch.path()]).await;

    let made = run(&create_tenant("ada@example.com", &url), &format!("{PASSWORD}\n")).await;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let answer: Value = serde_json::from_slice(&made.stdout).unwrap();
    let keys: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["api_key", "application_id", "tenant_id"]);

    let bearer = format!("Bearer {}", answer["api_key"].as_str().unwrap());
    let path = format!("GET /api/v1/app/{}/", answer["application_id"].as_str().unwrap());
    let application = running.ask(&path, &[("authorization", &bearer)], "").await;
    assert_eq!(application.status, 200, "{}", application.body);
    assert_eq!(application.json()["id"], answer["application_id"]);

    let again = run(&create_tenant("ada@example.com", &url), PASSWORD).await;
    assert!(!again.status.success() && again.stdout.is_empty());
    assert!(String::from_utf8_lossy(&again.stderr).contains("ada@example.com already"));

    let listed = run(&["admin", "list-tenants", "--json", "--database-url", &url], "").await;
    let tenant: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((&tenant["tenant_id"], &tenant["members"][0]), (&answer["tenant_id"], &"ada@example.com".into()));
}

#[tokio::test]
async fn a_weak_password_is_refused_and_nothing_is_made() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let refused = run(&create_tenant("ada@example.com", &url), "password123\n").await;
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("common"));
    let listed = run(&["admin", "list-tenants", "--database-url", &url], "").await;
    assert!(listed.status.success() && listed.stdout.is_empty());
}

#[tokio::test]
async fn where_stripe_sends_its_webhooks_is_known_before_the_first_start() {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let printed = run(
        &["admin", "billing-webhook-url", "--public-url", "https://hooks.example.com", "--data-dir", scratch.path()],
        "",
    )
    .await;
    let printed = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
    let path = printed.strip_prefix("https://hooks.example.com").unwrap();
    assert!(path.starts_with("/in/") && path.len() > 30, "{printed}");

    let url = database.url();
    let given = ["--database-url", &url, "--data-dir", scratch.path(), "--stripe-key", "sk_test_1"];
    let running = Running::start(&[&given[..], &["--stripe-webhook-secret", "whsec_1234567890"]].concat()).await;
    let unsigned = running.ask(&format!("POST {path}"), &[("content-type", "application/json")], "{}").await;
    assert_eq!(unsigned.status, 401, "it is there, and believes nobody: {}", unsigned.body);
    assert_eq!(running.stop().await, Some(0));
    let again = Running::start(&given).await;
    assert_eq!(again.ask("POST /in/anything", &[], "{}").await.status, 404);
    assert_eq!(again.stop().await, Some(0));
}

#[tokio::test]
async fn a_password_can_be_replaced() {
    let database = TestDatabase::create().await;
    let url = database.url();
    assert!(run(&create_tenant("ada@example.com", &url), PASSWORD).await.status.success());
    let reset = |email| ["admin", "reset-password", "--email", email, "--password-stdin", "--database-url"];
    let done = run(&[&reset("ada@example.com")[..], &[&url]].concat(), "a new engine of steel\n").await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let unknown = run(&[&reset("eve@example.com")[..], &[&url]].concat(), "a new engine of steel\n").await;
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("was not found"));
}
