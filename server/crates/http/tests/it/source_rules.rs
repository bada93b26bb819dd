//! The rules of a source that a person can see and change, by the API: what each of them does, and what is told of it.

use crate::app::{Answer, TestApp};
use crate::deliveries::eventually;
use hmac::{Hmac, KeyInit, Mac};
use hookreel_contract::input::{EventFilter, MessageFilter};
use hookreel_contract::views::MessageRow;
use hookreel_testing::FakeReceiver;
use http::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;

const SECRET: &str = "shared between two";
/// Of each, one or another provider takes it for a secret of its own.
const SECRETS: &[&str] = &[
    "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs=",
    "user:password",
];

struct Source<'a> {
    app: &'a TestApp,
    id: String,
    path: String,
}

impl<'a> Source<'a> {
    async fn make(app: &'a TestApp, body: Value) -> Self {
        let made = app.post("/api/v1/source", body).send().await.expect(201);
        let path = made["url"].as_str().unwrap().strip_prefix("https://hooks.example.com").unwrap().to_owned();
        Self { app, id: made["id"].as_str().unwrap().to_owned(), path }
    }

    /// Of somebody who signs the body, and says no more.
    async fn plain(app: &'a TestApp, settings: Value) -> Self {
        let generic = json!({"header": "X-Sig", "encoding": "hex"});
        let body = json!({
            "name": "Own", "provider": "generic_hmac", "secret": SECRET, "generic": generic, "settings": settings,
        });
        Self::make(app, body).await
    }

