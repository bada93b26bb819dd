//! Old history is removed from what is shown, for each tenant after as many days as its plan says. Nothing is removed
//! from the event store. What was held because the plan's messages were used up stays until the month after its own is
//! over, however few days the plan says: it can be released then, and that was promised.

use crate::error::Failure;
use crate::plans::Plans;
use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_domain::Month;
use hookreel_domain::retention::{RETENTION_APPLIED, RETENTION_STREAM, RetentionApplied};
use hookreel_event_store::{NewEvent, Stream, append};
use hookreel_kernel::{Actor, Clock, EventId, Metadata, RetentionId, TenantId, Timestamp};
use hookreel_read_models::retention as rows;
use std::sync::Arc;
use std::time::Duration;

/// A tenant's history is not cut before it has had its plan for so long: who is on a smaller plan by mistake, or by a
/// payment that failed, has time to see it.
pub const GRACE: Duration = Duration::from_hours(7 * 24);
/// Tenants looked at in one step.
const TENANTS: i64 = 500;
/// Messages or attempts removed in one transaction.
const BATCH: i64 = 1_000;

/// Removes old history.
#[derive(Debug, Clone)]
pub struct Retention {
    database: Database,
    plans: Plans,
    clock: Arc<dyn Clock>,
}

impl Retention {
    /// For how long each tenant's history is kept, `plans` says.
    pub const fn new(database: Database, plans: Plans, clock: Arc<dyn Clock>) -> Self {
        Self { database, plans, clock }
    }

    /// Removes what is too old, of all tenants.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`]. What was removed until then stays removed.
    pub async fn apply(&self) -> Result<(), ApiError> {
        let mut last = None;
        loop {
            let tenants = self.tenants(last).await.map_err(ApiError::from)?;
            let Some(end) = tenants.last() else { return Ok(()) };
            last = Some(end.tenant_id);
            for tenant in &tenants {
                let days = self.plans.retention_days(tenant.tenant_id, tenant.plan.as_deref());
                if let Some(days) = days {
                    self.apply_to(tenant.tenant_id, days).await.map_err(ApiError::from)?;
                }
            }
        }
    }

    async fn tenants(&self, after: Option<TenantId>) -> Result<Vec<rows::Keeping>, Failure> {
        let mut connection = self.database.engine().acquire().await?;
        Ok(rows::tenants(&mut connection, after, TENANTS).await?)
    }

    async fn apply_to(&self, tenant_id: TenantId, days: u32) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut connection = self.database.engine().acquire().await?;
        let changed_at = rows::plan_changed_at(&mut connection, tenant_id).await?;
        drop(connection);
        if changed_at.is_some_and(|at| now - at < GRACE) {
            return Ok(());
        }
        let before = now - Duration::from_hours(24 * u64::from(days));
        let mut applied = RetentionApplied { days, before, messages: 0, deliveries: 0, attempts: 0 };
        self.remove_messages(tenant_id, before, &mut applied).await?;
        self.remove_attempts(tenant_id, before, &mut applied).await?;
        self.finish(tenant_id, before, applied).await
    }

    async fn remove_messages(
        &self,
        tenant_id: TenantId,
        before: Timestamp,
        applied: &mut RetentionApplied,
    ) -> Result<(), Failure> {
        let held_since = held_since(self.clock.now());
        loop {
            let mut transaction = self.database.engine().begin().await?;
            let removed = rows::remove_messages(&mut transaction, tenant_id, before, held_since, BATCH).await?;
            transaction.commit().await?;
            applied.messages += removed.messages;
            applied.deliveries += removed.deliveries;
            if removed.messages < BATCH.unsigned_abs() {
                return Ok(());
            }
        }
    }

    async fn remove_attempts(
        &self,
        tenant_id: TenantId,
        before: Timestamp,
        applied: &mut RetentionApplied,
    ) -> Result<(), Failure> {
        let mut connection = self.database.engine().acquire().await?;
        let endpoints = rows::endpoints(&mut connection, tenant_id, before).await?;
        drop(connection);
        for endpoint_id in endpoints {
            loop {
                let mut transaction = self.database.engine().begin().await?;
                let removed = rows::remove_attempts(&mut transaction, tenant_id, endpoint_id, before, BATCH).await?;
                transaction.commit().await?;
                applied.attempts += removed;
                if removed < BATCH.unsigned_abs() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The rest, and the event that says what was removed, if anything was.
    async fn finish(&self, tenant_id: TenantId, before: Timestamp, applied: RetentionApplied) -> Result<(), Failure> {
        let mut transaction = self.database.engine().begin().await?;
        rows::remove_the_rest(&mut transaction, tenant_id, before).await?;
        if applied.messages + applied.deliveries + applied.attempts > 0 {
            let RetentionApplied { messages, deliveries, attempts, .. } = applied;
            append(&mut transaction, &[event_of(tenant_id, &applied)?]).await?;
            tracing::info!(%tenant_id, messages, deliveries, attempts, "removed old history from what is shown");
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// What was held since then can still be released: all of this month, and of the one before.
fn held_since(now: Timestamp) -> Timestamp {
    Month::of(now).previous().first().midnight().assume_utc()
}

fn event_of(tenant_id: TenantId, applied: &RetentionApplied) -> Result<NewEvent, Failure> {
    Ok(NewEvent {
        tenant_id,
        stream: Stream::traffic(RETENTION_STREAM, RetentionId::generate().uuid()),
        stream_version: 1,
        event_id: EventId::generate(),
        kind: RETENTION_APPLIED,
        revision: 1,
        payload: serde_json::to_string(applied).map_err(|error| Failure::Broken(error.into()))?,
        body: None,
        metadata: Metadata::by(Actor::system("retention")),
    })
}
