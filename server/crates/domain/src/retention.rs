//! The fact that old history is not shown any more: the payload of its event, exactly as stored.

use hookreel_kernel::Timestamp;
use hookreel_kernel::time::TimestampSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Stream kind of removals: each is a stream of one event.
pub const RETENTION_STREAM: &str = "retention";
/// `retention.applied`, with [`RetentionApplied`] as payload.
pub const RETENTION_APPLIED: &str = "retention.applied";

/// Payload of `retention.applied`: rows that were removed from what is shown. Events are never removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetentionApplied {
    /// For how many days history is kept.
    pub days: u32,
    /// What is older than this was removed.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "TimestampSchema")]
    pub before: Timestamp,
    /// Messages.
    pub messages: u64,
    /// Deliveries of them.
    pub deliveries: u64,
    /// Attempts of those.
    pub attempts: u64,
}
