//! Receiving: a webhook of a provider. Verified on the raw bytes, stored, and then answered; nothing else is done here.

use super::{Messages, not_accepted};
use crate::sources::InboundSource;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hookreel_contract::ApiError;
use hookreel_delivery::NewMessage;
use hookreel_domain::traffic::ReceivedHeader;
use hookreel_ingest::{Inbound, Refusal, verify};
use hookreel_kernel::{Actor, EventType, MessageId, Metadata};

/// What a message is called whose provider says nothing that could be an event type.
const UNKNOWN_EVENT_TYPE: &str = "unknown";

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// `POST`.
    pub method: String,
    /// In order, values byte for byte.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Byte for byte.
    pub body: Bytes,
}

/// A request that was verified and is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// The message; the earlier one if it was a duplicate.
    pub message_id: MessageId,
    /// The provider had sent this event before: nothing new was stored, nothing is delivered again.
    pub is_duplicate: bool,
}

/// Why a request was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveRefusal {
    /// It failed verification, and was kept as a quarantined message.
    #[error("{reason}")]
    Quarantined {
        /// One line that names no secret.
        reason: String,
        /// What was kept.
        message_id: MessageId,
    },
    /// It could not be stored: the provider has to send it again.
    #[error("the request could not be stored; send it again")]
    NotStored(ApiError),
}

impl Messages {
    /// Verifies a request and stores it, accepted or quarantined. Returns when it is durable.
    ///
    /// # Errors
    /// See [`ReceiveRefusal`].
    pub async fn receive(&self, source: &InboundSource, request: ReceivedRequest) -> Result<Received, ReceiveRefusal> {
        let inbound = Inbound { method: &request.method, headers: &request.headers, body: &request.body };
        let verdict = verify(&source.rule, &source.secrets, &inbound, self.clock.now());
        let refusal = verdict.as_ref().err().map(Refusal::to_string);
        let (event_type, provider_event_id) = match verdict {
            Ok(verified) => (
                verified.event_type.as_deref().and_then(EventType::from_provider).map(EventType::into_string),
                verified.event_id,
            ),
            Err(_) => (None, None),
        };
        let message = NewMessage {
            tenant_id: source.tenant_id,
            message_id: MessageId::generate(),
            application_id: source.application_id,
            source_id: Some(source.source_id),
            event_type: event_type.unwrap_or_else(|| UNKNOWN_EVENT_TYPE.to_owned()),
            uid: None,
            provider_event_id,
            channels: None,
            headers: request.headers.into_iter().map(received_header).collect(),
            body: request.body,
            only_endpoint: None,
            refusal: refusal.clone(),
            metadata: Metadata::by(Actor::Source(source.source_id)),
        };
        let accepted =
            self.engine.accept(message).await.map_err(|error| ReceiveRefusal::NotStored(not_accepted(&error)))?;
        match refusal {
            Some(reason) => Err(ReceiveRefusal::Quarantined { reason, message_id: accepted.message_id }),
            None => Ok(Received { message_id: accepted.message_id, is_duplicate: accepted.is_duplicate }),
        }
    }
}

fn received_header((name, value): (String, Vec<u8>)) -> ReceivedHeader {
    // PostgreSQL's JSON cannot hold a NUL; HTTP does not allow one either, but nothing here depends on that.
    match std::str::from_utf8(&value) {
        Ok(text) if !text.contains('\0') => ReceivedHeader { name, value: text.to_owned(), is_base64: false },
        _ => ReceivedHeader { name, value: STANDARD.encode(&value), is_base64: true },
    }
}
