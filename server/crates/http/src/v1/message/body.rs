//! Messages as they are sent and answered.

use crate::problem::{FieldProblem, Problem};
use hookreel_contract::views::{MessageRow, Receipt};
use hookreel_kernel::{MessageId, SchemaFault, SourceId};
use hookreel_services::messages::PublishedMessage;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A message to be published, its payload left as it stands in the request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageIn<'a> {
    pub(super) event_type: String,
    #[serde(borrow)]
    pub(super) payload: &'a RawValue,
    pub(super) event_id: Option<String>,
    pub(super) channels: Option<Vec<String>>,
    #[serde(borrow)]
    pub(super) application: Option<&'a RawValue>,
    #[serde(borrow)]
    tags: Option<&'a RawValue>,
    #[serde(borrow)]
    deliver_at: Option<&'a RawValue>,
    #[serde(borrow)]
    transformations_params: Option<&'a RawValue>,
    #[serde(borrow)]
    payload_retention_hours: Option<&'a RawValue>,
    #[serde(borrow)]
    payload_retention_period: Option<&'a RawValue>,
}

impl MessageIn<'_> {
    /// Refuses what cannot be done. The fields themselves are checked where the message is published.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let unsupported = [
            ("tags", self.tags),
            ("deliverAt", self.deliver_at),
            ("transformationsParams", self.transformations_params),
            ("payloadRetentionHours", self.payload_retention_hours),
            ("payloadRetentionPeriod", self.payload_retention_period),
        ];
        let mut wrong: Vec<FieldProblem> = unsupported
            .into_iter()
            .filter(|(_, value)| value.is_some())
            .map(|(name, _)| FieldProblem::new("body", name, "is not supported"))
            .collect();
        if !self.payload.get().starts_with('{') {
            wrong.push(FieldProblem::new("body", "payload", "must be a JSON object"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Problem::fields(wrong)) }
    }
}

/// A message to be published.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents `MessageIn`, whose payload is raw text")]
#[schema(as = MessageIn, rename_all = "camelCase")]
pub(super) struct MessageInSchema {
    /// What it is about: letters, digits, `.`, `_` and `-`.
    #[schema(example = "invoice.paid")]
    event_type: String,
    /// What is delivered, byte by byte as you write it.
    #[schema(value_type = Object, example = json!({"id": "in_42", "amount": 1999}))]
    payload: (),
    /// Your own id of it: unique per application.
    event_id: Option<String>,
    /// Only endpoints that listen to one of these channels, or to all, get it.
    channels: Option<Vec<String>>,
    /// Makes the application if there is none with this `uid`, which must be the one in the path.
    application: Option<super::super::application::ApplicationIn>,
}

/// A place in a payload that does not fit the schema of its event type.
#[derive(Debug, Serialize, ToSchema)]
struct FaultOut {
    /// A JSON pointer into the payload; empty: the payload as a whole.
    #[schema(example = "/amount")]
    pointer: String,
    /// What is wrong there.
    #[schema(example = "must be of type integer, and is of type string")]
    message: String,
}

impl From<SchemaFault> for FaultOut {
    fn from(fault: SchemaFault) -> Self {
        Self { pointer: fault.pointer, message: fault.message }
    }
}

/// What is known about a message that a provider sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReceivedOut {
    /// Where it came in.
    #[schema(value_type = String, example = "src_01h455vb4pex5vsknk084sn02q")]
    source_id: SourceId,
    /// `accepted`, `quarantined`, or `duplicate`: it was quarantined, and repeats what was accepted.
    state: &'static str,
    /// What is known about who sent it: `verified`, `authenticated`, `failed` or `unattempted`.
    verdict: Option<String>,
    /// What gave the verdict, in words.
    rule: Option<String>,
    /// Why it was put into quarantine; null once it is found genuine after all.
    refusal: Option<String>,
    /// By what a repetition of it is recognised: `event_id`, `event_ids` (of all events of a list), `webhook_id` or
    /// `content_hash`.
    dedupe_rung: Option<String>,
    /// How many events its body is a list of; 0: it is none.
    items: u64,
}

