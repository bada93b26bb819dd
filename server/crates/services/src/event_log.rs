//! The event log: everything that ever happened, with who and why.

use crate::error::failed;
use hookreel_auth::Caller;
use hookreel_contract::input::EventFilter;
use hookreel_contract::views::EventRow;
use hookreel_contract::{ApiError, Page};
use hookreel_database::Database;
use hookreel_read_models::event_log;

/// Use cases about the event log.
#[derive(Debug, Clone)]
pub struct EventLog {
    database: Database,
}

impl EventLog {
    /// On this database.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The events that a filter lets through, newest first.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `stream` or `cursor`.
    pub async fn list(&self, caller: &Caller, filter: EventFilter) -> Result<Page<EventRow>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let page = event_log::list(tx.connection(), caller.tenant_id(), &filter).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(page)
    }
}
