//! What a plan does not include is refused with what to do.

use crate::app::TestApp;
use hookreel_domain::Quotas;
use serde_json::json;

const MESSAGES: &str = "/api/v1/app/default/msg";

#[tokio::test]
async fn publishing_beyond_the_plan_is_a_problem_that_says_what_to_do() {
    let app = TestApp::start_selling(Quotas { messages_month: Some(0), ..Quotas::default() }).await;
    let body = json!({ "eventType": "a", "payload": {} });
    let refused = app.post(MESSAGES, body.clone()).send().await;
    let problem = refused.expect(402);
    assert_eq!(
        (problem["code"].as_str(), problem["title"].as_str()),
        (Some("quota_exceeded"), Some("Payment Required"))
    );
    assert_eq!(problem["type"], "/docs#problem-quota_exceeded");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("includes 0 messages a month") && detail.contains("https://hooks.example.com/usage"));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let listed = app.get(MESSAGES).send().await.expect(200);
    assert!(listed["data"].as_array().unwrap().is_empty());

    // After an upgrade the same key has to work: the refusal is not kept as its answer.
    let keyed = || app.post(MESSAGES, body.clone()).header("idempotency-key", "k");
    keyed().send().await.expect(402);
    let again = keyed().send().await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (402, ""));
}

#[tokio::test]
async fn an_endpoint_beyond_the_plan_is_refused_and_nothing_is_made() {
    let app = TestApp::start_selling(Quotas { endpoints: Some(1), ..Quotas::default() }).await;
    app.endpoint("https://example.com/a").await;
    let refused = app.post("/api/v1/app/default/endpoint", json!({ "url": "https://example.com/b" })).send().await;
    let problem = refused.expect(402);
    assert!(problem["detail"].as_str().unwrap().contains("1 endpoint: delete one"), "{problem}");
    let listed = app.get("/api/v1/app/default/endpoint").send().await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}
