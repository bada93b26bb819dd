//! Payloads that do not fit, and the schemas of events, as programs see them.

use crate::app::TestApp;
use crate::receiving::Source;
use serde_json::{Value, json};

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["amount"],
        "properties": { "amount": { "type": "integer" }, "lines": { "items": { "required": ["sku"] } } },
    })
}

async fn event_type(app: &TestApp, name: &str, validation: &str) {
    let body = json!({ "name": name, "description": "", "schemas": { "1": schema() }, "validation": validation });
    app.post("/api/v1/event-type", body).send().await.expect(201);
}

async fn validate(app: &TestApp, name: &str, validation: &str) {
    let path = format!("/api/v1/event-type/{name}");
    app.patch(&path, json!({ "validation": validation })).send().await.expect(200);
}

fn paid(payload: Value) -> Value {
    json!({ "eventType": "invoice.paid", "payload": payload })
}

#[tokio::test]
async fn a_payload_that_is_to_be_rejected_is_refused_with_the_place_of_each_fault() {
    let app = TestApp::start().await;
    event_type(&app, "invoice.paid", "reject").await;
    let wrong = paid(json!({ "amount": "42", "lines": [{ "sku": "a" }, {}] }));
    let answer = app.post("/api/v1/app/default/msg", wrong).send().await;
    let problem = answer.expect(422);
    assert_eq!(problem["code"], "validation");
    assert_eq!(problem["detail"][0]["loc"], json!(["body", "payload", "amount"]));
    assert_eq!(problem["detail"][0]["msg"], "must be of type integer, and is of type string");
    assert_eq!(
        answer.field_errors(),
        [
            "body.payload.amount: must be of type integer, and is of type string",
            "body.payload.lines.1.sku: is required"
        ]
    );
    assert_eq!(app.get("/api/v1/app/default/msg").send().await.expect(200)["data"], json!([]));
    app.post("/api/v1/app/default/msg", paid(json!({ "amount": 42 }))).send().await.expect(202);
    // Other types are nobody's business.
    let other = json!({ "eventType": "user.created", "payload": { "amount": "42" } });
    app.post("/api/v1/app/default/msg", other).send().await.expect(202);
}

#[tokio::test]
async fn a_refusal_is_the_answer_of_its_idempotency_key() {
    let app = TestApp::start().await;
    event_type(&app, "invoice.paid", "reject").await;
    let publish = || app.post("/api/v1/app/default/msg", paid(json!({ "amount": "x" }))).header("idempotency-key", "k");
    let first = publish().send().await;
    validate(&app, "invoice.paid", "off").await;
    let second = publish().send().await;
    assert_eq!((first.status, second.status, &first.body), (422, 422, &second.body));
    assert_eq!(second.header("idempotent-replayed"), "true");
    app.post("/api/v1/app/default/msg", paid(json!({ "amount": "x" }))).send().await.expect(202);
}

#[tokio::test]
async fn a_flagged_message_says_what_is_wrong_and_can_be_listed() {
    let app = TestApp::start().await;
    event_type(&app, "invoice.paid", "flag").await;
    let published = app.post("/api/v1/app/default/msg", paid(json!({ "amount": "x" }))).send().await.expect(202);
    let faults = json!([{ "pointer": "/amount", "message": "must be of type integer, and is of type string" }]);
    assert_eq!(published["schemaFaults"], faults);
    let fitting = app.post("/api/v1/app/default/msg", paid(json!({ "amount": 1 }))).send().await.expect(202);
    assert_eq!(fitting.get("schemaFaults"), None);

    let id = published["id"].as_str().unwrap();
    let read = app.get(&format!("/api/v1/app/default/msg/{id}")).send().await.expect(200);
    assert_eq!((&read["schemaFaults"], &read["payload"]), (&faults, &json!({ "amount": "x" })));
    let flagged = app.get("/api/v1/app/default/msg?flagged=true").send().await.expect(200);
    assert_eq!(flagged["data"].as_array().unwrap().len(), 1);
    assert_eq!(flagged["data"][0]["id"], published["id"]);
    let wrong = app.get("/api/v1/app/default/msg?flagged=maybe").send().await;
    assert_eq!(wrong.field_errors(), ["query.flagged: must be `true` or `false`"]);
}

