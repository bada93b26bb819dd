//! A recovery: what a provider failed to deliver to a source, asked for again.

use crate::aggregate::Aggregate;
use hookreel_kernel::time::TimestampSchema;
use hookreel_kernel::{SourceId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What became of one delivery that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryOutcome {
    /// It was not asked for yet.
    Waiting,
    /// The provider promised to deliver it again.
    Requested,
    /// The provider does not deliver it again.
    Refused,
    /// It had come in before it was asked for.
    Arrived,
}

impl RecoveryOutcome {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Requested => "requested",
            Self::Refused => "refused",
            Self::Arrived => "arrived",
        }
    }
}

/// One delivery that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissedDelivery {
    /// The provider's id of the event: the same at each attempt.
    pub guid: String,
    /// The attempt that is repeated.
    pub hook_delivery_id: u64,
    /// `push`.
    pub event: String,
    /// `opened`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The status of the last attempt; 0: there was no answer.
    pub status_code: u16,
    /// When the last attempt was made.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "TimestampSchema")]
    pub failed_at: Timestamp,
}

/// What is asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryPlan {
    /// Where it is to come in.
    pub source_id: SourceId,
    /// `owner/name`.
    pub repository: String,
    /// The webhook there.
    pub hook_id: u64,
    /// Deliveries at or after.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "TimestampSchema")]
    pub since: Timestamp,
    /// Deliveries before.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "TimestampSchema")]
    pub until: Timestamp,
    /// In the order in which they are asked for: the oldest first.
    pub deliveries: Vec<MissedDelivery>,
}

/// Where a recovery stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RecoveryState {
    /// It was never started.
    #[default]
    Missing,
    /// It is asking.
    Running,
    /// It has asked for all of them.
    Finished,
    /// It could not go on.
    Stopped,
    /// A person ended it.
    Cancelled,
}

impl RecoveryState {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A recovery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Where it stands.
    pub state: RecoveryState,
    /// `Some` once it was started.
    pub plan: Option<RecoveryPlan>,
    /// What became of each delivery, and why, by its guid; what is not here waits.
    pub outcomes: BTreeMap<String, (RecoveryOutcome, String)>,
    /// Why it was stopped.
    pub reason: String,
}

/// What somebody wants of a recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecoveryCommand {
    /// Begin.
    Start(RecoveryPlan),
    /// Ask for no more.
    Cancel,
}

