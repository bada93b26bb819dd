use crate::support::{ATTEMPT_DEADLINE, TestEngine};
use hookreel_domain::traffic::ReceivedHeader;
use hookreel_ingest::{Inbound, Keyring, Provider, RuleInput, SourceRule, verify};
use hookreel_kernel::{Actor, Clock, Secret, SystemClock};
use hookreel_testing::{Answer, ReceivedRequest};
use std::time::{Duration, Instant};

const STATE: &str = "select state || ' after ' || attempts from read.deliveries";

/// What a receiver would do, by our own verifier of the same specification.
fn is_genuine(request: &ReceivedRequest) -> bool {
    let rule = SourceRule::new(Provider::parse("standard_webhooks").unwrap(), &RuleInput::default()).unwrap();
    let headers: Vec<(String, Vec<u8>)> =
        request.headers.iter().map(|(n, v)| (n.as_str().to_owned(), v.as_bytes().to_vec())).collect();
    let secrets = [Secret::new(crate::support::SECRET.to_owned())];
    let inbound = Inbound { method: "POST", public_url: "", headers: &headers, body: &request.body };
    verify(&rule, &Keyring::of(&secrets), &inbound, SystemClock.now()).is_ok()
}

#[tokio::test]
async fn a_message_arrives_signed_and_everything_about_it_is_recorded() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    let body = r#"{"b":1,"a":[2.50]}"#;
    let accepted = t.publish(body).await;
    let requests = t.receiver.wait_for("/a", 1).await;
    assert_eq!(requests[0].body, body);
    assert_eq!(requests[0].header("webhook-id"), accepted.message_id.to_string());
    assert_eq!(requests[0].header("content-type"), "application/json");
    assert!(is_genuine(&requests[0]));
    t.wait_for(STATE, "succeeded after 1").await;
    let recorded = t
        .value(
            "select payload ->> 'status' || ' ' || (payload ->> 'number') || ' ' || (payload ->> 'state')
         from event_store.events where kind = 'delivery.attempted'",
        )
        .await;
    assert_eq!(recorded, "200 1 succeeded");
    t.wait_for("select succeeded::text from read.delivery_stats", "1").await;
    assert_eq!(t.receiver.requests("/a").len(), 1);
    let tally = t.engine.tally();
    assert_eq!((tally.accepted, tally.quarantined, tally.duplicates), (1, 0, 0));
    assert_eq!((tally.succeeded, tally.retrying, tally.exhausted), (1, 0, 0));
    assert_eq!(tally.durations.iter().sum::<u64>(), 1);
}

#[tokio::test]
async fn a_received_body_is_labelled_as_its_sender_labelled_it_however_that_was_spelt() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    for (number, (content_type, content_encoding)) in
        [("Content-Type", "Content-Encoding"), ("content-type", "content-encoding")].into_iter().enumerate()
    {
        let header = |name: &str, value: &str| ReceivedHeader {
            name: name.to_owned(),
            value: value.to_owned(),
            is_base64: false,
        };
        let mut message = t.message("invoice.paid", "a=1");
        message.headers = vec![
            header("X-Own", "of the provider"),
            header(content_type, "application/x-www-form-urlencoded"),
            header(content_encoding, "gzip"),
        ];
        t.engine.accept(message).await.unwrap();
        let request = t.receiver.wait_for("/a", number + 1).await.pop().unwrap();
        assert_eq!(request.header("content-type"), "application/x-www-form-urlencoded", "{content_type}");
        assert_eq!(request.header("content-encoding"), "gzip", "{content_encoding}");
        assert_eq!(request.header("x-own"), "", "the endpoint does not want the provider's headers");
    }
    t.publish("{}").await;
    let request = t.receiver.wait_for("/a", 3).await.pop().unwrap();
    assert_eq!((request.header("content-type"), request.header("content-encoding")), ("application/json", ""));
}

#[tokio::test]
async fn the_svix_and_legacy_header_names_are_sent_on_request() {
    let t = TestEngine::start().await;
    t.endpoint_at(&t.receiver.url("/svix"), "svix").await;
    t.endpoint_at(&t.receiver.url("/legacy"), "legacy").await;
    t.publish("{}").await;
    let svix = &t.receiver.wait_for("/svix", 1).await[0];
    assert!(is_genuine(svix) && !svix.header("svix-id").is_empty() && svix.header("webhook-id").is_empty());
    let legacy = &t.receiver.wait_for("/legacy", 1).await[0];
    assert!(legacy.header("x-webhook-signature").starts_with("v1=") && !legacy.header("x-webhook-id").is_empty());
}

