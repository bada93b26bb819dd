//! What is published, held against the schema of its event type.

use crate::sources::stripe;
use crate::support::{World, wrong_fields};
use bytes::Bytes;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::input::{EventTypeInput, MessageFilter};
use hookreel_domain::catalogue::catalogue;
use hookreel_kernel::{ApplicationId, SchemaFault, Validation};
use hookreel_schemas::Schema;
use hookreel_services::messages::{PublishInput, PublishedMessage};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn invoice() -> Value {
    json!({ "1": { "type": "object", "required": ["amount"], "properties": { "amount": { "type": "integer" } } } })
}

fn paid(validation: &str, schemas: Value) -> EventTypeInput {
    EventTypeInput {
        name: "invoice.paid".into(),
        description: String::new(),
        schemas: Some(schemas),
        validation: Some(validation.into()),
        archived: false,
        deprecated: false,
    }
}

async fn publish(
    world: &World,
    caller: &Caller,
    application: ApplicationId,
    payload: Value,
) -> Result<PublishedMessage, ApiError> {
    let input = PublishInput {
        event_type: "invoice.paid".into(),
        payload: Bytes::from(payload.to_string()),
        uid: None,
        channels: None,
        only_endpoint: None,
        idempotency: None,
    };
    world.services.messages.publish(caller, application, input).await
}

async fn count(world: &World, table: &'static str) -> i64 {
    sqlx::query_scalar(table).fetch_one(&mut world.test.superuser().await).await.unwrap()
}

#[tokio::test]
async fn what_does_not_fit_is_refused_flagged_or_nobodys_business() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let s = &world.services;
    world.endpoint(&caller, application, "/billing").await;
    s.event_types.create(&caller, paid("reject", invoice())).await.unwrap();

    let refused = publish(&world, &caller, application, json!({ "amount": "42" })).await;
    assert_eq!(refused, Err(ApiError::invalid("payload/amount", "must be of type integer, and is of type string")));
    assert_eq!(count(&world, "select count(*) from read.messages").await, 0);
    assert_eq!(count(&world, "select count(*) from event_store.events where stream_kind = 'message'").await, 0);
    let fitting = publish(&world, &caller, application, json!({ "amount": 42 })).await.unwrap();
    assert_eq!(fitting.schema_faults, []);

    // A change counts at once where it was made.
    s.event_types.update(&caller, "invoice.paid", paid("flag", invoice())).await.unwrap();
    let flagged = publish(&world, &caller, application, json!({ "amount": "42" })).await.unwrap();
    let fault = SchemaFault::new("/amount", "must be of type integer, and is of type string");
    assert_eq!(flagged.schema_faults, std::slice::from_ref(&fault));
    world.receiver.wait_for("/billing", 2).await;
    assert_eq!(s.messages.get(&caller, flagged.id).await.unwrap().row.schema_faults, std::slice::from_ref(&fault));
    let event: Value = sqlx::query_scalar("select payload from event_store.events where stream_id = $1")
        .bind(flagged.id.uuid())
        .fetch_one(&mut world.test.superuser().await)
        .await
        .unwrap();
    assert_eq!(event["schema_faults"], json!([fault]));
    let only_flagged = MessageFilter { flagged: true, ..MessageFilter::default() };
    let found = s.messages.list(&caller, only_flagged).await.unwrap().items;
    assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [flagged.id]);

    s.event_types.update(&caller, "invoice.paid", paid("off", invoice())).await.unwrap();
    assert_eq!(publish(&world, &caller, application, json!({})).await.unwrap().schema_faults, []);
    world.stop().await;
}

#[tokio::test]
async fn flagged_messages_are_found_by_their_words() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let s = &world.services;
    s.event_types.create(&caller, paid("flag", invoice())).await.unwrap();
    let flagged = publish(&world, &caller, application, json!({ "amount": "needle" })).await.unwrap().id;
    publish(&world, &caller, application, json!({ "amount": 1, "note": "needle" })).await.unwrap();
    let mut connection = world.test.superuser().await;
    sqlx::query(
        "insert into read.message_words (tenant_id, message_id, words)
         select tenant_id, message_id, array_to_tsvector(array['needle', '@' || replace(tenant_id::text, '-', '')])
         from read.messages",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    for (only_flagged, expected) in [(true, 1), (false, 2)] {
        let filter = MessageFilter { search: Some("needle".into()), flagged: only_flagged, ..MessageFilter::default() };
        let found = s.messages.list(&caller, filter).await.unwrap().items;
        assert_eq!(found.len(), expected);
        assert!(!only_flagged || found[0].id == flagged);
    }
    world.stop().await;
}

#[tokio::test]
async fn a_new_version_counts_and_each_is_compiled_for_itself() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let (stranger, strangers) = world.tenant("bob@example.com").await;
    let s = &world.services;
    s.event_types.create(&caller, paid("reject", invoice())).await.unwrap();
    publish(&world, &caller, application, json!({ "amount": 1 })).await.unwrap();
    let mut two = invoice();
    two["2"] = json!({ "required": ["currency"] });
    s.event_types.update(&caller, "invoice.paid", paid("reject", two)).await.unwrap();
    assert_eq!(
        wrong_fields(publish(&world, &caller, application, json!({ "amount": "x" })).await),
        ["payload/currency"]
    );
    // Somebody else's event type of the same name has nothing to do with it.
    publish(&world, &stranger, strangers, json!({})).await.unwrap();
    // Archived, it is hidden and counts all the same.
    s.event_types.delete(&caller, "invoice.paid").await.unwrap();
    assert_eq!(wrong_fields(publish(&world, &caller, application, json!({})).await), ["payload/currency"]);
    world.stop().await;
}

