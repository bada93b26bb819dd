//! What a source lets in, what it keeps, and what becomes of that.

use crate::app::TestApp;
use hmac::{Hmac, KeyInit, Mac};
use hookreel_contract::input::MessageFilter;
use hookreel_contract::views::{MessageRow, QuarantineStepKind};
use hookreel_kernel::{Clock as _, SystemClock};
use hookreel_testing::FakeReceiver;
use http::Method;
use serde_json::{Value, json};
use sha2::Sha256;

pub(crate) const SECRET: &str = "whsec_one_that_is_long_enough";

/// A source that is sent to as its provider would.
pub(crate) struct Source<'a> {
    app: &'a TestApp,
    pub(crate) id: String,
    path: String,
}

impl<'a> Source<'a> {
    async fn make(app: &'a TestApp, body: Value) -> Self {
        let made = app.post("/api/v1/source", body).send().await.expect(201);
        let path = made["url"].as_str().unwrap().strip_prefix("https://hooks.example.com").unwrap().to_owned();
        Self { app, id: made["id"].as_str().unwrap().to_owned(), path }
    }

    pub(crate) async fn stripe(app: &'a TestApp, settings: Value) -> Self {
        let body = json!({"name": "Stripe", "provider": "stripe", "secret": SECRET, "settings": settings});
        Self::make(app, body).await
    }

    /// A genuine event, signed with a secret.
    pub(crate) async fn send(&self, event_id: &str, secret: &str) -> crate::app::Answer {
        let body = json!({"id": event_id, "type": "charge.succeeded"}).to_string();
        let now = SystemClock.now().unix_timestamp();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{now}.{body}").as_bytes());
        let signature = format!("t={now},v1={}", hex::encode(mac.finalize().into_bytes()));
        self.app
            .call(Method::POST, &self.path)
            .without_key()
            .header("stripe-signature", &signature)
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
    }

    async fn change(&self, settings: Value) {
        let path = format!("/api/v1/source/{}", self.id);
        self.app.patch(&path, json!({"settings": settings})).send().await.expect(200);
    }

    pub(crate) async fn post(&self, what: &str) -> Value {
        let answer = self.app.post(&format!("/api/v1/source/{}/{what}", self.id), json!({})).send().await;
        assert!(answer.status < 300, "{}", answer.text());
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }
}

pub(crate) async fn messages(app: &TestApp, state: &str) -> Vec<MessageRow> {
    let filter = MessageFilter { state: Some(state.to_owned()), ..MessageFilter::default() };
    app.services.messages.list(&app.tenant.caller, filter).await.unwrap().items
}

#[tokio::test]
async fn what_a_wrong_secret_quarantined_is_found_genuine_and_released_once_the_secret_is_right() {
    let app = TestApp::start().await;
    let source = Source::stripe(&app, json!({})).await;
    let refused = source.send("evt_1", "whsec_another_secret").await;
    assert_eq!(refused.status, 401);
    let kept = messages(&app, "quarantined").await;
    assert_eq!((kept.len(), kept[0].verdict.as_deref()), (1, Some("failed")));

    let explained = app.get(&format!("/api/v1/quarantine/{}/verification", kept[0].id)).send().await.expect(200);
    assert_eq!(explained["verdict"], "failed");
    let told = explained.to_string();
    assert!(told.contains("no signature was made with it") && told.contains("charge.succeeded"), "{told}");
    assert!(!told.contains(SECRET) && !told.contains("another_secret"));

    let by_source = json!({"sourceId": source.id});
    let before = app.post("/api/v1/quarantine/reverify", by_source.clone()).send().await.expect(200);
    assert_eq!((&before["lookedAt"], &before["done"]), (&json!(1), &json!(0)));
    let path = format!("/api/v1/source/{}/secret", source.id);
    app.put(&path, json!({"secret": "whsec_another_secret"})).send().await.expect(204);
    let after = app.post("/api/v1/quarantine/reverify", by_source.clone()).send().await.expect(200);
    assert_eq!((&after["lookedAt"], &after["done"], &after["remaining"]), (&json!(1), &json!(1), &json!(0)));
    let found = messages(&app, "quarantined").await.remove(0);
    assert_eq!((found.verdict.as_deref(), found.event_type.as_str()), (Some("verified"), "charge.succeeded"));

    let released = app.post("/api/v1/quarantine/release", by_source.clone()).send().await.expect(200);
    assert_eq!(released["done"], 1);
    assert_eq!(messages(&app, "accepted").await.len(), 1);
    // The provider sends it again: it was accepted by then.
    let again = source.send("evt_1", "whsec_another_secret").await.expect(200);
    assert_eq!(again["duplicate"], true);
    let nothing = app.post("/api/v1/quarantine/release", by_source).send().await.expect(200);
    assert_eq!(nothing["lookedAt"], 0);
}

