//! How replays end: all they made has arrived or was given up, or a person stops them before.

use crate::Engine;
use crate::engine::Shared;
use crate::replay::{caused_by, event_of, started_by};
use hookreel_database::TenantTx;
use hookreel_domain::replay::ReplayEvent;
use hookreel_domain::traffic::CancelCause;
use hookreel_event_store::{AppendError, NewEvent};
use hookreel_kernel::{Actor, EventId, Metadata, ReplayId, TenantId};
use sqlx::PgConnection;

/// Why a replay was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// There is no such replay here.
    #[error("there is no such replay")]
    NotFound,
    /// Nothing of it waits any more.
    #[error("the replay has already ended")]
    AlreadyEnded,
    /// The database refused or is away.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl From<sqlx::Error> for CancelError {
    fn from(error: sqlx::Error) -> Self {
        Self::Append(error.into())
    }
}

impl Engine {
    /// Stops a replay: no more deliveries are made, and those that have not ended are cancelled.
    ///
    /// # Errors
    /// See [`CancelError`].
    pub async fn cancel_replay(&self, mut tx: TenantTx, actor: Actor, replay_id: ReplayId) -> Result<(), CancelError> {
        let tenant_id = tx.tenant_id();
        let row = sqlx::query!(
            "select state, created, stream_version from read.replays
             where tenant_id = $1 and replay_id = $2 for update",
            tenant_id.uuid(),
            replay_id.uuid(),
        )
        .fetch_optional(tx.connection())
        .await?
        .ok_or(CancelError::NotFound)?;
        let event_id = EventId::generate();
        let cancelled = if row.state == "cancelled" {
            0
        } else {
            cancel_deliveries(tx.connection(), tenant_id, replay_id, &actor, event_id).await?
        };
        if row.state != "running" && cancelled == 0 {
            return Err(CancelError::AlreadyEnded);
        }
        let version = row.stream_version + 1;
        end(tx.connection(), tenant_id, replay_id, "cancelled", version).await?;
        let event = ReplayEvent::Cancelled { created: row.created.unsigned_abs() };
        let event = NewEvent { event_id, ..event_of(tenant_id, replay_id, version, &event, Metadata::by(actor)) };
        hookreel_event_store::append(tx.connection(), &[event]).await?;
        tx.commit().await?;
        self.wake_reconciler();
        Ok(())
    }
}

/// Gives up what a replay has made and what has not ended; the events follow. Says how many.
async fn cancel_deliveries(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    replay_id: ReplayId,
    actor: &Actor,
    because: EventId,
) -> Result<u64, sqlx::Error> {
    let metadata = Metadata::by(actor.clone()).caused_by(because);
    let cancelled = sqlx::query!(
        "update read.deliveries
         set state = 'cancelled', due_at = null, job_id = null, manual = false, resend_id = null,
             scheduled_due_at = null, scheduled_job_id = null, cancelled_because = $3, cancelled_by = $4
         where tenant_id = $1 and replay_id = $2 and state in ('pending', 'in_flight', 'retrying')",
        tenant_id.uuid(),
        replay_id.uuid(),
        CancelCause::ReplayCancelled.as_str(),
        serde_json::to_value(metadata).unwrap_or_default(),
    )
    .execute(connection)
    .await?;
    Ok(cancelled.rows_affected())
}

/// Notes which replays have ended: all their deliveries are made, and none of them waits.
pub(crate) async fn settle(shared: &Shared) -> Result<(), AppendError> {
    let mut transaction = shared.pool.begin().await?;
    let rows = sqlx::query!(
        "select tenant_id, replay_id, created, stream_version from read.replays r
         where state = 'sending' and not exists (
             select from read.deliveries d
             where d.replay_id = r.replay_id and d.tenant_id = r.tenant_id
               and d.state in ('pending', 'in_flight', 'retrying'))
         for update skip locked"
    )
    .fetch_all(&mut *transaction)
    .await?;
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let (tenant_id, replay_id) = (TenantId::from_uuid(row.tenant_id), ReplayId::from_uuid(row.replay_id));
        let version = row.stream_version + 1;
        end(&mut transaction, tenant_id, replay_id, "finished", version).await?;
        let event = ReplayEvent::Finished { created: row.created.unsigned_abs() };
        let started = started_by(&mut transaction, replay_id).await?;
        let metadata = caused_by(Metadata::by(Actor::system("engine")), started);
        events.push(event_of(tenant_id, replay_id, version, &event, metadata));
    }
    if !events.is_empty() {
        hookreel_event_store::append(&mut transaction, &events).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn end(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    replay_id: ReplayId,
    state: &str,
    version: i32,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update read.replays set state = $3, stream_version = $4, finished_at = now(), updated_at = now()
         where tenant_id = $1 and replay_id = $2",
        tenant_id.uuid(),
        replay_id.uuid(),
        state,
        version,
    )
    .execute(connection)
    .await
    .map(drop)
}
