//! Who acts, and the reasons kept with every event.

use crate::id::{ApiKeyId, EventId, MemberId, SourceId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A person, in the dashboard.
    Member(MemberId),
    /// A program, by the REST API.
    ApiKey(ApiKeyId),
    /// A provider's webhook, by a source.
    Source(SourceId),
    /// Hookreel itself: `engine`, `breaker`, `reconciler`.
    System(String),
    /// The operator, on the command line.
    Operator,
}

impl Actor {
    /// Hookreel itself, in one of its roles.
    pub fn system(role: &str) -> Self {
        Self::System(role.to_owned())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(id) => write!(f, "member {id}"),
            Self::ApiKey(id) => write!(f, "API key {id}"),
            Self::Source(id) => write!(f, "source {id}"),
            Self::System(role) => write!(f, "system ({role})"),
            Self::Operator => f.write_str("operator"),
        }
    }
}

/// Who and why, kept with every event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Who caused the event.
    pub actor: Actor,
    /// What belongs together: the event that began it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<EventId>,
    /// The event that led to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
}

impl Metadata {
    /// Metadata of something that began with this actor.
    pub const fn by(actor: Actor) -> Self {
        Self { actor, correlation_id: None, causation_id: None }
    }

    /// The same, of something that another event led to: that event also began it all.
    #[must_use]
    pub fn caused_by(self, event_id: EventId) -> Self {
        Self { actor: self.actor, correlation_id: Some(event_id), causation_id: Some(event_id) }
    }

    /// The same, of something that another event led to, which itself belongs to what `correlation_id` began.
    #[must_use]
    pub fn caused_within(self, event_id: EventId, correlation_id: Option<EventId>) -> Self {
        let caused = self.caused_by(event_id);
        Self { correlation_id: correlation_id.or(caused.correlation_id), ..caused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_event_leads_to_belongs_to_what_the_event_belongs_to() {
        let (began, led) = (EventId::generate(), EventId::generate());
        let metadata = || Metadata::by(Actor::system("engine"));
        assert_eq!(metadata().caused_within(led, Some(began)).correlation_id, Some(began));
        let alone = metadata().caused_within(led, None);
        assert_eq!((alone.correlation_id, alone.causation_id), (Some(led), Some(led)), "then it began it all");
    }
}
