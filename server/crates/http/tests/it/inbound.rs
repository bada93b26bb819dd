//! What providers send, right and wrong.

use crate::app::{Answer, BODY_BYTES_MAX, Call, TestApp};
use crate::deliveries::eventually;
use axum::body::Body;
use hmac::{Hmac, KeyInit, Mac};
use hookreel_contract::input::MessageFilter;
use http::Method;
use serde_json::json;
use sha2::Sha256;
use std::io::{Read, Write};
use std::time::Duration;

const SECRET: &str = "a secret of at least some length";

/// A generic source; the path of its URL.
async fn source(app: &TestApp) -> String {
    let generic = json!({"header": "X-Sig", "prefix": "sha256=", "encoding": "hex", "eventIdHeader": "X-Id"});
    let body = json!({"name": "Own", "provider": "generic_hmac", "secret": SECRET, "generic": generic});
    let made = app.post("/api/v1/source", body).send().await.expect(201);
    made["url"].as_str().unwrap().strip_prefix("https://hooks.example.com").unwrap().to_owned()
}

fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

fn webhook<'a>(app: &'a TestApp, path: &str, event_id: &str, body: &'static str) -> Call<'a> {
    app.call(Method::POST, path)
        .without_key()
        .header("x-sig", &signature(body.as_bytes()))
        .header("x-id", event_id)
        .body(body)
}

async fn messages(app: &TestApp, state: &str) -> usize {
    let filter = MessageFilter { state: Some(state.to_owned()), ..MessageFilter::default() };
    app.services.messages.list(&app.tenant.caller, filter).await.unwrap().items.len()
}

#[tokio::test]
async fn a_signed_webhook_is_stored_and_answered_with_its_id() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    let answer = webhook(&app, &path, "evt_1", r#"{ "a":1 }"#).send().await.expect(200);
    assert_eq!(answer["duplicate"], false);
    let id = answer["id"].as_str().unwrap();
    let message = app.get(&format!("/api/v1/app/default/msg/{id}")).send().await;
    assert!(message.text().contains(r#"{ "a":1 }"#), "{}", message.text());
    assert_eq!(message.expect(200)["eventId"], "evt_1");
}

#[tokio::test]
async fn a_providers_own_request_id_is_kept_and_ours_is_none_of_its_headers() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    let received = async |call: Call<'_>| {
        let answer = call.send().await;
        assert_eq!(answer.header("x-request-id").len(), 32, "the answer has an id of ours");
        let id = answer.expect(200)["id"].as_str().unwrap().parse().unwrap();
        app.services.messages.get(&app.tenant.caller, id).await.unwrap().headers
    };
    let names = |headers: &[(String, String)]| headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let without = received(webhook(&app, &path, "evt_1", "{}")).await;
    assert_eq!(names(&without), ["x-sig", "x-id"]);
    let with = received(webhook(&app, &path, "evt_2", "{}").header("x-request-id", "mine-123")).await;
    assert_eq!(with.last().unwrap(), &("x-request-id".to_owned(), "mine-123".to_owned()));
}

#[tokio::test]
async fn a_duplicate_is_a_success_and_is_stored_once() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    let first = webhook(&app, &path, "evt_1", "{}").send().await.expect(200);
    let second = webhook(&app, &path, "evt_1", "{}").send().await.expect(200);
    assert_eq!((&second["id"], &second["duplicate"]), (&first["id"], &json!(true)));
    assert_eq!(messages(&app, "accepted").await, 1);
}