#[tokio::test]
async fn a_failing_endpoint_is_retried_until_it_recovers() {
    // More tries than there can be before it has recovered.
    let t = TestEngine::with_schedule(&[0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100]).await;
    t.receiver.answer("/a", Answer::Status(500));
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.receiver.wait_for("/a", 2).await;
    t.receiver.answer("/a", Answer::Status(204));
    t.wait_for("select state from read.deliveries", "succeeded").await;
    let requests = t.receiver.requests("/a");
    assert!(requests.len() >= 3);
    assert!(requests.iter().all(|r| r.header("webhook-id") == requests[0].header("webhook-id")));
    let numbers =
        t.value("select string_agg(number::text || succeeded::text, ' ' order by number) from read.attempts").await;
    assert!(numbers.starts_with("1false 2false"), "{numbers}");
}

#[tokio::test]
async fn a_delivery_that_never_succeeds_is_exhausted_and_a_resend_appends_to_it() {
    let t = TestEngine::with_schedule(&[0, 50]).await;
    t.receiver.answer("/a", Answer::Status(302));
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for(STATE, "exhausted after 2").await;
    assert_eq!(t.value("select last_failure from read.deliveries").await, "redirect");
    let delivery = t.only_delivery().await;
    let resend = || async {
        let tx = t.test.database().tenant(t.tenant_id).await.unwrap();
        t.engine.resend(tx, Actor::Operator, delivery).await.unwrap();
    };
    resend().await;
    t.wait_for(STATE, "exhausted after 3").await;
    // Three attempts failed, and by that one delivery.
    t.wait_for("select sum(failed) || ' ' || sum(exhausted) from read.delivery_stats", "3 1").await;
    t.receiver.answer("/a", Answer::Status(200));
    resend().await;
    t.wait_for(STATE, "succeeded after 4").await;
    let history = t.value("select string_agg(kind, ' ' order by stream_version) from event_store.events where stream_kind = 'delivery'").await;
    assert_eq!(
        history,
        "delivery.attempted delivery.attempted delivery.resend_requested delivery.attempted \
         delivery.resend_requested delivery.attempted"
    );
}

#[tokio::test]
async fn a_failed_resend_does_not_undo_an_earlier_success() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for(STATE, "succeeded after 1").await;
    t.receiver.answer("/a", Answer::Status(500));
    let tx = t.test.database().tenant(t.tenant_id).await.unwrap();
    t.engine.resend(tx, Actor::Operator, t.only_delivery().await).await.unwrap();
    t.wait_for(STATE, "succeeded after 2").await;
}

#[tokio::test]
async fn another_tenant_cannot_resend() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for(STATE, "succeeded after 1").await;
    let (stranger, _) = t.test.tenant().await;
    let tx = t.test.database().tenant(stranger).await.unwrap();
    let refused = t.engine.resend(tx, Actor::Operator, t.only_delivery().await).await;
    assert!(matches!(refused, Err(hookreel_delivery::ResendError::NotFound)));
}

#[tokio::test]
async fn gone_disables_the_endpoint_and_cancels_what_waits() {
    let t = TestEngine::with_schedule(&[0, 3_600_000]).await;
    t.receiver.answer("/a", Answer::Status(500));
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for(STATE, "retrying after 1").await;
    t.receiver.answer("/a", Answer::Status(410));
    t.publish("{}").await;
    t.wait_for(
        "select state || ': ' || disabled_reason from read.endpoints",
        "disabled: The endpoint answered 410 Gone.",
    )
    .await;
    t.wait_for("select string_agg(state, ' ' order by delivery_id) from read.deliveries", "cancelled exhausted").await;
    assert_eq!(t.publish("{}").await.deliveries, 0);
}

#[tokio::test]
async fn a_paused_endpoint_gets_its_deliveries_when_it_is_resumed() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    t.execute("update read.endpoints set state = 'paused'").await;
    t.publish("{}").await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(t.receiver.requests("/a").is_empty());
    // Not even made due: what is held by an enabled endpoint is found.
    t.execute("update read.endpoints set state = 'enabled'").await;
    t.engine.wake_reconciler();
    t.receiver.wait_for("/a", 1).await;
}