    async fn send(&self, headers: &[(&'static str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        self.send_signed(SECRET, headers, body).await
    }

    async fn send_signed(&self, secret: &str, headers: &[(&'static str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(&body);
        let signature = hex::encode(mac.finalize().into_bytes());
        let call = self.app.call(Method::POST, &self.path).without_key().header("x-sig", &signature);
        headers.iter().fold(call, |call, (name, value)| call.header(name, value)).body(body).send().await
    }

    async fn get(&self) -> Value {
        self.app.get(&format!("/api/v1/source/{}", self.id)).send().await.expect(200)
    }

    async fn change(&self, settings: Value) {
        let path = format!("/api/v1/source/{}", self.id);
        self.app.patch(&path, json!({"settings": settings})).send().await.expect(200);
    }

    fn call(&self, method: Method, what: &str, body: Value) -> crate::app::Call<'_> {
        self.app.call(method, &format!("/api/v1/source/{}/{what}", self.id)).body(body.to_string())
    }
}

async fn messages(app: &TestApp, state: &str) -> Vec<MessageRow> {
    let filter = MessageFilter { state: Some(state.to_owned()), limit: Some(250), ..MessageFilter::default() };
    app.services.messages.list(&app.tenant.caller, filter).await.unwrap().items
}

fn is_duplicate(answer: &Answer) -> bool {
    answer.expect(200)["duplicate"] == true
}

#[tokio::test]
async fn repetitions_are_recognised_rung_by_rung_counted_and_not_delivered_again() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    app.endpoint(&receiver.url("/hooks")).await;
    let source = Source::plain(&app, json!({"dedupeWindowH": 1})).await;
    // Nothing tells them apart: both are events.
    assert!(!is_duplicate(&source.send(&[], "{}").await) && !is_duplicate(&source.send(&[], "{}").await));
    let with_id = [("webhook-id", "msg_1")];
    assert!(!is_duplicate(&source.send(&with_id, "{}").await));
    assert!(is_duplicate(&source.send(&with_id, r#"{"another":"body"}"#).await));
    source.change(json!({"dedupeWindowH": 1, "dedupeByContent": true})).await;
    assert!(!is_duplicate(&source.send(&[], r#"{"n":1}"#).await));
    assert!(is_duplicate(&source.send(&[], r#"{"n":1}"#).await));

    let rungs: Vec<_> = messages(&app, "accepted").await.into_iter().rev().map(|row| row.dedupe_rung).collect();
    assert_eq!(rungs, [None, None, Some("webhook_id".to_owned()), Some("content_hash".to_owned())]);
    let path = format!("/api/v1/source/{}", source.id);
    let told = eventually(&app, &path, |source| source["duplicates24h"] == 2 && source["altered24h"] == 1).await;
    assert_eq!(told["accepted24h"], 4);
    receiver.wait_for("/hooks", 4).await;

    // Once the window is over, the same is an event again.
    let mut connection = app.database.superuser().await;
    sqlx::query("update ops.dedupe_keys set seen_at = now() - interval '61 minutes'")
        .execute(&mut connection)
        .await
        .unwrap();
    assert!(!is_duplicate(&source.send(&with_id, "{}").await));
    receiver.wait_for("/hooks", 5).await;
    assert_eq!(receiver.requests("/hooks").len(), 5);
}

#[tokio::test]
async fn what_a_provider_calls_its_event_is_the_first_rung() {
    let app = TestApp::start().await;
    let generic = json!({"header": "X-Sig", "encoding": "hex", "eventIdHeader": "X-Id"});
    let body = json!({"name": "Own", "provider": "generic_hmac", "secret": SECRET, "generic": generic});
    let source = Source::make(&app, body).await;
    assert!(!is_duplicate(&source.send(&[("x-id", "1"), ("webhook-id", "a")], "{}").await));
    assert!(is_duplicate(&source.send(&[("x-id", "1"), ("webhook-id", "b")], "{}").await));
    assert!(!is_duplicate(&source.send(&[("x-id", "2"), ("webhook-id", "a")], "{}").await));
    let rows = messages(&app, "accepted").await;
    assert!(rows.iter().all(|row| row.dedupe_rung.as_deref() == Some("event_id")));
}

#[tokio::test]
async fn a_list_of_events_that_is_sent_again_is_recognised_by_all_their_ids() {
    let app = TestApp::start().await;
    let source = Source::make(&app, json!({"name": "Own", "provider": "okta", "secret": SECRET})).await;
    let list = |ids: &[&str], sent: u32| {
        let events: Vec<_> = ids.iter().map(|id| json!({"uuid": id, "eventType": "user.session.start"})).collect();
        json!({"data": {"events": events}, "sent": sent}).to_string()
    };
    let send = async |body: String| is_duplicate(&source.send(&[("authorization", SECRET)], body).await);
    assert!(!send(list(&["a", "b"], 1)).await);
    assert!(send(list(&["a", "b"], 2)).await, "the same two");
    assert!(
        !send(list(&["b", "a"], 1)).await && !send(list(&["a", "b", "c"], 1)).await && !send(list(&["a"], 1)).await
    );
    let rungs: Vec<_> = messages(&app, "accepted").await.into_iter().rev().filter_map(|row| row.dedupe_rung).collect();
    assert_eq!(rungs, ["event_ids", "event_ids", "event_ids", "event_id"]);
}

#[tokio::test]
async fn bodies_go_on_octet_for_octet_and_the_providers_headers_where_that_is_chosen() {
    let app = TestApp::start().await;
    let receiver = FakeReceiver::start().await;
    app.endpoint(&receiver.url("/without")).await;
    let with = json!({"url": receiver.url("/with"), "forwardHeaders": true});
    app.post("/api/v1/app/default/endpoint", with).send().await.expect(201);
    let source = Source::plain(&app, json!({})).await;
    for body in [&b"{ \"b\": 1.00,\t\"a\":\"\\u00e9\" }\r\n"[..], b"\xff\xfe\x00 no text", b""] {
        source
            .send(&[("x-own", "of the provider"), ("content-type", "application/x-odd; v=1")], body)
            .await
            .expect(200);
        let sent = receiver.requests("/with").len() + 1;
        for path in ["/with", "/without"] {
            let request = receiver.wait_for(path, sent).await.pop().unwrap();
            assert_eq!(&request.body[..], body, "{path}");
            assert_eq!(request.header("x-own"), if path == "/with" { "of the provider" } else { "" });
            assert_eq!(request.header("content-type"), "application/x-odd; v=1");
        }
    }
}

#[tokio::test]
async fn a_signed_url_is_the_one_that_the_provider_was_given() {
    let app = TestApp::start().await;
    let given = "https://hooks.customer.example/square";
    let body = json!({"name": "Square", "provider": "square", "secret": SECRET, "settings": {"publicUrl": given}});
    let source = Source::make(&app, body).await;
    let send = async |url: &str, query: &str, event_id: &str| {
        use base64::Engine as _;
        let body = json!({"event_id": event_id, "type": "payment.created"}).to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("{url}{query}{body}").as_bytes());
        let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        let call = app.call(Method::POST, &format!("{}{query}", source.path)).without_key();
        call.header("x-square-hmacsha256-signature", &signature).body(body).send().await.status
    };
    let own = format!("https://hooks.example.com{}", source.path);
    assert_eq!((send(given, "", "1").await, send(given, "?shop=7", "2").await), (200, 200));
    assert_eq!(send(&own, "", "3").await, 401);
    source.change(json!({})).await;
    assert_eq!((send(&own, "", "4").await, send(given, "", "5").await), (200, 401));
    let wrong = json!({"settings": {"publicUrl": "https://hooks.customer.example/?a=b"}});
    let refused = app.patch(&format!("/api/v1/source/{}", source.id), wrong).send().await;
    assert!(refused.field_errors()[0].starts_with("body.settings.publicUrl: "), "{}", refused.text());
}

#[tokio::test]
async fn a_long_url_that_was_signed_can_be_verified_again() {
    use base64::Engine as _;
    let app = TestApp::start().await;
    let body = json!({"name": "Square", "provider": "square", "secret": "not yet the right one"});
    let source = Source::make(&app, body).await;
    let query = format!("?state={}", "a".repeat(6_000));
    let event = json!({"event_id": "1", "type": "payment.created"}).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("https://hooks.example.com{}{query}{event}", source.path).as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let call = app.call(Method::POST, &format!("{}{query}", source.path)).without_key();
    let answer = call.header("x-square-hmacsha256-signature", &signature).body(event).send().await;
    assert_eq!(answer.status, 401, "{}", answer.text());
    source.call(Method::PUT, "secret", json!({"secret": SECRET})).send().await.expect(204);
    let again = app.post("/api/v1/quarantine/reverify", json!({"sourceId": source.id})).send().await.expect(200);
    assert_eq!((&again["lookedAt"], &again["done"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn an_old_secret_counts_for_as_long_as_was_said_or_until_it_is_ended() {
    let app = TestApp::start().await;
    let source = Source::plain(&app, json!({})).await;
    let rotate = |body: Value| source.call(Method::POST, "secret/rotate", body);
    let rotated = rotate(json!({"secret": "the second", "overlapS": 3600})).send().await.expect(200);
    assert_eq!(rotated["secrets"], 2);
    assert!(rotated["oldSecretsValidUntil"].is_string(), "{rotated}");
    for secret in [SECRET, "the second"] {
        source.send_signed(secret, &[], "{}").await.expect(200);
    }
    source.call(Method::DELETE, "secret/old", json!({})).send().await.expect(204);
    assert_eq!(source.send_signed(SECRET, &[], "{}").await.status, 401);
    source.send_signed("the second", &[], "{}").await.expect(200);
    let told = source.get().await;
    assert_eq!((&told["secrets"], &told["oldSecretsValidUntil"]), (&json!(1), &Value::Null));

    let at_once = rotate(json!({"secret": "the third", "overlapS": 0})).send().await.expect(200);
    assert_eq!(at_once["secrets"], 1);
    let too_long = rotate(json!({"secret": "the fourth", "overlapS": 2_592_001})).send().await;
    assert!(too_long.field_errors()[0].starts_with("body.overlapS: "), "{}", too_long.text());
    let filter = EventFilter { stream: Some(source.id.clone()), ..EventFilter::default() };
    let events = app.services.event_log.list(&app.tenant.caller, filter).await.unwrap().items;
    let kinds: Vec<_> = events.iter().rev().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "source.created",
            "source.secret_set",
            "source.secret_rotated",
            "source.old_secrets_ended",
            "source.secret_set"
        ]
    );
}

#[tokio::test]
async fn a_source_tells_how_it_is_doing() {
    let app = TestApp::start().await;
    let bare = Source::make(&app, json!({"name": "Stripe", "provider": "stripe"})).await;
    let told = bare.get().await;
    assert_eq!((&told["needsSecret"], &told["acceptedShare24h"]), (&json!(true), &Value::Null));
    let paypal = json!({"name": "PayPal", "provider": "paypal", "fields": {"webhook_id": "x"}});
    assert_eq!(Source::make(&app, paypal).await.get().await["needsSecret"], false);

    let source = Source::plain(&app, json!({})).await;
    for _ in 0..12 {
        source.send(&[], "{}").await.expect(200);
    }
    source.send_signed("somebody else's", &[], "{}").await;
    let told = source.get().await;
    assert_eq!(
        (&told["lastFailure"]["reason"], &told["silent"]),
        (
            &json!("no signature matches: the secret is not the sender's, or the request was changed on its way"),
            &Value::Null
        )
    );
    assert!((told["acceptedShare24h"].as_f64().unwrap() - 12.0 / 13.0).abs() < 1e-9, "{told}");
    let verdicts = json!({"verified": 12, "authenticated": 0, "failed": 1, "unattempted": 0});
    assert_eq!(told["verdicts24h"], verdicts);
    let listed = app.get("/api/v1/source").send().await.expect(200);
    assert!(listed["data"].as_array().unwrap().iter().all(|listed| listed.get("verdicts24h").is_none()), "{listed}");

    // Three hours between two, for a day and a half, and then nothing for four.
    let mut connection = app.database.superuser().await;
    sqlx::query(
        "update read.messages m set received_at = now() - interval '4 hours' - n * interval '3 hours'
         from (select message_id, row_number() over (order by message_id desc) - 1 as n from read.messages) as o
         where o.message_id = m.message_id",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    // As if nobody had looked before: what was learned of them does not count any more.
    sqlx::query("delete from ops.source_rhythms").execute(&mut connection).await.unwrap();
    let mut silent = Value::Null;
    for _ in 0..600 {
        // The engine looks now and then too, and only one at a time.
        hookreel_delivery::look_for_silence(app.database.database().engine()).await.unwrap();
        silent = source.get().await["silent"].clone();
        if !silent.is_null() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(silent["longestBeforeS"], 10_800, "{silent}");
    source.send(&[], "{}").await.expect(200);
    assert_eq!(source.get().await["silent"], Value::Null);
}

#[tokio::test]
async fn what_is_refused_beyond_the_cap_is_counted_and_not_kept() {
    let app = TestApp::start().await;
    let source = Source::plain(&app, json!({})).await;
    let mut kept = 0_u64;
    // A thousand in a burst are kept, and five a second come back meanwhile: many at once, so that it is soon.
    for _ in 0..52 {
        let sending = (0..25).map(|_| source.send_signed("somebody else's", &[], "{}"));
        for answer in futures::future::join_all(sending).await {
            assert_eq!(answer.status, 401);
            kept += 1;
        }
    }
    let path = format!("/api/v1/source/{}", source.id);
    let told = eventually(&app, &path, |source| {
        source["dropped24h"].as_u64().unwrap() + source["quarantined24h"].as_u64().unwrap() == kept
    })
    .await;
    assert!(told["dropped24h"].as_u64().unwrap() > 0 && told["quarantined24h"].as_u64().unwrap() >= 1_000, "{told}");
    // What it accepts is not bounded by what it refuses.
    source.send(&[], "{}").await.expect(200);
}

/// As if other processes had taken in as much of strangers as is kept of a source.
async fn fill(app: &TestApp, source: &Source<'_>) {
    sqlx::query(
        "insert into read.messages (tenant_id, message_id, application_id, source_id, event_type, state, body_bytes,
                                    verdict, refusal, received_at)
         select tenant_id, gen_random_uuid(), application_id, source_id, 'unknown', 'quarantined', 2, 'failed',
                'of another process', now() - interval '2 days'
         from read.sources, generate_series(1, 10000) where source_id::text = $1",
    )
    .bind(uuid_of(&source.id))
    .execute(&mut app.database.superuser().await)
    .await
    .unwrap();
}

fn uuid_of(id: &str) -> String {
    id.parse::<hookreel_kernel::SourceId>().unwrap().uuid().to_string()
}

/// Quarantined messages of a verdict that were not put there by [`fill`].
async fn kept_as(app: &TestApp, verdict: &str) -> i64 {
    sqlx::query_scalar(
        "select count(*) from read.messages
         where state = 'quarantined' and verdict = $1 and refusal <> 'of another process'",
    )
    .bind(verdict)
    .fetch_one(&mut app.database.superuser().await)
    .await
    .unwrap()
}

/// Longer than a process believes what it has heard about a source's quarantine.
const UNTIL_ASKED_AGAIN: Duration = Duration::from_millis(2_300);

#[tokio::test]
async fn what_strangers_sent_is_kept_up_to_a_cap_of_all_processes_and_does_not_take_the_providers_room() {
    let app = TestApp::start().await;
    let source = Source::plain(&app, json!({})).await;
    let forge = async || assert_eq!(source.send_signed("somebody else's", &[], "{}").await.status, 401);
    forge().await;
    assert_eq!(kept_as(&app, "failed").await, 1);
    fill(&app, &source).await;
    tokio::time::sleep(UNTIL_ASKED_AGAIN).await;
    forge().await;
    assert_eq!(kept_as(&app, "failed").await, 1, "the other processes' count too");
    let path = format!("/api/v1/source/{}", source.id);
    eventually(&app, &path, |source| source["dropped24h"] == 1).await;

    // Of the provider itself everything is kept.
    source.call(Method::POST, "pause", json!({})).send().await.expect(204);
    assert_eq!(source.send(&[], "{}").await.status, 202);
    assert_eq!(kept_as(&app, "verified").await, 1);

    // Once somebody has looked through it there is room again.
    sqlx::query("delete from read.messages where refusal = 'of another process'")
        .execute(&mut app.database.superuser().await)
        .await
        .unwrap();
    tokio::time::sleep(UNTIL_ASKED_AGAIN).await;
    forge().await;
    assert_eq!(kept_as(&app, "failed").await, 2);
}

#[tokio::test]
async fn a_paused_source_without_room_does_not_answer_as_if_it_kept_what_comes() {
    let app = TestApp::start().await;
    let token = "a-verification-token-of-32-letters";
    let body = json!({"name": "eBay", "provider": "ebay", "secret": token});
    let source = Source::make(&app, body).await;
    source.call(Method::POST, "pause", json!({})).send().await.expect(204);
    fill(&app, &source).await;
    let answer = source.send(&[], "{}").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "600"), "{}", answer.text());
    assert_eq!(kept_as(&app, "unattempted").await, 0);
}

#[tokio::test]
async fn every_provider_whose_key_is_shared_can_be_played_at_its_source() {
    let app = TestApp::start().await;
    let page = app.get("/api/v1/source-provider?limit=250").send().await.expect(200);
    let mut played = 0;
    for provider in page["data"].as_array().unwrap() {
        assert_eq!(
            provider["waysOfSigning"].as_array().unwrap().is_empty(),
            provider["isConfigurable"] == true,
            "{provider}"
        );
        let name = provider["name"].as_str().unwrap();
        let fields: serde_json::Map<String, Value> = provider["fields"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|field| field["isRequired"] == true)
            .map(|field| (field["name"].as_str().unwrap().to_owned(), json!("x")))
            .collect();
        let source = Source::make(&app, json!({"name": name, "provider": name, "fields": fields})).await;
        for secret in SECRETS {
            if source.call(Method::PUT, "secret", json!({"secret": secret})).send().await.status == 204 {
                break;
            }
        }
        let sample = source.call(Method::POST, "sample", json!({})).send().await;
        if provider["canBePlayed"] == false {
            assert_eq!(sample.status, 409, "{name}: {}", sample.text());
            assert!(sample.text().contains("only the provider itself can sign"), "{name}: {}", sample.text());
            continue;
        }
        let id = sample.expect(202)["messageId"].as_str().unwrap().parse().unwrap();
        let row = app.services.messages.get(&app.tenant.caller, id).await.unwrap().row;
        assert_eq!(row.verdict.as_deref(), provider["bestVerdict"].as_str(), "{name}");
        assert!(row.event_type != "unknown" || provider["isConfigurable"] == true, "{name}");
        played += 1;
    }
    assert!(played > 60, "{played}");
}

#[tokio::test]
async fn a_sample_is_not_held_to_the_rules_for_strangers_but_its_signature_is_verified() {
    let app = TestApp::start().await;
    let source = Source::plain(&app, json!({})).await;
    let rules = [
        json!({"allowedNetworks": ["192.0.2.0/24"]}),
        json!({"methods": ["PUT"]}),
        json!({"contentTypes": ["application/xml"]}),
    ];
    for (n, rule) in rules.into_iter().enumerate() {
        source.change(rule.clone()).await;
        assert!(source.send(&[("content-type", "application/json")], "{}").await.status >= 400, "{rule}");
        source.call(Method::POST, "sample", json!({})).send().await.expect(202);
        let accepted = messages(&app, "accepted").await;
        assert_eq!((accepted.len(), accepted[0].verdict.as_deref()), (n + 1, Some("verified")), "{rule}");
    }
    assert_eq!(messages(&app, "quarantined").await.len(), 3, "only what strangers sent");
}

#[tokio::test]
async fn one_or_a_range_of_the_quarantine_is_judged_again_and_released_and_it_is_recorded_by_whom() {
    let app = TestApp::start().await;
    let source = Source::plain(&app, json!({})).await;
    for n in 0..4 {
        source.send_signed("the right one", &[], format!(r#"{{"n":{n}}}"#)).await;
    }
    let kept = messages(&app, "quarantined").await;
    let (first, third) = (kept[3].clone(), kept[1].clone());
    source.call(Method::PUT, "secret", json!({"secret": "the right one"})).send().await.expect(204);

    let quarantine = |what: &str, body: Value| app.post(&format!("/api/v1/quarantine/{what}"), body);
    // One, then those before the third.
    let one = json!({"messageIds": [first.id]});
    assert_eq!(quarantine("reverify", one.clone()).send().await.expect(200)["done"], 1);
    assert_eq!(quarantine("release", one).send().await.expect(200)["done"], 1);
    let until = third.received_at.format(&time::format_description::well_known::Rfc3339).unwrap();
    let before = json!({"sourceId": source.id, "until": until});
    let again = quarantine("reverify", before.clone()).send().await.expect(200);
    assert_eq!((&again["lookedAt"], &again["done"]), (&json!(1), &json!(1)));
    assert_eq!(quarantine("release", before).send().await.expect(200)["done"], 1);
    let since = json!({"sourceId": source.id, "since": until});
    assert_eq!(quarantine("release", since).send().await.expect(200)["lookedAt"], 0, "nobody believes them yet");
    assert_eq!((messages(&app, "accepted").await.len(), messages(&app, "quarantined").await.len()), (2, 2));

    let filter = EventFilter { stream: Some(first.id.to_string()), ..EventFilter::default() };
    let events = app.services.event_log.list(&app.tenant.caller, filter).await.unwrap().items;
    let told: Vec<_> =
        events.iter().rev().map(|event| (event.kind.as_str(), event.actor.split(['_', ' ']).next().unwrap())).collect();
    assert_eq!(told[0].0, "message.quarantined");
    assert_eq!((told[1].0, told[2].0), ("message.reverified", "message.released"), "{told:?}");
    assert!(told[1].1 != told[0].1 && told[1].1 == told[2].1, "a key's doing is not the source's: {told:?}");
}
