//! Repositories of GitHub, and what it failed to deliver.

use crate::app::TestApp;
use hookreel_egress::{Egress, EgressPolicy};
use hookreel_integrations::{GitHub, GitHubConfig};
use hookreel_kernel::{Clock, SystemClock};
use hookreel_services::Integrations;
use serde_json::{Value, json};
use std::sync::Arc;
use time::format_description::well_known::Rfc3339;
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TOKEN: &str = "github_pat_0123456789";

/// A GitHub that fails its test if anything comes that was not announced.
async fn github() -> MockServer {
    let server = MockServer::start().await;
    let unexpected = Mock::given(any()).respond_with(ResponseTemplate::new(418)).with_priority(255);
    unexpected.expect(0).named("an unexpected request").mount(&server).await;
    server
}

async fn on(server: &MockServer, request: &str, status: u16, body: Value) {
    let (verb, place) = request.split_once(' ').unwrap();
    let mock = Mock::given(method(verb)).and(path(place));
    let mock = mock.respond_with(ResponseTemplate::new(status).set_body_json(body)).up_to_n_times(1);
    mock.expect(1).named(request).mount(server).await;
}

async fn app(server: &MockServer) -> TestApp {
    let egress = Egress::new(EgressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()])).unwrap();
    let github = GitHub::new(GitHubConfig::new(server.uri()), egress, Arc::new(SystemClock)).unwrap();
    TestApp::with(Integrations { github: Some(github), ..Integrations::default() }).await
}

async fn source(app: &TestApp) -> String {
    let made = app.post("/api/v1/source", json!({"name": "a", "provider": "github"})).send().await.expect(201);
    assert_eq!(made["repository"], Value::Null);
    format!("/api/v1/source/{}", made["id"].as_str().unwrap())
}

fn wanted() -> Value {
    json!({"token": TOKEN, "repository": "octo/hello", "events": ["push"]})
}

fn hook() -> Value {
    json!({
        "id": 7, "active": true, "events": ["push"], "config": {"url": "https://example.com/"},
        "created_at": "2026-06-03T00:57:16Z", "updated_at": "2026-06-03T00:57:16Z",
    })
}

#[tokio::test]
async fn a_repository_is_connected_recovered_from_and_disconnected() {
    let server = github().await;
    let app = app(&server).await;
    let source = source(&app).await;
    let repository = json!({
        "id": 1, "full_name": "octo/hello", "private": false, "html_url": "https://github.com/octo/hello",
        "permissions": {"admin": true, "push": true, "pull": true},
    });
    on(&server, "GET /user/repos", 200, json!([])).await;
    on(&server, "GET /repos/octo/hello", 200, repository).await;
    on(&server, "GET /repos/octo/hello/hooks", 200, json!([])).await;
    on(&server, "POST /repos/octo/hello/hooks", 201, hook()).await;
    on(&server, "POST /repos/octo/hello/hooks/7/pings", 204, Value::Null).await;
    let connected = app.put(&format!("{source}/repository"), wanted()).send().await;
    assert!(!connected.text().contains(TOKEN));
    let connected = connected.expect(200);
    assert_eq!((&connected["repository"], &connected["hookId"]), (&json!("octo/hello"), &json!(7)));
    assert_eq!((&connected["events"], &connected["isAlive"]), (&json!(["push"]), &json!(false)));
    assert_eq!(app.get(&source).send().await.expect(200)["repository"], "octo/hello");

    let lost = json!([{
        "id": 3, "guid": "g-1", "delivered_at": SystemClock.now().format(&Rfc3339).unwrap(), "redelivery": false,
        "status": "timed out", "status_code": 0, "event": "issues", "action": "opened",
    }]);
    on(&server, "GET /repos/octo/hello/hooks/7/deliveries", 200, lost.clone()).await;
    on(&server, "GET /repos/octo/hello/hooks/7/deliveries", 200, lost).await;
    let until = (SystemClock.now() + std::time::Duration::from_mins(1)).format(&Rfc3339).unwrap();
    let missed = format!("{source}/github-recovery/missed?until={}", until.replace('+', "%2B"));
    let missed = app.get(&missed).send().await.expect(200);
    assert_eq!((&missed["lost"], &missed["isComplete"]), (&json!(1), &json!(true)));
    assert_eq!((&missed["data"][0]["guid"], &missed["data"][0]["status"]), (&json!("g-1"), &Value::Null));
    let started = app.post(&format!("{source}/github-recovery"), json!({"until": until})).send().await.expect(202);
    assert_eq!((&started["total"], &started["state"]), (&json!(1), &json!("running")));
    let recovery = format!("{source}/github-recovery/{}", started["id"].as_str().unwrap());
    let detail = app.get(&recovery).send().await.expect(200);
    assert_eq!((&detail["id"], &detail["deliveries"][0]["outcome"]), (&started["id"], &json!("waiting")));
    let begun = app.get(&format!("{source}/github-recovery")).send().await.expect(200);
    assert_eq!(begun["data"][0]["id"], started["id"]);
    let elsewhere = recovery.replace(&source, &self::source(&app).await);
    app.get(&elsewhere).send().await.expect(404);
    let cancelled = app.post(&format!("{recovery}/cancel"), json!({})).send().await.expect(200);
    assert_eq!(cancelled["state"], "cancelled");

    on(&server, "DELETE /repos/octo/hello/hooks/7", 204, Value::Null).await;
    assert_eq!(app.delete(&format!("{source}/repository")).send().await.status, 204);
    app.get(&format!("{source}/repository")).send().await.expect(404);
}

#[tokio::test]
async fn a_github_that_is_away_is_no_fault_of_the_request() {
    let server = github().await;
    let app = app(&server).await;
    let source = source(&app).await;
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "120");
    Mock::given(path("/user/repos")).respond_with(limited).expect(1).mount(&server).await;
    let answer = app.put(&format!("{source}/repository"), wanted()).send().await;
    assert_eq!((answer.status, answer.header("retry-after")), (502, "120"));
    let problem = answer.expect(502);
    assert_eq!((&problem["code"], &problem["title"]), (&json!("service_away"), &json!("Bad Gateway")));
    assert!(problem["detail"].as_str().unwrap().contains("Try again in 120 seconds"), "{problem}");
}

#[tokio::test]
async fn without_a_github_a_program_is_told_so() {
    let app = TestApp::start().await;
    let source = source(&app).await;
    let problem = app.put(&format!("{source}/repository"), wanted()).send().await.expect(409);
    assert!(problem["detail"].as_str().unwrap().contains("HOOKREEL_GITHUB_API_URL"), "{problem}");
    for path in ["repository", "github-recovery/missed"] {
        app.get(&format!("{source}/{path}")).send().await.expect(404);
    }
    let unknown = app.put(&format!("{source}/repository"), json!({"tokens": "x"})).send().await;
    assert_eq!(unknown.status, 422);
}
