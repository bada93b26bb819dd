//! The facts about messages and deliveries: the payloads of their events, exactly as stored.
//!
//! These streams are written by the engine in batches, thousands a second, so they are not aggregates that are loaded
//! and folded for every step: a delivery's row carries the version that the next event must follow.

use hookreel_kernel::time::TimestampSchema;
use hookreel_kernel::{
    ApplicationId, DeliveryId, EndpointId, FailureReason, HandshakesId, MessageId, ReplayId, SchemaFault, SourceId,
    Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Stream kind of messages; the stream's id is the message's.
pub const MESSAGE_STREAM: &str = "message";
/// Stream kind of deliveries; the stream's id is the delivery's.
pub const DELIVERY_STREAM: &str = "delivery";

/// Stream kind of what providers ask a source; one stream per source and month, apart from the source's own, since
/// whoever knows the address can make it grow.
pub const HANDSHAKES_STREAM: &str = "handshakes";

/// The stream of what a source is asked in the month of `at`: its own id, with the time of the month's beginning.
pub fn handshakes_of(source_id: SourceId, at: Timestamp) -> HandshakesId {
    const BELOW_THE_TIME: u128 = (1 << 80) - 1;
    let month = at.to_offset(time::UtcOffset::UTC).date().replace_day(1).unwrap_or_else(|_| at.date());
    let unix_ms = month.midnight().assume_utc().unix_timestamp() as u128 * 1000;
    HandshakesId::from_uuid(Uuid::from_u128((unix_ms << 80) | (source_id.uuid().as_u128() & BELOW_THE_TIME)))
}

/// `handshake.answered`: a provider asked whether it may send. Payload: [`HandshakeAnswered`].
pub const HANDSHAKE_ANSWERED: &str = "handshake.answered";
/// `message.accepted`, with [`MessageReceived`] as payload and the exact body.
pub const MESSAGE_ACCEPTED: &str = "message.accepted";
/// `message.quarantined`, with [`MessageReceived`] as payload and the exact body.
pub const MESSAGE_QUARANTINED: &str = "message.quarantined";
/// `message.reverified`: what was quarantined was judged again. Payload: [`MessageReverified`].
pub const MESSAGE_REVERIFIED: &str = "message.reverified";
/// `message.released`: what was quarantined is delivered after all. Payload: [`MessageReleased`].
pub const MESSAGE_RELEASED: &str = "message.released";
/// `message.duplicate_found`: what was quarantined repeats what was accepted. Payload: [`DuplicateFound`].
pub const MESSAGE_DUPLICATE_FOUND: &str = "message.duplicate_found";
/// `delivery.attempted`, with [`DeliveryAttempted`] as payload and what was kept of the answer as body.
pub const DELIVERY_ATTEMPTED: &str = "delivery.attempted";
/// `delivery.resend_requested`: a person wants one more attempt. Payload: [`ResendRequested`].
pub const DELIVERY_RESEND_REQUESTED: &str = "delivery.resend_requested";
/// `delivery.created`: a delivery that was not made with its message, but by a replay or a resend. Payload:
/// [`DeliveryCreated`].
pub const DELIVERY_CREATED: &str = "delivery.created";
/// `delivery.cancelled`: it waited, and is given up. Payload: [`DeliveryCancelled`].
pub const DELIVERY_CANCELLED: &str = "delivery.cancelled";

/// Why a delivery that waited was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelCause {
    /// The endpoint was disabled.
    EndpointDisabled,
    /// The endpoint was deleted.
    EndpointDeleted,
    /// The endpoint answered 410 Gone, and was disabled for it.
    EndpointGone,
    /// The replay that made it was cancelled.
    ReplayCancelled,
}

impl CancelCause {
    /// Every cause there is.
    pub const ALL: [Self; 4] =
        [Self::EndpointDisabled, Self::EndpointDeleted, Self::EndpointGone, Self::ReplayCancelled];

    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndpointDisabled => "endpoint_disabled",
            Self::EndpointDeleted => "endpoint_deleted",
            Self::EndpointGone => "endpoint_gone",
            Self::ReplayCancelled => "replay_cancelled",
        }
    }

    /// The cause of a stored name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text)
    }
}

/// One endpoint that a message goes to, as decided when it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedDelivery {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// Where to.
    pub endpoint_id: EndpointId,
    /// The endpoint was paused: the delivery waits for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// Payload of `message.accepted` and `message.quarantined`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageReceived {
    /// The application it belongs to.
    pub application_id: ApplicationId,
    /// Where it came in; `None` when it was published by API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<SourceId>,
    /// What it is about.
    pub event_type: String,
    /// The publisher's own id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The provider's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_event_id: Option<String>,
    /// The channels it was published on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<String>>,
    /// The request's headers in order, as received; empty when it was published by API.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<ReceivedHeader>,
    /// How it came in; `None` when it was published by API, or came in before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound: Option<InboundFacts>,
    /// It is for this endpoint alone: a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_endpoint_id: Option<EndpointId>,
    /// Why it was quarantined: one line that names no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// What does not fit the schema of its event type: it was accepted all the same, and is flagged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schema_faults: Vec<SchemaFault>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<PlannedDelivery>,
}

