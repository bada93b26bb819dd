//! The words everything else is written in: ids, validated text, secrets, time, actors.
//!
//! Safe for wasm: no IO, no clock reading outside [`time::Clock`], nothing that needs a thread.

pub mod actor;
pub mod browser;
pub mod failure;
pub mod id;
pub mod redaction;
pub mod secret;
pub mod text;
pub mod time;
pub mod validation;

pub use actor::{Actor, Metadata};
pub use browser::browser_name;
pub use failure::FailureReason;
pub use id::{
    ApiKeyId, ApplicationId, AttemptId, BillingId, BrowserId, ConnectionId, DeliveryId, EndpointId, EventId,
    HandshakesId, IdError, InvitationId, MailId, MemberId, MessageId, RecoveryId, ReplayId, RetentionId, SessionId,
    SourceId, TenantId,
};
pub use redaction::{REDACTED, is_harmless_header, masked_url};
pub use secret::Secret;
pub use text::{Email, EndpointUrl, EventType, Name, TextError};
pub use time::{Clock, FixedClock, SystemClock, Timestamp};
pub use validation::{SchemaFault, Validation};