#[tokio::test]
async fn a_test_message_is_held_against_the_schema_of_its_type() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let endpoint = world.endpoint(&caller, application, "/a").await.id;
    let s = &world.services;
    let schemas = json!({ "1": { "required": ["signature"] } });
    let test = EventTypeInput { name: "hookreel.test".into(), ..paid("reject", schemas) };
    s.event_types.create(&caller, test).await.unwrap();
    assert_eq!(wrong_fields(s.endpoints.send_test(&caller, endpoint).await), ["payload/signature"]);
    world.stop().await;
}

#[tokio::test]
async fn a_schema_is_made_from_the_newest_message_and_tried_on_the_newest() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let s = &world.services;
    assert_eq!(s.event_types.suggest(&caller, "invoice.paid").await.unwrap(), None);
    let mut wrong = Vec::new();
    for n in 0..60 {
        let payload = if n % 10 == 0 { json!({ "amount": n.to_string() }) } else { json!({ "amount": n }) };
        let id = publish(&world, &caller, application, payload).await.unwrap().id;
        if n % 10 == 0 {
            wrong.push(id);
        }
    }
    let suggestion = s.event_types.suggest(&caller, "invoice.paid").await.unwrap().unwrap();
    assert_eq!(suggestion.schema["properties"], json!({ "amount": { "type": "integer" } }));
    let trial = s.event_types.try_schema(&caller, "invoice.paid", suggestion.schema).await.unwrap();
    assert_eq!((trial.checked, trial.failing), (50, 5));
    wrong.reverse();
    assert_eq!(trial.examples.iter().map(|one| one.message_id).collect::<Vec<_>>(), wrong[..5]);
    assert_eq!(trial.examples[0].faults[0].pointer, "/amount");
    let nothing = s.event_types.try_schema(&caller, "other.type", json!({})).await.unwrap();
    assert_eq!((nothing.checked, nothing.failing), (0, 0));
    assert_eq!(wrong_fields(s.event_types.try_schema(&caller, "invoice.paid", json!([])).await), ["schemas"]);

    s.event_types.create(&caller, paid("off", invoice())).await.unwrap();
    world.publish(&caller, application, "user.created").await;
    let counts = s.event_types.count_recent(&caller).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|one| (one.name.as_str(), one.messages, one.is_known)).collect();
    assert_eq!(counts, [("invoice.paid", 60, true), ("user.created", 1, false)]);
    world.stop().await;
}

#[tokio::test]
async fn whoever_does_not_know_of_validation_does_not_change_it() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let types = &world.services.event_types;
    types.create(&caller, paid("reject", invoice())).await.unwrap();
    let unaware = EventTypeInput { validation: None, description: "Paid.".into(), ..paid("", invoice()) };
    assert_eq!(types.update(&caller, "invoice.paid", unaware).await.unwrap().validation, Validation::Reject);
    let without = EventTypeInput { validation: None, schemas: None, ..paid("", invoice()) };
    assert_eq!(wrong_fields(types.update(&caller, "invoice.paid", without).await), ["validation"]);
    world.stop().await;
}

/// Everything that this installation has recorded is as the catalogue of events says.
#[tokio::test]
async fn every_recorded_event_is_in_the_catalogue_and_fits_its_schema() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let s = &world.services;
    let endpoint = world.endpoint(&caller, application, "/a").await.id;
    s.event_types.create(&caller, paid("flag", invoice())).await.unwrap();
    s.event_types.update(&caller, "invoice.paid", paid("flag", json!({ "1": {}, "2": invoice()["1"] }))).await.unwrap();
    s.event_types.delete(&caller, "invoice.paid").await.unwrap();
    let source = s.sources.create(&caller, stripe(Some("whsec_1"))).await.unwrap().id;
    s.sources.rotate_secret(&caller, source, "whsec_2", None).await.unwrap();
    s.sources.pause(&caller, source).await.unwrap();
    s.sources.resume(&caller, source).await.unwrap();
    s.api_keys.create(&caller, "test").await.unwrap();
    s.endpoints.rotate_secret(&caller, endpoint, None).await.unwrap();
    s.endpoints.pause(&caller, endpoint).await.unwrap();
    s.endpoints.resume(&caller, endpoint).await.unwrap();
    let message = publish(&world, &caller, application, json!({ "amount": "x" })).await.unwrap().id;
    world
        .until(async || {
            let detail = s.messages.get(&caller, message).await.unwrap();
            detail.deliveries.first().filter(|row| row.attempts == 1).map(|row| row.id)
        })
        .await;
    s.deliveries.resend_message(&caller, message, endpoint).await.unwrap();
    s.endpoints.disable(&caller, endpoint, "Broken.").await.unwrap();
    s.endpoints.enable(&caller, endpoint).await.unwrap();
    s.endpoints.delete(&caller, endpoint).await.unwrap();
    s.sources.delete(&caller, source).await.unwrap();

    let recorded: Vec<(String, Value)> = sqlx::query_as("select kind, payload from event_store.events")
        .fetch_all(&mut world.test.superuser().await)
        .await
        .unwrap();
    let schemas: BTreeMap<String, Schema> =
        catalogue().into_iter().map(|one| (one.kind, Schema::compile(&one.schema).unwrap())).collect();
    let kinds: BTreeSet<&str> = recorded.iter().map(|(kind, _)| kind.as_str()).collect();
    assert!(kinds.len() > 15, "{kinds:?}");
    for (kind, payload) in &recorded {
        let schema = schemas.get(kind).unwrap_or_else(|| panic!("{kind} is not in the catalogue"));
        assert_eq!(schema.check(payload.to_string().as_bytes()), [], "{kind}: {payload}");
    }
    world.stop().await;
}
