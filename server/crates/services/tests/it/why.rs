//! Why events happened, as the event log tells it.

use crate::support::World;
use hookreel_auth::Caller;
use hookreel_contract::input::{EventFilter, ReplayInput};
use hookreel_contract::views::EventRow;
use hookreel_kernel::DeliveryId;
use hookreel_testing::Answer;
use time::OffsetDateTime;

/// The events of a kind, newest first, as soon as there are so many.
async fn events(world: &World, caller: &Caller, kind: &str, wanted: usize) -> Vec<EventRow> {
    world
        .until(|| async {
            let filter = EventFilter { kind: Some(kind.to_owned()), ..EventFilter::default() };
            let found = world.services.event_log.list(caller, filter).await.unwrap().items;
            (found.len() >= wanted).then_some(found)
        })
        .await
}

/// The words, and what they lead to.
fn why(event: &EventRow) -> (&str, Option<&str>) {
    let cause = event.cause.as_ref().unwrap();
    (cause.words.as_str(), cause.stream.as_deref())
}

#[tokio::test]
async fn attempts_name_their_message_or_who_asked_for_them() {
    let world = World::start().await;
    let (ada, application) = world.tenant("ada@example.com").await;
    world.endpoint(&ada, application, "/a").await;
    let message = world.publish(&ada, application, "invoice.paid").await.to_string();
    let attempted = events(&world, &ada, "delivery.attempted", 1).await.remove(0);
    assert_eq!(why(&attempted), ("Its message", Some(message.as_str())));
    let accepted = events(&world, &ada, "message.accepted", 1).await.remove(0);
    assert_eq!((attempted.correlation_id, accepted.cause), (Some(accepted.event_id), None));

    let delivery: DeliveryId = attempted.stream.parse().unwrap();
    world.services.deliveries.resend(&ada, delivery).await.unwrap();
    let again = events(&world, &ada, "delivery.attempted", 2).await.remove(0);
    assert_eq!(why(&again), ("Resent by ada@example.com", Some(attempted.stream.as_str())));
    assert_eq!(events(&world, &ada, "delivery.resend_requested", 1).await[0].cause, None, "she simply did it");
    world.stop().await;
}

#[tokio::test]
async fn what_a_replay_makes_names_the_replay() {
    let world = World::start().await;
    let (ada, application) = world.tenant("ada@example.com").await;
    let message = world.publish(&ada, application, "invoice.paid").await;
    let late = world.endpoint(&ada, application, "/late").await.id;
    let input = ReplayInput {
        application_id: None,
        endpoint_id: None,
        since: OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000),
        until: OffsetDateTime::UNIX_EPOCH + time::Duration::days(40_000),
        event_types: None,
        selection: "missing".to_owned(),
    };
    let replay = world.services.replays.start(&ada, input).await.unwrap().id.to_string();
    let started = events(&world, &ada, "replay.started", 1).await.remove(0);
    let created = events(&world, &ada, "delivery.created", 1).await.remove(0);
    assert_eq!(why(&created), ("A replay", Some(replay.as_str())));
    let finished = events(&world, &ada, "replay.finished", 1).await.remove(0);
    assert_eq!(why(&finished), ("The replay was started", Some(replay.as_str())));
    for one in [created, finished] {
        assert_eq!(one.correlation_id, Some(started.event_id), "{}", one.kind);
    }

    // The endpoint did not exist when the message came in: it was not matched, whatever it has got since.
    let later = world.endpoint(&ada, application, "/later").await.id;
    world.services.deliveries.resend_message(&ada, message, later).await.unwrap();
    let detail = world.services.messages.get(&ada, message).await.unwrap();
    assert_eq!((detail.matched.len(), detail.sent_later, detail.deliveries.len()), (0, 2, 2));

    // What comes in now is matched with both.
    let second = world.publish(&ada, application, "invoice.paid").await;
    let detail = world.services.messages.get(&ada, second).await.unwrap();
    let mut both = vec![late, later];
    both.sort();
    assert_eq!((detail.matched, detail.sent_later), (both, 0));
    world.stop().await;
}

#[tokio::test]
async fn an_endpoint_that_is_gone_names_the_delivery_it_answered_so() {
    let world = World::start().await;
    let (ada, application) = world.tenant("ada@example.com").await;
    world.receiver.answer("/gone", Answer::Status(503));
    let gone = world.endpoint(&ada, application, "/gone").await.id.to_string();
    let first = world.publish(&ada, application, "invoice.paid").await;
    events(&world, &ada, "delivery.attempted", 1).await;
    world.receiver.answer("/gone", Answer::Status(410));
    world.publish(&ada, application, "invoice.paid").await;
    let attempted = events(&world, &ada, "delivery.attempted", 2).await.remove(0);
    let disabled = events(&world, &ada, "endpoint.disabled", 1).await.remove(0);
    assert_eq!(why(&disabled), ("An attempt was answered 410 Gone", Some(attempted.stream.as_str())));
    assert_eq!(disabled.correlation_id, attempted.correlation_id);
    let cancelled = events(&world, &ada, "delivery.cancelled", 1).await.remove(0);
    assert_eq!(why(&cancelled), ("Its endpoint answered 410 Gone", Some(gone.as_str())));

    // It was given up on purpose: that is no failure of its own.
    let messages = &world.services.messages;
    let detail = world
        .until(async || {
            let detail = messages.get(&ada, first).await.unwrap();
            (detail.row.deliveries.cancelled == 1).then_some(detail)
        })
        .await;
    assert_eq!((detail.row.deliveries.waiting, detail.row.deliveries.failed), (0, 0));
    let listed = messages.find(&ada, application, &first.to_string()).await.unwrap();
    assert_eq!(listed.deliveries, detail.row.deliveries);
    world.stop().await;
}
