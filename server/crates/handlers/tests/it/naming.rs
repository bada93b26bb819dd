//! Handlers name kinds of events, and fields of their payloads, as text: each of them exists.

use crate::searching::World;
use hookreel_domain::catalogue::catalogue;
use hookreel_handlers::{HandlerParts, NAMES, registry};
use serde_json::{Map, Value};

#[tokio::test]
async fn every_kind_and_every_field_that_a_handler_names_is_in_the_catalogue() {
    let world = World::start().await;
    let catalogue = catalogue();
    let described = |kind: &str| catalogue.iter().find(|one| one.kind == kind);
    let handlers = registry(&HandlerParts { with_billing: true, ..world.parts.clone() });
    let mut names: Vec<&str> = handlers.iter().map(|handler| handler.name()).collect();
    names.sort_unstable();
    assert_eq!(names, NAMES);
    for handler in handlers {
        assert!(!handler.kinds().is_empty());
        for kind in handler.kinds() {
            assert!(described(kind).is_some(), "{} waits for {kind}, which never happens", handler.name());
        }
        for (kind, content) in handler.only_containing() {
            assert!(handler.kinds().contains(kind), "{} narrows {kind}, which it does not get", handler.name());
            let fields: Map<String, Value> = serde_json::from_str(content).unwrap();
            let schema = &described(kind).unwrap().schema;
            for field in fields.keys() {
                assert!(schema["properties"].get(field).is_some(), "{kind} has no `{field}`");
            }
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn of_plans_operators_are_told_only_where_they_are_sold() {
    let world = World::start().await;
    let purpose_of_mails = |with_billing| {
        let handlers = registry(&HandlerParts { with_billing, ..world.parts.clone() });
        handlers.iter().find(|handler| handler.name() == "mails").unwrap().purpose()
    };
    assert!(purpose_of_mails(true).contains("plan"));
    assert!(!purpose_of_mails(false).contains("plan"));
    world.stop().await;
}