/// What happened to a recovery. Each event says at which source, whose page is then read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum RecoveryEvent {
    /// It began.
    #[serde(rename = "recovery.started")]
    Started(RecoveryPlan),
    /// It is known what becomes of one delivery.
    #[serde(rename = "recovery.delivery_handled")]
    DeliveryHandled {
        /// At which source.
        source_id: SourceId,
        /// Names the delivery.
        guid: String,
        /// What became of it.
        outcome: RecoveryOutcome,
        /// Why it was refused.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// All of them were asked for.
    #[serde(rename = "recovery.finished")]
    Finished {
        /// At which source.
        source_id: SourceId,
    },
    /// It could not go on.
    #[serde(rename = "recovery.stopped")]
    Stopped {
        /// At which source.
        source_id: SourceId,
        /// Why.
        reason: String,
    },
    /// A person ended it.
    #[serde(rename = "recovery.cancelled")]
    Cancelled {
        /// At which source.
        source_id: SourceId,
    },
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryRejection {
    /// It is not there.
    #[error("the recovery does not exist")]
    NotFound,
    /// It is there already.
    #[error("the recovery exists already")]
    AlreadyExists,
    /// It asks for nothing any more.
    #[error("the recovery has already ended")]
    AlreadyEnded,
}

impl Aggregate for Recovery {
    const STREAM_KIND: &'static str = "recovery";
    const IS_TRAFFIC: bool = true;
    type Command = RecoveryCommand;
    type Event = RecoveryEvent;
    type Rejection = RecoveryRejection;

    fn decide(&self, command: RecoveryCommand) -> Result<Vec<RecoveryEvent>, RecoveryRejection> {
        match (command, &self.plan, self.state) {
            (RecoveryCommand::Start(plan), None, _) => Ok(vec![RecoveryEvent::Started(plan)]),
            (RecoveryCommand::Start(_), Some(_), _) => Err(RecoveryRejection::AlreadyExists),
            (RecoveryCommand::Cancel, None, _) => Err(RecoveryRejection::NotFound),
            (RecoveryCommand::Cancel, Some(plan), RecoveryState::Running) => {
                Ok(vec![RecoveryEvent::Cancelled { source_id: plan.source_id }])
            }
            (RecoveryCommand::Cancel, Some(_), RecoveryState::Cancelled) => Ok(Vec::new()),
            (RecoveryCommand::Cancel, Some(_), _) => Err(RecoveryRejection::AlreadyEnded),
        }
    }

    fn evolve(&mut self, event: &RecoveryEvent) {
        match event {
            RecoveryEvent::Started(plan) => {
                self.state = RecoveryState::Running;
                self.plan = Some(plan.clone());
            }
            RecoveryEvent::DeliveryHandled { guid, outcome, reason, .. } => {
                self.outcomes.insert(guid.clone(), (*outcome, reason.clone()));
            }
            RecoveryEvent::Finished { .. } => self.state = RecoveryState::Finished,
            RecoveryEvent::Stopped { reason, .. } => {
                self.state = RecoveryState::Stopped;
                self.reason.clone_from(reason);
            }
            RecoveryEvent::Cancelled { .. } => self.state = RecoveryState::Cancelled,
        }
    }

    fn kind(event: &RecoveryEvent) -> &'static str {
        match event {
            RecoveryEvent::Started(_) => "recovery.started",
            RecoveryEvent::DeliveryHandled { .. } => "recovery.delivery_handled",
            RecoveryEvent::Finished { .. } => "recovery.finished",
            RecoveryEvent::Stopped { .. } => "recovery.stopped",
            RecoveryEvent::Cancelled { .. } => "recovery.cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::encode;
    use crate::aggregate::spec::given;
    use time::macros::datetime;
    use uuid::Uuid;

    const SOURCE: SourceId = SourceId::from_uuid(Uuid::from_u128(1));

    fn plan() -> RecoveryPlan {
        let missed = |guid: &str| MissedDelivery {
            guid: guid.into(),
            hook_delivery_id: 12,
            event: "push".into(),
            action: None,
            status_code: 502,
            failed_at: datetime!(2026-11-22 10:00 UTC),
        };
        RecoveryPlan {
            source_id: SOURCE,
            repository: "octo/hello".into(),
            hook_id: 7,
            since: datetime!(2026-11-20 00:00 UTC),
            until: datetime!(2026-11-23 00:00 UTC),
            deliveries: vec![missed("a"), missed("b")],
        }
    }

    fn started() -> RecoveryEvent {
        RecoveryEvent::Started(plan())
    }

    #[test]
    fn a_recovery_starts_once() {
        given::<Recovery>([]).when(RecoveryCommand::Start(plan())).then([started()]);
        given::<Recovery>([started()])
            .when(RecoveryCommand::Start(plan()))
            .then_rejected(RecoveryRejection::AlreadyExists);
    }

    #[test]
    fn only_a_running_recovery_can_be_cancelled() {
        let cancelled = RecoveryEvent::Cancelled { source_id: SOURCE };
        given::<Recovery>([]).when(RecoveryCommand::Cancel).then_rejected(RecoveryRejection::NotFound);
        given::<Recovery>([started()]).when(RecoveryCommand::Cancel).then([cancelled.clone()]);
        given::<Recovery>([started(), cancelled]).when(RecoveryCommand::Cancel).then([]);
        for ended in [
            RecoveryEvent::Finished { source_id: SOURCE },
            RecoveryEvent::Stopped { source_id: SOURCE, reason: "the token is gone".into() },
        ] {
            given::<Recovery>([started(), ended])
                .when(RecoveryCommand::Cancel)
                .then_rejected(RecoveryRejection::AlreadyEnded);
        }
    }

    #[test]
    fn what_became_of_each_delivery_is_remembered() {
        let handled = |guid: &str, outcome, reason: &str| RecoveryEvent::DeliveryHandled {
            source_id: SOURCE,
            guid: guid.into(),
            outcome,
            reason: reason.into(),
        };
        let gone = handled("b", RecoveryOutcome::Refused, "GitHub no longer has it");
        let state = given::<Recovery>([started(), handled("a", RecoveryOutcome::Requested, ""), gone]).0;
        assert_eq!(state.outcomes["a"], (RecoveryOutcome::Requested, String::new()));
        assert_eq!(state.outcomes["b"], (RecoveryOutcome::Refused, "GitHub no longer has it".into()));
    }

    #[test]
    fn every_event_says_at_which_source_it_happened() {
        let source_id = SOURCE;
        for event in [
            started(),
            RecoveryEvent::DeliveryHandled {
                source_id,
                guid: "a".into(),
                outcome: RecoveryOutcome::Arrived,
                reason: String::new(),
            },
            RecoveryEvent::Finished { source_id },
            RecoveryEvent::Stopped { source_id, reason: String::new() },
            RecoveryEvent::Cancelled { source_id },
        ] {
            let payload: serde_json::Value = serde_json::from_str(&encode::<Recovery>(&event).unwrap()).unwrap();
            assert_eq!(payload["source_id"], SOURCE.to_string(), "{}", Recovery::kind(&event));
        }
    }
}