#[tokio::test]
async fn a_repetition_with_another_body_is_kept_and_delivered_only_if_it_is_named_and_asked_for() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    let first = webhook(&app, &path, "evt_1", r#"{"n": 1}"#).send().await.expect(200);
    let again = webhook(&app, &path, "evt_1", r#"{"n": 2}"#).send().await.expect(200);
    assert_eq!((&again["id"], &again["duplicate"]), (&first["id"], &json!(true)));
    webhook(&app, &path, "evt_1", r#"{"n": 1}"#).send().await.expect(200);
    webhook(&app, &path, "evt_1", r#"{"n": 3}"#).send().await.expect(200);

    let filter = MessageFilter { state: Some("quarantined".to_owned()), ..MessageFilter::default() };
    let kept = app.services.messages.list(&app.tenant.caller, filter).await.unwrap().items;
    let [newer, older] = kept.as_slice() else { panic!("{kept:?}") };
    let original = first["id"].as_str().unwrap();
    let reason = format!("it repeats {original}, which was accepted, with another body");
    assert_eq!((older.refusal.as_ref(), older.verdict.as_deref()), (Some(&reason), Some("verified")));
    let detail = app.services.messages.get(&app.tenant.caller, older.id).await.unwrap();
    assert_eq!(detail.body.text, r#"{"n": 2}"#);
    assert_eq!(detail.inbound.unwrap().repeats.unwrap().to_string(), original);

    let named = json!({"messageIds": [older.id], "includeUnverified": true});
    assert_eq!(app.post("/api/v1/quarantine/release", named).send().await.expect(200)["done"], 1);
    assert_eq!(messages(&app, "accepted").await, 2);
    let source_id = newer.source_id.unwrap().to_string();
    let all = json!({"sourceId": source_id, "includeUnverified": true});
    let released = app.post("/api/v1/quarantine/release", all).send().await.expect(200);
    assert_eq!((&released["done"], &released["duplicates"]), (&json!(0), &json!(1)));
    assert_eq!((messages(&app, "accepted").await, messages(&app, "duplicate").await), (2, 1));
}

#[tokio::test]
async fn a_repetition_with_another_body_is_no_failure_of_its_source() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    let last_failure = async || app.get("/api/v1/source").send().await.expect(200)["data"][0]["lastFailure"].clone();
    webhook(&app, &path, "evt_1", r#"{"n": 1}"#).send().await.expect(200);
    webhook(&app, &path, "evt_1", r#"{"n": 2}"#).send().await.expect(200);
    assert_eq!((messages(&app, "quarantined").await, last_failure().await), (1, json!(null)));

    let tampered = webhook(&app, &path, "evt_2", "{}").body(r#"{"amount": 1000000}"#).send().await;
    assert_eq!(tampered.status, 401, "{}", tampered.text());
    let refused = last_failure().await;
    assert!(refused["reason"].as_str().unwrap().starts_with("no signature matches"), "{refused}");
    webhook(&app, &path, "evt_1", r#"{"n": 3}"#).send().await.expect(200);
    assert_eq!((messages(&app, "quarantined").await, last_failure().await), (3, refused));
}

#[tokio::test]
async fn a_webhook_that_cannot_be_verified_is_refused_in_one_line_and_kept() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    let tampered = webhook(&app, &path, "evt_1", "{}").body(r#"{"amount": 1000000}"#).send().await;
    let unsigned = app.call(Method::POST, &path).without_key().body("{}").send().await;
    for answer in [&tampered, &unsigned] {
        assert_eq!((answer.status, answer.text().lines().count()), (401, 1), "{}", answer.text());
        assert!(answer.header("content-type").starts_with("text/plain"));
        assert!(!answer.text().contains(SECRET));
    }
    assert_eq!((messages(&app, "quarantined").await, messages(&app, "accepted").await), (2, 0));
}

#[tokio::test]
async fn every_unknown_token_gets_the_same_answer() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    let (beginning, last) = path.split_at(path.len() - 1);
    let one_off = format!("{beginning}{}", if last == "x" { "y" } else { "x" });
    let long = format!("/in/{}", "a".repeat(300));
    let mut answers = Vec::new();
    for path in ["/in/nobody", "/in/%00", "/in/%ff", "/in/a%20b", &one_off, &long] {
        answers.push(app.call(Method::POST, path).without_key().body("{}").send().await);
    }
    let known_then_deleted =
        app.get("/api/v1/source").send().await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
    app.delete(&format!("/api/v1/source/{known_then_deleted}")).send().await.expect(204);
    answers.push(app.call(Method::POST, &path).without_key().body("{}").send().await);
    let told = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        (answer.status, headers, answer.body.clone())
    };
    assert!(answers.iter().all(|answer| told(answer) == told(&answers[0]) && answer.status == 404));
}

#[tokio::test]
async fn other_methods_are_answered_with_those_there_are() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    for method in [Method::HEAD, Method::DELETE, Method::OPTIONS] {
        let unknown = app.call(method.clone(), "/in/nobody").without_key().send().await;
        assert_eq!(unknown.status, 404, "{method}: a method finds out nothing about tokens");
    }
    for method in [Method::GET, Method::PUT, Method::HEAD, Method::DELETE, Method::OPTIONS] {
        let answer = app.call(method.clone(), &path).without_key().send().await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method}");
    }
    assert_eq!(messages(&app, "quarantined").await, 0);
}

#[tokio::test]
async fn of_a_body_over_the_cap_the_beginning_is_kept_however_it_is_sent() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    let id = app.get("/api/v1/source").send().await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
    let whole = app.call(Method::POST, &path).body(vec![b'x'; BODY_BYTES_MAX + 1]).send().await;
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>("x".repeat(1024)));
    let in_pieces = app.call(Method::POST, &path).body(Body::from_stream(endless)).send().await;
    assert_eq!((whole.status, in_pieces.status), (413, 413));
    let installation = "the body is larger than the 65536 bytes that are taken here; its beginning was kept\n";
    assert_eq!(whole.text(), installation);
    let settings = json!({"settings": {"bodyBytesMax": 1024}});
    app.patch(&format!("/api/v1/source/{id}"), settings).send().await.expect(200);
    let beyond_both = app.call(Method::POST, &path).body(vec![b'x'; BODY_BYTES_MAX + 1]).send().await;
    assert_eq!(
        beyond_both.text(),
        "the body is larger than the 1024 bytes that this source takes; its beginning was kept\n"
    );
    app.patch(&format!("/api/v1/source/{id}"), json!({"settings": {}})).send().await.expect(200);
    let filter = MessageFilter { state: Some("quarantined".to_owned()), ..MessageFilter::default() };
    let kept = app.services.messages.list(&app.tenant.caller, filter).await.unwrap().items;
    assert_eq!(kept.len(), 3);
    assert!(kept.iter().all(|message| message.body_bytes > 0 && message.body_bytes <= 64 * 1024));
    // What was only kept in part is never taken for what was sent.
    let again = json!({"messageIds": [kept[0].id]});
    assert_eq!(app.post("/api/v1/quarantine/reverify", again).send().await.expect(200)["done"], 0);

    let at_the_cap = app.call(Method::POST, &path).body(vec![b'x'; BODY_BYTES_MAX]).send().await;
    assert_eq!(at_the_cap.status, 401);
}

#[tokio::test]
async fn what_is_too_large_for_its_source_alone_is_kept_whole_and_can_be_verified_and_released() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    let id = app.get("/api/v1/source").send().await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
    let settings = json!({"settings": {"bodyBytesMax": 16}});
    app.patch(&format!("/api/v1/source/{id}"), settings).send().await.expect(200);
    let body = r#"{"text": "of more than sixteen bytes"}"#;
    let refused = webhook(&app, &path, "evt_1", body).send().await;
    let told = "the body is larger than the 16 bytes that this source takes; it was kept whole\n";
    assert_eq!((refused.status, refused.text()), (413, told));

    let filter = MessageFilter { state: Some("quarantined".to_owned()), ..MessageFilter::default() };
    let kept = app.services.messages.list(&app.tenant.caller, filter).await.unwrap().items.remove(0);
    assert_eq!(kept.body_bytes, body.len() as u64);
    let detail = app.services.messages.get(&app.tenant.caller, kept.id).await.unwrap();
    assert!(!detail.inbound.unwrap().is_truncated);
    let selected = json!({"messageIds": [kept.id]});
    assert_eq!(app.post("/api/v1/quarantine/reverify", selected.clone()).send().await.expect(200)["done"], 1);
    assert_eq!(app.post("/api/v1/quarantine/release", selected).send().await.expect(200)["done"], 1);
    let released = app.get(&format!("/api/v1/app/default/msg/{}", kept.id)).send().await.expect(200);
    assert_eq!(released["eventId"], "evt_1");
}

