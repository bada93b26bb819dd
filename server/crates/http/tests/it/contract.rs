//! Paths, fields, statuses and pages of the API.

use crate::app::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn an_application_lives_through_all_its_calls() {
    let app = TestApp::start().await;
    let made =
        app.post("/api/v1/app", json!({"name": "Acme", "uid": "acme", "metadata": {"plan": "pro"}})).send().await;
    let made = made.expect(201);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("app_"));
    assert_eq!(made["metadata"], json!({"plan": "pro"}));
    assert!(made["createdAt"].is_string() && made["updatedAt"].is_string());

    assert_eq!(app.get("/api/v1/app/acme").send().await.expect(200), made);
    assert_eq!(app.get(&format!("/api/v1/app/{id}/")).send().await.expect(200), made);

    let replaced = app.put("/api/v1/app/acme", json!({"name": "Acme Ltd", "uid": "acme"})).send().await.expect(200);
    assert_eq!((&replaced["name"], &replaced["metadata"]), (&json!("Acme Ltd"), &json!({})));

    let patched = app.patch("/api/v1/app/acme", json!({"uid": null})).send().await.expect(200);
    assert_eq!((&patched["name"], &patched["uid"]), (&json!("Acme Ltd"), &Value::Null));

    app.delete(&format!("/api/v1/app/{id}")).send().await.expect(204);
    app.get(&format!("/api/v1/app/{id}")).send().await.expect(404);
    app.delete(&format!("/api/v1/app/{id}")).send().await.expect(404);
}

#[tokio::test]
async fn an_application_is_got_or_created_by_its_uid() {
    let app = TestApp::start().await;
    let body = json!({"name": "Acme", "uid": "acme"});
    let first = app.post("/api/v1/app?get_if_exists=true", body.clone()).send().await.expect(200);
    let again = app.post("/api/v1/app?get_if_exists=true", body.clone()).send().await.expect(200);
    assert_eq!(first, again);
    let conflict = app.post("/api/v1/app", body).send().await.expect(409);
    assert_eq!(conflict["code"], "conflict");
}

#[tokio::test]
async fn put_creates_what_is_not_there_under_a_uid() {
    let app = TestApp::start().await;
    let made = app.put("/api/v1/app/acme", json!({"name": "Acme"})).send().await.expect(201);
    assert_eq!(made["uid"], "acme");
    app.put("/api/v1/app/acme", json!({"name": "Acme", "uid": "acme"})).send().await.expect(200);

    let body = json!({"url": "https://example.com/a"});
    let endpoint = app.put("/api/v1/app/acme/endpoint/main", body.clone()).send().await.expect(201);
    assert_eq!(endpoint["uid"], "main");
    let unknown_id = "/api/v1/app/acme/endpoint/ep_01h455vb4pex5vsknk084sn02q";
    app.put(unknown_id, body).send().await.expect(404);

    let event_type =
        app.put("/api/v1/event-type/invoice.paid", json!({"description": "Paid"})).send().await.expect(201);
    assert_eq!(event_type["name"], "invoice.paid");
    let wrong = app.put("/api/v1/app/other", json!({"name": "Acme", "uid": "acme2"})).send().await;
    assert_eq!(wrong.field_errors(), ["body.uid: must be the uid in the path"]);
}