#[tokio::test]
async fn a_hanging_endpoint_does_not_hold_up_its_neighbour() {
    let t = TestEngine::start().await;
    t.receiver.answer("/hangs", Answer::After(Duration::from_mins(1)));
    t.endpoint("/hangs").await;
    t.endpoint("/healthy").await;
    let mut slowest = Duration::ZERO;
    for n in 1..=150 {
        let sent = Instant::now();
        t.publish("{}").await;
        t.receiver.wait_for("/healthy", n).await;
        slowest = slowest.max(sent.elapsed());
    }
    // No number to hold: only that nothing waited for the deadline of the hanging one.
    assert!(slowest < ATTEMPT_DEADLINE * 2 / 3, "{slowest:?}");
    assert!(t.receiver.requests("/hangs").len() <= 40);
    // Those that had to wait for it say so.
    t.wait_for("select (count(*) > 50)::text from read.deferrals where reason = 'endpoint_busy' and times > 0", "true")
        .await;
}

#[tokio::test]
async fn only_a_bounded_part_of_an_answer_is_kept() {
    let t = TestEngine::start().await;
    t.receiver.answer("/a", Answer::Full(200, vec![("x-a".into(), "b".into())], vec![b'y'; 100_000]));
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for(STATE, "succeeded after 1").await;
    let kept = t.value("select length(body) || ' ' || (payload ->> 'response_truncated') from event_store.events where kind = 'delivery.attempted'").await;
    assert_eq!(kept, "32768 true");
}

#[tokio::test]
async fn the_providers_own_headers_go_along_where_they_are_wanted() {
    let t = TestEngine::start().await;
    t.endpoint("/plain").await;
    t.endpoint("/forwarded").await;
    t.execute("update read.endpoints set forward_headers = true where url like '%/forwarded'").await;
    let mut message = t.message("invoice.paid", "{\"a\":  1}");
    let header = |name: &str, value: &str| hookreel_domain::traffic::ReceivedHeader {
        name: name.to_owned(),
        value: value.to_owned(),
        is_base64: false,
    };
    message.headers = vec![header("stripe-signature", "t=1,v1=ab"), header("cookie", "a=b"), header("host", "x")];
    t.engine.accept(message).await.unwrap();
    let forwarded = &t.receiver.wait_for("/forwarded", 1).await[0];
    let plain = &t.receiver.wait_for("/plain", 1).await[0];
    assert_eq!((forwarded.header("stripe-signature"), plain.header("stripe-signature")), ("t=1,v1=ab", ""));
    assert_eq!((forwarded.header("cookie"), forwarded.body.as_ref()), ("", &b"{\"a\":  1}"[..]));
    assert!(is_genuine(forwarded) && is_genuine(plain));
}

/// Of a first attempt all is known when its message is accepted; later ones are loaded.
#[tokio::test]
async fn a_first_attempt_and_later_ones_carry_the_same() {
    let t = TestEngine::with_schedule(&[0, 100, 100, 100, 100, 100]).await;
    t.receiver.answer("/a", Answer::Status(500));
    t.endpoint("/a").await;
    t.execute("update read.endpoints set forward_headers = true").await;
    let header = |name: &str, value: &str, is_base64| ReceivedHeader {
        name: name.to_owned(),
        value: value.to_owned(),
        is_base64,
    };
    let mut message = t.message("invoice.paid", "\u{1f}a,b");
    message.headers = vec![
        header("Content-Type", "text/csv; charset=x", false),
        header("content-type", "text/plain", false),
        header("Content-Encoding", "a", false),
        header("content-encoding", "b", false),
        header("X-Shop", "1", false),
        header("x-shop", "/w==", true),
    ];
    t.engine.accept(message).await.unwrap();
    let carried = |request: &ReceivedRequest| {
        let mut headers = request.headers.clone();
        headers.remove("webhook-timestamp");
        headers.remove("webhook-signature");
        (headers, request.body.clone())
    };
    let requests = t.receiver.wait_for("/a", 3).await;
    let first = carried(&requests[0]);
    assert_eq!(requests[0].header("content-type"), "text/csv; charset=x");
    assert_eq!(first.0.get_all("x-shop").iter().count(), 2);
    assert!(requests.iter().all(|request| carried(request) == first && is_genuine(request)));
}
