//! Messages on their way, as the API tells of them.

use crate::app::TestApp;
use hookreel_testing::{Answer, FakeReceiver};
use serde_json::{Value, json};
use std::time::Duration;

/// Asks until the answer is the wanted one.
pub(crate) async fn eventually(app: &TestApp, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..1_200 {
        let answer = app.get(path).send().await.expect(200);
        if wanted(&answer) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{path} did not come to what was expected: {}", app.get(path).send().await.text());
}

#[tokio::test]
async fn a_payload_is_delivered_byte_by_byte_as_it_was_published() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    app.endpoint(&receiver.url("/hooks")).await;
    let payload = r#"{ "b": 1.00,  "a": "\u00e9\u0000ü", "b": 2 }"#;
    let body = format!(r#"{{"eventType": "invoice.paid", "payload": {payload}, "eventId": "in_42"}}"#);
    let sent = app.call(http::Method::POST, "/api/v1/app/default/msg/").body(body).send().await;
    let message = sent.expect(202);
    assert!(sent.text().contains(payload), "{}", sent.text());
    let id = message["id"].as_str().unwrap();
    assert_eq!((&message["eventId"], &message["eventType"]), (&json!("in_42"), &json!("invoice.paid")));

    let requests = receiver.wait_for("/hooks", 1).await;
    assert_eq!(requests[0].body, payload);
    assert_eq!(requests[0].header("webhook-id"), id);

    for path in [format!("/api/v1/app/default/msg/{id}"), "/api/v1/app/default/msg/in_42".to_owned()] {
        assert!(app.get(&path).send().await.text().contains(payload));
    }
    let without = app.get(&format!("/api/v1/app/default/msg/{id}?with_content=false")).send().await.expect(200);
    assert_eq!(without["payload"], json!({}));
}

#[tokio::test]
async fn what_may_be_a_secret_of_an_endpoint_is_sent_and_is_in_no_event_and_no_answer() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    let body = json!({
        "url": receiver.url("/hooks?token=url-cleartext"),
        "headers": {"X-Auth": "auth-cleartext", "X-Hub-Key": "key-cleartext", "Accept-Language": "en"},
    });
    let endpoint = app.post("/api/v1/app/default/endpoint", body).send().await.expect(201);
    assert_eq!(endpoint["url"], receiver.url("/hooks?token=url-cleartext"), "the configuration stays as it is");
    let message = json!({"eventType": "a", "payload": {}});
    let message = app.post("/api/v1/app/default/msg", message).send().await.expect(202);
    let sent = receiver.wait_for("/hooks", 1).await;
    assert_eq!((sent[0].header("x-auth"), sent[0].header("x-hub-key")), ("auth-cleartext", "key-cleartext"));

    let path = format!("/api/v1/app/default/attempt/msg/{}", message["id"].as_str().unwrap());
    let attempts = eventually(&app, &path, |page| page["data"].as_array().unwrap().len() == 1).await;
    assert_eq!(attempts["data"][0]["url"], receiver.url("/hooks?token=***"));
    let stored: String =
        sqlx::query_scalar("select string_agg(payload::text, '') from event_store.events where kind like 'delivery.%'")
            .fetch_one(&mut app.database.superuser().await)
            .await
            .unwrap();
    assert!(stored.contains("[redacted]") && stored.contains("token=***"), "{stored}");
    assert!(!stored.contains("cleartext"), "{stored}");
    let path = format!("/api/v1/app/default/endpoint/{}/headers", endpoint["id"].as_str().unwrap());
    let headers = app.get(&path).send().await.expect(200);
    assert_eq!(headers, json!({"headers": {"Accept-Language": "en"}, "sensitive": ["X-Auth", "X-Hub-Key"]}));
}

#[tokio::test]
async fn messages_are_listed_with_and_without_payload() {
    let app = TestApp::start().await;
    for n in 0..3 {
        let body = json!({"eventType": format!("type.{n}"), "payload": {"n": n}, "channels": [format!("c{n}")]});
        app.post("/api/v1/app/default/msg", body).send().await.expect(202);
    }
    let path = "/api/v1/app/default/msg";
    let all = app.get(path).send().await.expect(200);
    let numbers: Vec<_> =
        all["data"].as_array().unwrap().iter().map(|message| message["payload"]["n"].clone()).collect();
    assert_eq!(numbers, [2, 1, 0]);
    let typed = app.get(&format!("{path}?event_types=type.0,type.2&with_content=false")).send().await.expect(200);
    assert_eq!(typed["data"].as_array().unwrap().len(), 2);
    assert_eq!(typed["data"][0]["payload"], json!({}));
    let channel = app.get(&format!("{path}?channel=c1")).send().await.expect(200);
    assert_eq!(channel["data"][0]["eventType"], "type.1");
    assert_eq!(channel["data"].as_array().unwrap().len(), 1);
    let past = app.get(&format!("{path}?before=2020-01-01T00:00:00.000Z")).send().await.expect(200);
    assert_eq!(past["data"], json!([]));
}

