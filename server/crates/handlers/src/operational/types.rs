//! What operational webhooks say: their types, and the body of each.

use crate::handler::{HandlerError, decoded};
use hookreel_domain::aggregate::encode;
use hookreel_domain::endpoint::EndpointEvent;
use hookreel_domain::replay::ReplayEvent;
use hookreel_domain::source::SourceEvent;
use hookreel_domain::traffic::{DELIVERY_ATTEMPTED, DeliveryAttempted};
use hookreel_domain::{Aggregate, Endpoint, Replay, Source};
use hookreel_event_store::StoredEvent;
use hookreel_kernel::{
    Actor, ApplicationId, AttemptId, EndpointId, EventId, FailureReason, MessageId, Metadata, ReplayId, SourceId,
    TenantId, Timestamp, time::rfc3339,
};
use serde_json::{Value, json};
use time::macros::datetime;
use uuid::Uuid;

/// A type of operational webhook.
struct Type {
    /// The kind of the event that it follows on.
    kind: &'static str,
    name: &'static str,
    when: &'static str,
}

const fn told(kind: &'static str, name: &'static str, when: &'static str) -> Type {
    Type { kind, name, when }
}

/// Every type there is.
const TYPES: [Type; 15] = [
    told("endpoint.created", "endpoint.created", "An endpoint was added."),
    told("endpoint.updated", "endpoint.updated", "An endpoint's configuration was changed."),
    told("endpoint.paused", "endpoint.paused", "An endpoint was paused: its deliveries are held."),
    told("endpoint.resumed", "endpoint.resumed", "A paused endpoint gets what was held, and everything new."),
    told(
        "endpoint.disabled",
        "endpoint.disabled",
        "An endpoint was disabled, by a person, or because it answered 410 Gone.",
    ),
    told("endpoint.enabled", "endpoint.enabled", "A disabled endpoint gets messages again."),
    told(
        "endpoint.secret_rotated",
        "endpoint.secret_rotated",
        "An endpoint got a new signing secret; the old one keeps signing for a day.",
    ),
    told("endpoint.deleted", "endpoint.deleted", "An endpoint was deleted."),
    told(
        "endpoint.breaker_opened",
        "endpoint.failing",
        "Too many attempts in a row failed: the endpoint is left alone for a while.",
    ),
    told("endpoint.breaker_closed", "endpoint.recovered", "A failing endpoint answers again."),
    told(
        DELIVERY_ATTEMPTED,
        "message.attempt.exhausted",
        "A message did not arrive at an endpoint, and no further attempt is made.",
    ),
    told("source.went_silent", "source.silent", "Nothing came in by a source for longer than ever before."),
    told("source.heard_again", "source.recovered", "Something came in by a silent source again."),
    told("replay.finished", "replay.finished", "All deliveries of a replay have ended."),
    told("replay.cancelled", "replay.cancelled", "A replay was cancelled."),
];

/// The kinds of events that are told of.
pub(super) const KINDS: [&str; TYPES.len()] = {
    let mut kinds = [""; TYPES.len()];
    let mut place = 0;
    while place < TYPES.len() {
        kinds[place] = TYPES[place].kind;
        place += 1;
    }
    kinds
};

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Endpoint(EndpointId),
    Source(SourceId),
    Replay(ReplayId),
}

/// What is told of an event.
pub(super) struct About {
    pub(super) event_type: &'static str,
    pub(super) subject: Subject,
    /// What else is said.
    more: Value,
}

/// Where the subject belongs.
pub(super) struct Home {
    pub(super) application_id: ApplicationId,
    pub(super) uid: Option<String>,
}

/// What is told of an event; `None`: nothing.
pub(super) fn about(event: &StoredEvent) -> Result<Option<About>, HandlerError> {
    let Some(found) = TYPES.iter().find(|one| one.kind == event.kind) else { return Ok(None) };
    let (subject, more) = match event.kind.as_str() {
        DELIVERY_ATTEMPTED => {
            let attempted: DeliveryAttempted = serde_json::from_value(event.payload.clone())?;
            // A person who resends sees how it ends.
            if attempted.manual || attempted.state != "exhausted" {
                return Ok(None);
            }
            (Subject::Endpoint(attempted.endpoint_id), exhausted(event.event_id.uuid(), &attempted))
        }
        "endpoint.disabled" => (endpoint_of(event), of_endpoint(&decoded::<Endpoint>(event)?)),
        "source.went_silent" | "source.heard_again" => (source_of(event), of_source(&decoded::<Source>(event)?)),
        "replay.finished" | "replay.cancelled" => (replay_of(event), of_replay(&decoded::<Replay>(event)?)),
        _ => (endpoint_of(event), json!({})),
    };
    Ok(Some(About { event_type: found.name, subject, more }))
}

