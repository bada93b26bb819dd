//! Endpoints.

use crate::sources::stripe;
use crate::support::{World, conflict, not_found, wrong_fields};
use hookreel_contract::input::{DeliveryFilter, EndpointInput, EventFilter};
use hookreel_contract::views::{DeliveryState, EndpointState};
use hookreel_kernel::SourceId;
use hookreel_testing::Answer;
use std::collections::BTreeMap;

#[tokio::test]
async fn an_endpoint_keeps_what_was_configured() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let source = world.services.sources.create(&caller, stripe(None)).await.unwrap().id;
    let input = EndpointInput {
        url: "HTTPS://Example.com/hooks".into(),
        description: "Billing".into(),
        uid: Some("billing".into()),
        filter_types: Some(vec!["invoice.paid".into()]),
        filter_channels: Some(vec!["eu".into()]),
        filter_sources: Some(vec![source]),
        headers: BTreeMap::from([("Authorization".into(), "Bearer hunter2hunter2".into())]),
        metadata: BTreeMap::from([("team".into(), "billing".into())]),
        signature_scheme: Some("svix".into()),
        ..EndpointInput::default()
    };
    let endpoints = &world.services.endpoints;
    let view = endpoints.create(&caller, application, input.clone()).await.unwrap();
    assert_eq!(view.url, "https://example.com/hooks");
    assert_eq!((&view.headers, &view.metadata), (&input.headers, &input.metadata));
    assert_eq!((&view.filter_types, &view.filter_sources), (&input.filter_types, &input.filter_sources));
    assert_eq!((view.state, view.signature_scheme.as_str()), (EndpointState::Enabled, "svix"));
    assert_eq!(endpoints.get(&caller, view.id).await.unwrap(), view);
    assert_eq!(endpoints.find(&caller, application, "billing").await.unwrap(), view);
    assert_eq!(endpoints.list(&caller, None, None, 50).await.unwrap().items, std::slice::from_ref(&view));

    // The signing scheme stays when it is left out; nothing else does.
    let update = EndpointInput { url: "https://example.org/".into(), ..EndpointInput::default() };
    let changed = endpoints.update(&caller, view.id, update).await.unwrap();
    assert_eq!((changed.url.as_str(), changed.signature_scheme.as_str()), ("https://example.org/", "svix"));
    assert_eq!((changed.uid, changed.headers.len()), (None, 0));
    world.stop().await;
}

#[tokio::test]
async fn no_secret_and_no_header_value_is_stored_in_clear() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let input = EndpointInput {
        url: world.receiver.url("/a"),
        headers: BTreeMap::from([("Authorization".into(), "Bearer hunter2hunter2".into())]),
        ..EndpointInput::default()
    };
    let endpoint = world.services.endpoints.create(&caller, application, input).await.unwrap().id;
    let secret = world.services.endpoints.secret(&caller, endpoint).await.unwrap();
    let stored: Vec<String> = sqlx::query_scalar(
        "select row_to_json(e)::text from event_store.events e
         union all select row_to_json(e)::text from read.endpoints e
         union all select row_to_json(s)::text || encode(ciphertext, 'escape') from ops.secrets s",
    )
    .fetch_all(&mut world.test.superuser().await)
    .await
    .unwrap();
    let key = secret.as_str().trim_start_matches("whsec_");
    assert!(stored.iter().any(|row| row.contains("endpoint.created")));
    assert!(stored.iter().all(|row| !row.contains("hunter2") && !row.contains(key)));

    // And yet it arrives.
    world.publish(&caller, application, "invoice.paid").await;
    let request = world.receiver.wait_for("/a", 1).await.remove(0);
    assert_eq!(request.header("authorization"), "Bearer hunter2hunter2");
    world.stop().await;
}

