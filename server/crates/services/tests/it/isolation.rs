//! What one tenant has does not exist for another: foreign and unknown are the same.

use crate::sources::stripe;
use crate::support::{World, not_found};
use hookreel_contract::input::{
    ApplicationInput, DeliveryFilter, EndpointInput, EventFilter, EventTypeFilter, EventTypeInput, MessageFilter,
    ReplayInput,
};
use hookreel_kernel::{Clock, SystemClock};
use hookreel_services::deliveries::AttemptFilter;
use std::time::Duration;

#[tokio::test]
async fn nothing_of_another_tenant_can_be_seen_or_changed() {
    let world = World::start().await;
    let (owner, application) = world.tenant("ada@example.com").await;
    let (stranger, own) = world.tenant("bob@example.com").await;
    let s = &world.services;

    let endpoint = world.endpoint(&owner, application, "/a").await.id;
    let source = s.sources.create(&owner, stripe(Some("whsec_1"))).await.unwrap().id;
    let paid = EventTypeInput {
        name: "invoice.paid".into(),
        description: String::new(),
        schemas: None,
        validation: None,
        archived: false,
        deprecated: false,
    };
    s.event_types.create(&owner, paid.clone()).await.unwrap();
    let message = world.publish(&owner, application, "invoice.paid").await;
    world.receiver.wait_for("/a", 1).await;
    let delivery = world
        .until(async || {
            let detail = s.messages.get(&owner, message).await.unwrap();
            detail.deliveries.first().filter(|row| row.attempts == 1).map(|row| row.id)
        })
        .await;
    let attempt = s.deliveries.get(&owner, delivery).await.unwrap().attempts.remove(0).id;
    let now = SystemClock.now();
    let plan = ReplayInput {
        application_id: Some(application),
        endpoint_id: None,
        since: now - Duration::from_hours(1),
        until: now,
        event_types: None,
        selection: "all".into(),
    };
    let replay = s.replays.start(&owner, plan.clone()).await.unwrap().id;
    let before = rows(&world).await;

    // Reading.
    let id = application.to_string();
    not_found(s.applications.get(&stranger, &id).await);
    assert_eq!(s.applications.list(&stranger, None, 250).await.unwrap().items.len(), 1);
    not_found(s.event_types.get(&stranger, "invoice.paid").await);
    assert!(
        s.event_types
            .list(&stranger, EventTypeFilter { include_archived: true, ..EventTypeFilter::default() })
            .await
            .unwrap()
            .items
            .is_empty()
    );
    not_found(s.sources.get(&stranger, source).await);
    assert!(s.sources.list(&stranger).await.unwrap().is_empty());
    not_found(s.endpoints.get(&stranger, endpoint).await);
    not_found(s.endpoints.find(&stranger, application, &endpoint.to_string()).await);
    not_found(s.endpoints.find(&stranger, own, &endpoint.to_string()).await);
    not_found(s.endpoints.secret(&stranger, endpoint).await);
    assert!(s.endpoints.list(&stranger, None, None, 250).await.unwrap().items.is_empty());
    assert!(s.endpoints.list(&stranger, Some(application), None, 250).await.unwrap().items.is_empty());
    assert!(s.endpoints.views(&stranger, &[endpoint]).await.unwrap().is_empty());
    not_found(s.messages.get(&stranger, message).await);
    not_found(s.messages.find(&stranger, application, &message.to_string()).await);
    not_found(s.messages.body(&stranger, message).await);
    assert!(s.messages.rows(&stranger, &[message]).await.unwrap().is_empty());
    assert!(s.messages.bodies(&stranger, &[message]).await.unwrap().is_empty());
    assert!(s.messages.receipts(&stranger, &[message]).await.unwrap().is_empty());
    for filter in [
        MessageFilter::default(),
        MessageFilter { application_id: Some(application), ..MessageFilter::default() },
        MessageFilter { source_id: Some(source), ..MessageFilter::default() },
    ] {
        assert!(s.messages.list(&stranger, filter).await.unwrap().items.is_empty());
    }
    not_found(s.deliveries.get(&stranger, delivery).await);
    for filter in [
        DeliveryFilter::default(),
        DeliveryFilter { endpoint_id: Some(endpoint), ..DeliveryFilter::default() },
        DeliveryFilter { replay_id: Some(replay), ..DeliveryFilter::default() },
    ] {
        assert!(s.deliveries.list(&stranger, filter).await.unwrap().items.is_empty());
    }
    let filter = AttemptFilter::default;
    assert!(s.deliveries.attempts_of_message(&stranger, message, filter()).await.unwrap().items.is_empty());
    assert!(s.deliveries.attempts_of_endpoint(&stranger, endpoint, filter()).await.unwrap().items.is_empty());
    not_found(s.deliveries.attempt(&stranger, message, attempt).await);
    not_found(s.replays.get(&stranger, replay).await);
    assert!(s.replays.list(&stranger).await.unwrap().is_empty());
    not_found(s.overview.endpoint_buckets(&stranger, endpoint, 24).await);
    let overview = s.overview.get(&stranger, 24).await.unwrap();
    assert_eq!((overview.sources, overview.endpoints, overview.accepted), (0, 0, 0));
    for stream in [endpoint.to_string(), message.to_string(), delivery.to_string(), replay.to_string()] {
        let filter = EventFilter { stream: Some(stream), ..EventFilter::default() };
        assert!(s.event_log.list(&stranger, filter).await.unwrap().items.is_empty());
    }
    let log = s.event_log.list(&stranger, EventFilter::default()).await.unwrap().items;
    assert!(log.iter().all(|event| ["tenant", "member", "application"].contains(&event.stream_kind.as_str())));

    // Changing.
    let input = EndpointInput { url: "https://example.com/".into(), ..EndpointInput::default() };
    not_found(s.applications.update(&stranger, &id, ApplicationInput { name: "x".into(), ..Default::default() }).await);
    not_found(s.applications.delete(&stranger, &id).await);
    not_found(s.event_types.update(&stranger, "invoice.paid", paid).await);
    not_found(s.event_types.delete(&stranger, "invoice.paid").await);
    not_found(s.sources.set_secret(&stranger, source, "whsec_x").await);
    not_found(s.sources.rotate_secret(&stranger, source, "whsec_x", None).await);
    not_found(s.sources.end_old_secrets(&stranger, source).await);
    not_found(s.sources.delete(&stranger, source).await);
    not_found(s.endpoints.create(&stranger, application, input.clone()).await);
    not_found(s.endpoints.update(&stranger, endpoint, input).await);
    not_found(s.endpoints.pause(&stranger, endpoint).await);
    not_found(s.endpoints.resume(&stranger, endpoint).await);
    not_found(s.endpoints.enable(&stranger, endpoint).await);
    not_found(s.endpoints.disable(&stranger, endpoint, "x").await);
    not_found(s.endpoints.rotate_secret(&stranger, endpoint, None).await);
    not_found(s.endpoints.send_test(&stranger, endpoint).await);
    not_found(s.endpoints.delete(&stranger, endpoint).await);
    not_found(s.deliveries.resend(&stranger, delivery).await);
    not_found(s.deliveries.resend_message(&stranger, message, endpoint).await);
    not_found(s.replays.preview(&stranger, plan.clone()).await);
    not_found(s.replays.start(&stranger, plan.clone()).await);
    not_found(
        s.replays.start(&stranger, ReplayInput { endpoint_id: Some(endpoint), application_id: None, ..plan }).await,
    );
    not_found(s.replays.cancel(&stranger, replay).await);
    assert_eq!(rows(&world).await, before, "nothing was changed");
    world.stop().await;
}

/// The configuration, and how many events there are of it: traffic goes on by itself.
async fn rows(world: &World) -> Vec<String> {
    sqlx::query_scalar(
        "select row_to_json(x)::text from read.applications x
         union all select row_to_json(x)::text from read.event_types x
         union all select row_to_json(x)::text from read.sources x
         union all select row_to_json(x)::text from read.endpoints x
         union all select row_to_json(x)::text from ops.secrets x
         union all select count(*)::text from event_store.events where bucket = 0
         order by 1",
    )
    .fetch_all(&mut world.test.superuser().await)
    .await
    .unwrap()
}