fn endpoint_of(event: &StoredEvent) -> Subject {
    Subject::Endpoint(EndpointId::from_uuid(event.stream_id))
}

fn source_of(event: &StoredEvent) -> Subject {
    Subject::Source(SourceId::from_uuid(event.stream_id))
}

fn replay_of(event: &StoredEvent) -> Subject {
    Subject::Replay(ReplayId::from_uuid(event.stream_id))
}

fn of_endpoint(event: &EndpointEvent) -> Value {
    match event {
        EndpointEvent::Disabled { reason } => json!({ "reason": reason }),
        _ => json!({}),
    }
}

fn of_source(event: &SourceEvent) -> Value {
    match event {
        SourceEvent::WentSilent { last_received_at, longest_pause_s } => json!({
            "lastReceivedAt": rfc3339(*last_received_at),
            "longestPauseSeconds": longest_pause_s,
        }),
        SourceEvent::HeardAgain { silent_since } => json!({ "silentSince": rfc3339(*silent_since) }),
        _ => json!({}),
    }
}

fn of_replay(event: &ReplayEvent) -> Value {
    match event {
        ReplayEvent::Finished { created } | ReplayEvent::Cancelled { created } => json!({ "created": created }),
        _ => json!({}),
    }
}

fn exhausted(attempt_id: Uuid, attempted: &DeliveryAttempted) -> Value {
    json!({
        "msgId": attempted.message_id,
        "lastAttempt": {
            "id": AttemptId::from_uuid(attempt_id),
            "number": attempted.number,
            "responseStatusCode": attempted.status.unwrap_or(0),
            "failure": attempted.failure,
            "timestamp": rfc3339(attempted.attempted_at),
        },
    })
}

/// The body of an operational webhook.
pub(super) fn body(about: &About, home: &Home, recorded_at: Timestamp) -> Value {
    let mut data = json!({
        "appId": home.application_id,
        "appUid": home.uid,
        "timestamp": rfc3339(recorded_at),
    });
    let subject = match about.subject {
        Subject::Endpoint(id) => json!({ "endpointId": id }),
        Subject::Source(id) => json!({ "sourceId": id }),
        Subject::Replay(id) => json!({ "replayId": id }),
    };
    for part in [subject, about.more.clone()] {
        if let (Some(data), Value::Object(part)) = (data.as_object_mut(), part) {
            data.extend(part);
        }
    }
    json!({ "type": about.event_type, "data": data })
}

/// A type of operational webhook, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationalType {
    /// `endpoint.disabled`.
    pub name: &'static str,
    /// When it is sent.
    pub when: &'static str,
    /// A body as it is sent, of things that do not exist.
    pub example: Value,
}

/// Every type of operational webhook, each with an example that is made as the real ones are.
pub fn operational_types() -> Vec<OperationalType> {
    let home = Home { application_id: ApplicationId::from_uuid(example_id(1)), uid: Some("customer-42".to_owned()) };
    let examples = TYPES.iter().filter_map(|one| {
        let event = example(one.kind);
        let about = about(&event).ok().flatten()?;
        Some(OperationalType { name: one.name, when: one.when, example: body(&about, &home, event.recorded_at) })
    });
    examples.collect()
}

/// When everything in the examples happens.
const EXAMPLE_AT: Timestamp = datetime!(2026-11-23 09:30:00 UTC);

