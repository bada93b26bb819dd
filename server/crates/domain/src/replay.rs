//! A replay: history sent again on purpose.

use crate::aggregate::Aggregate;
use hookreel_kernel::time::TimestampSchema;
use hookreel_kernel::{ApplicationId, EndpointId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which earlier outcome is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplaySelection {
    /// Every message in the range.
    All,
    /// Those of which no delivery to the endpoint has succeeded. One that is still to be retried is not made again:
    /// its next attempt is brought forward.
    Failed,
    /// Those of which there was no delivery to the endpoint.
    Missing,
}

impl ReplaySelection {
    /// Every selection there is.
    pub const ALL: [Self; 3] = [Self::All, Self::Failed, Self::Missing];

    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Failed => "failed",
            Self::Missing => "missing",
        }
    }

    /// The selection of a stored name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|selection| selection.as_str() == text)
    }
}

/// Where a replay stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReplayState {
    /// It was never started.
    #[default]
    Missing,
    /// It is making deliveries.
    Running,
    /// It has made all of them, and some have not ended yet.
    Sending,
    /// All of them have ended.
    Finished,
    /// It was stopped: what had not ended was cancelled.
    Cancelled,
}

impl ReplayState {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Running => "running",
            Self::Sending => "sending",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What is sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplayPlan {
    /// The application.
    pub application_id: ApplicationId,
    /// `None`: every enabled endpoint of the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_id: Option<EndpointId>,
    /// Messages received at or after.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "TimestampSchema")]
    pub since: Timestamp,
    /// Messages received before.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "TimestampSchema")]
    pub until: Timestamp,
    /// `None`: every type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_types: Option<Vec<String>>,
    /// Which earlier outcome.
    pub selection: ReplaySelection,
    /// Deliveries it will make or bring forward, counted when it began.
    pub matched: u64,
}

/// A replay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replay {
    /// Where it stands.
    pub state: ReplayState,
    /// `Some` once it was started.
    pub plan: Option<ReplayPlan>,
    /// Deliveries it has made, known when all are made or it was cancelled.
    pub created: u64,
    /// Deliveries that it has brought forward.
    pub brought_forward: u64,
}

/// What somebody wants of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayCommand {
    /// Begin.
    Start(ReplayPlan),
    /// Note that all deliveries are made.
    Made {
        /// How many.
        created: u64,
        /// How many others, that were to be retried anyway, were brought forward.
        brought_forward: u64,
    },
    /// Note that all deliveries have ended.
    Finish {
        /// How many were made.
        created: u64,
    },
    /// Make no more deliveries, and cancel those that have not ended.
    Cancel {
        /// How many were made.
        created: u64,
    },
}

/// What happened to a replay. Its deliveries have streams of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum ReplayEvent {
    /// It began.
    #[serde(rename = "replay.started")]
    Started(ReplayPlan),
    /// All deliveries are made.
    #[serde(rename = "replay.made")]
    Made {
        /// How many.
        created: u64,
        /// How many others, that were to be retried anyway, were brought forward.
        #[serde(default)]
        brought_forward: u64,
    },
    /// All deliveries have ended.
    #[serde(rename = "replay.finished")]
    Finished {
        /// How many were made.
        created: u64,
    },
    /// It was stopped.
    #[serde(rename = "replay.cancelled")]
    Cancelled {
        /// How many deliveries were made.
        created: u64,
    },
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplayRejection {
    /// It is not there.
    #[error("the replay does not exist")]
    NotFound,
    /// It is there already.
    #[error("the replay exists already")]
    AlreadyExists,
    /// All its deliveries have ended.
    #[error("the replay has already finished")]
    AlreadyFinished,
}

impl Aggregate for Replay {
    const STREAM_KIND: &'static str = "replay";
    const IS_TRAFFIC: bool = true;
    type Command = ReplayCommand;
    type Event = ReplayEvent;
    type Rejection = ReplayRejection;

