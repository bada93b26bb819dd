//! Bodies that are lists of events, and by what they are recognised when they come again.

use crate::support::Received;
use serde_json::{Value, from_value, json};

const SECRET: &str = "a secret that two share";

/// What a list of these events is recognised by.
fn digest(events: &[Value]) -> Option<String> {
    let body = json!({"data": {"events": events}}).to_string();
    let received = Received {
        rule: from_value(json!({"provider": "okta"})).unwrap(),
        secrets: vec![SECRET.to_owned()],
        headers: vec![("Authorization".to_owned(), SECRET.as_bytes().to_vec())],
        body: body.into_bytes(),
        now: 0,
    };
    let verified = received.verify().unwrap();
    assert_eq!(verified.event_id.is_some(), events.len() == 1, "{events:?}");
    verified.event_ids_digest()
}

fn event(id: &str) -> Value {
    json!({"uuid": id, "eventType": "user.session.start"})
}

#[test]
fn a_list_is_recognised_by_the_ids_of_all_its_events_in_their_order() {
    let list = digest(&[event("a"), event("b")]);
    assert!(list.is_some());
    let later = json!({"uuid": "b", "eventType": "user.session.start", "published": "later"});
    assert_eq!(digest(&[event("a"), later]), list, "what else it says does not matter");
    for other in [&[event("b"), event("a")][..], &[event("a")], &[event("a"), event("b"), event("c")], &[event("ab")]] {
        assert_ne!(digest(other), list, "{other:?}");
    }
    assert_ne!(digest(&[event("a"), event("bc")]), digest(&[event("ab"), event("c")]));
}

#[test]
fn a_list_is_not_recognised_by_ids_that_are_not_known_of_all_its_events() {
    assert_eq!(digest(&[]), None);
    assert_eq!(digest(&[event("a"), json!({"eventType": "user.session.start"})]), None);
    assert_eq!(digest(&[event("a"), event("b\n")]), None);
    let events: Vec<_> = (0..1_001).map(|n| event(&n.to_string())).collect();
    assert!(digest(&events[..999]).is_some());
    assert_eq!(digest(&events[..1_000]), None, "there may be more than are looked at");
    assert_eq!(digest(&events), None);
}