/// How the refusal begins of what repeats an accepted message with another body. By these words it is told from what
/// was refused because something is wrong: the row of a message says nothing else of it.
pub const ALTERED_REFUSAL: &str = "it repeats ";

/// How a request came in, and what was found out about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InboundFacts {
    /// `POST`.
    pub method: String,
    /// The full URL as the provider knows it: some sign it.
    pub url: String,
    /// The address it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// `verified`, `authenticated`, `failed`, `unattempted`.
    pub verdict: String,
    /// What gave the verdict, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// By what a repetition is recognised: `event_id`, `event_ids`, `webhook_id`, `content_hash`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe_rung: Option<String>,
    /// The events of a body that is a list of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<InboundItem>,
    /// Only the beginning of the body was kept: it was larger than allowed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// What was accepted, and is repeated here with another body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<MessageId>,
}

/// One event of a body that is a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InboundItem {
    /// The provider's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
}

/// Payload of `message.reverified`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageReverified {
    /// What is known now.
    pub verdict: String,
    /// What gave the verdict, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why it is still not believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// What it is about, now that it may be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// The provider's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_event_id: Option<String>,
    /// By what a repetition is recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe_rung: Option<String>,
    /// The events of a body that is a list of them, now that it may be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<InboundItem>,
}

/// Payload of `message.released`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageReleased {
    /// What was known when it was released: a person may release what was not verified.
    pub verdict: String,
    /// What does not fit the schema of its event type: it is delivered all the same, and flagged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schema_faults: Vec<SchemaFault>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<PlannedDelivery>,
}

/// Payload of `message.duplicate_found`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateFound {
    /// The message that it repeats.
    pub duplicate_of: MessageId,
}

/// One header as received. Bytes that are not UTF-8 are kept in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceivedHeader {
    /// As it was sent; what came by HTTP/2 is in lower case.
    pub name: String,
    /// The value; base64 if `is_base64`.
    pub value: String,
    /// Whether the value was not UTF-8.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_base64: bool,
}

/// Payload of `delivery.attempted`. The event's id is the attempt's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryAttempted {
    /// What was delivered.
    pub message_id: MessageId,
    /// Where to.
    pub endpoint_id: EndpointId,
    /// From 1.
    pub number: u32,
    /// Asked for by a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub manual: bool,
    /// The URL it went to.
    pub url: String,
    /// What was sent, secrets redacted.
    pub request_headers: Vec<(String, String)>,
    /// The answer's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The answer's headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_headers: Vec<(String, String)>,
    /// Whether the answer was longer than what is kept of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub response_truncated: bool,
    /// Why it failed; `None`: it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureReason>,
    /// From the first byte of work to the outcome.
    pub duration_ms: u32,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "TimestampSchema")]
    pub attempted_at: Timestamp,
    /// Where the delivery stands now: `succeeded`, `retrying`, `exhausted`.
    pub state: String,
    /// When the next attempt is due.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    #[schemars(with = "Option<TimestampSchema>")]
    pub due_at: Option<Timestamp>,
}

/// Payload of `delivery.resend_requested`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResendRequested {
    /// What is delivered.
    pub message_id: MessageId,
    /// Where to.
    pub endpoint_id: EndpointId,
}

/// Payload of `delivery.created`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryCreated {
    /// What is delivered.
    pub message_id: MessageId,
    /// Where to.
    pub endpoint_id: EndpointId,
    /// The application of both.
    pub application_id: ApplicationId,
    /// What the message is about.
    pub event_type: String,
    /// The replay that made it; `None`: a person resent the message to an endpoint that had not got it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay_id: Option<ReplayId>,
}

/// Payload of `delivery.cancelled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryCancelled {
    /// What is not delivered.
    pub message_id: MessageId,
    /// Where to.
    pub endpoint_id: EndpointId,
    /// Why.
    pub because: CancelCause,
}

/// Payload of `handshake.answered`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandshakeAnswered {
    /// Who was asked.
    pub source_id: SourceId,
    /// Which exchange: `slack_url_verification`.
    pub handshake: String,
    /// The status of the answer.
    pub status: u16,
    /// An address that a person has to open to confirm; it is never opened by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribe_url: Option<String>,
    /// The provider said that it will send no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revoked: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn causes_are_read_as_they_are_stored() {
        for cause in CancelCause::ALL {
            assert_eq!(CancelCause::parse(cause.as_str()), Some(cause));
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.as_str());
        }
        assert_eq!(CancelCause::parse("boredom"), None);
    }

    #[test]
    fn handshakes_of_a_source_share_a_stream_for_a_month() {
        let (one, other) = (SourceId::generate(), SourceId::generate());
        let first = handshakes_of(one, datetime!(2026-11-01 00:00 UTC));
        assert_eq!(first, handshakes_of(one, datetime!(2026-11-30 23:59:59 UTC)));
        assert_ne!(first, handshakes_of(one, datetime!(2026-12-01 00:00 UTC)));
        assert_ne!(first, handshakes_of(other, datetime!(2026-11-01 00:00 UTC)));
        assert_eq!(first.uuid().get_version_num(), 7);
    }
}
