//! What GitHub failed to deliver: it never tries again by itself, but does when it is asked.

use crate::error::failed;
use crate::execute::execute;
use crate::repository_connections::RepositoryConnections;
use hookreel_auth::Caller;
use hookreel_contract::recovery::{KEPT_BY_GITHUB_H, MissedList, MissedRange, MissedRow, RecoveryDetail, RecoveryView};
use hookreel_contract::{ApiError, Cursor, Page};
use hookreel_database::Database;
use hookreel_domain::Recovery;
use hookreel_domain::recovery::{MissedDelivery, RecoveryCommand, RecoveryPlan};
use hookreel_integrations::{FailedDelivery, HookId, failed_deliveries};
use hookreel_kernel::{Clock, MessageId, RecoveryId, SourceId, Timestamp};
use hookreel_read_models::recoveries as read;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// How far back GitHub remembers.
const KEPT_BY_GITHUB: Duration = Duration::from_hours(KEPT_BY_GITHUB_H as u64);
/// Attempts of GitHub that are looked at: fifty pages.
const ATTEMPTS_MAX: usize = 5_000;
/// Deliveries in one recovery.
pub const DELIVERIES_MAX: usize = 1_000;
/// What GitHub sends to see whether somebody is there: no message, so it would never arrive.
const PING: &str = "ping";

/// Use cases about recoveries.
#[derive(Debug, Clone)]
pub struct Recoveries {
    database: Database,
    connections: RepositoryConnections,
    clock: Arc<dyn Clock>,
}

/// What GitHub failed to deliver to a source.
struct Missed {
    repository: String,
    hook: HookId,
    window: Range<Timestamp>,
    /// Oldest first.
    failed: Vec<FailedDelivery>,
    /// What has come in after all.
    arrived: HashMap<String, MessageId>,
    is_complete: bool,
}

impl Recoveries {
    pub(crate) fn new(database: Database, connections: RepositoryConnections, clock: Arc<dyn Clock>) -> Self {
        Self { database, connections, clock }
    }

    /// The deliveries of which every attempt of GitHub failed, and which of them have come in since.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`] on `until`; [`ApiError::Conflict`] or [`ApiError::ServiceAway`] with
    /// what GitHub has against it.
    pub async fn missed(&self, caller: &Caller, id: SourceId, range: MissedRange) -> Result<MissedList, ApiError> {
        let missed = self.look(caller, id, range).await?;
        let deliveries = missed.failed.iter().map(|failed| row(failed, missed.arrived.get(&failed.guid))).collect();
        let Range { start: since, end: until } = missed.window;
        Ok(MissedList { since, until, deliveries, is_complete: missed.is_complete })
    }

    /// Begins to have GitHub deliver again what has not come in since. It goes on in the background.
    ///
    /// # Errors
    /// As [`Recoveries::missed`]; [`ApiError::Conflict`] when nothing is missing or a recovery is under way.
    pub async fn start(&self, caller: &Caller, id: SourceId, range: MissedRange) -> Result<RecoveryView, ApiError> {
        let missed = self.look(caller, id, range).await?;
        let lost = missed.failed.iter().filter(|failed| !missed.arrived.contains_key(&failed.guid));
        let plan = RecoveryPlan {
            source_id: id,
            deliveries: lost.map(delivery).collect(),
            repository: missed.repository,
            hook_id: missed.hook.0,
            since: missed.window.start,
            until: missed.window.end,
        };
        if plan.deliveries.is_empty() {
            return Err(ApiError::conflict("Nothing is missing: whatever GitHub failed to deliver has come in since."));
        }
        let recovery_id = RecoveryId::generate();
        execute::<Recovery>(&self.database, caller, recovery_id.uuid(), RecoveryCommand::Start(plan)).await?;
        Ok(self.get(caller, recovery_id).await?.recovery)
    }

