//! Messages, deliveries, attempts, statistics and the event log, as they really come about.

use crate::sources::stripe;
use crate::support::{World, wrong_fields};
use bytes::Bytes;
use hookreel_contract::Cursor;
use hookreel_contract::input::{DeliveryFilter, EndpointInput, EventFilter, MessageFilter};
use hookreel_contract::views::{AttentionKind, DeliveryState, EndpointState, EndpointThen, MessageState};
use hookreel_kernel::{Clock, FailureReason, SystemClock};
use hookreel_services::deliveries::AttemptFilter;
use hookreel_services::messages::{PublishInput, ReceivedRequest};
use hookreel_testing::Answer;
use std::time::Duration;

#[tokio::test]
async fn a_message_is_shown_with_its_deliveries_and_their_attempts() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let good = world.endpoint(&caller, application, "/good").await.id;
    let bad = world.endpoint(&caller, application, "/bad").await.id;
    world.receiver.answer("/bad", Answer::Full(503, vec![("x-why".into(), "tired".into())], b"later".to_vec()));
    let s = &world.services;
    let input = PublishInput {
        event_type: "invoice.paid".into(),
        payload: Bytes::from_static(b"{ \"n\": 1.0 }"),
        uid: Some("inv-1".into()),
        channels: Some(vec!["eu".into()]),
        only_endpoint: None,
        idempotency: None,
    };
    let id = s.messages.publish(&caller, application, input).await.unwrap().id;
    let detail = world
        .until(async || {
            let detail = s.messages.get(&caller, id).await.unwrap();
            detail.deliveries.iter().all(|row| row.attempts == 1).then_some(detail)
        })
        .await;
    assert_eq!(detail.body.text, "{ \"n\": 1.0 }");
    assert_eq!((detail.row.uid.as_deref(), detail.row.deliveries.succeeded), (Some("inv-1"), 1));
    assert_eq!((detail.row.deliveries.waiting, detail.row.deliveries.failed), (1, 0));
    assert_eq!(s.messages.find(&caller, application, "inv-1").await.unwrap(), detail.row);
    assert_eq!(s.messages.body(&caller, id).await.unwrap(), b"{ \"n\": 1.0 }");

    let failing = detail.deliveries.iter().find(|row| row.endpoint_id == bad).unwrap();
    assert_eq!((failing.state, failing.last_status), (DeliveryState::Retrying, Some(503)));
    let delivery = s.deliveries.get(&caller, failing.id).await.unwrap();
    let attempt = &delivery.attempts[0];
    assert_eq!((attempt.number, attempt.succeeded, attempt.failure), (1, false, Some(FailureReason::Status)));
    assert_eq!(attempt.response_body.text, "later");
    assert!(attempt.response_headers.contains(&("x-why".into(), "tired".into())));

    // The same attempts by message and by endpoint.
    let of_message = s.deliveries.attempts_of_message(&caller, id, AttemptFilter::default()).await.unwrap().items;
    assert_eq!(of_message.len(), 2);
    let of_endpoint = s.deliveries.attempts_of_endpoint(&caller, bad, AttemptFilter::default()).await.unwrap().items;
    assert_eq!((of_endpoint.len(), of_endpoint[0].delivery_id), (1, failing.id));
    assert_eq!(&of_endpoint[0].view, attempt);
    assert_eq!(s.deliveries.attempt(&caller, id, attempt.id).await.unwrap(), of_endpoint[0]);
    for (filter, expected) in [
        (AttemptFilter { succeeded: Some(true), ..AttemptFilter::default() }, vec![good]),
        (AttemptFilter { succeeded: Some(false), ..AttemptFilter::default() }, vec![bad]),
        (AttemptFilter { code_class: Some(500), ..AttemptFilter::default() }, vec![bad]),
        (AttemptFilter { code_class: Some(400), ..AttemptFilter::default() }, vec![]),
        (AttemptFilter { endpoint_id: Some(good), ..AttemptFilter::default() }, vec![good]),
        (AttemptFilter { channel: Some("us".into()), ..AttemptFilter::default() }, vec![]),
        (AttemptFilter { event_types: Some(vec!["other".into()]), ..AttemptFilter::default() }, vec![]),
        (AttemptFilter { before: Some(SystemClock.now() - Duration::from_mins(5)), ..Default::default() }, vec![]),
    ] {
        let found = s.deliveries.attempts_of_message(&caller, id, filter.clone()).await.unwrap().items;
        assert_eq!(found.iter().map(|attempt| attempt.endpoint_id).collect::<Vec<_>>(), expected, "{filter:?}");
    }
    world.stop().await;
}

