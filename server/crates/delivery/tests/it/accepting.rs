use crate::support::TestEngine;
use hookreel_delivery::{DedupeKey, Inbound};
use hookreel_domain::traffic::InboundFacts;
use hookreel_kernel::MessageId;

const COUNTS: &str = "select (select count(*) from read.messages) || ' messages, ' ||
    (select count(*) from read.deliveries) || ' deliveries, ' || (select count(*) from event_store.events
     where kind = 'message.accepted') || ' events'";

#[tokio::test]
async fn a_message_with_an_own_id_that_exists_is_the_earlier_message() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    let mut message = t.message("invoice.paid", "{}");
    message.uid = Some("order-1".into());
    let first = t.engine.accept(message.clone()).await.unwrap();
    message.message_id = MessageId::generate();
    let second = t.engine.accept(message).await.unwrap();
    assert!(!first.is_duplicate && second.is_duplicate);
    assert_eq!(second.message_id, first.message_id);
    assert_eq!(t.value(COUNTS).await, "1 messages, 1 deliveries, 1 events");
}

#[tokio::test]
async fn the_same_message_handed_in_a_thousand_times_at_once_is_accepted_once() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    let mut message = t.message("invoice.paid", "{}");
    message.received = Some(received("evt_1"));
    message.source_id = Some(hookreel_kernel::SourceId::generate());
    let calls = (0..1000).map(|_| {
        let (engine, mut message) = (t.engine.clone(), message.clone());
        message.message_id = MessageId::generate();
        tokio::spawn(async move { engine.accept(message).await.unwrap() })
    });
    let mut news = 0;
    for call in futures::future::join_all(calls).await {
        news += usize::from(!call.unwrap().is_duplicate);
    }
    assert_eq!(news, 1);
    assert_eq!(t.value(COUNTS).await, "1 messages, 1 deliveries, 1 events");
}

/// What is new is written with its deliveries and its event, in the same statements in which what is not new is left out.
#[tokio::test]
async fn of_many_at_once_only_the_first_of_each_own_id_is_written() {
    let t = TestEngine::start().await;
    for path in ["/a", "/b"] {
        t.endpoint(path).await;
    }
    let calls = (0..600).map(|n| {
        let (engine, mut message) = (t.engine.clone(), t.message("invoice.paid", "{}"));
        message.message_id = MessageId::generate();
        message.uid = Some(format!("order-{}", n % 200));
        tokio::spawn(async move { engine.accept(message).await.unwrap() })
    });
    let answers = futures::future::join_all(calls).await;
    let news: Vec<MessageId> = answers
        .iter()
        .map(|answer| answer.as_ref().unwrap())
        .filter(|answer| !answer.is_duplicate)
        .map(|answer| answer.message_id)
        .collect();
    assert_eq!(news.len(), 200);
    assert!(answers.iter().all(|answer| news.contains(&answer.as_ref().unwrap().message_id)));
    assert_eq!(t.value(COUNTS).await, "200 messages, 400 deliveries, 200 events");
    let strays = "select count(*)::text from read.deliveries d
        where not exists (select from read.messages m where m.message_id = d.message_id)";
    assert_eq!(t.value(strays).await, "0");
}

#[tokio::test]
async fn filters_decide_and_disabled_endpoints_get_nothing() {
    let t = TestEngine::start().await;
    for (path, change) in [
        ("/all", "update read.endpoints set description = '' where url like '%/all'"),
        ("/other", "update read.endpoints set filter_types = '{user.created}' where url like '%/other'"),
        ("/paid", "update read.endpoints set filter_types = '{invoice.paid}' where url like '%/paid'"),
        ("/channel", "update read.endpoints set filter_channels = '{eu}' where url like '%/channel'"),
        ("/disabled", "update read.endpoints set state = 'disabled' where url like '%/disabled'"),
        ("/deleted", "update read.endpoints set deleted_at = now() where url like '%/deleted'"),
    ] {
        t.endpoint(path).await;
        t.execute(change).await;
    }
    let mut message = t.message("invoice.paid", "{}");
    assert_eq!(t.engine.accept(message.clone()).await.unwrap().deliveries, 2);
    message.message_id = MessageId::generate();
    message.channels = Some(vec!["us".into(), "eu".into()]);
    assert_eq!(t.engine.accept(message).await.unwrap().deliveries, 3);
}

