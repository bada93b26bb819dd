//! Every kind of event there is: what it says, in which streams it stands, and the JSON Schema of its payload, made from
//! the type that is stored.

use crate::aggregate::Aggregate;
use crate::application::Application;
use crate::billing::Billing;
use crate::endpoint::Endpoint;
use crate::event_type::EventTypeEntry;
use crate::invitation::Invitation;
use crate::recovery::Recovery;
use crate::replay::Replay;
use crate::retention::{RETENTION_APPLIED, RETENTION_STREAM, RetentionApplied};
use crate::source::Source;
use crate::tenant::{ApiKey, Member, Tenant};
use crate::traffic::{
    DELIVERY_ATTEMPTED, DELIVERY_CANCELLED, DELIVERY_CREATED, DELIVERY_RESEND_REQUESTED, DELIVERY_STREAM,
    DeliveryAttempted, DeliveryCancelled, DeliveryCreated, DuplicateFound, HANDSHAKE_ANSWERED, HANDSHAKES_STREAM,
    HandshakeAnswered, MESSAGE_ACCEPTED, MESSAGE_DUPLICATE_FOUND, MESSAGE_QUARANTINED, MESSAGE_RELEASED,
    MESSAGE_REVERIFIED, MESSAGE_STREAM, MessageReceived, MessageReleased, MessageReverified, ResendRequested,
};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

/// One kind of event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventKind {
    /// The stored name: `endpoint.paused`.
    pub kind: String,
    /// What it says, in a sentence.
    pub purpose: String,
    /// What its streams are called: `endpoint`.
    pub stream_kind: &'static str,
    /// The JSON Schema of its payload.
    pub schema: Value,
}

/// Every kind there is, by name.
pub fn catalogue() -> Vec<EventKind> {
    let mut kinds = [
        kinds_of::<Tenant>(),
        kinds_of::<Member>(),
        kinds_of::<Invitation>(),
        kinds_of::<ApiKey>(),
        kinds_of::<Application>(),
        kinds_of::<EventTypeEntry>(),
        kinds_of::<Source>(),
        kinds_of::<Endpoint>(),
        kinds_of::<Replay>(),
        kinds_of::<Recovery>(),
        kinds_of::<Billing>(),
        kinds_of_traffic(),
        vec![traffic::<RetentionApplied>(
            RETENTION_APPLIED,
            RETENTION_STREAM,
            "History that is older than it is kept is not shown any more. Its events stay.",
        )],
    ]
    .concat();
    kinds.sort_by(|a, b| a.kind.cmp(&b.kind));
    kinds
}

/// The kinds of an aggregate: the variants of its events, with what is said beside each.
fn kinds_of<A: Aggregate>() -> Vec<EventKind>
where
    A::Event: JsonSchema,
{
    let mut whole = schema_of::<A::Event>();
    let Some(Value::Array(variants)) = whole.get_mut("oneOf").map(Value::take) else { return Vec::new() };
    variants
        .into_iter()
        .filter_map(|mut variant| {
            let kind = variant.pointer("/properties/kind/const")?.as_str()?.to_owned();
            let purpose = variant.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
            let schema = with_dialect(variant.pointer_mut("/properties/payload")?.take());
            Some(EventKind { kind, purpose, stream_kind: A::STREAM_KIND, schema })
        })
        .collect()
}

fn kinds_of_traffic() -> Vec<EventKind> {
    vec![
        traffic::<MessageReceived>(
            MESSAGE_ACCEPTED,
            MESSAGE_STREAM,
            "It came in or was published, and is delivered. Its body stands beside the payload.",
        ),
        traffic::<MessageReceived>(
            MESSAGE_QUARANTINED,
            MESSAGE_STREAM,
            "It came in and is kept, but not delivered. Its body stands beside the payload.",
        ),
        traffic::<MessageReverified>(MESSAGE_REVERIFIED, MESSAGE_STREAM, "What was in quarantine was judged again."),
        traffic::<MessageReleased>(MESSAGE_RELEASED, MESSAGE_STREAM, "What was in quarantine is delivered after all."),
        traffic::<DuplicateFound>(
            MESSAGE_DUPLICATE_FOUND,
            MESSAGE_STREAM,
            "What was in quarantine repeats what was accepted: it is not delivered again.",
        ),
        traffic::<DeliveryCreated>(
            DELIVERY_CREATED,
            DELIVERY_STREAM,
            "It was not made with its message, but by a replay or by hand.",
        ),
        traffic::<DeliveryAttempted>(
            DELIVERY_ATTEMPTED,
            DELIVERY_STREAM,
            "One HTTP try, with its outcome. What was kept of the answer stands beside the payload.",
        ),
        traffic::<ResendRequested>(DELIVERY_RESEND_REQUESTED, DELIVERY_STREAM, "A person wants one more attempt."),
        traffic::<DeliveryCancelled>(
            DELIVERY_CANCELLED,
            DELIVERY_STREAM,
            "No further attempt is made, because its endpoint or its replay ended.",
        ),
        traffic::<HandshakeAnswered>(
            HANDSHAKE_ANSWERED,
            HANDSHAKES_STREAM,
            "A provider asked whether it may send, and was answered.",
        ),
    ]
}

fn traffic<P: JsonSchema>(kind: &str, stream_kind: &'static str, purpose: &str) -> EventKind {
    let schema = with_dialect(schema_of::<P>());
    EventKind { kind: kind.to_owned(), purpose: purpose.to_owned(), stream_kind, schema }
}