/// Sends exactly these bytes and reads what comes back until the server closes.
#[expect(clippy::disallowed_methods, reason = "bytes that no HTTP client would send")]
async fn raw(address: std::net::SocketAddr, request: String, half_close: bool) -> String {
    tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        if half_close {
            stream.shutdown(std::net::Shutdown::Write).unwrap();
        }
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_lying_content_length_accepts_nothing() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    let server = app.listen().await;
    let head = format!("POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-sig: {}\r\n", signature(b"{}"));

    raw(server.address, format!("{head}content-length: 100\r\n\r\n{{}}"), true).await;
    let slow = raw(server.address, format!("{head}content-length: 3\r\n\r\n{{}}"), false).await;
    assert!(slow.starts_with("HTTP/1.1 408"), "{slow}");
    let huge = raw(server.address, format!("{head}content-length: 99999999999\r\n\r\n{{}}"), false).await;
    assert!(huge.starts_with("HTTP/1.1 413"), "{huge}");
    let broken = raw(server.address, format!("{head}transfer-encoding: chunked\r\n\r\nzz\r\n"), true).await;
    assert!(broken.starts_with("HTTP/1.1 400"), "{broken}");
    // Of the one that announced too much, what there was is kept.
    assert_eq!((messages(&app, "accepted").await, messages(&app, "quarantined").await), (0, 1));

    eventually(&app, "/api/v1/source", |page| page["data"][0]["brokenOff24h"] == 3).await;

    let right = raw(server.address, format!("{head}content-length: 2\r\n\r\n{{}}"), false).await;
    assert!(right.starts_with("HTTP/1.1 200"), "{right}");
}

#[tokio::test]
async fn while_the_database_is_away_the_provider_is_asked_to_come_back() {
    let app = TestApp::start().await;
    let path = source(&app).await;
    webhook(&app, &path, "evt_1", "{}").send().await.expect(200);
    app.database.database().close().await;
    let answer = webhook(&app, &path, "evt_2", "{}").send().await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{}", answer.text());
    let api = app.get("/api/v1/app").send().await;
    assert_eq!((api.expect(503)["code"].as_str(), api.header("retry-after")), (Some("unavailable"), "2"));
}
