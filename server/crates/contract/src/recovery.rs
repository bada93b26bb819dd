//! What GitHub failed to deliver, and what was asked for again.

use hookreel_kernel::{MessageId, RecoveryId, SourceId, Timestamp};
use serde::{Deserialize, Serialize};

/// How long GitHub remembers deliveries, in hours.
pub const KEPT_BY_GITHUB_H: u32 = 72;

/// Which failed deliveries are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MissedRange {
    /// At or after; as far back as GitHub remembers if not given.
    pub since: Option<Timestamp>,
    /// Before; until now if not given.
    pub until: Option<Timestamp>,
}

/// Deliveries of which every attempt of GitHub failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedList {
    /// Deliveries at or after.
    pub since: Timestamp,
    /// Deliveries before.
    pub until: Timestamp,
    /// Oldest first.
    pub deliveries: Vec<MissedRow>,
    /// Whether GitHub's list was read to its end; otherwise older ones are missing.
    pub is_complete: bool,
}

impl MissedList {
    /// How many have not come in since.
    pub fn lost(&self) -> u64 {
        self.deliveries.iter().filter(|missed| missed.arrived.is_none()).count() as u64
    }
}

/// A delivery of which every attempt of GitHub failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedRow {
    /// What the receiver sees as `X-GitHub-Delivery`.
    pub guid: String,
    /// `push`.
    pub event: String,
    /// `opened`.
    pub action: Option<String>,
    /// The status of the last attempt; `None`: there was no answer.
    pub status: Option<u16>,
    /// GitHub's words for how the last attempt ended.
    pub outcome: String,
    /// How many attempts GitHub made.
    pub attempts: usize,
    /// When the last was made.
    pub failed_at: Timestamp,
    /// The message that it became after all.
    pub arrived: Option<MessageId>,
}

/// What was asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryView {
    /// Its id.
    pub id: RecoveryId,
    /// Where it is to come in.
    pub source_id: SourceId,
    /// What that is called.
    pub source_name: String,
    /// `owner/name`.
    pub repository: String,
    /// Deliveries at or after.
    pub since: Timestamp,
    /// Deliveries before.
    pub until: Timestamp,
    /// `running`, `finished`, `stopped` or `cancelled`.
    pub state: String,
    /// Why it was stopped.
    pub reason: String,
    /// Why it waits, and until when.
    pub waiting: Option<(String, Timestamp)>,
    /// How many deliveries it is about.
    pub total: u64,
    /// Asked for.
    pub requested: u64,
    /// Not delivered again by the provider.
    pub refused: u64,
    /// Come in before they were asked for.
    pub arrived: u64,
    /// Of those asked for: come in by now.
    pub recovered: u64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl RecoveryView {
    /// Of how many deliveries it is known what becomes of them.
    pub const fn handled(&self) -> u64 {
        self.requested + self.refused + self.arrived
    }
}

/// A recovery with all its deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryDetail {
    /// The recovery.
    pub recovery: RecoveryView,
    /// In the order in which they are asked for.
    pub deliveries: Vec<RecoveryRow>,
}

/// One delivery of a recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryRow {
    /// What the receiver sees as `X-GitHub-Delivery`.
    pub guid: String,
    /// `push`.
    pub event: String,
    /// `opened`.
    pub action: Option<String>,
    /// The status of the attempt that failed; `None`: there was no answer.
    pub status: Option<u16>,
    /// When it failed.
    pub failed_at: Timestamp,
    /// `waiting`, `requested`, `refused` or `arrived`.
    pub outcome: String,
    /// Why it was refused.
    pub reason: String,
    /// The message that it became.
    pub message_id: Option<MessageId>,
}