#[tokio::test]
async fn a_change_that_changes_nothing_is_no_event() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let input = EndpointInput {
        url: world.receiver.url("/a"),
        headers: BTreeMap::from([("x-team".into(), "billing".into())]),
        ..EndpointInput::default()
    };
    let endpoints = &world.services.endpoints;
    let id = endpoints.create(&caller, application, input.clone()).await.unwrap().id;
    endpoints.update(&caller, id, input).await.unwrap();
    endpoints.resume(&caller, id).await.unwrap();
    endpoints.enable(&caller, id).await.unwrap();
    let filter = EventFilter { stream: Some(id.to_string()), ..EventFilter::default() };
    let log = world.services.event_log.list(&caller, filter).await.unwrap().items;
    assert_eq!(log.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["endpoint.created"]);
    world.stop().await;
}

#[tokio::test]
async fn what_a_paused_endpoint_was_to_get_arrives_when_it_is_resumed() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let id = world.endpoint(&caller, application, "/a").await.id;
    let endpoints = &world.services.endpoints;
    endpoints.pause(&caller, id).await.unwrap();
    for _ in 0..3 {
        world.publish(&caller, application, "invoice.paid").await;
    }
    let view = endpoints.get(&caller, id).await.unwrap();
    assert_eq!((view.state, view.stats.waiting), (EndpointState::Paused, 3));
    assert!(world.receiver.requests("/a").is_empty());
    assert!(conflict(endpoints.enable(&caller, id).await).contains("resume"));
    endpoints.resume(&caller, id).await.unwrap();
    world.receiver.wait_for("/a", 3).await;
    world.stop().await;
}

#[tokio::test]
async fn disabling_and_deleting_give_up_what_waits_and_say_how_much() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let endpoints = &world.services.endpoints;
    for delete in [false, true] {
        let path = if delete { "/deleted" } else { "/disabled" };
        world.receiver.answer(path, Answer::Status(500));
        let id = world.endpoint(&caller, application, path).await.id;
        world.publish(&caller, application, "invoice.paid").await;
        let filter = DeliveryFilter { endpoint_id: Some(id), ..DeliveryFilter::default() };
        let state = async || {
            let page = world.services.deliveries.list(&caller, filter.clone()).await.unwrap();
            page.items.first().map(|row| row.state)
        };
        world.until(async || state().await.filter(|state| *state == DeliveryState::Retrying)).await;
        if delete {
            endpoints.delete(&caller, id).await.unwrap();
        } else {
            endpoints.disable(&caller, id, "It is replaced.").await.unwrap();
        }
        assert_eq!(state().await, Some(DeliveryState::Cancelled));
        let filter = EventFilter {
            stream: Some(id.to_string()),
            kind: Some("endpoint.deliveries_cancelled".into()),
            ..EventFilter::default()
        };
        let log = world.services.event_log.list(&caller, filter).await.unwrap().items;
        assert_eq!(log.iter().map(|event| event.payload.as_str()).collect::<Vec<_>>(), [r#"{"count":1}"#]);
        if delete {
            assert_eq!(not_found(endpoints.get(&caller, id).await), "Endpoint");
            assert_eq!(not_found(endpoints.pause(&caller, id).await), "Endpoint");
            assert_eq!(not_found(endpoints.rotate_secret(&caller, id, None).await), "Endpoint");
        } else {
            let view = endpoints.get(&caller, id).await.unwrap();
            assert_eq!(view.disabled_reason.as_deref(), Some("It is replaced."));
            assert!(conflict(endpoints.pause(&caller, id).await).contains("disabled"));
            assert!(conflict(endpoints.send_test(&caller, id).await).contains("disabled"));
            endpoints.enable(&caller, id).await.unwrap();
            assert_eq!(endpoints.get(&caller, id).await.unwrap().disabled_reason, None);
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn an_update_can_disable_and_enable() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let endpoints = &world.services.endpoints;
    let input = |disabled| EndpointInput { url: world.receiver.url("/a"), disabled, ..EndpointInput::default() };
    let view = endpoints.create(&caller, application, input(true)).await.unwrap();
    assert_eq!(view.state, EndpointState::Disabled);
    assert_eq!(endpoints.update(&caller, view.id, input(false)).await.unwrap().state, EndpointState::Enabled);
    endpoints.pause(&caller, view.id).await.unwrap();
    assert_eq!(endpoints.update(&caller, view.id, input(false)).await.unwrap().state, EndpointState::Paused);
    assert_eq!(endpoints.update(&caller, view.id, input(true)).await.unwrap().state, EndpointState::Disabled);
    world.stop().await;
}

#[tokio::test]
async fn a_rotated_secret_is_shown_and_both_sign() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let id = world.endpoint(&caller, application, "/a").await.id;
    let endpoints = &world.services.endpoints;
    let first = endpoints.secret(&caller, id).await.unwrap();
    let own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
    endpoints.rotate_secret(&caller, id, Some(own.clone())).await.unwrap();
    assert_eq!(endpoints.secret(&caller, id).await.unwrap().as_str(), own);
    assert_ne!(first.as_str(), own);
    assert_eq!(wrong_fields(endpoints.rotate_secret(&caller, id, Some("whsec_AAAA".into())).await), ["key"]);
    for valid in [own.as_str(), first.as_str()] {
        let again = endpoints.rotate_secret(&caller, id, Some(valid.to_owned())).await;
        assert_eq!(wrong_fields(again), ["key"], "it would sign twice");
    }
    assert_eq!(endpoints.secret(&caller, id).await.unwrap().as_str(), own);

    world.publish(&caller, application, "invoice.paid").await;
    let request = world.receiver.wait_for("/a", 1).await.remove(0);
    assert_eq!(request.header("webhook-signature").split(' ').count(), 2);
    world.stop().await;
}

#[tokio::test]
async fn a_test_message_goes_to_one_endpoint_whatever_it_filters() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let filter_types = Some(vec!["invoice.paid".to_owned()]);
    let input = EndpointInput { url: world.receiver.url("/a"), filter_types, ..EndpointInput::default() };
    let id = world.services.endpoints.create(&caller, application, input).await.unwrap().id;
    world.endpoint(&caller, application, "/b").await;
    let message = world.services.endpoints.send_test(&caller, id).await.unwrap();
    let request = world.receiver.wait_for("/a", 1).await.remove(0);
    assert_eq!(request.header("webhook-id"), message.to_string());
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["type"], "hookreel.test");
    let deliveries = world.services.messages.get(&caller, message).await.unwrap().deliveries;
    assert_eq!(deliveries.iter().map(|row| row.endpoint_id).collect::<Vec<_>>(), [id]);
    world.stop().await;
}

