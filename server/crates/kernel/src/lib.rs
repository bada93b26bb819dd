//! The words everything else is written in: ids, validated text, secrets, time, actors.
//!
//! Safe for wasm: no IO, no clock reading outside [`time::Clock`], nothing that needs a thread.

pub mod actor;
pub mod failure;
pub mod id;
pub mod secret;
pub mod text;
pub mod time;

pub use actor::{Actor, Metadata};
pub use failure::FailureReason;
pub use id::{
    ApiKeyId, ApplicationId, AttemptId, BillingId, DeliveryId, EndpointId, EventId, HandshakesId, IdError, MemberId,
    MessageId, ReplayId, RetentionId, SessionId, SourceId, TenantId,
};
pub use secret::Secret;
pub use text::{Email, EndpointUrl, EventType, Name, TextError};
pub use time::{Clock, FixedClock, SystemClock, Timestamp};