/// A UUIDv7 of that time.
fn example_id(number: u128) -> Uuid {
    let unix_ms = u64::try_from(EXAMPLE_AT.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    Uuid::from_u128(hookreel_kernel::id::lowest_at(unix_ms).as_u128() | number)
}

fn example(kind: &'static str) -> StoredEvent {
    let payload = match kind {
        "endpoint.disabled" => {
            let reason = "The endpoint answered 410 Gone.".to_owned();
            payload_of::<Endpoint>(&EndpointEvent::Disabled { reason })
        }
        "source.went_silent" => {
            payload_of::<Source>(&SourceEvent::WentSilent { last_received_at: EXAMPLE_AT, longest_pause_s: 5400 })
        }
        "source.heard_again" => payload_of::<Source>(&SourceEvent::HeardAgain { silent_since: EXAMPLE_AT }),
        "replay.finished" => payload_of::<Replay>(&ReplayEvent::Finished { created: 1204 }),
        "replay.cancelled" => payload_of::<Replay>(&ReplayEvent::Cancelled { created: 1204 }),
        DELIVERY_ATTEMPTED => serde_json::to_value(example_attempt()).unwrap_or_default(),
        _ => json!({}),
    };
    StoredEvent {
        position: 1,
        tenant_id: TenantId::from_uuid(example_id(2)),
        tenant_sequence: 1,
        stream_kind: String::new(),
        stream_id: example_id(3),
        stream_version: 1,
        event_id: EventId::from_uuid(example_id(4)),
        kind: kind.to_owned(),
        revision: 1,
        payload,
        body: None,
        metadata: serde_json::to_value(Metadata::by(Actor::Operator)).unwrap_or_default(),
        recorded_at: EXAMPLE_AT,
    }
}

/// As it is stored.
fn payload_of<A: Aggregate>(event: &A::Event) -> Value {
    encode::<A>(event).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn example_attempt() -> DeliveryAttempted {
    DeliveryAttempted {
        message_id: MessageId::from_uuid(example_id(5)),
        endpoint_id: EndpointId::from_uuid(example_id(3)),
        number: 10,
        manual: false,
        url: String::new(),
        request_headers: Vec::new(),
        status: Some(500),
        response_headers: Vec::new(),
        response_truncated: false,
        failure: Some(FailureReason::Status),
        duration_ms: 87,
        attempted_at: EXAMPLE_AT,
        state: "exhausted".to_owned(),
        due_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_an_example_of_its_own_type() {
        let all = operational_types();
        assert_eq!(all.len(), TYPES.len());
        for one in &all {
            assert_eq!(one.example["type"], one.name);
            assert!(one.example["data"]["appId"].as_str().unwrap().starts_with("app_"), "{}", one.name);
        }
        let exhausted = all.iter().find(|one| one.name == "message.attempt.exhausted").unwrap();
        assert_eq!(exhausted.example["data"]["lastAttempt"]["responseStatusCode"], 500);
        let disabled = all.iter().find(|one| one.name == "endpoint.disabled").unwrap();
        assert_eq!(disabled.example["data"]["reason"], "The endpoint answered 410 Gone.");
    }

    #[test]
    fn types_are_event_types_and_no_two_are_alike() {
        let mut names: Vec<_> = TYPES.iter().map(|one| one.name).collect();
        assert!(names.iter().all(|name| hookreel_kernel::EventType::parse(name).is_ok()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TYPES.len());
    }

    #[test]
    fn the_documentation_lists_every_type_once() {
        let all = include_str!("../../../../docs/operations.md");
        let chapter = all.split("\n## ").find(|chapter| chapter.starts_with("Operational webhooks\n")).unwrap();
        let mut documented: Vec<_> = chapter.split('`').skip(1).step_by(2).filter(|text| text.contains('.')).collect();
        let mut names: Vec<_> = TYPES.iter().map(|one| one.name).collect();
        documented.sort_unstable();
        names.sort_unstable();
        assert_eq!(documented, names);
    }

    #[test]
    fn an_attempt_by_hand_and_one_that_is_followed_by_another_are_not_told_of() {
        let attempted = |change: fn(&mut DeliveryAttempted)| {
            let mut attempt = example_attempt();
            change(&mut attempt);
            StoredEvent { payload: serde_json::to_value(attempt).unwrap(), ..example(DELIVERY_ATTEMPTED) }
        };
        assert!(about(&attempted(|_| {})).unwrap().is_some());
        assert!(about(&attempted(|attempt| attempt.manual = true)).unwrap().is_none());
        assert!(about(&attempted(|attempt| attempt.state = "retrying".to_owned())).unwrap().is_none());
    }
}