#[tokio::test]
async fn a_source_is_awaited_until_something_of_it_was_accepted() {
    let app = TestApp::start().await;
    let source = Source::stripe(&app, json!({})).await;
    let id = source.id.parse().unwrap();
    let is_awaited = async || app.services.sources.get(&app.tenant.caller, id).await.unwrap().is_awaited;
    assert!(is_awaited().await);
    assert_eq!(source.send("evt_1", "whsec_another_secret").await.status, 401);
    assert!(is_awaited().await);
    source.send("evt_2", SECRET).await.expect(200);
    assert!(!is_awaited().await);
}

#[tokio::test]
async fn what_repeats_an_accepted_message_leaves_quarantine_as_its_duplicate() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    app.endpoint(&receiver.url("/hooks")).await;
    let source = Source::stripe(&app, json!({})).await;
    source.post("pause").await;
    for event in ["evt_1", "evt_2"] {
        source.send(event, SECRET).await;
    }
    source.post("resume").await;
    // The provider did not wait for anybody to release what was kept.
    let original = source.send("evt_1", SECRET).await.expect(200)["id"].clone();

    let by_source = json!({"sourceId": source.id});
    let released = app.post("/api/v1/quarantine/release", by_source.clone()).send().await.expect(200);
    assert_eq!((&released["done"], &released["duplicates"], &released["remaining"]), (&json!(1), &json!(1), &json!(0)));
    assert_eq!((messages(&app, "accepted").await.len(), messages(&app, "quarantined").await.len()), (2, 0));
    let duplicate = messages(&app, "duplicate").await.remove(0);
    assert_eq!(duplicate.provider_event_id.as_deref(), Some("evt_1"));
    let steps = app.services.messages.get(&app.tenant.caller, duplicate.id).await.unwrap().inbound.unwrap().quarantine;
    let duplicate_of = original.as_str().unwrap().parse().unwrap();
    assert_eq!(steps.last().unwrap().what, QuarantineStepKind::DuplicateFound { duplicate_of });
    let nothing = app.post("/api/v1/quarantine/release", by_source).send().await.expect(200);
    assert_eq!((&nothing["lookedAt"], &nothing["duplicates"]), (&json!(0), &json!(0)));
    receiver.wait_for("/hooks", 2).await;
    assert_eq!(receiver.requests("/hooks").len(), 2);
}