#[tokio::test]
async fn messages_are_filtered_and_come_in_pages() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let s = &world.services;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(world.publish(&caller, application, if number % 2 == 0 { "a.even" } else { "a.odd" }).await);
    }
    ids.reverse();
    let page = |cursor| MessageFilter { cursor, limit: Some(2), ..MessageFilter::default() };
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let found = s.messages.list(&caller, page(cursor)).await.unwrap();
        seen.extend(found.items.iter().map(|row| row.id));
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ids);

    let now = SystemClock.now();
    let hour = Duration::from_hours(1);
    for (filter, count) in [
        (MessageFilter { event_types: Some(vec!["a.odd".into()]), ..MessageFilter::default() }, 2),
        (MessageFilter { application_id: Some(application), ..MessageFilter::default() }, 5),
        (MessageFilter { state: Some("quarantined".into()), ..MessageFilter::default() }, 0),
        (MessageFilter { since: Some(now - hour), until: Some(now + hour), ..MessageFilter::default() }, 5),
        (MessageFilter { until: Some(now - hour), ..MessageFilter::default() }, 0),
        (MessageFilter { since: Some(now + hour), ..MessageFilter::default() }, 0),
        (MessageFilter { channel: Some("eu".into()), ..MessageFilter::default() }, 0),
    ] {
        assert_eq!(s.messages.list(&caller, filter.clone()).await.unwrap().items.len(), count, "{filter:?}");
    }
    let wrong = MessageFilter { state: Some("lost".into()), ..MessageFilter::default() };
    assert_eq!(wrong_fields(s.messages.list(&caller, wrong).await), ["state"]);
    assert_eq!(wrong_fields(s.messages.list(&caller, page(Some(Cursor("x".into())))).await), ["cursor"]);
    let wrong = DeliveryFilter { state: Some("lost".into()), ..DeliveryFilter::default() };
    assert_eq!(wrong_fields(s.deliveries.list(&caller, wrong).await), ["state"]);
    world.stop().await;
}

#[tokio::test]
async fn every_endpoint_that_did_not_get_a_message_can_be_seen_however_many_there_are() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let s = &world.services;
    world.endpoint(&caller, application, "/wanted").await;
    let early = world.endpoint(&caller, application, "/early").await.id;
    s.endpoints.disable(&caller, early, "not yet").await.unwrap();
    let id = world.publish(&caller, application, "invoice.paid").await;
    let mut later = Vec::new();
    for path in ["/1", "/2", "/3"] {
        later.push(world.endpoint(&caller, application, path).await.id);
    }
    later.reverse();
    later.push(early);
    let (first, total) = s.messages.passed_over(&caller, id, None, 3).await.unwrap();
    let (rest, same) = s.messages.passed_over(&caller, id, first.next.as_ref(), 3).await.unwrap();
    assert_eq!((total, same, rest.next), (4, 4, None));
    let named: Vec<_> = first.items.iter().chain(&rest.items).map(|endpoint| endpoint.endpoint_id).collect();
    assert_eq!(named, later, "the one that has a delivery is none of them");

    let (stranger, _) = world.tenant("bob@example.com").await;
    let (nothing, none) = s.messages.passed_over(&stranger, id, None, 2).await.unwrap();
    assert!(nothing.items.is_empty() && none == 0);
    world.stop().await;
}

