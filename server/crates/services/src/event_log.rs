//! The event log: everything that ever happened, with who and why.

use crate::error::failed;
use crate::plans::Plans;
use hookreel_auth::Caller;
use hookreel_contract::input::EventFilter;
use hookreel_contract::views::{EventKindView, EventRow};
use hookreel_contract::{ApiError, Page};
use hookreel_database::Database;
use hookreel_domain::Billing;
use hookreel_domain::aggregate::Aggregate as _;
use hookreel_domain::catalogue::{EventKind, catalogue};
use hookreel_domain::traffic::handshakes_of;
use hookreel_kernel::{Clock, SourceId, Timestamp};
use hookreel_read_models::event_log;
use std::sync::Arc;
use std::time::Duration;

/// How many handshakes of a source are shown.
const HANDSHAKES_SHOWN: usize = 3;

/// Use cases about the event log.
#[derive(Debug, Clone)]
pub struct EventLog {
    database: Database,
    kinds: Arc<[EventKind]>,
    clock: Arc<dyn Clock>,
}

impl EventLog {
    /// On this database. Where no plans are sold, nothing is said of what would happen about them.
    pub fn new(database: Database, plans: &Plans, clock: Arc<dyn Clock>) -> Self {
        let mut kinds = catalogue();
        kinds.retain(|one| plans.are_sold() || one.stream_kind != Billing::STREAM_KIND);
        Self { database, kinds: kinds.into(), clock }
    }

    /// Every kind of event that can happen here, by name. The same for everybody.
    pub fn kinds(&self) -> Vec<EventKindView> {
        self.kinds.iter().map(kind_view).collect()
    }

    /// One kind of event.
    pub fn kind(&self, name: &str) -> Option<EventKindView> {
        self.kinds.iter().find(|one| one.kind == name).map(kind_view)
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

    /// What providers asked a source, newest first: the last few of this month and the one before.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`].
    pub async fn handshakes(&self, caller: &Caller, source_id: SourceId) -> Result<Vec<EventRow>, ApiError> {
        let this_month = self.clock.now();
        let mut events = Vec::new();
        for at in [this_month, in_the_month_before(this_month)] {
            let stream = Some(handshakes_of(source_id, at).to_string());
            let limit = Some(HANDSHAKES_SHOWN - events.len());
            events.extend(self.list(caller, EventFilter { stream, limit, ..EventFilter::default() }).await?.items);
            if events.len() >= HANDSHAKES_SHOWN {
                break;
            }
        }
        Ok(events)
    }
}

fn kind_view(one: &EventKind) -> EventKindView {
    EventKindView {
        kind: one.kind.clone(),
        purpose: one.purpose.clone(),
        stream_kind: one.stream_kind.to_owned(),
        schema: one.schema.clone(),
    }
}

/// The first of a month keeps the time of day, so that only a whole day before it is sure to be in the month before.
fn in_the_month_before(at: Timestamp) -> Timestamp {
    at.replace_day(1).map_or(at, |first| first - Duration::from_hours(24))
}

#[cfg(test)]
mod tests {
    use super::in_the_month_before;
    use hookreel_kernel::Timestamp;
    use time::macros::datetime;

    #[test]
    fn the_month_before_is_another_one_at_every_hour() {
        let month_of = |at: Timestamp| in_the_month_before(at).month();
        assert_eq!(month_of(datetime!(2026-11-23 22:05 UTC)), time::Month::October);
        assert_eq!(month_of(datetime!(2026-11-01 00:00 UTC)), time::Month::October);
        assert_eq!(month_of(datetime!(2026-03-31 23:59 UTC)), time::Month::February);
        assert_eq!(month_of(datetime!(2026-01-31 12:00 UTC)), time::Month::December);
    }
}