#[tokio::test]
async fn a_page_of_big_messages_is_a_shorter_page() {
    let app = TestApp::start().await;
    let text = "x".repeat(60_000);
    for _ in 0..145 {
        app.post("/api/v1/app/default/msg", json!({"eventType": "big", "payload": {"text": text}}))
            .send()
            .await
            .expect(202);
    }
    let page = app.get("/api/v1/app/default/msg?limit=250").send().await.expect(200);
    let first = page["data"].as_array().unwrap().len();
    assert!((100..145).contains(&first), "{first}");
    assert_eq!(page["done"], false);
    let next = format!("/api/v1/app/default/msg?limit=250&iterator={}", page["iterator"].as_str().unwrap());
    let rest = app.get(&next).send().await.expect(200);
    assert_eq!(first + rest["data"].as_array().unwrap().len(), 145);
}

#[tokio::test]
async fn a_message_with_a_known_event_id_is_a_conflict() {
    let app = TestApp::start().await;
    let body = json!({"eventType": "a", "payload": {}, "eventId": "once"});
    app.post("/api/v1/app/default/msg", body.clone()).send().await.expect(202);
    let again = app.post("/api/v1/app/default/msg", body).send().await.expect(409);
    assert_eq!(again["code"], "conflict");
}

#[tokio::test]
async fn a_message_may_bring_its_application_along() {
    let app = TestApp::start().await;
    let body = json!({"eventType": "a", "payload": {}, "application": {"name": "Acme", "uid": "acme"}});
    app.post("/api/v1/app/acme/msg", body.clone()).send().await.expect(202);
    app.post("/api/v1/app/acme/msg", body.clone()).send().await.expect(202);
    assert_eq!(app.get("/api/v1/app/acme").send().await.expect(200)["name"], "Acme");
    let wrong = app.post("/api/v1/app/other/msg", body).send().await;
    assert_eq!(wrong.field_errors(), ["body.application.uid: must be the uid in the path"]);
}

#[tokio::test]
async fn attempts_tell_what_happened_and_a_resend_adds_one() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    receiver.answer("/hooks", Answer::Full(500, vec![], b"no thanks".to_vec()));
    let endpoint = app.endpoint(&receiver.url("/hooks")).await;
    let sent =
        app.post("/api/v1/app/default/msg", json!({"eventType": "a", "payload": {"x": 1}})).send().await.expect(202);
    let id = sent["id"].as_str().unwrap();

    let path = format!("/api/v1/app/default/attempt/msg/{id}");
    let attempts = eventually(&app, &path, |page| page["data"].as_array().unwrap().len() == 2).await;
    let attempt = &attempts["data"][0];
    assert_eq!((&attempt["status"], &attempt["statusText"]), (&json!(2), &json!("fail")));
    assert_eq!((&attempt["responseStatusCode"], &attempt["response"]), (&json!(500), &json!("no thanks")));
    assert_eq!((&attempt["triggerType"], &attempt["failure"]), (&json!(0), &json!("status")));
    assert_eq!((&attempt["msgId"], &attempt["endpointId"]), (&json!(id), &json!(endpoint)));

    let one = format!("/api/v1/app/default/msg/{id}/attempt/{}", attempt["id"].as_str().unwrap());
    assert_eq!(&app.get(&one).send().await.expect(200), attempt);

    receiver.answer("/hooks", Answer::Status(204));
    let resend = format!("/api/v1/app/default/msg/{id}/endpoint/{endpoint}/resend");
    assert_eq!(app.call(http::Method::POST, &resend).send().await.expect(202), json!({}));
    let attempts = eventually(&app, &path, |page| page["data"].as_array().unwrap().len() == 3).await;
    assert_eq!((&attempts["data"][0]["status"], &attempts["data"][0]["triggerType"]), (&json!(0), &json!(1)));

    let by_endpoint = format!("/api/v1/app/default/attempt/endpoint/{endpoint}");
    let with_msg = app.get(&format!("{by_endpoint}?with_msg=true&status=0")).send().await.expect(200);
    assert_eq!(with_msg["data"][0]["msg"]["payload"], json!({"x": 1}));
    assert_eq!(with_msg["data"].as_array().unwrap().len(), 1);
    let fives = app.get(&format!("{by_endpoint}?status_code_class=500&with_content=false")).send().await.expect(200);
    assert_eq!((fives["data"].as_array().unwrap().len(), &fives["data"][0]["response"]), (2, &json!("")));
    let to_endpoint = app.get(&format!("{path}?endpoint_id={endpoint}&limit=2")).send().await.expect(200);
    assert_eq!((to_endpoint["data"].as_array().unwrap().len(), &to_endpoint["done"]), (2, &json!(false)));

    let destinations = format!("/api/v1/app/default/msg/{id}/endpoint");
    let destinations = eventually(&app, &destinations, |page| page["data"][0]["status"] == 0).await;
    assert_eq!(
        (&destinations["data"][0]["id"], &destinations["data"][0]["statusText"]),
        (&json!(endpoint), &json!("success"))
    );
}

