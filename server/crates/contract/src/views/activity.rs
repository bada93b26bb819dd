//! The overview, replays, the event log.

use hookreel_kernel::{ApplicationId, EndpointId, EventId, ReplayId, Timestamp};
use serde::{Deserialize, Serialize};

/// One bar of a chart over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatBucket {
    /// When it begins.
    pub at: Timestamp,
    /// Attempts that succeeded.
    pub succeeded: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Of those: after which the delivery was given up.
    pub exhausted: u64,
    /// Half of the attempts were faster, in milliseconds.
    pub p50_ms: Option<u32>,
    /// 95 % of the attempts were faster, in milliseconds.
    pub p95_ms: Option<u32>,
}

/// What kind of thing needs attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttentionKind {
    /// An endpoint's breaker is open.
    BreakerOpen,
    /// An endpoint's latest attempts all failed.
    EndpointFailing,
    /// An endpoint was disabled.
    EndpointDisabled,
    /// An endpoint is paused and deliveries wait.
    EndpointPaused,
    /// Deliveries ran out of attempts.
    DeliveriesExhausted,
    /// Received requests are in quarantine.
    MessagesQuarantined,
    /// Much or all of the plan's messages is used.
    QuotaReached,
}

/// Something that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// What it is.
    pub kind: AttentionKind,
    /// One sentence.
    pub text: String,
    /// The page to go to: a path inside the dashboard.
    pub link: String,
    /// The button's text.
    pub action: String,
}

/// Is everything arriving?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// Sources there are.
    pub sources: u32,
    /// Endpoints there are.
    pub endpoints: u32,
    /// Endpoints that are enabled with a closed breaker.
    pub endpoints_receiving: u32,
    /// Deliveries waiting to be retried.
    pub retrying: u64,
    /// Deliveries waiting for their first attempt.
    pub pending: u64,
    /// Messages accepted in the window.
    pub accepted: u64,
    /// Messages quarantined in the window.
    pub quarantined: u64,
    /// Length of the window, in hours.
    pub window_h: u32,
    /// The window in equal steps, oldest first, empty ones included.
    pub buckets: Vec<StatBucket>,
    /// Most urgent first.
    pub attention: Vec<Attention>,
}

/// History sent again on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayView {
    /// Its id.
    pub id: ReplayId,
    /// The application.
    pub application_id: ApplicationId,
    /// `None`: every enabled endpoint.
    pub endpoint_id: Option<EndpointId>,
    /// That endpoint's URL.
    pub endpoint_url: Option<String>,
    /// Messages received at or after.
    pub since: Timestamp,
    /// Messages received before.
    pub until: Timestamp,
    /// `None`: every type.
    pub event_types: Option<Vec<String>>,
    /// `all`, `failed` or `missing`.
    pub selection: String,
    /// `running`: making deliveries; `sending`: all are made, some have not ended; `finished`; `cancelled`.
    pub state: String,
    /// Deliveries it will make or bring forward, counted when it began.
    pub matched: u64,
    /// Deliveries made so far.
    pub created: u64,
    /// Of those: answered with 2xx.
    pub succeeded: u64,
    /// Of those: exhausted.
    pub failed: u64,
    /// Of those: cancelled.
    pub cancelled: u64,
    /// Deliveries that were to be retried later anyway: not made again, but brought forward.
    pub brought_forward: u64,
    /// When it began.
    pub created_at: Timestamp,
    /// When its last delivery had ended, or it was cancelled.
    pub finished_at: Option<Timestamp>,
}

/// One kind of event, and what it consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventKindView {
    /// `endpoint.paused`.
    pub kind: String,
    /// What it says, in a sentence.
    pub purpose: String,
    /// What its streams are called: `endpoint`.
    pub stream_kind: String,
    /// The JSON Schema of its payload.
    pub schema: serde_json::Value,
}

impl ReplayView {
    /// Whether it can be cancelled: something of it is still to be made, or to arrive.
    pub fn is_under_way(&self) -> bool {
        matches!(self.state.as_str(), "running" | "sending")
    }

    /// What needs nothing more from it: deliveries that have ended, and those that only had to be brought forward.
    pub const fn done(&self) -> u64 {
        self.succeeded + self.failed + self.cancelled + self.brought_forward
    }
}

/// Why an event happened: what led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCause {
    /// In short words: `Its message`.
    pub words: String,
    /// The stream of what led to it, in its textual form, if that is known: `msg_…`.
    pub stream: Option<String>,
}

/// One event of the event log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// The place in the tenant's own order, from 1, without gaps.
    pub tenant_sequence: u64,
    /// The place in the whole store.
    pub position: u64,
    /// `endpoint`.
    pub stream_kind: String,
    /// The stream's id in its textual form: `ep_…`.
    pub stream: String,
    /// The place in the stream, from 1.
    pub stream_version: u32,
    /// `endpoint.paused`.
    pub kind: String,
    /// What happened, as JSON text.
    pub payload: String,
    /// Who did it.
    pub actor: String,
    /// Its own id.
    pub event_id: EventId,
    /// The event that began all that it belongs to.
    pub correlation_id: Option<EventId>,
    /// Why; `None`: somebody simply did it, or nothing of what led to it is kept.
    pub cause: Option<EventCause>,
    /// When.
    pub recorded_at: Timestamp,
}
