//! The catalogue of event types.

use crate::support::{World, conflict, not_found, wrong_fields};
use hookreel_contract::input::{EventTypeFilter, EventTypeInput};

fn input(name: &str, description: &str) -> EventTypeInput {
    EventTypeInput {
        name: name.into(),
        description: description.into(),
        schemas: None,
        validation: None,
        archived: false,
        deprecated: false,
    }
}

#[tokio::test]
async fn an_event_type_is_added_changed_archived_and_brought_back() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let types = &world.services.event_types;
    types.create(&caller, input("invoice.paid", "Paid.")).await.unwrap();
    types.create(&caller, input("invoice.sent", "")).await.unwrap();
    assert!(conflict(types.create(&caller, input("invoice.paid", "")).await).contains("exists"));
    let changed = types.update(&caller, "invoice.paid", input("ignored", "Paid in full.")).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.description.as_str()), ("invoice.paid", "Paid in full."));

    types.delete(&caller, "invoice.paid").await.unwrap();
    let listed = types.list(&caller, EventTypeFilter::default()).await.unwrap().items;
    assert_eq!(listed.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["invoice.sent"]);
    assert!(types.get(&caller, "invoice.paid").await.unwrap().archived);
    let with_archived = EventTypeFilter { include_archived: true, ..EventTypeFilter::default() };
    assert_eq!(types.list(&caller, with_archived).await.unwrap().items.len(), 2);
    let back = types.create(&caller, input("invoice.paid", "Back.")).await.unwrap();
    assert!(!back.archived);
    assert_eq!(back.created_at, changed.created_at);
    world.stop().await;
}

#[tokio::test]
async fn one_name_added_by_many_at_once_is_added_once() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let (types, caller) = (world.services.event_types.clone(), caller.clone());
            tokio::spawn(async move { types.create(&caller, input("invoice.paid", "")).await })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            refused => assert!(conflict(refused).contains("exists")),
        }
    }
    assert_eq!(made, 1);
    world.stop().await;
}

#[tokio::test]
async fn what_cannot_be_an_event_type_is_refused() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let types = &world.services.event_types;
    let schemas = Some(serde_json::json!([1]));
    let wrong = EventTypeInput { schemas, ..input("a b", "\0") };
    assert_eq!(wrong_fields(types.create(&caller, wrong).await), ["name", "description", "schemas"]);
    assert_eq!(not_found(types.update(&caller, "unknown", input("unknown", "")).await), "Event type");
    assert_eq!(not_found(types.delete(&caller, "unknown").await), "Event type");
    world.stop().await;
}

#[tokio::test]
async fn event_types_are_found_by_their_name_or_description() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let types = &world.services.event_types;
    types.create(&caller, input("invoice.paid", "Money came in.")).await.unwrap();
    types.create(&caller, input("invoice.sent", "")).await.unwrap();
    types.create(&caller, input("user_created", "Somebody 100 % new")).await.unwrap();
    for (search, expected) in [("INVOICE", 2), ("money", 1), ("_", 1), ("100 %", 1), ("none", 0)] {
        let filter = EventTypeFilter { search: Some(search.to_owned()), ..EventTypeFilter::default() };
        assert_eq!(types.list(&caller, filter).await.unwrap().items.len(), expected, "{search}");
    }
    world.stop().await;
}