#[tokio::test]
async fn what_does_not_exist_cannot_be_referred_to() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let (other, foreign) = world.tenant("bob@example.com").await;
    let endpoints = &world.services.endpoints;
    let input = EndpointInput { url: "https://example.com/".into(), ..EndpointInput::default() };
    assert_eq!(not_found(endpoints.create(&caller, foreign, input.clone()).await), "Application");
    let of_other = world.services.sources.create(&other, stripe(None)).await.unwrap().id;
    for source in [SourceId::generate(), of_other] {
        let input = EndpointInput { filter_sources: Some(vec![source]), ..input.clone() };
        assert_eq!(wrong_fields(endpoints.create(&caller, application, input).await), ["filterSources"]);
    }
    let uid = EndpointInput { uid: Some("one".into()), ..input };
    endpoints.create(&caller, application, uid.clone()).await.unwrap();
    assert!(conflict(endpoints.create(&caller, application, uid).await).contains("uid"));
    world.stop().await;
}

#[tokio::test]
async fn changes_at_the_same_moment_all_happen() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let id = world.endpoint(&caller, application, "/a").await.id;
    let tasks: Vec<_> = (0..5)
        .map(|_| {
            let (endpoints, caller) = (world.services.endpoints.clone(), caller.clone());
            tokio::spawn(async move { endpoints.rotate_secret(&caller, id, None).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let one_more = world.services.endpoints.rotate_secret(&caller, id, None).await;
    assert!(conflict(one_more).starts_with("5 old secrets are still valid"), "the header would grow without end");
    let filter = EventFilter { stream: Some(id.to_string()), ..EventFilter::default() };
    let log = world.services.event_log.list(&caller, filter).await.unwrap().items;
    assert_eq!(log.iter().map(|event| event.stream_version).collect::<Vec<_>>(), [6, 5, 4, 3, 2, 1]);
    world.stop().await;
}