    fn decide(&self, command: ReplayCommand) -> Result<Vec<ReplayEvent>, ReplayRejection> {
        use ReplayState::{Cancelled, Finished, Missing, Running, Sending};
        match (command, self.state) {
            (ReplayCommand::Start(plan), Missing) => Ok(vec![ReplayEvent::Started(plan)]),
            (ReplayCommand::Start(_), _) => Err(ReplayRejection::AlreadyExists),
            (_, Missing) => Err(ReplayRejection::NotFound),
            (ReplayCommand::Made { created, brought_forward }, Running) => {
                Ok(vec![ReplayEvent::Made { created, brought_forward }])
            }
            (ReplayCommand::Finish { created }, Running | Sending) => Ok(vec![ReplayEvent::Finished { created }]),
            (ReplayCommand::Cancel { created }, Running | Sending) => Ok(vec![ReplayEvent::Cancelled { created }]),
            (ReplayCommand::Cancel { .. }, Finished) => Err(ReplayRejection::AlreadyFinished),
            // Cancelled twice, finished twice, or cancelled while the last delivery was made.
            (ReplayCommand::Made { .. }, Sending | Finished | Cancelled)
            | (ReplayCommand::Cancel { .. } | ReplayCommand::Finish { .. }, Cancelled | Finished) => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: &ReplayEvent) {
        match event {
            ReplayEvent::Started(plan) => {
                self.state = ReplayState::Running;
                self.plan = Some(plan.clone());
            }
            ReplayEvent::Made { created, brought_forward } => {
                (self.state, self.created) = (ReplayState::Sending, *created);
                self.brought_forward = *brought_forward;
            }
            ReplayEvent::Finished { created } => {
                (self.state, self.created) = (ReplayState::Finished, *created);
            }
            ReplayEvent::Cancelled { created } => {
                (self.state, self.created) = (ReplayState::Cancelled, *created);
            }
        }
    }

    fn kind(event: &ReplayEvent) -> &'static str {
        match event {
            ReplayEvent::Started(_) => "replay.started",
            ReplayEvent::Made { .. } => "replay.made",
            ReplayEvent::Finished { .. } => "replay.finished",
            ReplayEvent::Cancelled { .. } => "replay.cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::spec::given;
    use time::macros::datetime;
    use uuid::Uuid;

    fn started() -> ReplayEvent {
        ReplayEvent::Started(plan())
    }

    fn plan() -> ReplayPlan {
        ReplayPlan {
            application_id: ApplicationId::from_uuid(Uuid::from_u128(1)),
            endpoint_id: None,
            since: datetime!(2026-11-22 00:00 UTC),
            until: datetime!(2026-11-23 00:00 UTC),
            event_types: None,
            selection: ReplaySelection::Failed,
            matched: 3,
        }
    }

    #[test]
    fn a_replay_starts_once_and_finishes_once() {
        given::<Replay>([]).when(ReplayCommand::Start(plan())).then([started()]);
        given::<Replay>([started()]).when(ReplayCommand::Start(plan())).then_rejected(ReplayRejection::AlreadyExists);
        let finished = ReplayEvent::Finished { created: 3 };
        given::<Replay>([started()]).when(ReplayCommand::Finish { created: 3 }).then([finished.clone()]);
        given::<Replay>([started(), finished]).when(ReplayCommand::Finish { created: 3 }).then([]);
    }

    #[test]
    fn a_running_replay_can_be_cancelled_and_a_finished_one_cannot() {
        let cancelled = ReplayEvent::Cancelled { created: 1 };
        given::<Replay>([started()]).when(ReplayCommand::Cancel { created: 1 }).then([cancelled.clone()]);
        given::<Replay>([started(), cancelled.clone()]).when(ReplayCommand::Cancel { created: 1 }).then([]);
        given::<Replay>([started(), cancelled]).when(ReplayCommand::Finish { created: 1 }).then([]);
        given::<Replay>([started(), ReplayEvent::Finished { created: 3 }])
            .when(ReplayCommand::Cancel { created: 3 })
            .then_rejected(ReplayRejection::AlreadyFinished);
    }

    #[test]
    fn a_replay_whose_deliveries_are_made_is_sending_and_can_still_be_cancelled() {
        let made = ReplayEvent::Made { created: 2, brought_forward: 1 };
        given::<Replay>([started()]).when(ReplayCommand::Made { created: 2, brought_forward: 1 }).then([made.clone()]);
        given::<Replay>([started(), made.clone()])
            .when(ReplayCommand::Cancel { created: 2 })
            .then([ReplayEvent::Cancelled { created: 2 }]);
        given::<Replay>([started(), made.clone()])
            .when(ReplayCommand::Finish { created: 2 })
            .then([ReplayEvent::Finished { created: 2 }]);
        given::<Replay>([started(), made]).when(ReplayCommand::Made { created: 2, brought_forward: 1 }).then([]);
    }

    #[test]
    fn a_replay_that_was_never_started_is_not_there() {
        given::<Replay>([]).when(ReplayCommand::Cancel { created: 0 }).then_rejected(ReplayRejection::NotFound);
    }
}