impl ReceivedOut {
    /// None for what was published by API.
    fn of(row: &MessageRow, receipt: Receipt) -> Option<Self> {
        Some(Self {
            source_id: row.source_id?,
            state: row.state.as_str(),
            verdict: row.verdict.clone(),
            rule: receipt.rule,
            refusal: row.refusal.clone(),
            dedupe_rung: row.dedupe_rung.clone(),
            items: receipt.items,
        })
    }
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageOut {
    /// Also the `webhook-id` that receivers see.
    #[schema(value_type = String, example = "msg_01h455vb4pex5vsknk084sn02q")]
    id: MessageId,
    #[schema(example = "invoice.paid")]
    event_type: String,
    /// Your own id of it, or the provider's.
    event_id: Option<String>,
    channels: Option<Vec<String>>,
    /// As published. A received body that is not JSON is shown as text.
    #[schema(value_type = Object)]
    payload: Box<RawValue>,
    /// What does not fit the schema of its event type, the first ten faults; not there if it fits, or nobody looked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    schema_faults: Vec<FaultOut>,
    /// What is known about who sent it; not there if it was published by API.
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<ReceivedOut>,
    /// When it was accepted, or came in.
    #[serde(with = "time::serde::rfc3339")]
    timestamp: OffsetDateTime,
}

impl MessageOut {
    pub(super) fn published(message: PublishedMessage, payload: Box<RawValue>) -> Self {
        Self {
            id: message.id,
            event_type: message.event_type,
            event_id: message.uid,
            channels: message.channels,
            payload,
            schema_faults: faults_of(message.schema_faults),
            received: None,
            timestamp: message.created_at,
        }
    }

    /// With what was found out about it if it came in at a source.
    pub(crate) fn of(row: MessageRow, payload: Box<RawValue>, receipt: Option<Receipt>) -> Self {
        Self {
            received: ReceivedOut::of(&row, receipt.unwrap_or_default()),
            id: row.id,
            event_type: row.event_type,
            event_id: row.uid.or(row.provider_event_id),
            channels: row.channels,
            payload,
            schema_faults: faults_of(row.schema_faults),
            timestamp: row.received_at,
        }
    }
}

fn faults_of(faults: Vec<SchemaFault>) -> Vec<FaultOut> {
    faults.into_iter().map(FaultOut::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::parse;
    use serde_json::{Value, json};

    fn problem_of(body: &str) -> Value {
        let problem = parse::<MessageIn<'_>>(body.as_bytes()).and_then(|message| message.check()).unwrap_err();
        serde_json::from_slice(&problem.body()).unwrap()
    }

    #[test]
    fn a_payload_is_kept_as_it_was_written() {
        let body = br#"{"eventType": "a", "payload": { "b": 1.0,  "a":"\u00e9\u0000", "b": 2 }}"#;
        let message: MessageIn<'_> = parse(body).unwrap();
        assert!(message.check().is_ok());
        assert_eq!(message.payload.get(), r#"{ "b": 1.0,  "a":"\u00e9\u0000", "b": 2 }"#);
    }

    #[test]
    fn a_payload_must_be_an_object() {
        for payload in ["[]", "1", "\"x\"", "null"] {
            let problem = problem_of(&format!(r#"{{"eventType": "a", "payload": {payload}}}"#));
            assert_eq!(problem["detail"][0]["loc"], json!(["body", "payload"]), "{payload}");
            assert_eq!(problem["status"], 422);
        }
    }

    #[test]
    fn a_missing_field_is_named_beside_a_payload() {
        assert_eq!(problem_of(r#"{"payload": {}}"#)["detail"][0]["loc"], json!(["body", "eventType"]));
        assert_eq!(problem_of(r#"{"eventType": "a"}"#)["detail"][0]["loc"], json!(["body", "payload"]));
        assert_eq!(
            problem_of(r#"{"payload": {}, "eventType": 1}"#)["detail"][0],
            json!({"loc": ["body", "eventType"], "msg": "must be text, not a number", "type": "value_error"})
        );
    }

    #[test]
    fn what_is_not_offered_is_refused_by_name() {
        let problem =
            problem_of(r#"{"eventType": "a", "payload": {}, "tags": ["x"], "deliverAt": "2030-01-01T00:00:00Z"}"#);
        assert_eq!(problem["detail"][0]["loc"], json!(["body", "tags"]));
        assert_eq!(problem["detail"][1]["loc"], json!(["body", "deliverAt"]));
        assert!(parse::<MessageIn<'_>>(br#"{"eventType": "a", "payload": {}, "tags": null}"#).unwrap().check().is_ok());
    }

    #[test]
    fn a_deep_payload_does_no_harm() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let body = format!(r#"{{"eventType": "a", "payload": {{"a": {deep}}}}}"#);
        assert!(parse::<MessageIn<'_>>(body.as_bytes()).unwrap().check().is_ok());
    }
}