    /// The latest recoveries of a source, newest first.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for a source that is not there.
    pub async fn list(&self, caller: &Caller, id: SourceId) -> Result<Vec<RecoveryView>, ApiError> {
        self.connections.ensure_source(caller, id).await?;
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let list = read::list(tx.connection(), caller.tenant_id(), id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(list)
    }

    /// A page of a source's recoveries, newest first.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for a source that is not there; [`ApiError::Invalid`] on `cursor`.
    pub async fn page(
        &self,
        caller: &Caller,
        id: SourceId,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<RecoveryView>, ApiError> {
        self.connections.ensure_source(caller, id).await?;
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let page = read::page(tx.connection(), caller.tenant_id(), id, cursor.as_ref(), limit).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(page)
    }

    /// One recovery: how far it is, and what became of each delivery.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn get(&self, caller: &Caller, id: RecoveryId) -> Result<RecoveryDetail, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let found = read::find(tx.connection(), caller.tenant_id(), id).await.map_err(failed)?;
        let deliveries = read::deliveries(tx.connection(), caller.tenant_id(), id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let recovery = found.ok_or_else(|| ApiError::not_found("Recovery"))?;
        Ok(RecoveryDetail { recovery, deliveries })
    }

    /// Asks for no more deliveries. What was asked for comes in.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Conflict`] when it has ended.
    pub async fn cancel(&self, caller: &Caller, id: RecoveryId) -> Result<RecoveryView, ApiError> {
        execute::<Recovery>(&self.database, caller, id.uuid(), RecoveryCommand::Cancel).await?;
        Ok(self.get(caller, id).await?.recovery)
    }

    async fn look(&self, caller: &Caller, id: SourceId, range: MissedRange) -> Result<Missed, ApiError> {
        let now = self.clock.now();
        let window = window(range, now)?;
        let connected = self.connections.connected(caller, id).await?;
        let (repository, hook, access) = self.connections.hook_of(caller, &connected).await?;
        let attempts = access.list_deliveries_since(&repository, hook, window.start, ATTEMPTS_MAX).await;
        let attempts = attempts.map_err(|error| self.connections.refused_by_github(&error, &connected.repository))?;
        let mut failed = failed_deliveries(&attempts.items, window.clone());
        failed.retain(|failed| failed.event != PING);
        let is_complete = attempts.is_complete && failed.len() <= DELIVERIES_MAX;
        failed.truncate(DELIVERIES_MAX);
        let guids: Vec<String> = failed.iter().map(|failed| failed.guid.clone()).collect();
        let arrived = self.arrived(caller, id, &guids).await?;
        Ok(Missed { repository: connected.repository, hook, window, failed, arrived, is_complete })
    }

    async fn arrived(
        &self,
        caller: &Caller,
        id: SourceId,
        guids: &[String],
    ) -> Result<HashMap<String, MessageId>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let arrived = read::arrived(tx.connection(), caller.tenant_id(), id, guids).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(arrived)
    }
}

/// What is asked for, as far as GitHub remembers.
fn window(range: MissedRange, now: Timestamp) -> Result<Range<Timestamp>, ApiError> {
    let since = range.since.unwrap_or(now - KEPT_BY_GITHUB).max(now - KEPT_BY_GITHUB);
    let until = range.until.unwrap_or(now);
    if until <= since {
        let message = format!("must be after the beginning, which is at most {KEPT_BY_GITHUB_H} hours ago");
        return Err(ApiError::invalid("until", message));
    }
    Ok(since..until)
}

fn row(failed: &FailedDelivery, arrived: Option<&MessageId>) -> MissedRow {
    MissedRow {
        guid: failed.guid.clone(),
        event: failed.event.clone(),
        action: failed.action.clone(),
        status: Some(failed.status_code).filter(|status| *status > 0),
        outcome: failed.status.clone(),
        attempts: failed.attempts,
        failed_at: failed.latest_at,
        arrived: arrived.copied(),
    }
}

fn delivery(failed: &FailedDelivery) -> MissedDelivery {
    MissedDelivery {
        guid: failed.guid.clone(),
        hook_delivery_id: failed.latest.0,
        event: failed.event.clone(),
        action: failed.action.clone(),
        status_code: failed.status_code,
        failed_at: failed.latest_at,
    }
}