#[tokio::test]
async fn a_refused_message_is_kept_and_never_delivered() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    let mut message = t.message("unknown", "tampered");
    message.refusal = Some("the signature does not match".into());
    assert_eq!(t.engine.accept(message).await.unwrap().deliveries, 0);
    assert_eq!(
        t.value("select state || ': ' || refusal from read.messages").await,
        "quarantined: the signature does not match"
    );
    assert_eq!(
        t.value(
            "select kind || ' ' || convert_from(body, 'UTF8') from event_store.events where stream_kind = 'message'"
        )
        .await,
        "message.quarantined tampered"
    );
}

#[tokio::test]
async fn a_repetition_after_the_window_is_a_new_message() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    let mut message = t.message("invoice.paid", "{}");
    message.received = Some(received("evt_1"));
    message.source_id = Some(hookreel_kernel::SourceId::generate());
    let first = t.engine.accept(message.clone()).await.unwrap();
    message.message_id = MessageId::generate();
    let again = t.engine.accept(message.clone()).await.unwrap();
    assert_eq!((again.is_duplicate, again.message_id), (true, first.message_id));
    t.execute("update ops.dedupe_keys set seen_at = seen_at - interval '2 hours'").await;
    message.message_id = MessageId::generate();
    let later = t.engine.accept(message.clone()).await.unwrap();
    assert_eq!((later.is_duplicate, later.message_id), (false, message.message_id));
    assert_eq!(t.value(COUNTS).await, "2 messages, 2 deliveries, 2 events");
}

#[tokio::test]
async fn a_repetition_of_what_was_removed_with_old_history_is_still_one() {
    let t = TestEngine::start().await;
    let mut message = t.message("invoice.paid", "{}");
    message.received = Some(received("evt_1"));
    message.source_id = Some(hookreel_kernel::SourceId::generate());
    let first = t.engine.accept(message.clone()).await.unwrap();
    t.execute("delete from read.messages").await;
    message.message_id = MessageId::generate();
    let again = t.engine.accept(message.clone()).await.unwrap();
    assert_eq!((again.is_duplicate, again.message_id), (true, first.message_id));
    assert!((again.received_at - first.received_at).abs() < time::Duration::minutes(1));
}

#[tokio::test]
async fn whoever_comes_second_with_a_nonce_is_a_repetition_and_takes_no_key_from_anybody() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    let mut message = t.message("invoice.paid", r#"{"genuine":true}"#);
    message.source_id = Some(hookreel_kernel::SourceId::generate());
    let with = |event_id: &str, nonce: &str| Some(Inbound { nonce: Some(nonce.to_owned()), ..received(event_id) });
    message.received = with("evt_1", "once");
    let first = t.engine.accept(message.clone()).await.unwrap();

    let mut replayed = message.clone();
    (replayed.message_id, replayed.body) = (MessageId::generate(), "{}".into());
    replayed.received = with("evt_2", "once");
    let replayed = t.engine.accept(replayed).await.unwrap();
    assert_eq!((replayed.is_duplicate, replayed.is_altered), (true, true));
    assert_eq!(replayed.message_id, first.message_id);

    // The provider's own event of that id comes all the same.
    (message.message_id, message.received) = (MessageId::generate(), with("evt_2", "another"));
    let second = t.engine.accept(message.clone()).await.unwrap();
    assert!(!second.is_duplicate && !second.is_altered);

    // A repetition's nonce is used up, too.
    (message.message_id, message.received) = (MessageId::generate(), with("evt_2", "of the repetition"));
    assert_eq!(t.engine.accept(message.clone()).await.unwrap().message_id, second.message_id);
    (message.message_id, message.received) = (MessageId::generate(), with("evt_3", "of the repetition"));
    assert_eq!(t.engine.accept(message.clone()).await.unwrap().message_id, second.message_id);
    assert_eq!(t.value(COUNTS).await, "2 messages, 2 deliveries, 2 events");
}

fn received(event_id: &str) -> Inbound {
    let dedupe = DedupeKey { rung: "event_id", value: event_id.to_owned(), window: std::time::Duration::from_hours(1) };
    let facts = InboundFacts {
        method: "POST".into(),
        url: "https://hooks.example.com/in/abc".into(),
        sender: None,
        verdict: "verified".into(),
        rule: None,
        dedupe_rung: Some("event_id".into()),
        items: Vec::new(),
        truncated: false,
        repeats: None,
    };
    Inbound { facts, dedupe: Some(dedupe), nonce: None }
}
