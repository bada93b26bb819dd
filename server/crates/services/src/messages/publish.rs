//! Publishing: a message made by a program.

use super::{Messages, not_accepted};
use crate::validate::looks_like_an_id;
use bytes::Bytes;
use hookreel_auth::Caller;
use hookreel_contract::{ApiError, FieldError};
use hookreel_delivery::NewMessage;
use hookreel_kernel::{ApplicationId, EndpointId, EventType, MessageId, Metadata, SchemaFault, Timestamp};

/// The most bytes a published payload may have.
const PAYLOAD_BYTES_MAX: usize = 1 << 20;
/// The most channels a message may have.
const CHANNELS_MAX: usize = 5;
/// The most characters of a channel or of a message's own id.
const NAME_CHARS_MAX: usize = 256;

/// What is published.
#[derive(Debug, Clone)]
pub struct PublishInput {
    /// `invoice.paid`.
    pub event_type: String,
    /// A JSON object, exactly as it will be sent.
    pub payload: Bytes,
    /// The publisher's own id of it: a second message with the same one is refused.
    pub uid: Option<String>,
    /// Endpoints that name channels get only messages on one of them.
    pub channels: Option<Vec<String>>,
    /// Goes to this endpoint alone, whatever its filters say.
    pub only_endpoint: Option<EndpointId>,
    /// The id it must have, so that trying again makes nothing new.
    pub idempotency: Option<MessageId>,
}

/// A message that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedMessage {
    /// Its id; also the `webhook-id` that receivers see.
    pub id: MessageId,
    /// What it is about.
    pub event_type: String,
    /// The publisher's own id of it.
    pub uid: Option<String>,
    /// The channels it is on.
    pub channels: Option<Vec<String>>,
    /// What does not fit the schema of its event type: it is flagged.
    pub schema_faults: Vec<SchemaFault>,
    /// When it was taken in.
    pub created_at: Timestamp,
    /// It was there already, under the id it had to have.
    pub duplicate: bool,
}

impl Messages {
    /// Takes in a message; returns when it and everything that follows from it is durable.
    ///
    /// The application must be one of the caller's: it comes from `Applications::get` or `default_id`.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] by field, also for what does not fit the schema of its event type when that is to be rejected;
    /// [`ApiError::Conflict`] when another message has the same own id; [`ApiError::QuotaExceeded`] when the plan's
    /// messages of this month are used up.
    pub async fn publish(
        &self,
        caller: &Caller,
        application_id: ApplicationId,
        input: PublishInput,
    ) -> Result<PublishedMessage, ApiError> {
        check(&input)?;
        self.plans.check_messages(caller.tenant_id()).await?;
        let judged = self.schemas.judge(caller.tenant_id(), &input.event_type, &input.payload).await?;
        let schema_faults = judged.for_publisher()?;
        let message_id = input.idempotency.unwrap_or_else(MessageId::generate);
        let message = NewMessage {
            tenant_id: caller.tenant_id(),
            message_id,
            application_id,
            source_id: None,
            event_type: input.event_type.clone(),
            uid: input.uid.clone(),
            provider_event_id: None,
            channels: input.channels.clone(),
            headers: Vec::new(),
            body: input.payload,
            only_endpoint: input.only_endpoint,
            received: None,
            refusal: None,
            schema_faults: schema_faults.clone(),
            metadata: Metadata::by(caller.actor().clone()),
        };
        let accepted = self.engine.accept(message).await.map_err(|error| not_accepted(&error))?;
        if accepted.is_duplicate && accepted.message_id != message_id {
            return Err(ApiError::conflict(format!(
                "eventId: a message with this id exists already ({})",
                accepted.message_id
            )));
        }
        Ok(PublishedMessage {
            id: accepted.message_id,
            event_type: input.event_type,
            uid: input.uid,
            channels: input.channels,
            schema_faults,
            created_at: accepted.received_at,
            duplicate: accepted.is_duplicate,
        })
    }
}

/// Checks everything at once, so that all wrong fields are named in one answer. Fields are named as in the REST API.
fn check(input: &PublishInput) -> Result<(), ApiError> {
    let mut fields = Vec::new();
    if let Err(error) = EventType::parse(&input.event_type) {
        fields.push(FieldError::new("eventType", error.to_string()));
    }
    if input.payload.len() > PAYLOAD_BYTES_MAX {
        fields.push(FieldError::new("payload", format!("must be at most {PAYLOAD_BYTES_MAX} bytes long")));
    }
    if let Some(uid) = &input.uid {
        if let Err(message) = check_name(uid) {
            fields.push(FieldError::new("eventId", message));
        } else if looks_like_an_id(uid) {
            // Asked for by this name later on, it would be looked up as the id that it is not.
            fields.push(FieldError::new("eventId", "must not look like one of Hookreel's own ids"));
        }
    }
    for channel in input.channels.iter().flatten() {
        if let Err(message) = check_name(channel) {
            fields.push(FieldError::new("channels", message));
        }
    }
    if input.channels.as_ref().is_some_and(|channels| channels.is_empty() || channels.len() > CHANNELS_MAX) {
        fields.push(FieldError::new("channels", format!("must be 1 to {CHANNELS_MAX} channels")));
    }
    if fields.is_empty() { Ok(()) } else { Err(ApiError::Invalid { fields }) }
}

/// Svix's alphabet for ids and channels: letters, digits, `-`, `_`, `.`, and `:` in channels of some customers.
fn check_name(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if text.len() > NAME_CHARS_MAX {
        return Err(format!("must be at most {NAME_CHARS_MAX} characters long"));
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b':');
    if text.bytes().all(allowed) {
        Ok(())
    } else {
        Err("may contain only letters, digits, `.`, `_`, `-`, `:`".to_owned())
    }
}
