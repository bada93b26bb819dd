//! What belongs to somebody else does not exist.

use crate::app::{Answer, TestApp};
use crate::openapi::operations;
use hookreel_testing::FakeReceiver;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Names = BTreeMap<&'static str, String>;

/// One of everything, of the first tenant.
async fn everything(app: &TestApp, receiver: &FakeReceiver) -> Names {
    let application = app.get("/api/v1/app/default").send().await.expect(200)["id"].clone();
    let endpoint = app.endpoint(&receiver.url("/hooks")).await;
    let body = json!({"eventType": "a", "payload": {}});
    let message = app.post("/api/v1/app/default/msg", body).send().await.expect(202)["id"].clone();
    receiver.wait_for("/hooks", 1).await;
    let attempts = format!("/api/v1/app/default/attempt/msg/{}", message.as_str().unwrap());
    let attempt = loop {
        let page = app.get(&attempts).send().await.expect(200);
        if let Some(id) = page["data"][0]["id"].as_str() {
            break id.to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let source = json!({"name": "a", "provider": "github", "secret": "a secret of some length"});
    let source = app.post("/api/v1/source", source).send().await.expect(201)["id"].clone();
    let replay =
        app.post("/api/v1/replay", json!({"since": "2020-01-01T00:00:00Z"})).send().await.expect(202)["id"].clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    BTreeMap::from([
        ("app_id", text(&application)),
        ("endpoint_id", endpoint),
        ("msg_id", text(&message)),
        ("attempt_id", attempt),
        ("source_id", text(&source)),
        ("replay_id", text(&replay)),
        // There is none without GitHub; those of others are in the tests of the services.
        ("recovery_id", "rcv_01h455vb4pex5vsknk084sn03q".to_owned()),
    ])
}

/// Ids of the same kinds that nothing has.
fn nothing() -> Names {
    let id = |prefix: &str| format!("{prefix}_01h455vb4pex5vsknk084sn02q");
    BTreeMap::from([
        ("app_id", id("app")),
        ("endpoint_id", id("ep")),
        ("msg_id", id("msg")),
        ("attempt_id", id("atmpt")),
        ("source_id", id("src")),
        ("replay_id", id("rpl")),
        ("recovery_id", id("rcv")),
    ])
}

fn filled(path: &str, names: &Names) -> String {
    names.iter().fold(path.to_owned(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id))
}

/// A body that is right for the operation.
fn body_of(operation: &str) -> Value {
    match operation {
        "application_upsert" => json!({"name": "a"}),
        "endpoint_create" | "endpoint_upsert" => json!({"url": "https://example.com/"}),
        "endpoint_update_headers" | "endpoint_patch_headers" => json!({"headers": {"x-a": "b"}}),
        "endpoint_recover" | "endpoint_replay_missing" => json!({"since": "2020-01-01T00:00:00Z"}),
        "message_create" => json!({"eventType": "a", "payload": {}}),
        "source_repository_connect" => json!({"token": "t", "repository": "octo/hello", "events": ["push"]}),
        "source_repository_replace_token" => json!({"token": "t"}),
        "source_set_secret" | "source_rotate_secret" => json!({"secret": "another secret of some length"}),
        _ => json!({}),
    }
}

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status, if answer.body.is_empty() { Value::Null } else { serde_json::from_slice(&answer.body).unwrap() })
}

#[tokio::test]
async fn every_operation_answers_for_a_foreign_id_as_for_an_unknown_one() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    let theirs = everything(&app, &receiver).await;
    let stranger = app.other_tenant().await;
    let unknown = nothing();
    let mut tried = 0;
    for (method, path, id) in operations().into_iter().filter(|(_, path, _)| path.contains('{')) {
        if path.contains("event_type_name") {
            continue;
        }
        // The foreign id everywhere, and behind an application of the stranger's own.
        let mut own_application = theirs.clone();
        own_application.insert("app_id", "default".to_owned());
        let mut unknown_in_own = unknown.clone();
        unknown_in_own.insert("app_id", "default".to_owned());
        for (foreign, unknown) in [(&theirs, &unknown), (&own_application, &unknown_in_own)] {
            if filled(&path, foreign) == filled(&path, unknown) {
                continue;
            }
            let call = |names: &Names| {
                app.call(method.clone(), &filled(&path, names)).by(&stranger).body(body_of(&id).to_string())
            };
            let (foreign, unknown) = (call(foreign).send().await, call(unknown).send().await);
            assert_eq!(told(&foreign), told(&unknown), "{method} {path}");
            assert_eq!(foreign.status, 404, "{method} {path}: {}", foreign.text());
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
    still_there(&app, &theirs).await;
}

/// Nothing of what the stranger tried had an effect.
async fn still_there(app: &TestApp, theirs: &Names) {
    let endpoint = format!("/api/v1/app/default/endpoint/{}", theirs["endpoint_id"]);
    let endpoint = app.call(Method::GET, &endpoint).send().await.expect(200);
    assert_eq!((&endpoint["state"], &endpoint["createdAt"]), (&json!("enabled"), &endpoint["updatedAt"]));
    let source = app.get(&format!("/api/v1/source/{}", theirs["source_id"])).send().await.expect(200);
    assert_eq!(source["secrets"], 1);
}

#[tokio::test]
async fn lists_show_only_what_is_ones_own() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    everything(&app, &receiver).await;
    let stranger = app.other_tenant().await;
    for path in [
        "/api/v1/app/default/endpoint",
        "/api/v1/app/default/msg",
        "/api/v1/source",
        "/api/v1/replay",
        "/api/v1/event-type",
    ] {
        let list = app.get(path).by(&stranger).send().await.expect(200);
        assert_eq!(list["data"], json!([]), "{path}");
    }
}

#[tokio::test]
async fn foreign_ids_in_bodies_are_unknown_too() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    let theirs = everything(&app, &receiver).await;
    let stranger = app.other_tenant().await;
    let unknown = nothing();
    let bodies = |names: &Names| {
        [
            ("/api/v1/source", json!({"name": "a", "provider": "github", "applicationId": names["app_id"]})),
            ("/api/v1/replay", json!({"since": "2020-01-01T00:00:00Z", "applicationId": names["app_id"]})),
            ("/api/v1/replay", json!({"since": "2020-01-01T00:00:00Z", "endpointId": names["endpoint_id"]})),
        ]
    };
    for ((path, foreign), (_, unknown)) in bodies(&theirs).into_iter().zip(bodies(&unknown)) {
        let foreign_answer = app.post(path, foreign.clone()).by(&stranger).send().await;
        let unknown_answer = app.post(path, unknown).by(&stranger).send().await;
        assert_eq!(told(&foreign_answer), told(&unknown_answer), "{foreign}");
        assert!(matches!(foreign_answer.status, 404 | 422), "{foreign}: {}", foreign_answer.text());
    }
}
