//! A tenant's programs hear of its own endpoints.

use crate::support::{World, not_found};
use hookreel_contract::input::EventFilter;
use hookreel_handlers::{HandlerParts, Handlers, registry, statuses};
use hookreel_testing::{Answer, ReceivedRequest};
use serde_json::Value;

/// With the handlers that send them.
async fn start() -> (World, Handlers) {
    let world = World::start().await;
    let parts = HandlerParts {
        engine: world.engine(),
        secrets: world.secrets.clone(),
        public_url: "https://hooks.example.com".to_owned(),
        with_billing: false,
    };
    let database = world.test.database();
    let handlers = Handlers::start(database.engine(), registry(&parts));
    // They begin with what happens once they run.
    world
        .until(|| async {
            let all = statuses(database.engine()).await.unwrap();
            all.iter().any(|one| one.name == "operational_webhooks" && one.behind == 0).then_some(())
        })
        .await;
    (world, handlers)
}

/// Why there is such a message, as the event log says it.
const TOLD: &str = "An event that operational webhooks tell of";

fn told(requests: &[ReceivedRequest]) -> Vec<Value> {
    requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

#[tokio::test]
async fn once_they_are_on_the_endpoints_troubles_are_told_and_after_turning_off_nothing() {
    let (world, handlers) = start().await;
    let (ada, application) = world.tenant("ada@example.com").await;
    let webhooks = &world.services.operational_webhooks;
    assert_eq!(webhooks.get(&ada).await.unwrap().application_id, None);
    assert_eq!(not_found(webhooks.turn_off(&ada).await), "Application");

    let operational = webhooks.turn_on(&ada).await.unwrap();
    assert_eq!(webhooks.turn_on(&ada).await.unwrap(), operational);
    world.endpoint(&ada, operational, "/told").await;
    let on = webhooks.get(&ada).await.unwrap();
    assert_eq!((on.application_id, on.endpoints.len()), (Some(operational), 1));

    world.receiver.answer("/gone", Answer::Status(410));
    let endpoint = world.endpoint(&ada, application, "/gone").await;
    let endpoints = &world.services.endpoints;
    endpoints.pause(&ada, endpoint.id).await.unwrap();
    endpoints.resume(&ada, endpoint.id).await.unwrap();
    endpoints.rotate_secret(&ada, endpoint.id, None).await.unwrap();
    world.publish(&ada, application, "invoice.paid").await;
    let all = told(&world.receiver.wait_for("/told", 6).await);
    let mut types: Vec<&str> = all.iter().map(|one| one["type"].as_str().unwrap()).collect();
    types.sort_unstable();
    let expected = [
        "endpoint.created",
        "endpoint.disabled",
        "endpoint.paused",
        "endpoint.resumed",
        "endpoint.secret_rotated",
        "message.attempt.exhausted",
    ];
    assert_eq!(types, expected);
    for one in &all {
        assert_eq!(one["data"]["endpointId"], endpoint.id.to_string(), "{one}");
        assert_eq!(
            (&one["data"]["appId"], &one["data"]["appUid"]),
            (&application.to_string().into(), &"default".into())
        );
    }
    let filter = EventFilter { kind: Some("message.accepted".to_owned()), ..EventFilter::default() };
    let accepted = world.services.event_log.list(&ada, filter).await.unwrap().items;
    let causes = accepted.iter().filter_map(|event| event.cause.as_ref());
    assert_eq!(causes.map(|cause| cause.words.as_str()).collect::<Vec<_>>(), [TOLD; 6], "all but what was published");
    let exhausted = all.iter().find(|one| one["type"] == "message.attempt.exhausted").unwrap();
    assert_eq!(exhausted["data"]["lastAttempt"]["responseStatusCode"], 410);

    webhooks.turn_off(&ada).await.unwrap();
    assert_eq!(webhooks.get(&ada).await.unwrap().application_id, None);
    handlers.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn the_end_of_a_replay_is_told() {
    let (world, handlers) = start().await;
    let (ada, application) = world.tenant("ada@example.com").await;
    let operational = world.services.operational_webhooks.turn_on(&ada).await.unwrap();
    world.endpoint(&ada, operational, "/told").await;
    world.publish(&ada, application, "invoice.paid").await;
    world.endpoint(&ada, application, "/late").await;
    let input = hookreel_contract::input::ReplayInput {
        application_id: None,
        endpoint_id: None,
        since: time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000),
        until: time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(40_000),
        event_types: None,
        selection: "missing".to_owned(),
    };
    let replay = world.services.replays.start(&ada, input).await.unwrap();
    let all = told(&world.receiver.wait_for("/told", 2).await);
    let finished = all.iter().find(|one| one["type"] == "replay.finished").unwrap();
    assert_eq!(finished["data"]["replayId"], replay.id.to_string());
    assert_eq!(finished["data"]["created"], 1);
    handlers.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn every_type_is_listed_with_an_example_that_can_be_read() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    let types = world.services.operational_webhooks.get(&ada).await.unwrap().types;
    assert!(types.len() > 10);
    for one in types {
        let example: Value = serde_json::from_str(&one.example).unwrap();
        assert_eq!(example["type"], one.name);
        assert!(one.when.ends_with('.'), "{}", one.when);
    }
    world.stop().await;
}