#[tokio::test]
async fn what_did_not_get_a_message_is_shown_as_it_was_then() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let s = &world.services;
    let picky = world.endpoint(&caller, application, "/picky").await;
    let wanting = |types: &[&str]| EndpointInput {
        url: picky.url.clone(),
        filter_types: Some(types.iter().map(|&name| name.to_owned()).collect()),
        ..EndpointInput::default()
    };
    s.endpoints.update(&caller, picky.id, wanting(&["user.created"])).await.unwrap();
    let off = world.endpoint(&caller, application, "/off").await.id;
    s.endpoints.disable(&caller, off, "not yet").await.unwrap();
    let id = world.publish(&caller, application, "invoice.paid").await;
    let later = world.endpoint(&caller, application, "/later").await.id;
    s.endpoints.update(&caller, picky.id, wanting(&["user.created", "invoice.paid"])).await.unwrap();
    s.endpoints.enable(&caller, off).await.unwrap();

    let (page, _) = s.messages.passed_over(&caller, id, None, 10).await.unwrap();
    let then: Vec<_> = page.items.into_iter().map(|endpoint| (endpoint.endpoint_id, endpoint.then)).collect();
    let all =
        EndpointThen { state: EndpointState::Enabled, filter_types: None, filter_channels: None, filter_sources: None };
    let disabled = EndpointThen { state: EndpointState::Disabled, ..all.clone() };
    let of_users = EndpointThen { filter_types: Some(vec!["user.created".into()]), ..all };
    assert_eq!(then, [(later, None), (off, Some(disabled)), (picky.id, Some(of_users))]);
    world.stop().await;
}

#[tokio::test]
async fn what_is_quarantined_is_kept_shown_and_counted() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let s = &world.services;
    let view = s.sources.create(&caller, stripe(Some("whsec_first"))).await.unwrap();
    let token = view.url.rsplit('/').next().unwrap();
    let source = s.sources.find_by_token(token).await.unwrap().unwrap();
    let request = ReceivedRequest {
        path_and_query: "/in/x".into(),
        larger_than: None,
        is_truncated: false,
        sender: None,
        method: "POST".into(),
        headers: vec![("content-type".into(), b"application/json".to_vec()), ("x-odd".into(), vec![0xff, 0xfe])],
        body: Bytes::from_static(b"not\xffutf8"),
    };
    s.messages.receive(&source, request).await.unwrap_err();

    let filter = MessageFilter { state: Some("quarantined".into()), ..MessageFilter::default() };
    let row = s.messages.list(&caller, filter).await.unwrap().items.remove(0);
    assert_eq!((row.state, row.source_name.as_deref()), (MessageState::Quarantined, Some("Stripe")));
    assert!(row.refusal.is_some());
    let detail = s.messages.get(&caller, row.id).await.unwrap();
    assert!(detail.body.is_hex && detail.deliveries.is_empty());
    assert_eq!(detail.headers[1], ("x-odd".to_owned(), "base64://4=".to_owned()));
    let view = s.sources.get(&caller, view.id).await.unwrap();
    assert_eq!((view.accepted_24h, view.quarantined_24h), (0, 1));
    assert_eq!(view.last_received_at, Some(row.received_at));
    let overview = s.overview.get(&caller, 24).await.unwrap();
    assert_eq!((overview.accepted, overview.quarantined), (0, 1));
    assert!(overview.attention.iter().any(|item| item.kind == AttentionKind::MessagesQuarantined));
    world.stop().await;
}

