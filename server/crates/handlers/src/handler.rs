//! What a handler is.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_domain::aggregate::decode;
use hookreel_domain::{Aggregate, EventFormatError};
use hookreel_event_store::StoredEvent;
use hookreel_kernel::{Actor, Metadata};
use serde::Deserialize as _;
use sqlx::PgConnection;

/// Where a handler's effects are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effects {
    /// In tables that follow from the events alone: it can be run from the beginning again.
    Projection,
    /// Somewhere else, such as in a mailbox: it begins with what happens after it was added, and is never run again.
    Outside,
}

/// Why an event could not be handled.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The database refused or is away.
    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),
    /// The event cannot be read; trying again does not help.
    #[error("the event cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The event is none that this version knows; trying again does not help either.
    #[error(transparent)]
    Unknown(#[from] EventFormatError),
    /// Something that the handler needs did not work.
    #[error("{0}")]
    Failed(String),
    /// A defect of the handler.
    #[error("the handler broke down")]
    Panicked,
}

impl HandlerError {
    /// Whether the same may succeed later.
    pub(crate) const fn is_passing(&self) -> bool {
        !matches!(self, Self::Unreadable(_) | Self::Unknown(_))
    }
}

/// What happened, as the domain types it.
pub(crate) fn decoded<A: Aggregate>(event: &StoredEvent) -> Result<A::Event, HandlerError> {
    Ok(decode::<A>(&event.kind, event.revision, event.payload.clone())?)
}

/// Who did it.
pub(crate) fn actor_of(event: &StoredEvent) -> Result<Actor, HandlerError> {
    Ok(Metadata::deserialize(&event.metadata)?.actor)
}

/// Does something about events.
pub trait Handler: Send + Sync + std::fmt::Debug {
    /// Names its checkpoint and what it could not do; never changed.
    fn name(&self) -> &'static str;

    /// What it does, for a person.
    fn purpose(&self) -> &'static str;

    /// The kinds of events that it gets.
    fn kinds(&self) -> &'static [&'static str];

    /// Of a kind only the events whose payload contains this JSON, as pairs of kind and JSON: the database leaves the
    /// others out. A kind that is not named here comes whole.
    fn only_containing(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Where its effects are.
    fn effects(&self) -> Effects;

    /// Whether it reads payloads; to a handler that does not they are null, or not, and cost less.
    fn wants_payloads(&self) -> bool {
        true
    }

    /// Whether it reads bodies.
    fn wants_bodies(&self) -> bool {
        false
    }

    /// Forgets everything it has written, to be run from the beginning. Asked of projections only.
    fn reset<'a>(&'a self, _connection: &'a mut PgConnection) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        async { Ok(()) }.boxed()
    }

    /// Handles events in order, in the transaction that also moves its checkpoint. It may get the same events again
    /// if that transaction fails, and then one by one.
    fn handle<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [StoredEvent],
    ) -> BoxFuture<'a, Result<(), HandlerError>>;

    /// Handles an event that waited in the backlog, maybe for days, until it was its turn or a person said so.
    fn handle_late<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        event: &'a StoredEvent,
    ) -> BoxFuture<'a, Result<(), HandlerError>> {
        self.handle(connection, std::slice::from_ref(event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_domain::Endpoint;
    use serde_json::json;

    #[test]
    fn what_cannot_be_read_is_not_tried_again_and_everything_else_is() {
        let without_reason = decode::<Endpoint>("endpoint.disabled", 1, json!({})).unwrap_err();
        assert!(!HandlerError::from(without_reason).is_passing());
        assert!(!HandlerError::from(serde_json::from_str::<u8>("no").unwrap_err()).is_passing());
        assert!(HandlerError::Failed("busy".to_owned()).is_passing());
        assert!(HandlerError::Panicked.is_passing());
    }
}
