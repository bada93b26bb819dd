//! Messages: published by API, received from providers, read by people.

mod publish;
mod read;
mod receive;

pub use publish::{PublishInput, PublishedMessage};
pub use receive::{ReceiveRefusal, Received, ReceivedRequest};

use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_delivery::{AcceptError, Engine};
use hookreel_event_store::{AppendError, SubmitError};
use hookreel_kernel::Clock;
use std::sync::Arc;

/// Use cases about messages.
#[derive(Debug, Clone)]
pub struct Messages {
    database: Database,
    engine: Engine,
    clock: Arc<dyn Clock>,
}

impl Messages {
    /// On this database and engine.
    pub fn new(database: Database, engine: Engine, clock: Arc<dyn Clock>) -> Self {
        Self { database, engine, clock }
    }
}

/// A message that was not taken in: nothing is stored, or the sender does no harm by sending it again.
pub(crate) fn not_accepted(error: &AcceptError) -> ApiError {
    match error {
        SubmitError::Refused(AppendError::Database(sqlx::Error::Database(refusal))) => {
            tracing::error!(error = %refusal, "the database refused a message");
            ApiError::Internal
        }
        SubmitError::Refused(_) | SubmitError::Stopped => {
            tracing::warn!(%error, "a message could not be taken in");
            ApiError::Unavailable
        }
    }
}
