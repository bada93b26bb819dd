//! Whatever a program sends wrong is told clearly, and changes nothing.

use crate::app::{BODY_BYTES_MAX, TestApp};
use http::Method;
use serde_json::json;

#[tokio::test]
async fn without_a_key_nothing_is_told() {
    let app = TestApp::start().await;
    for answer in [
        app.get("/api/v1/app").without_key().send().await,
        app.get("/api/v1/app").header("authorization", "Bearer hk_wrong").send().await,
        app.get("/api/v1/app").header("authorization", "Basic YTpi").send().await,
        app.post("/api/v1/app", json!({"name": 1})).without_key().header("idempotency-key", "a").send().await,
    ] {
        let problem = answer.expect(401);
        assert_eq!(problem["code"], "authentication_failed");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

#[tokio::test]
async fn a_revoked_key_stops_working_at_once() {
    let app = TestApp::start().await;
    app.get("/api/v1/app").send().await.expect(200);
    let key = app.services.api_keys.list(&app.tenant.caller).await.unwrap()[0].id;
    app.services.api_keys.revoke(&app.tenant.caller, key).await.unwrap();
    app.get("/api/v1/app").send().await.expect(401);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let app = TestApp::start().await;
    for path in
        ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/app/default/nothing", "/api/v1/app/default/msg/a/b/c"]
    {
        let problem = app.get(path).send().await.expect(404);
        assert_eq!((&problem["code"], &problem["status"]), (&json!("not_found"), &json!(404)), "{path}");
    }
    let answer = app.call(Method::PUT, "/api/v1/app").send().await;
    assert_eq!(answer.expect(405)["code"], "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
}

#[tokio::test]
async fn broken_json_is_a_400_that_says_where() {
    let app = TestApp::start().await;
    for path in ["/api/v1/app", "/api/v1/app/default/msg", "/api/v1/source", "/api/v1/replay"] {
        let answer = app.call(Method::POST, path).body("{\n \"name\": oops}").send().await;
        let detail = answer.expect(400)["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("line 2 column"), "{path}: {detail}");
    }
    let deep = format!(r#"{{"name": "a", "schemas": {}}}"#, "[".repeat(10_000));
    app.call(Method::POST, "/api/v1/event-type").body(deep).send().await.expect(400);
    app.call(Method::POST, "/api/v1/app").body(vec![b'"', 0xff, b'"']).send().await.expect(400);
    app.call(Method::POST, "/api/v1/app").send().await.expect(400);
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let app = TestApp::start().await;
    let cases = [
        ("/api/v1/app", json!({}), "body.name: is required"),
        ("/api/v1/app", json!({"name": "a", "metadata": {"a": 1}}), "body.metadata.a: must be text, not a number"),
        ("/api/v1/app", json!({"name": "a", "rateLimit": 5}), "body.rateLimit: is not supported"),
        ("/api/v1/app", json!({"name": "a\u{0}b"}), "body: must not contain the character U+0000"),
        ("/api/v1/app", json!({"name": " "}), "body.name: must not be empty"),
        ("/api/v1/app/default/endpoint", json!({"url": "ftp://example.com"}), "body.url: must start with https://"),
        ("/api/v1/app/default/msg", json!({"payload": {}}), "body.eventType: is required"),
        ("/api/v1/app/default/msg", json!({"eventType": "a b", "payload": {}}), "body.eventType: may contain only"),
        ("/api/v1/app/default/msg", json!({"eventType": "a", "payload": [1]}), "body.payload: must be a JSON object"),
        (
            "/api/v1/app/default/msg",
            json!({"eventType": "a", "payload": {}, "tags": ["x"]}),
            "body.tags: is not supported",
        ),
        (
            "/api/v1/app/default/msg",
            json!({"eventType": "a", "payload": {}, "eventId": "a b"}),
            "body.eventId: may contain",
        ),
        ("/api/v1/event-type", json!({"name": "a/b", "description": ""}), "body.name: may contain only"),
        ("/api/v1/source", json!({"name": "a", "provider": "nobody"}), "body.provider: "),
        ("/api/v1/replay", json!({"since": "yesterday"}), "body.since: must be a time such as 2026-"),
        ("/api/v1/replay", json!({"since": "2026-01-01T00:00:00Z", "eventTypes": ["a b"]}), "body.eventTypes: `a b`"),
        ("/api/v1/app/default/endpoint", json!({"url": 5}), "body.url: must be text, not a number"),
        (
            "/api/v1/app/default/endpoint",
            json!({"url": "https://example.com/", "eventTypes": ["a b"]}),
            "body.eventTypes: may contain only",
        ),
        (
            "/api/v1/app/default/endpoint",
            json!({"url": "https://example.com/", "channels": ["a b"]}),
            "body.channels: may contain only",
        ),
        (
            "/api/v1/app/default/endpoint",
            json!({"url": "https://a.example", "filterTypes": 1}),
            "body.filterTypes: must be",
        ),
        (
            "/api/v1/app/default/endpoint",
            json!({"url": "https://a.example", "disabled": "no"}),
            "body.disabled: must be `true`",
        ),
        (
            "/api/v1/app/default/endpoint",
            json!({"url": "https://a.example", "filterSources": ["nobody"]}),
            "body.filterSources[0]: must be an id that starts with `src_`",
        ),
        ("/api/v1/event-type", json!({"name": "a", "description": 1}), "body.description: must be text, not a number"),
        ("/api/v1/quarantine/release", json!({"sourceId": 1}), "body.sourceId: must be text, not a number"),
        (
            "/api/v1/source",
            json!({"name": "a", "provider": "stripe", "settings": {"bodyBytesMax": -1}}),
            "body.settings.bodyBytesMax: must be a whole number",
        ),
        ("/api/v1/app", json!(["Arr", "uid", null, null, null]), "body: must be an object, not a list"),
        ("/api/v1/app", json!([]), "body: must be an object, not a list"),
        ("/api/v1/app/default/msg", json!([]), "body: must be an object, not a list"),
        (
            "/api/v1/source",
            json!({"name": "a", "provider": "generic_hmac", "generic": ["X-Sig", "", "hex"]}),
            "body.generic: must be an object, not a list",
        ),
        (
            "/api/v1/source",
            json!({"name": "a", "provider": "stripe", "settings": {"response": [200, "text/plain"]}}),
            "body.settings.response: must be an object, not a list",
        ),
        (
            "/api/v1/app/default/msg",
            json!({"eventType": "a", "payload": {}, "eventId": "msg_01h455vb4pex5vsknk084sn02q"}),
            "body.eventId: must not look like one of Hookreel's own ids",
        ),
        (
            "/api/v1/app/new/msg",
            json!({"eventType": "a", "payload": {}, "application": {"uid": "new", "name": 1}}),
            "body.application.name: must be text, not a number",
        ),
    ];
    for (path, body, expected) in cases {
        let answer = app.post(path, body.clone()).send().await;
        let errors = answer.field_errors();
        assert!(errors.len() == 1 && errors[0].starts_with(expected), "{path} {body}: {errors:?}");
    }
}

#[tokio::test]
async fn a_misspelt_field_never_widens_what_is_done() {
    let app = TestApp::start().await;
    let cases = [
        (
            "/api/v1/quarantine/release",
            json!({"sourceId": "src_01h455vb4pex5vsknk084sn02q", "includeUnverified": true, "message_ids": []}),
            "body.message_ids: is not known here; did you mean `messageIds`?",
        ),
        (
            "/api/v1/quarantine/reverify",
            json!({"sourceID": "src_01h455vb4pex5vsknk084sn02q"}),
            "body.sourceID: is not known here; did you mean `sourceId`?",
        ),
        (
            "/api/v1/replay?dry_run=true",
            json!({"since": "2026-01-01T00:00:00Z", "endpoint_id": "ep_01h455vb4pex5vsknk084sn02q"}),
            "body.endpoint_id: is not known here; did you mean `endpointId`?",
        ),
        (
            "/api/v1/replay",
            json!({"since": "2026-01-01T00:00:00Z", "channels": ["a"]}),
            "body.channels: is not known here; there are `applicationId`, `endpointId`, ",
        ),
        (
            "/api/v1/source",
            json!({"name": "a", "provider": "stripe", "secrt": "whsec_test_1234567890abcdef"}),
            "body.secrt: is not known here; did you mean `secret`?",
        ),
        (
            "/api/v1/source",
            json!({"name": "a", "provider": "stripe", "settings": {"allowedNetwork": ["10.0.0.0/8"]}}),
            "body.settings.allowedNetwork: is not known here; did you mean `allowedNetworks`?",
        ),
        (
            "/api/v1/app/default/endpoint",
            json!({"url": "https://example.com/", "eventtypes": ["a"]}),
            "body.eventtypes: is not known here; did you mean `eventTypes`?",
        ),
        (
            "/api/v1/app/default/endpoint",
            json!({"url": "https://example.com/", "filter_types": ["a"]}),
            "body.filter_types: is not known here; did you mean `filterTypes`?",
        ),
        (
            "/api/v1/app/default/msg",
            json!({"eventType": "a", "payload": {}, "event_id": "a"}),
            "body.event_id: is not known here; did you mean `eventId`?",
        ),
    ];
    for (path, body, expected) in cases {
        let errors = app.post(path, body.clone()).send().await.field_errors();
        assert!(errors.len() == 1 && errors[0].starts_with(expected), "{path} {body}: {errors:?}");
    }
    let replay = json!({"since": "2026-01-01T00:00:00Z"});
    for (path, body, expected) in [
        ("/api/v1/replay?dryRun=true", replay.clone(), "query.dryRun: is not known here; did you mean `dry_run`?"),
        ("/api/v1/replay?dry_run", replay, "query.dry_run: must be `true` or `false`"),
        (
            "/api/v1/quarantine/release?dry_run=true",
            json!({"sourceId": "src_01h455vb4pex5vsknk084sn02q"}),
            "query.dry_run: is not known here; there are none",
        ),
    ] {
        assert_eq!(app.post(path, body).send().await.field_errors(), [expected], "{path}");
    }
    assert_eq!(app.get("/api/v1/replay").send().await.expect(200)["data"], json!([]));
    let nothing = app.get("/api/v1/source").send().await.expect(200);
    assert_eq!(nothing["data"], json!([]));
    assert_eq!(app.get("/api/v1/app/default/endpoint").send().await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn what_the_sdks_may_send_beyond_what_is_known_is_taken() {
    let app = TestApp::start().await;
    let cases = [
        ("/api/v1/app", json!({"name": "a", "metadata": {}, "someday": true}), 201),
        ("/api/v1/app/default/endpoint", json!({"url": "https://example.com/", "version": 1, "someday": {}}), 201),
        ("/api/v1/event-type", json!({"name": "a.b", "description": "", "someday": []}), 201),
        ("/api/v1/app/default/msg", json!({"eventType": "a", "payload": {}, "someday": null}), 202),
        ("/api/v1/source", json!({"name": "a", "provider": "stripe", "application_id": null}), 201),
        ("/api/v1/app/?get_if_exists=false", json!({"name": "b"}), 201),
        ("/api/v1/app/default/msg/?with_content=false", json!({"eventType": "a", "payload": {}}), 202),
    ];
    for (path, body, status) in cases {
        app.post(path, body).send().await.expect(status);
    }
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let app = TestApp::start().await;
    let cases = [
        ("/api/v1/app?limit=0", "query.limit: must be a number from 1 to 250"),
        ("/api/v1/app?limit=251", "query.limit: must be a number from 1 to 250"),
        ("/api/v1/app?limit=x", "query.limit: must be a number from 1 to 250"),
        ("/api/v1/app?order=ascending", "query.order: must be `descending`"),
        ("/api/v1/app/default/msg?before=yesterday", "query.before: must be a time such as"),
        ("/api/v1/app/default/msg?with_content=perhaps", "query.with_content: must be `true` or `false`"),
        ("/api/v1/app/default/msg?tag=a", "query.tag: is not supported"),
        ("/api/v1/app/default/msg?channel=%00", "query.channel: must not contain"),
        ("/api/v1/app/default/msg?iterator=nonsense", "query.iterator: is not one that this list has given"),
        ("/api/v1/app/default/endpoint?iterator=nonsense", "query.iterator: is not one"),
        ("/api/v1/source?iterator=nonsense", "query.iterator: is not one"),
        ("/api/v1/source-provider?iterator=nonsense", "query.iterator: is not one"),
        ("/api/v1/replay?iterator=nonsense", "query.iterator: is not one"),
        ("/api/v1/event-type?iterator=%20", "query.iterator: is not one"),
        ("/api/v1/app/default/msg?eventTypes=a", "query.eventTypes: is not known here; did you mean `event_types`?"),
        ("/api/v1/source?name=a", "query.name: is not known here; there are `limit`, `iterator`"),
    ];
    for (path, expected) in cases {
        let errors = app.get(path).send().await.field_errors();
        assert!(errors.len() == 1 && errors[0].starts_with(expected), "{path}: {errors:?}");
    }
    let errors = app.get("/api/v1/app?iterator=nonsense").send().await.field_errors();
    assert_eq!(errors, ["query.iterator: is not one that this list has given"]);
    let message =
        app.post("/api/v1/app/default/msg", json!({"eventType": "a", "payload": {}})).send().await.expect(202);
    let path = format!("/api/v1/app/default/attempt/msg/{}", message["id"].as_str().unwrap());
    for (query, expected) in [
        ("status_code_class=250", "query.status_code_class: must be 0, 100, 200, 300, 400 or 500"),
        ("status_code_class=600", "query.status_code_class: must be 0"),
        ("iterator=nonsense", "query.iterator: is not one"),
        ("with_msg=true", "query.with_msg: is not known here"),
    ] {
        let errors = app.get(&format!("{path}?{query}")).send().await.field_errors();
        assert!(errors.len() == 1 && errors[0].starts_with(expected), "{query}: {errors:?}");
    }
    let endpoint = app.endpoint("https://example.com/").await;
    let to_endpoint = format!("/api/v1/app/default/attempt/endpoint/{endpoint}?endpoint_id={endpoint}");
    let errors = app.get(&to_endpoint).send().await.field_errors();
    assert!(errors.len() == 1 && errors[0].starts_with("query.endpoint_id: is not known here"), "{errors:?}");
    app.get(&format!("{path}?status_code_class=500&expanded_statuses=true")).send().await.expect(200);
    let attempt =
        format!("/api/v1/app/default/msg/{}/attempt/atmpt_01h455vb4pex5vsknk084sn02q", message["id"].as_str().unwrap());
    app.get(&format!("{attempt}?expanded_statuses=true")).send().await.expect(404);
    app.get("/api/v1/app?order=descending&exclude_apps_with_svix_play_endpoints=true").send().await.expect(200);
}

#[tokio::test]
async fn a_body_over_the_cap_is_a_413() {
    let app = TestApp::start().await;
    let body = format!(r#"{{"eventType": "a", "payload": {{"x": "{}"}}}}"#, "x".repeat(BODY_BYTES_MAX));
    for header in ["x-nothing", "idempotency-key"] {
        let answer =
            app.call(Method::POST, "/api/v1/app/default/msg").header(header, "k").body(body.clone()).send().await;
        assert_eq!(answer.expect(413)["code"], "payload_too_large");
    }
    assert_eq!(app.get("/api/v1/app/default/msg").send().await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn an_id_that_cannot_exist_is_simply_not_there() {
    let app = TestApp::start().await;
    for id in [
        "%00",
        "a%00b",
        "%ff",
        "app_short",
        "ep_01h455vb4pex5vsknk084sn02q",
        &"a".repeat(5000),
        "..",
        "'; drop table x",
    ] {
        let id = id.replace(' ', "%20");
        app.get(&format!("/api/v1/app/{id}")).send().await.expect(404);
        app.get(&format!("/api/v1/app/default/msg/{id}")).send().await.expect(404);
        app.get(&format!("/api/v1/source/{id}")).send().await.expect(404);
    }
}
