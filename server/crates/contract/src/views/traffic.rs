//! Messages, deliveries, attempts.

use super::configuration::EndpointState;
use hookreel_kernel::{
    ApplicationId, AttemptId, DeliveryId, EndpointId, FailureReason, MessageId, ReplayId, SchemaFault, SourceId,
    Timestamp,
};
use serde::{Deserialize, Serialize};

/// What became of a payload when it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Delivered to every matching endpoint.
    Accepted,
    /// Refused, kept, never delivered.
    Quarantined,
    /// It was quarantined, and repeats what was accepted: there is nothing to deliver.
    Duplicate,
}

impl MessageState {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Quarantined => "quarantined",
            Self::Duplicate => "duplicate",
        }
    }
}

macro_rules! delivery_states {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        /// Where a delivery stands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum DeliveryState {$(
            $(#[$doc])*
            #[serde(rename = $text)]
            $name,
        )+}

        impl DeliveryState {
            /// Every state there is, in the order of a delivery's life.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stored name.
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$name => $text),+}
            }

            /// The state of a stored name.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

delivery_states! {
    /// No attempt yet.
    Pending = "pending";
    /// An attempt is under way and has been for a while.
    InFlight = "in_flight";
    /// An attempt was answered with 2xx.
    Succeeded = "succeeded";
    /// Attempts failed, another one is due.
    Retrying = "retrying";
    /// Every attempt failed.
    Exhausted = "exhausted";
    /// Given up on purpose: the endpoint was deleted or disabled, or its replay cancelled.
    Cancelled = "cancelled";
}

/// How many deliveries of a message stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryCounts {
    /// Answered with 2xx.
    pub succeeded: u32,
    /// Pending, in flight or retrying.
    pub waiting: u32,
    /// Exhausted.
    pub failed: u32,
    /// Cancelled: given up on purpose.
    pub cancelled: u32,
}

/// One message in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    /// Its id; also the `webhook-id` that receivers see.
    pub id: MessageId,
    /// The application it belongs to.
    pub application_id: ApplicationId,
    /// Where it came in; `None` when it was published by API.
    pub source_id: Option<SourceId>,
    /// What that source is called.
    pub source_name: Option<String>,
    /// What it is about.
    pub event_type: String,
    /// Accepted, quarantined or a duplicate.
    pub state: MessageState,
    /// The publisher's own id of it.
    pub uid: Option<String>,
    /// The provider's id of it.
    pub provider_event_id: Option<String>,
    /// The channels it was published on.
    pub channels: Option<Vec<String>>,
    /// The body's size.
    pub body_bytes: u64,
    /// What is known about its origin: `verified`, `authenticated`, `failed`, `unattempted`; `None`: published by API.
    pub verdict: Option<String>,
    /// By what a repetition of it is recognised: `event_id`, `event_ids`, `webhook_id`, `content_hash`.
    pub dedupe_rung: Option<String>,
    /// Why it was quarantined.
    pub refusal: Option<String>,
    /// What does not fit the schema of its event type: not empty, it is flagged.
    pub schema_faults: Vec<SchemaFault>,
    /// When it came in.
    pub received_at: Timestamp,
    /// What became of it.
    pub deliveries: DeliveryCounts,
}

/// What was found out about a received message, beyond what its row says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What gave the verdict, for a person.
    pub rule: Option<String>,
    /// How many events its body is a list of; 0: it is none.
    pub items: u64,
}

/// The exact bytes of a body, in the way a person can look at them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The body if it is UTF-8, a hex dump if not; cut at 256 KiB.
    pub text: String,
    /// Whether `text` is a hex dump.
    pub is_hex: bool,
    /// Whether `text` was cut.
    pub is_cut: bool,
    /// The whole body's size.
    pub bytes: u64,
}

/// How a message came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundView {
    /// `POST`.
    pub method: String,
    /// The address it came from.
    pub sender: Option<String>,
    /// What the first look at who sent it has shown; the row has what the last one has.
    pub verdict: String,
    /// What gave that verdict, for a person.
    pub rule: Option<String>,
    /// Why it was put into quarantine then; `None`: it was accepted.
    pub refusal: Option<String>,
    /// The events of a body that is a list of them: id and type.
    pub items: Vec<(Option<String>, Option<String>)>,
    /// Only the beginning of the body was kept: it was larger than allowed.
    pub is_truncated: bool,
    /// What was accepted, and is repeated here with another body.
    pub repeats: Option<MessageId>,
    /// What was done with it in quarantine, oldest first; the last hundred things.
    pub quarantine: Vec<QuarantineStep>,
}

/// One thing that was done with a message in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineStep {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// What.
    pub what: QuarantineStepKind,
}

/// What was done with a message in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuarantineStepKind {
    /// It was judged again.
    VerifiedAgain {
        /// What is known since.
        verdict: String,
        /// What gave the verdict, for a person.
        rule: Option<String>,
        /// Why it was not believed then either.
        refusal: Option<String>,
    },
    /// It was let into delivery.
    Released {
        /// What was known then.
        verdict: String,
        /// The endpoints that it matched then.
        matched: Vec<EndpointId>,
    },
    /// It was to be released, and repeats what was accepted.
    DuplicateFound {
        /// What it repeats.
        duplicate_of: MessageId,
    },
}