/// The schema of what is written of a type, complete in itself.
fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The names of types mean nothing outside of the code.
fn with_dialect(mut schema: Value) -> Value {
    if let Some(members) = schema.as_object_mut() {
        members.remove("title");
        members.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    }
    schema
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use hookreel_kernel::{ApplicationId, EndpointId, FailureReason, MessageId, SchemaFault, SourceId};
    use hookreel_schemas::Schema;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::path::Path;
    use time::OffsetDateTime;

    /// Fails unless the kind is in the catalogue and the payload is as it says.
    #[track_caller]
    pub(crate) fn assert_described(kind: &str, payload: &Value) {
        let described = catalogue().into_iter().find(|one| one.kind == kind);
        let schema = described.unwrap_or_else(|| panic!("{kind} is not in the catalogue")).schema;
        let faults = Schema::compile(&schema).unwrap().check(payload.to_string().as_bytes());
        assert!(faults.is_empty(), "{kind}: {faults:?}\n{payload}");
    }

    #[test]
    fn the_committed_catalogue_is_the_one_of_the_code() {
        let golden = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/event_schemas.json"));
        let now = format!("{}\n", serde_json::to_string_pretty(&catalogue()).unwrap());
        if std::env::var_os("UPDATE_EVENT_SCHEMAS").is_some() {
            std::fs::write(golden, &now).unwrap();
        }
        let committed = std::fs::read_to_string(golden).unwrap_or_default();
        assert!(
            committed == now,
            "event_schemas.json is stale: run hookreel-domain's tests with UPDATE_EVENT_SCHEMAS=1"
        );
    }

    /// Aggregates cannot leave one of their kinds out; those of traffic are listed by hand.
    #[test]
    fn every_stored_kind_is_in_the_catalogue_once() {
        let kinds: Vec<String> = catalogue().into_iter().map(|one| one.kind).collect();
        assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), kinds.len());
        let constants = include_str!("traffic.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("pub const ")?.split_once(": &str = \"")?.1.strip_suffix("\";"));
        let of_traffic: Vec<&str> = constants.filter(|text| text.contains('.')).collect();
        assert_eq!(of_traffic.len(), kinds_of_traffic().len());
        for kind in of_traffic {
            assert!(kinds.iter().any(|known| known == kind), "{kind} is not in the catalogue");
        }
    }

    fn nameless(pointer: &str, schema: &Value, found: &mut Vec<String>) {
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let place = format!("{pointer}/{name}");
            if property.get("description").is_none() {
                found.push(place.clone());
            }
            nameless(&place, property, found);
        }
        if let Some(items) = schema.get("items") {
            nameless(pointer, items, found);
        }
    }

    #[test]
    fn every_kind_and_every_field_says_what_it_means() {
        let mut found = Vec::new();
        for one in catalogue() {
            assert!(one.purpose.ends_with('.'), "{}: {}", one.kind, one.purpose);
            nameless(&one.kind, &one.schema, &mut found);
        }
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_payload_of_another_shape_is_noticed() {
        let schema = catalogue().into_iter().find(|one| one.kind == MESSAGE_RELEASED).unwrap().schema;
        let faults =
            Schema::compile(&schema).unwrap().check(br#"{"verdict": 1, "deliveries": [{"endpoint_id": "x"}]}"#);
        assert!(faults.len() >= 3, "{faults:?}");
    }

    fn attempted() -> impl Strategy<Value = DeliveryAttempted> {
        let when = (0..4_000_000_000_i64).prop_map(|at| OffsetDateTime::from_unix_timestamp(at).unwrap());
        let failure = prop::option::of(prop::sample::select(FailureReason::ALL));
        let headers = prop::collection::vec((".{0,8}", ".{0,8}"), 0..4);
        (1..30_u32, any::<bool>(), prop::option::of(100..600_u16), failure, headers, when, any::<u32>()).prop_map(
            |(number, manual, status, failure, headers, when, duration_ms)| DeliveryAttempted {
                message_id: MessageId::generate(),
                endpoint_id: EndpointId::generate(),
                number,
                manual,
                url: "https://example.com/".to_owned(),
                request_headers: headers.clone(),
                status,
                response_headers: headers,
                response_truncated: manual,
                failure,
                duration_ms,
                attempted_at: when,
                state: "retrying".to_owned(),
                due_at: failure.map(|_| when),
            },
        )
    }

    fn received() -> impl Strategy<Value = MessageReceived> {
        let text = || prop::option::of(".{0,12}");
        (text(), text(), text(), any::<bool>(), prop::collection::vec(".{0,6}", 0..3)).prop_map(
            |(uid, provider_event_id, refusal, from_source, channels)| MessageReceived {
                application_id: ApplicationId::generate(),
                source_id: from_source.then(SourceId::generate),
                event_type: "invoice.paid".to_owned(),
                uid,
                provider_event_id,
                channels: Some(channels).filter(|channels| !channels.is_empty()),
                headers: vec![],
                inbound: None,
                only_endpoint_id: None,
                refusal,
                schema_faults: if from_source { vec![SchemaFault::new("/a", "is required")] } else { vec![] },
                deliveries: vec![],
            },
        )
    }

    proptest! {
        #[test]
        fn attempts_are_as_the_catalogue_says(attempted in attempted()) {
            assert_described(DELIVERY_ATTEMPTED, &serde_json::to_value(&attempted).unwrap());
        }

        #[test]
        fn messages_are_as_the_catalogue_says(received in received()) {
            assert_described(MESSAGE_ACCEPTED, &serde_json::to_value(&received).unwrap());
        }
    }
}
