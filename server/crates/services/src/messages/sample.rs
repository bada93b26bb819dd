//! A signed sample: what the provider would send, by the same way as everything it sends.

use super::receive::{Origin, ReceiveAnswer, ReceiveRefusal, ReceivedRequest};
use super::{Messages, not_found};
use crate::error::failed;
use crate::sources::inbound_source;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_ingest::{SampleEvent, SignProblem, sign, specimen};
use hookreel_kernel::{EventId, MessageId, SourceId};

/// What a sample is about.
const EVENT_TYPE: &str = "hookreel.sample";

impl Messages {
    /// Plays the source's provider: signs an event with the source's own secret, and receives it. Says as which message
    /// it was kept. What the source asks of strangers (address, method, content type) is not asked of it; its signature is.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Conflict`] when there is no secret yet, when only the provider itself can
    /// sign, or when the source refuses the sample.
    pub async fn receive_sample(&self, caller: &Caller, id: SourceId) -> Result<MessageId, ApiError> {
        let found = inbound_source(&self.database, &self.secrets, caller.tenant_id(), id).await;
        let source = found.map_err(failed)?.ok_or_else(|| ApiError::not_found("Source"))?;
        // Before a secret is asked for, which would not help.
        if !source.rule.provider().can_be_played() {
            return Err(cannot_be_made(SignProblem::CannotBePlayed));
        }
        let secret = source.secrets.first().ok_or_else(|| ApiError::conflict("Set the source's secret first."))?;
        let path_and_query = "/in/sample".to_owned();
        let url = self.asked_url(&source, &path_and_query);
        let event_id = format!("sample_{}", EventId::generate().uuid().simple());
        let body = specimen(&source.rule, &event_id, EVENT_TYPE);
        let event = SampleEvent { id: &event_id, event_type: EVENT_TYPE, public_url: &url, body: &body };
        let sample = sign(&source.rule, secret, event, self.clock.now()).map_err(cannot_be_made)?;
        let mut headers: Vec<(String, Vec<u8>)> =
            sample.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value.into_bytes())).collect();
        headers.push(("content-type".to_owned(), sample.content_type.as_bytes().to_vec()));
        let request = ReceivedRequest {
            method: "POST".to_owned(),
            path_and_query,
            headers,
            body: sample.body.into(),
            larger_than: None,
            is_truncated: false,
            sender: None,
        };
        match self.receive_from(Origin::Ourselves, &source, request).await {
            Ok(ReceiveAnswer::Stored(received)) => Ok(received.message_id),
            Ok(ReceiveAnswer::Handshake(_)) => Err(not_found()),
            Err(ReceiveRefusal::Refused { reason, .. }) => {
                Err(ApiError::conflict(format!("It was refused: {reason}.")))
            }
            Err(ReceiveRefusal::NotStored(error)) => Err(error),
        }
    }
}

fn cannot_be_made(problem: SignProblem) -> ApiError {
    ApiError::conflict(format!("A sample cannot be made: {problem}."))
}