/// One message with everything about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageDetail {
    /// The message.
    pub row: MessageRow,
    /// How it came in; `None` when it was published by API.
    pub inbound: Option<InboundView>,
    /// As received, in order; empty when it was published by API.
    pub headers: Vec<(String, String)>,
    /// As received.
    pub body: Body,
    /// It is for this endpoint alone: a test.
    pub only_endpoint_id: Option<EndpointId>,
    /// The endpoints that it matched when it was accepted or released; of a test, the one that it is for.
    pub matched: Vec<EndpointId>,
    /// How many others have got a delivery of it since: by a replay, or by hand.
    pub sent_later: u64,
    /// One per endpoint it went to, and per replay; the first [`MessageDetail::DELIVERIES_MAX`].
    pub deliveries: Vec<DeliveryRow>,
    /// What happened to the deliveries, oldest first; the first few hundred.
    pub steps: Vec<DeliveryStep>,
}

impl MessageDetail {
    /// So many deliveries of one message are shown with it.
    pub const DELIVERIES_MAX: usize = 500;
}

/// An endpoint that has no delivery of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOver {
    /// Which.
    pub endpoint_id: EndpointId,
    /// Where it is.
    pub url: String,
    /// What it wanted when the message was given out; `None`: it did not exist yet.
    pub then: Option<EndpointThen>,
}

/// What an endpoint wanted at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointThen {
    /// Whether it got anything at all.
    pub state: EndpointState,
    /// Only these event types; `None`: all.
    pub filter_types: Option<Vec<String>>,
    /// Only messages on one of these channels; `None`: all.
    pub filter_channels: Option<Vec<String>>,
    /// Only what came in at these sources; `None`: all.
    pub filter_sources: Option<Vec<SourceId>>,
}

/// One thing that happened to a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryStep {
    /// Which.
    pub delivery_id: DeliveryId,
    /// When; of several, the first.
    pub at: Timestamp,
    /// What.
    pub what: DeliveryStepKind,
}

/// What can happen to a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryStepKind {
    /// One HTTP try.
    Attempt {
        /// From 1.
        number: u32,
        /// Asked for by a person.
        manual: bool,
        /// The answer's status.
        status: Option<u16>,
        /// Why it failed; `None`: it succeeded.
        failure: Option<FailureReason>,
        /// How long it took.
        duration_ms: u32,
    },
    /// It was put off without an attempt.
    Deferred {
        /// `breaker_open`, `endpoint_busy`, `tenant_busy`, `endpoint_paused`, `endpoint_unreadable`.
        reason: String,
        /// How often.
        times: u32,
        /// When last.
        last_at: Timestamp,
    },
}

/// One delivery in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRow {
    /// Its id.
    pub id: DeliveryId,
    /// What is delivered.
    pub message_id: MessageId,
    /// Where to.
    pub endpoint_id: EndpointId,
    /// The endpoint's URL now.
    pub endpoint_url: String,
    /// What the message is about.
    pub event_type: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// When the next attempt is due.
    pub due_at: Option<Timestamp>,
    /// The last answer's status.
    pub last_status: Option<u16>,
    /// Why the last attempt failed.
    pub last_failure: Option<FailureReason>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the last attempt was made.
    pub last_attempt_at: Option<Timestamp>,
    /// The replay that made it.
    pub replay_id: Option<ReplayId>,
    /// While it waits: why its next attempt was put off: `breaker_open`, `endpoint_busy`, `tenant_busy`,
    /// `endpoint_paused`, `endpoint_unreadable`.
    pub deferred_because: Option<String>,
    /// Why it was cancelled: `endpoint_disabled`, `endpoint_deleted`, `endpoint_gone`, `replay_cancelled`; `None` also
    /// if that was before it was kept.
    pub cancelled_because: Option<String>,
}

/// One HTTP try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptView {
    /// Its id.
    pub id: AttemptId,
    /// From 1.
    pub number: u32,
    /// Asked for by a person.
    pub manual: bool,
    /// Answered with 2xx.
    pub succeeded: bool,
    /// The URL it went to.
    pub url: String,
    /// The answer's status, if there was one.
    pub status: Option<u16>,
    /// Why it failed.
    pub failure: Option<FailureReason>,
    /// From the first byte of work to the outcome.
    pub duration_ms: u32,
    /// When it began.
    pub attempted_at: Timestamp,
    /// What was sent; secrets redacted.
    pub request_headers: Vec<(String, String)>,
    /// What came back.
    pub response_headers: Vec<(String, String)>,
    /// At most 32 KiB of the answer.
    pub response_body: Body,
    /// Whether the answer was longer than what is kept.
    pub response_truncated: bool,
}

/// One delivery with every attempt, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryDetail {
    /// The delivery.
    pub row: DeliveryRow,
    /// Every attempt.
    pub attempts: Vec<AttemptView>,
    /// For what it had to wait, oldest first.
    pub deferrals: Vec<DeliveryStep>,
}