#[tokio::test]
async fn the_quarantine_is_listed_page_by_page_by_source_reason_and_time_and_says_why() {
    let app = TestApp::start().await;
    let (one, other) = (Source::stripe(&app, json!({})).await, Source::stripe(&app, json!({})).await);
    for event in ["evt_1", "evt_2"] {
        one.send(event, "whsec_another_secret").await;
    }
    other.post("pause").await;
    other.send("evt_3", SECRET).await;
    one.send("evt_4", SECRET).await.expect(200);
    let list = async |query: &str| {
        let answer = app.get(&format!("/api/v1/quarantine?{query}")).send().await.expect(200);
        (answer["data"].as_array().unwrap().clone(), answer["iterator"].as_str().map(str::to_owned))
    };

    let (all, _) = list("").await;
    assert_eq!(all.len(), 3, "what was accepted is none of them");
    let (paused, refused) = (&all[0]["received"], &all[1]["received"]);
    let told =
        |received: &Value| (received["state"].clone(), received["verdict"].clone(), received["sourceId"].clone());
    assert_eq!(told(paused), (json!("quarantined"), json!("verified"), json!(other.id)));
    assert_eq!(told(refused), (json!("quarantined"), json!("failed"), json!(one.id)));
    assert!(paused["rule"].is_string() && refused["rule"].is_null() && refused["refusal"].is_string(), "{all:?}");
    assert_eq!((&paused["items"], &all[0]["payload"]["id"]), (&json!(0), &json!("evt_3")));

    let (first, iterator) = list("limit=2").await;
    let (rest, end) = list(&format!("limit=2&iterator={}", iterator.unwrap())).await;
    assert_eq!(([first, rest].concat(), end), (all.clone(), None));
    assert_eq!(list(&format!("source_id={}", one.id)).await.0, all[1..]);
    assert_eq!(list("reason=source%20is%20PAUSED").await.0, all[..1]);
    assert_eq!(list("event_types=charge.succeeded").await.0, all[..1]);
    assert_eq!(list("before=2020-01-01T00:00:00Z").await.0, all[..0]);
    assert_eq!(list("after=2020-01-01T00:00:00Z&with_content=false").await.0[0]["payload"], json!({}));
    let wrong = app.get("/api/v1/quarantine?source_id=mine").send().await;
    assert_eq!(wrong.field_errors(), ["query.source_id: must be the id of a source"]);
    let stranger = app.other_tenant().await;
    assert_eq!(app.get("/api/v1/quarantine").by(&stranger).send().await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn a_received_message_says_by_what_it_is_known_and_a_published_one_does_not() {
    let app = TestApp::start().await;
    let source = Source::stripe(&app, json!({})).await;
    let refused = source.send("evt_1", "whsec_another_secret").await;
    assert_eq!(refused.status, 401);
    source.send("evt_2", SECRET).await.expect(200);
    let published = json!({"eventType": "invoice.paid", "payload": {}});
    app.post("/api/v1/app/default/msg", published).send().await.expect(202);
    let listed = app.get("/api/v1/app/default/msg").send().await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 2, "what is in quarantine is not in this list");
    assert!(listed["data"][0].get("received").is_none(), "{listed}");
    let received = &listed["data"][1]["received"];
    assert_eq!((&received["state"], &received["verdict"]), (&json!("accepted"), &json!("verified")));
    assert_eq!((&received["dedupeRung"], &received["refusal"]), (&json!("event_id"), &Value::Null));

    // Judged again, it says what the last look has shown.
    let id = messages(&app, "quarantined").await[0].id;
    let path = format!("/api/v1/source/{}/secret", source.id);
    app.put(&path, json!({"secret": "whsec_another_secret"})).send().await.expect(204);
    let of_source = json!({"sourceId": source.id});
    app.post("/api/v1/quarantine/reverify", of_source).send().await.expect(200);
    let read = app.get(&format!("/api/v1/app/default/msg/{id}")).send().await.expect(200);
    assert!(received["rule"].is_string() && read["received"]["rule"].is_string(), "{read}");
    assert_eq!((&read["received"]["state"], &read["received"]["refusal"]), (&json!("quarantined"), &Value::Null));
}

#[tokio::test]
async fn what_is_not_known_to_be_genuine_is_released_only_if_asked_for() {
    let app = TestApp::start().await;
    let source = Source::stripe(&app, json!({})).await;
    source.send("evt_1", "whsec_somebody_elses").await;
    let only_genuine = json!({"sourceId": source.id});
    assert_eq!(app.post("/api/v1/quarantine/release", only_genuine).send().await.expect(200)["done"], 0);
    let anyway = json!({"sourceId": source.id, "includeUnverified": true});
    assert_eq!(app.post("/api/v1/quarantine/release", anyway).send().await.expect(200)["done"], 1);
    let accepted = messages(&app, "accepted").await;
    assert_eq!((accepted.len(), accepted[0].verdict.as_deref()), (1, Some("failed")));
    let unbounded = app.post("/api/v1/quarantine/release", json!({})).send().await;
    assert_eq!(unbounded.status, 422, "{}", unbounded.text());
}

#[tokio::test]
async fn a_second_look_goes_past_what_stays_in_quarantine() {
    let app = TestApp::start().await;
    let source = Source::stripe(&app, json!({"requestsPerSecondMax": null})).await;
    for n in 0..3 {
        source.send(&format!("evt_forged_{n}"), "whsec_somebody_elses").await;
    }
    let look = |after: Value| {
        let body = json!({"sourceId": source.id, "after": after});
        app.post("/api/v1/quarantine/reverify", body)
    };
    let all = look(Value::Null).send().await.expect(200);
    assert_eq!((&all["lookedAt"], &all["done"], &all["remaining"]), (&json!(3), &json!(0), &json!(0)));
    let none = look(all["last"].clone()).send().await.expect(200);
    assert_eq!((&none["lookedAt"], &none["last"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn a_paused_source_keeps_what_comes_and_a_person_releases_it() {
    let app = TestApp::start().await;
    let source = Source::stripe(&app, json!({})).await;
    source.post("pause").await;
    let kept = source.send("evt_1", SECRET).await;
    assert_eq!(kept.status, 202, "{}", kept.text());
    let waiting = messages(&app, "quarantined").await;
    assert_eq!((waiting.len(), waiting[0].event_type.as_str()), (1, "charge.succeeded"));
    assert_eq!(
        (waiting[0].verdict.as_deref(), waiting[0].provider_event_id.as_deref()),
        (Some("verified"), Some("evt_1"))
    );
    source.post("resume").await;
    source.send("evt_2", SECRET).await.expect(200);
    let released = app.post("/api/v1/quarantine/release", json!({"sourceId": source.id})).send().await.expect(200);
    assert_eq!(released["done"], 1);
    assert_eq!(messages(&app, "accepted").await.len(), 2);
}

#[tokio::test]
async fn senders_methods_types_and_rates_that_are_not_wanted_are_refused_and_kept() {
    let app = TestApp::start().await;
    let source = Source::stripe(&app, json!({"allowedNetworks": ["192.0.2.0/24"]})).await;
    assert_eq!(source.send("evt_1", SECRET).await.status, 403);
    source.change(json!({"contentTypes": ["application/xml"]})).await;
    assert_eq!(source.send("evt_2", SECRET).await.status, 415);
    source.change(json!({"methods": ["PUT"]})).await;
    assert_eq!(source.send("evt_3", SECRET).await.status, 405);
    source.change(json!({"requestsPerSecondMax": 1})).await;
    // The second one in a second, however many seconds a busy machine takes for the first.
    let mut too_many = source.send("evt_4", SECRET).await;
    too_many.expect(200);
    for n in 5..100 {
        too_many = source.send(&format!("evt_{n}"), SECRET).await;
        if too_many.status != 200 {
            break;
        }
    }
    assert_eq!((too_many.status, too_many.header("retry-after")), (429, "1"));
    let kept = messages(&app, "quarantined").await;
    assert_eq!(kept.len(), 4);
    assert!(kept.iter().all(|message| message.verdict.as_deref() == Some("unattempted")));
    // Nobody looked at their signatures: they are not released as if somebody had.
    let released = app.post("/api/v1/quarantine/release", json!({"sourceId": source.id})).send().await.expect(200);
    assert_eq!(released["done"], 0);
    let reasons: Vec<_> = kept.iter().filter_map(|message| message.refusal.clone()).collect();
    assert!(reasons.iter().any(|reason| reason.contains("more than 1 requests a second")), "{reasons:?}");
}

#[tokio::test]
async fn a_source_answers_as_it_was_told_to() {
    let app = TestApp::start().await;
    let response = json!({"status": 204, "contentType": "text/plain", "body": ""});
    let source = Source::stripe(&app, json!({"response": response})).await;
    let answer = source.send("evt_1", SECRET).await;
    assert_eq!((answer.status, answer.text()), (204, ""));
    let wrong = json!({"settings": {"response": {"status": 500, "contentType": "text/plain", "body": ""}}});
    let path = format!("/api/v1/source/{}", source.id);
    let refused = app.patch(&path, wrong).send().await;
    assert_eq!(refused.status, 422);
    assert!(refused.field_errors()[0].starts_with("body.settings.response.status: "), "{}", refused.text());
}

#[tokio::test]
async fn what_a_source_answers_is_no_page_of_the_dashboards_origin() {
    let app = TestApp::start().await;
    let form = r#"<form method="post" action="/do/revoke_session"><button>Claim your prize</button></form>"#;
    let response = json!({"status": 200, "contentType": "text/html", "body": form});
    let source = Source::stripe(&app, json!({"response": response})).await;
    let answer = source.send("evt_1", SECRET).await;
    assert_eq!((answer.status, answer.text(), answer.header("content-type")), (200, form, "text/html"));
    // Without an origin of its own no form of it is the dashboard's, and none is sent at all.
    let policy = answer.header("content-security-policy").to_owned();
    assert!(policy.split("; ").any(|directive| directive == "sandbox"), "{policy}");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}

#[tokio::test]
async fn a_handshake_is_answered_logged_and_no_message() {
    let app = TestApp::start().await;
    let body = json!({"name": "Slack", "provider": "slack", "secret": "8f742231b10e8888abcd99yyyzzz85a5"});
    let source = Source::make(&app, body).await;
    let asked =
        json!({"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"});
    let mut statuses = Vec::new();
    // Forty at once are too many; a slow machine gives some of them back meanwhile.
    while statuses.len() < 40 || !statuses.contains(&429) && statuses.len() < 400 {
        let answer = app.call(Method::POST, &source.path).without_key().body(asked.to_string()).send().await;
        if answer.status == 200 {
            assert!(answer.text().contains("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"));
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
        statuses.push(answer.status);
    }
    assert!(statuses.iter().filter(|status| **status == 200).count() >= 30, "{statuses:?}");
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!((messages(&app, "accepted").await.len(), messages(&app, "quarantined").await.len()), (0, 0));
    let filter =
        hookreel_contract::input::EventFilter { kind: Some("handshake.answered".to_owned()), ..Default::default() };
    let logged = app.services.event_log.list(&app.tenant.caller, filter).await.unwrap();
    assert!(logged.items.len() >= 30);
}

#[tokio::test]
async fn forged_pings_do_not_use_up_what_the_provider_may_ask() {
    use base64::Engine as _;
    let app = TestApp::start().await;
    let body = json!({"name": "Xero", "provider": "xero", "secret": SECRET});
    let source = Source::make(&app, body).await;
    let asked = r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3r4nd0mt3xt"}"#;
    let ask = async |secret: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(asked.as_bytes());
        let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        let call = app.call(Method::POST, &source.path).without_key().header("x-xero-signature", &signature);
        call.body(asked).send().await.status
    };
    let mut forged = Vec::new();
    while forged.len() < 45 || !forged.contains(&429) && forged.len() < 450 {
        forged.push(ask("somebody else's").await);
    }
    assert!(forged.contains(&401) && forged.contains(&429), "{forged:?}");
    assert_eq!(ask(SECRET).await, 200);
}

#[tokio::test]
async fn a_list_of_events_is_read_when_it_is_found_genuine_in_quarantine() {
    use base64::Engine as _;
    let app = TestApp::start().await;
    let source = Source::make(&app, json!({"name": "Xero", "provider": "xero", "secret": "another secret"})).await;
    let event = |kind: &str| json!({"resourceId": kind, "eventCategory": "INVOICE", "eventType": kind});
    let body = json!({"events": [event("CREATE"), event("UPDATE")], "entropy": "S0m3r4nd0mt3xt"}).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let call = app.call(Method::POST, &source.path).without_key().header("x-xero-signature", &signature);
    assert_eq!(call.body(body).send().await.status, 401);
    let kept = messages(&app, "quarantined").await.remove(0);
    let items = async || {
        let detail = app.services.messages.get(&app.tenant.caller, kept.id).await.unwrap();
        let listed = app.get("/api/v1/quarantine").send().await.expect(200)["data"][0]["received"]["items"].clone();
        (detail.inbound.unwrap().items.len(), listed)
    };
    assert_eq!(items().await, (0, json!(0)), "what is not believed is not read");

    app.put(&format!("/api/v1/source/{}/secret", source.id), json!({"secret": SECRET})).send().await.expect(204);
    let by_source = json!({"sourceId": source.id});
    assert_eq!(app.post("/api/v1/quarantine/reverify", by_source).send().await.expect(200)["done"], 1);
    assert_eq!(items().await, (2, json!(2)));
}

#[tokio::test]
async fn a_signature_of_mailgun_that_somebody_has_seen_is_good_for_no_other_event() {
    let app = TestApp::start().await;
    let source = Source::make(&app, json!({"name": "Mailgun", "provider": "mailgun", "secret": SECRET})).await;
    let timestamp = SystemClock.now().unix_timestamp().to_string();
    let token = "80a2e4ef7ad94a2c1c7ce1e0e1d9b2d1a0f7d3b2";
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{timestamp}{token}").as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    let send = async |event_id: &str, event: &str| {
        let body = json!({
            "signature": {"timestamp": timestamp, "token": token, "signature": signature},
            "event-data": {"id": event_id, "event": event},
        });
        app.call(Method::POST, &source.path).without_key().body(body.to_string()).send().await.expect(200)
    };
    let genuine = send("1", "delivered").await;
    let forged = send("2", "unsubscribed").await;
    assert_eq!((&genuine["duplicate"], &forged["duplicate"]), (&json!(false), &json!(true)));
    assert_eq!(forged["id"], genuine["id"]);
    assert_eq!(messages(&app, "accepted").await.len(), 1);
}

#[tokio::test]
async fn the_secret_that_asana_brings_counts_at_once_and_nobody_brings_another() {
    let app = TestApp::start().await;
    let source = Source::make(&app, json!({"name": "Asana", "provider": "asana"})).await;
    let call = || app.call(Method::POST, &source.path).without_key();
    let bring = async |secret: &str| call().header("x-hook-secret", secret).body("{}").send().await;
    let send = async |secret: &str, action: &str| {
        let body = json!({"events": [{"action": action, "resource": {"resource_type": "task"}}]}).to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        call().header("x-hook-signature", &signature).body(body).send().await.status
    };
    // The source is remembered as one without a secret.
    assert_eq!(send("one", "before").await, 401);
    let (one, other) = tokio::join!(bring("one"), bring("other"));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401], "{} {}", one.text(), other.text());
    let (taken, refused) = if one.status == 200 { ("one", "other") } else { ("other", "one") };
    let answer = if one.status == 200 { one } else { other };
    assert_eq!(answer.header("x-hook-secret"), taken);
    assert_eq!((send(taken, "added").await, send(refused, "changed").await), (200, 401));
    assert_eq!(bring("third").await.status, 401);
    assert_eq!(send(taken, "removed").await, 200);
}

#[tokio::test]
async fn a_get_handshake_is_answered_too() {
    let app = TestApp::start().await;
    let body = json!({"name": "Dropbox", "provider": "dropbox", "secret": "an app secret"});
    let source = Source::make(&app, body).await;
    let answer = app.call(Method::GET, &format!("{}?challenge=abc123", source.path)).without_key().send().await;
    assert_eq!((answer.status, answer.text()), (200, "abc123"));
}

#[tokio::test]
async fn every_provider_is_listed_and_a_source_of_each_can_be_made_with_its_fields() {
    let app = TestApp::start().await;
    let mut names = Vec::new();
    let mut iterator = String::new();
    loop {
        let page = app.get(&format!("/api/v1/source-provider?limit=50{iterator}")).send().await.expect(200);
        names.extend(page["data"].as_array().unwrap().iter().cloned());
        if page["done"] == true {
            break;
        }
        iterator = format!("&iterator={}", page["iterator"].as_str().unwrap());
    }
    assert!(names.len() >= 70, "{}", names.len());
    for provider in &names {
        let fields: serde_json::Map<String, Value> = provider["fields"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|field| field["isRequired"] == true)
            .map(|field| {
                let choice = field["choices"].get(0).cloned();
                (field["name"].as_str().unwrap().to_owned(), choice.unwrap_or_else(|| json!("X-Something")))
            })
            .collect();
        let body = json!({"name": provider["displayName"], "provider": provider["name"], "fields": fields});
        let made = app.post("/api/v1/source", body).send().await;
        assert_eq!(made.status, 201, "{provider}: {}", made.text());
    }
    let custom = names.iter().find(|provider| provider["name"] == "custom").unwrap();
    let field = |name: &str| custom["fields"].as_array().unwrap().iter().find(|field| field["name"] == name).unwrap();
    assert_eq!(field("header")["isRequired"], true);
    assert_eq!(field("separator")["choices"], json!([",", ";"]));
    assert_eq!(field("separator")["meanings"], json!(["Comma", "Semicolon"]));
    assert_eq!(field("timestamp_pointer")["placeholder"], "/created_at");

    let unknown = json!({"name": "x", "provider": "stripe", "fields": {"colour": "red"}});
    let refused = app.post("/api/v1/source", unknown).send().await;
    assert_eq!(refused.field_errors(), ["body.fields.colour: there is no such field"]);
}

#[tokio::test]
async fn the_url_that_a_provider_was_given_can_be_said_with_its_fields() {
    use sha2::Digest as _;
    let app = TestApp::start().await;
    let has_field = async |name: &str| {
        let provider = app.get(&format!("/api/v1/source-provider/{name}")).send().await.expect(200);
        provider["fields"].as_array().unwrap().iter().any(|field| field["name"] == "public_url")
    };
    assert!(has_field("square").await && has_field("ebay").await && !has_field("stripe").await);

    let given = "https://hooks.customer.example/ebay";
    let token = "a_verification_token_of_forty_characters";
    let body = json!({"name": "eBay", "provider": "ebay", "secret": token, "fields": {"public_url": given}});
    let source = Source::make(&app, body).await;
    let asked = app.call(Method::GET, &format!("{}?challenge_code=abc", source.path)).without_key().send().await;
    let digest = hex::encode(Sha256::digest(format!("abc{token}{given}")));
    assert_eq!(asked.expect(200)["challengeResponse"], json!(digest));

    let path = format!("/api/v1/source/{}", source.id);
    let kept = app.get(&path).send().await.expect(200);
    assert_eq!((&kept["fields"]["public_url"], &kept["settings"]["publicUrl"]), (&json!(given), &json!(given)));
    let other = json!("https://hooks.customer.example/other");
    let changed = app.patch(&path, json!({"fields": {"public_url": other}})).send().await.expect(200);
    assert_eq!(changed["settings"]["publicUrl"], other);
    let wrong = app.patch(&path, json!({"fields": {"public_url": "none"}})).send().await;
    assert!(wrong.field_errors()[0].starts_with("body.fields.public_url: "), "{}", wrong.text());
}

#[tokio::test]
async fn a_signed_sample_comes_in_by_the_same_way() {
    let app = TestApp::start().await;
    let source = Source::stripe(&app, json!({})).await;
    let made = source.post("sample").await;
    let accepted = messages(&app, "accepted").await;
    assert_eq!(accepted.len(), 1);
    assert_eq!(made["messageId"], json!(accepted[0].id));
    assert_eq!(
        (accepted[0].verdict.as_deref(), accepted[0].event_type.as_str()),
        (Some("verified"), "hookreel.sample")
    );
}