#[tokio::test]
async fn what_a_provider_sends_is_flagged_and_never_refused() {
    let app = TestApp::start().await;
    event_type(&app, "charge.succeeded", "reject").await;
    let source = Source::stripe(&app, json!({})).await;
    source.send("evt_1", crate::receiving::SECRET).await.expect(200);
    let rows = crate::receiving::messages(&app, "accepted").await;
    assert_eq!(rows[0].schema_faults.iter().map(|fault| fault.pointer.as_str()).collect::<Vec<_>>(), ["/amount"]);
}

#[tokio::test]
async fn what_is_released_from_quarantine_is_flagged_by_the_schema_of_now() {
    let app = TestApp::start().await;
    let source = Source::stripe(&app, json!({})).await;
    source.post("pause").await;
    source.send("evt_1", crate::receiving::SECRET).await;
    assert_eq!(crate::receiving::messages(&app, "quarantined").await[0].schema_faults, []);
    event_type(&app, "charge.succeeded", "flag").await;
    let released = app.post("/api/v1/quarantine/release", json!({ "sourceId": source.id })).send().await.expect(200);
    assert_eq!(released["done"], 1, "{released}");
    let rows = crate::receiving::messages(&app, "accepted").await;
    assert_eq!(rows[0].schema_faults[0].to_string(), "/amount: is required");
}

#[tokio::test]
async fn a_schema_that_cannot_be_used_is_refused_with_its_place() {
    let app = TestApp::start().await;
    let refused = async |schema: Value, validation: &str| {
        let body = json!({ "name": "a", "schemas": { "1": schema }, "validation": validation });
        app.post("/api/v1/event-type", body).send().await.field_errors().join("; ")
    };
    let external = refused(json!({ "properties": { "a": { "$ref": "https://example.com/b.json" } } }), "off").await;
    assert!(external.starts_with("body.schemas: version 1: at /properties/a/$ref: refers to https://example.com"));
    assert!(refused(json!({ "properties": { "a": { "type": "text" } } }), "off").await.contains("/properties/a/type"));
    assert!(refused(json!({ "pattern": "(?=x)" }), "flag").await.contains("look-around"));
    assert!(refused(json!({}), "maybe").await.contains("body.validation: must be off, flag or reject"));
    let without = app.post("/api/v1/event-type", json!({ "name": "a", "validation": "flag" })).send().await;
    assert_eq!(without.field_errors(), ["body.validation: needs a schema that payloads can be held against"]);
}

#[tokio::test]
async fn validation_is_part_of_an_event_type() {
    let app = TestApp::start().await;
    event_type(&app, "invoice.paid", "flag").await;
    let path = "/api/v1/event-type/invoice.paid";
    assert_eq!(app.get(path).send().await.expect(200)["validation"], "flag");
    // Put by a program that does not know of it, it stays.
    let body = json!({ "description": "Paid", "schemas": { "1": schema() } });
    assert_eq!(app.put(path, body).send().await.expect(200)["validation"], "flag");
    validate(&app, "invoice.paid", "reject").await;
    let listed = app.get("/api/v1/event-type?search=INVOICE").send().await.expect(200);
    assert_eq!(listed["data"][0]["validation"], "reject");
    assert_eq!(app.get("/api/v1/event-type?search=none").send().await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn the_schemas_of_events_are_listed_page_by_page() {
    let app = TestApp::start().await;
    let (mut kinds, mut iterator) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/api/v1/event-schema/?limit=10&iterator={iterator}")).send().await.expect(200);
        kinds.extend(page["data"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap().to_owned()));
        match page["iterator"].as_str() {
            Some(next) => next.clone_into(&mut iterator),
            None => break,
        }
    }
    assert!(kinds.len() > 30 && kinds.is_sorted(), "{kinds:?}");
    assert!(!kinds.iter().any(|kind| kind == "plan.changed"), "no plans are sold here");
    app.get("/api/v1/event-schema/plan.changed").send().await.expect(404);
    let paused = app.get("/api/v1/event-schema/endpoint.disabled/").send().await.expect(200);
    assert_eq!(paused["streamKind"], "endpoint");
    assert_eq!(paused["schema"]["properties"]["reason"]["type"], "string");
    app.get("/api/v1/event-schema/endpoint.teleported").send().await.expect(404);
}