#[tokio::test]
async fn an_endpoint_lives_through_all_its_calls() {
    let app = TestApp::start().await;
    let body = json!({
        "url": "https://example.com/hooks", "uid": "main", "description": "The main one",
        "filterTypes": ["invoice.paid"], "channels": ["eu"], "metadata": {"a": "b"},
        "headers": {"X-Env": "test", "Authorization": "Basic x", "Accept-Language": "en"}, "version": 1,
    });
    let made = app.post("/api/v1/app/default/endpoint/", body).send().await.expect(201);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("ep_"));
    assert_eq!((&made["filterTypes"], &made["eventTypes"]), (&json!(["invoice.paid"]), &json!(["invoice.paid"])));
    assert_eq!((&made["disabled"], &made["state"], &made["version"]), (&json!(false), &json!("enabled"), &json!(1)));

    let path = "/api/v1/app/default/endpoint/main";
    assert_eq!(app.get(path).send().await.expect(200)["id"], id);
    assert_eq!(app.get("/api/v1/app/default/endpoint").send().await.expect(200)["data"][0]["id"], id);

    let patched =
        app.patch(path, json!({"channels": null, "disabled": true, "eventTypes": ["a"]})).send().await.expect(200);
    assert_eq!((&patched["channels"], &patched["disabled"]), (&Value::Null, &json!(true)));
    assert_eq!((&patched["filterTypes"], &patched["description"]), (&json!(["a"]), &json!("The main one")));

    let replaced = app.put(path, json!({"url": "https://example.com/other", "uid": "main"})).send().await.expect(200);
    assert_eq!((&replaced["filterTypes"], &replaced["disabled"]), (&Value::Null, &json!(false)));

    let headers = app.get(&format!("{path}/headers")).send().await.expect(200);
    // Whatever is not known to be harmless may be a credential: the same list as for what attempts show.
    assert_eq!(headers["headers"], json!({"Accept-Language": "en"}));
    assert_eq!(headers["sensitive"], json!(["Authorization", "X-Env"]));
    let changes = json!({"headers": {"accept-language": "de"}, "deleteHeaders": ["authorization"]});
    app.patch(&format!("{path}/headers"), changes).send().await.expect(204);
    let headers = app.get(&format!("{path}/headers")).send().await.expect(200);
    assert_eq!(headers["headers"].as_object().unwrap().values().collect::<Vec<_>>(), [&json!("de")]);
    assert_eq!(headers["sensitive"], json!(["X-Env"]));
    app.put(&format!("{path}/headers"), json!({"headers": {}})).send().await.expect(204);

    app.post(&format!("{path}/pause"), json!({})).send().await.expect(204);
    assert_eq!(app.get(path).send().await.expect(200)["state"], "paused");
    app.post(&format!("{path}/resume"), json!({})).send().await.expect(204);
    assert_eq!(app.get(path).send().await.expect(200)["state"], "enabled");

    app.delete(path).send().await.expect(204);
    app.get(path).send().await.expect(404);
}

#[tokio::test]
async fn a_secret_is_read_and_rotated() {
    let app = TestApp::start().await;
    let id = app.endpoint("https://example.com/hooks").await;
    let path = format!("/api/v1/app/default/endpoint/{id}/secret");
    let first = app.get(&path).send().await.expect(200)["key"].as_str().unwrap().to_owned();
    assert!(first.starts_with("whsec_"));

    app.post(&format!("{path}/rotate"), json!({})).send().await.expect(204);
    let second = app.get(&path).send().await.expect(200)["key"].clone();
    assert_ne!(second, first);

    let chosen = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    app.post(&format!("{path}/rotate"), json!({"key": chosen})).send().await.expect(204);
    assert_eq!(app.get(&path).send().await.expect(200)["key"], chosen);
    let without_body = app.call(http::Method::POST, &format!("{path}/rotate")).send().await;
    without_body.expect(204);
    let wrong = app.post(&format!("{path}/rotate"), json!({"key": "short"})).send().await;
    assert_eq!(wrong.field_errors().len(), 1);
}

#[tokio::test]
async fn an_event_type_lives_through_all_its_calls() {
    let app = TestApp::start().await;
    let schema = json!({"1": {"type": "object"}});
    let body = json!({"name": "invoice.paid", "description": "An invoice was paid", "schemas": schema});
    let made = app.post("/api/v1/event-type", body.clone()).send().await.expect(201);
    assert_eq!((&made["archived"], &made["deprecated"], &made["schemas"]), (&json!(false), &json!(false), &schema));
    app.post("/api/v1/event-type", body).send().await.expect(409);

    let path = "/api/v1/event-type/invoice.paid";
    let patched = app.patch(path, json!({"deprecated": true})).send().await.expect(200);
    assert_eq!((&patched["deprecated"], &patched["description"]), (&json!(true), &json!("An invoice was paid")));
    assert_eq!(app.get("/api/v1/event-type").send().await.expect(200)["data"][0]["schemas"], Value::Null);
    let full = app.get("/api/v1/event-type?with_content=true").send().await.expect(200);
    assert_eq!(full["data"][0]["schemas"], schema);

    app.delete(path).send().await.expect(204);
    assert_eq!(app.get("/api/v1/event-type").send().await.expect(200)["data"], json!([]));
    let archived = app.get("/api/v1/event-type?include_archived=true").send().await.expect(200);
    assert_eq!(archived["data"][0]["archived"], true);
}