#[tokio::test]
async fn the_overview_counts_attempts_and_names_what_needs_attention() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let s = &world.services;
    let good = world.endpoint(&caller, application, "/good").await.id;
    let paused = world.endpoint(&caller, application, "/paused").await.id;
    let disabled = world.endpoint(&caller, application, "/disabled").await.id;
    s.endpoints.pause(&caller, paused).await.unwrap();
    s.endpoints.disable(&caller, disabled, "Replaced").await.unwrap();
    for _ in 0..3 {
        world.publish(&caller, application, "invoice.paid").await;
    }
    world.receiver.wait_for("/good", 3).await;
    let overview = world
        .until(async || {
            let overview = s.overview.get(&caller, 24).await.unwrap();
            let succeeded: u64 = overview.buckets.iter().map(|bucket| bucket.succeeded).sum();
            (succeeded == 3).then_some(overview)
        })
        .await;
    assert_eq!((overview.endpoints, overview.endpoints_receiving, overview.accepted), (3, 1, 3));
    assert_eq!((overview.window_h, overview.buckets.len()), (24, 48));
    assert!(overview.buckets.iter().any(|bucket| bucket.p50_ms.is_some()));
    let attention: Vec<_> = overview.attention.iter().map(|item| (item.kind, item.link.clone())).collect();
    assert_eq!(
        attention,
        // Of the one that was disabled by hand everybody concerned knows.
        [(AttentionKind::EndpointPaused, format!("/endpoints/{paused}"))]
    );
    assert_eq!(s.endpoints.get(&caller, good).await.unwrap().stats.succeeded, 3);
    let buckets = s.overview.endpoint_buckets(&caller, good, 24).await.unwrap();
    assert_eq!(buckets.iter().map(|bucket| bucket.succeeded).sum::<u64>(), 3);
    world.stop().await;
}

#[tokio::test]
async fn an_endpoint_that_hookreel_disabled_needs_attention_until_somebody_disables_it_himself() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let s = &world.services;
    world.receiver.answer("/gone", Answer::Status(410));
    let gone = world.endpoint(&caller, application, "/gone").await.id;
    world.publish(&caller, application, "invoice.paid").await;
    let named = async || {
        let attention = s.overview.get(&caller, 24).await.unwrap().attention;
        attention.into_iter().filter(|item| item.kind == AttentionKind::EndpointDisabled).collect::<Vec<_>>()
    };
    let item = world.until(async || named().await.pop()).await;
    assert_eq!(item.link, format!("/endpoints/{gone}"));
    s.endpoints.enable(&caller, gone).await.unwrap();
    s.endpoints.disable(&caller, gone, "It is gone for good.").await.unwrap();
    assert_eq!(named().await, []);
    world.stop().await;
}

#[tokio::test]
async fn the_event_log_says_who_did_what_in_order() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let s = &world.services;
    let endpoint = world.endpoint(&caller, application, "/a").await.id;
    s.endpoints.pause(&caller, endpoint).await.unwrap();
    let all = s.event_log.list(&caller, EventFilter::default()).await.unwrap().items;
    let sequence: Vec<_> = all.iter().map(|event| event.tenant_sequence).collect();
    assert_eq!(sequence, (1..=all.len() as u64).rev().collect::<Vec<_>>());
    assert_eq!((all[0].kind.as_str(), all[0].actor.as_str()), ("endpoint.paused", "ada@example.com"));
    assert_eq!((all[0].stream.clone(), all[0].stream_version), (endpoint.to_string(), 2));

    let by_kind = EventFilter { kind: Some("endpoint.created".into()), ..EventFilter::default() };
    assert_eq!(s.event_log.list(&caller, by_kind).await.unwrap().items.len(), 1);
    let by_stream_kind = EventFilter { stream_kind: Some("endpoint".into()), ..EventFilter::default() };
    assert_eq!(s.event_log.list(&caller, by_stream_kind).await.unwrap().items.len(), 2);
    let first = EventFilter { limit: Some(1), ..EventFilter::default() };
    let first = s.event_log.list(&caller, first).await.unwrap();
    let second = EventFilter { limit: Some(1), cursor: first.next, ..EventFilter::default() };
    assert_eq!(s.event_log.list(&caller, second).await.unwrap().items[0], all[1]);
    let wrong = EventFilter { stream: Some("nonsense".into()), ..EventFilter::default() };
    assert_eq!(wrong_fields(s.event_log.list(&caller, wrong).await), ["stream"]);
    world.stop().await;
}
