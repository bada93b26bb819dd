//! Attempts and destinations as they are answered.

use super::super::endpoint::EndpointOut;
use super::super::message::MessageOut;
use hookreel_contract::views::{DeliveryRow, DeliveryState, EndpointView};
use hookreel_kernel::{AttemptId, EndpointId, FailureReason, MessageId};
use hookreel_services::deliveries::MessageAttempt;
use serde::{Serialize, Serializer};
use std::str::FromStr;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// How it went, as the Svix API numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Success = 0,
    Pending = 1,
    Fail = 2,
    Sending = 3,
    Canceled = 4,
}

impl Status {
    const fn text(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Pending => "pending",
            Self::Fail => "fail",
            Self::Sending => "sending",
            Self::Canceled => "canceled",
        }
    }

    const fn of_delivery(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Succeeded => Self::Success,
            DeliveryState::Pending | DeliveryState::Retrying => Self::Pending,
            DeliveryState::InFlight => Self::Sending,
            DeliveryState::Exhausted => Self::Fail,
            DeliveryState::Cancelled => Self::Canceled,
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}

impl FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Success, Self::Pending, Self::Fail, Self::Sending, Self::Canceled]
            .into_iter()
            .find(|status| text.parse() == Ok(*status as u8))
            .ok_or(())
    }
}

/// One HTTP try.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MessageAttemptOut)]
pub(super) struct AttemptOut {
    #[schema(value_type = String, example = "atmpt_01h455vb4pex5vsknk084sn02q")]
    id: AttemptId,
    #[schema(value_type = String)]
    msg_id: MessageId,
    #[schema(value_type = String)]
    endpoint_id: EndpointId,
    /// Where it went.
    url: String,
    /// What the endpoint answered, at most 32 KiB of it.
    response: String,
    /// The answer's status; 0 if there was no answer.
    response_status_code: u16,
    response_duration_ms: u32,
    /// 0: answered with 2xx; 2: failed.
    #[schema(value_type = u8)]
    status: Status,
    /// `success` or `fail`.
    status_text: &'static str,
    /// Why it failed: `timeout`, `connection_refused` …
    #[schema(value_type = Option<String>)]
    failure: Option<FailureReason>,
    /// 0: scheduled; 1: asked for by somebody.
    trigger_type: u8,
    #[serde(with = "time::serde::rfc3339")]
    timestamp: OffsetDateTime,
    /// Only with `with_msg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    msg: Option<MessageOut>,
}

impl AttemptOut {
    pub(super) fn of(attempt: MessageAttempt, with_content: bool, msg: Option<MessageOut>) -> Self {
        let MessageAttempt { view, message_id, endpoint_id, .. } = attempt;
        let status = if view.succeeded { Status::Success } else { Status::Fail };
        Self {
            id: view.id,
            msg_id: message_id,
            endpoint_id,
            url: view.url,
            response: if with_content { view.response_body.text } else { String::new() },
            response_status_code: view.status.unwrap_or(0),
            response_duration_ms: view.duration_ms,
            status,
            status_text: status.text(),
            failure: view.failure,
            trigger_type: u8::from(view.manual),
            timestamp: view.attempted_at,
            msg,
        }
    }
}

/// An endpoint that a message goes to, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MessageEndpointOut)]
pub(super) struct DestinationOut {
    #[serde(flatten)]
    endpoint: EndpointOut,
    /// 0: succeeded; 1: waiting; 2: failed for good; 3: being sent; 4: cancelled.
    #[schema(value_type = u8)]
    status: Status,
    /// `success`, `pending`, `fail`, `sending` or `canceled`.
    status_text: &'static str,
    /// When the next attempt is due.
    #[serde(with = "time::serde::rfc3339::option")]
    next_attempt: Option<OffsetDateTime>,
}

impl DestinationOut {
    pub(super) fn of(endpoint: EndpointView, delivery: &DeliveryRow) -> Self {
        let status = Status::of_delivery(delivery.state);
        Self { endpoint: endpoint.into(), status, status_text: status.text(), next_attempt: delivery.due_at }
    }
}