#[tokio::test]
async fn a_list_is_walked_page_by_page() {
    let app = TestApp::start().await;
    for n in 0..4 {
        app.post("/api/v1/app", json!({"name": format!("App {n}")})).send().await.expect(201);
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/app?limit=2".to_owned();
    loop {
        let page = app.get(&path).send().await.expect(200);
        assert_eq!(page["prevIterator"], Value::Null);
        seen.extend(page["data"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        if page["done"] == true {
            assert_eq!(page["iterator"], Value::Null);
            break;
        }
        path = format!("/api/v1/app?limit=2&iterator={}", page["iterator"].as_str().unwrap());
    }
    assert_eq!(seen, ["App 3", "App 2", "App 1", "App 0", "Default"]);
}

/// Walks a list two at a time and does something with each page before the next one; the ids that were seen.
async fn walk(app: &TestApp, path: &str, with_page: impl AsyncFn(&[String])) -> Vec<String> {
    let (mut seen, mut next) = (Vec::new(), format!("{path}?limit=2"));
    loop {
        let page = app.get(&next).send().await.expect(200);
        let ids = page["data"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned());
        let ids: Vec<String> = ids.collect();
        with_page(&ids).await;
        seen.extend(ids);
        let Some(iterator) = page["iterator"].as_str() else { return seen };
        next = format!("{path}?limit=2&iterator={iterator}");
    }
}

#[tokio::test]
async fn what_is_deleted_on_the_way_takes_nothing_off_the_next_page_of_sources() {
    let app = TestApp::start().await;
    for n in 0..5 {
        let body = json!({"name": format!("Source {n}"), "provider": "stripe"});
        app.post("/api/v1/source", body).send().await.expect(201);
    }
    let deleted = walk(&app, "/api/v1/source", async |ids| {
        for id in ids {
            app.delete(&format!("/api/v1/source/{id}")).send().await.expect(204);
        }
    })
    .await;
    assert_eq!(deleted.len(), 5);
    assert_eq!(app.get("/api/v1/source").send().await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn every_replay_there_ever_was_can_be_listed() {
    let app = TestApp::start().await;
    sqlx::query(
        "insert into read.replays (tenant_id, replay_id, application_id, since, until, selection, state, matched, created,
             stream_version, created_at, updated_at)
         select a.tenant_id, gen_random_uuid(), a.application_id, now(), now(), 'all', 'finished', 0, 0, 1, now(), now()
         from read.applications a, generate_series(1, 205) where a.tenant_id = $1",
    )
    .bind(app.tenant.caller.tenant_id().uuid())
    .execute(&mut app.database.superuser().await)
    .await
    .unwrap();
    let mut ids = walk(&app, "/api/v1/replay", async |_| {}).await;
    assert!(ids.is_sorted_by(|a, b| a > b), "newest first");
    ids.dedup();
    assert_eq!(ids.len(), 205);
}

#[tokio::test]
async fn a_source_lives_through_all_its_calls() {
    let app = TestApp::start().await;
    let body = json!({"name": "Payments", "provider": "stripe", "secret": "whsec_test_1234567890abcdef"});
    let made = app.post("/api/v1/source/", body).send().await.expect(201);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("src_"));
    assert!(made["url"].as_str().unwrap().starts_with("https://hooks.example.com/in/"), "{made}");
    assert_eq!((&made["provider"], &made["secrets"]), (&json!("stripe"), &json!(1)));

    let generic = json!({"header": "X-Sig", "prefix": "sha256=", "encoding": "hex", "eventIdHeader": "X-Id"});
    let body = json!({"name": "Own", "provider": "generic_hmac", "generic": generic});
    let other = app.post("/api/v1/source", body).send().await.expect(201);
    assert_eq!((&other["secrets"], &other["generic"]["eventIdHeader"]), (&json!(0), &json!("X-Id")));

    let page = app.get("/api/v1/source/?limit=1").send().await.expect(200);
    assert_eq!((&page["data"][0]["name"], &page["done"]), (&json!("Own"), &json!(false)));
    let next = format!("/api/v1/source/?limit=1&iterator={}", page["iterator"].as_str().unwrap());
    let page = app.get(&next).send().await.expect(200);
    assert_eq!((&page["data"][0]["id"], &page["done"]), (&json!(id), &json!(true)));

    let path = format!("/api/v1/source/{id}");
    let rotated =
        app.post(&format!("{path}/secret/rotate"), json!({"secret": "whsec_other_1234567890abcdef"})).send().await;
    assert_eq!(rotated.expect(200)["secrets"], 2);
    app.put(&format!("{path}/secret"), json!({"secret": "whsec_third_1234567890abcdef"})).send().await.expect(204);
    assert_eq!(app.get(&path).send().await.expect(200)["secrets"], 1);
    app.delete(&path).send().await.expect(204);
    app.get(&path).send().await.expect(404);
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let app = TestApp::start().await;
    let ids = [app.get("/api/v1/app").send().await, app.get("/api/v1/nothing").send().await];
    assert!(ids.iter().all(|answer| answer.header("x-request-id").len() == 32));
    assert_ne!(ids[0].header("x-request-id"), ids[1].header("x-request-id"));
}