#[tokio::test]
async fn a_replay_is_counted_started_and_told_of() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    let endpoint = app.endpoint(&receiver.url("/hooks")).await;
    for n in 0..3 {
        app.post("/api/v1/app/default/msg", json!({"eventType": "a", "payload": {"n": n}})).send().await.expect(202);
    }
    receiver.wait_for("/hooks", 3).await;

    let body = json!({"since": "2020-01-01T00:00:00Z", "endpointId": endpoint});
    let preview = app.post("/api/v1/replay?dry_run=true", body.clone()).send().await.expect(200);
    assert_eq!(preview, json!({"matched": 3}));
    let started = app.post("/api/v1/replay/", body).send().await.expect(202);
    let id = started["id"].as_str().unwrap();
    assert!(id.starts_with("rpl_"));
    receiver.wait_for("/hooks", 6).await;
    let path = format!("/api/v1/replay/{id}");
    let finished = eventually(&app, &path, |replay| replay["state"] == "finished" && replay["succeeded"] == 3).await;
    assert_eq!((&finished["matched"], &finished["created"]), (&json!(3), &json!(3)));
    assert_eq!(app.get("/api/v1/replay").send().await.expect(200)["data"][0]["id"], id);
    app.post(&format!("{path}/cancel"), json!({})).send().await.expect(409);
}

#[tokio::test]
async fn a_replay_is_sending_while_its_deliveries_are_under_way_and_can_be_cancelled() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    app.endpoint(&receiver.url("/hooks")).await;
    app.post("/api/v1/app/default/msg", json!({"eventType": "a", "payload": {}})).send().await.expect(202);
    receiver.wait_for("/hooks", 1).await;
    receiver.answer("/hooks", Answer::After(Duration::from_mins(1)));
    let body = json!({"since": "2020-01-01T00:00:00Z"});
    let started = app.post("/api/v1/replay", body).send().await.expect(202);
    let path = format!("/api/v1/replay/{}", started["id"].as_str().unwrap());
    receiver.wait_for("/hooks", 2).await;
    let sending = eventually(&app, &path, |replay| replay["state"] == "sending").await;
    assert_eq!((&sending["created"], &sending["finishedAt"]), (&json!(1), &json!(null)));
    let cancelled = app.post(&format!("{path}/cancel"), json!({})).send().await.expect(200);
    assert_eq!(
        (&cancelled["state"], &cancelled["cancelled"], &cancelled["failed"]),
        (&json!("cancelled"), &json!(1), &json!(0))
    );
}

#[tokio::test]
async fn an_endpoint_recovers_what_failed() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    receiver.answer("/hooks", Answer::Status(500));
    let endpoint = app.endpoint(&receiver.url("/hooks")).await;
    app.post("/api/v1/app/default/msg", json!({"eventType": "a", "payload": {}})).send().await.expect(202);
    receiver.wait_for("/hooks", 2).await;
    receiver.answer("/hooks", Answer::Status(200));
    let path = format!("/api/v1/app/default/endpoint/{endpoint}/recover");
    let task = app.post(&path, json!({"since": "2020-01-01T00:00:00Z"})).send().await.expect(202);
    assert_eq!((&task["task"], task["id"].as_str().unwrap().starts_with("rpl_")), (&json!("endpoint.recover"), true));
    receiver.wait_for("/hooks", 3).await;
}
