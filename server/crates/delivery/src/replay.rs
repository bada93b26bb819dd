//! Replays: history sent again on purpose, a page at a time.
//!
//! Each page is one transaction: new deliveries, the events that say so, their jobs, and how far the replay has come.
//! So a replay goes on where it stopped after any crash, makes no delivery twice, and can be cancelled until nothing of it
//! waits any more.

use crate::Engine;
use crate::delivery_rows::{CreatedBy, DeliveryColumns};
use crate::engine::Shared;
use crate::jobs::{DELIVER_LATER_QUEUE, Due, JobId, JobPacker, REPLAY_QUEUE};
use crate::replay_pages::{self, Candidate};
use hookreel_database::TenantTx;
use hookreel_domain::aggregate::{Aggregate, encode};
use hookreel_domain::replay::{Replay, ReplayEvent, ReplayPlan};
use hookreel_domain::traffic::{DELIVERY_CREATED, DELIVERY_STREAM, DeliveryCreated};
use hookreel_event_store::{AppendError, NewEvent, Stream, bucket_of};
use hookreel_kernel::{Actor, DeliveryId, EventId, Metadata, ReplayId, TenantId};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What a replay's job carries.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    tenant: Uuid,
    replay: Uuid,
}

impl Engine {
    /// How many deliveries a replay would make or bring forward now.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn count_replay(&self, tx: &mut TenantTx, plan: &ReplayPlan) -> Result<u64, sqlx::Error> {
        let tenant_id = tx.tenant_id();
        replay_pages::count(tx.connection(), tenant_id, plan).await
    }

    /// Begins a replay; its deliveries are made in the background.
    ///
    /// # Errors
    /// When the database refuses or is away.
    pub async fn start_replay(
        &self,
        mut tx: TenantTx,
        actor: Actor,
        mut plan: ReplayPlan,
    ) -> Result<ReplayId, AppendError> {
        let (tenant_id, replay_id) = (tx.tenant_id(), ReplayId::generate());
        plan.matched = replay_pages::count(tx.connection(), tenant_id, &plan).await?;
        let job = JobId::generate();
        sqlx::query!(
            "insert into read.replays (
                 tenant_id, replay_id, application_id, endpoint_id, since, until, event_types, selection, state,
                 matched, job_id, stream_version, created_at, updated_at
             ) values ($1, $2, $3, $4, $5, $6, $7, $8, 'running', $9, $10, 1, now(), now())",
            tenant_id.uuid(),
            replay_id.uuid(),
            plan.application_id.uuid(),
            plan.endpoint_id.map(hookreel_kernel::EndpointId::uuid),
            plan.since,
            plan.until,
            plan.event_types.as_deref(),
            plan.selection.as_str(),
            i64::try_from(plan.matched).unwrap_or(i64::MAX),
            job.as_str(),
        )
        .execute(tx.connection())
        .await?;
        insert_job(tx.connection(), &job, tenant_id, replay_id).await?;
        let event = event_of(tenant_id, replay_id, 1, &ReplayEvent::Started(plan), Metadata::by(actor));
        hookreel_event_store::append(tx.connection(), &[event]).await?;
        tx.commit().await?;
        self.shared().wake.workers(REPLAY_QUEUE);
        Ok(replay_id)
    }
}

/// Makes a replay's deliveries, page by page, until all are made or it is cancelled.
pub(crate) async fn run_job(shared: &Arc<Shared>, payload: &serde_json::Value) -> Result<(), AppendError> {
    let Ok(payload) = Payload::deserialize(payload) else {
        tracing::warn!("a replay's job is not of this version; the replay gets a new job");
        return Ok(());
    };
    let (tenant_id, replay_id) = (TenantId::from_uuid(payload.tenant), ReplayId::from_uuid(payload.replay));
    while make_page(shared, tenant_id, replay_id).await? {
        shared.wake.workers(DELIVER_LATER_QUEUE);
    }
    Ok(())
}

/// Gives running replays whose job was lost a new one.
pub(crate) async fn rescue(shared: &Shared) -> Result<(), sqlx::Error> {
    let mut transaction = shared.pool.begin().await?;
    let rows = sqlx::query!(
        "select tenant_id, replay_id from read.replays r
         where state = 'running' and updated_at < now() - interval '20 seconds'
           and not exists (select from apalis.jobs j
                           where j.id = r.job_id and j.status in ('Pending', 'Queued', 'Running'))
         for update skip locked"
    )
    .fetch_all(&mut *transaction)
    .await?;
    for row in rows {
        let job = JobId::generate();
        sqlx::query!(
            "update read.replays set job_id = $3 where tenant_id = $1 and replay_id = $2",
            row.tenant_id,
            row.replay_id,
            job.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        let (tenant_id, replay_id) = (TenantId::from_uuid(row.tenant_id), ReplayId::from_uuid(row.replay_id));
        insert_job(&mut transaction, &job, tenant_id, replay_id).await?;
    }
    transaction.commit().await
}

/// One page; says whether there may be another.
async fn make_page(shared: &Shared, tenant_id: TenantId, replay_id: ReplayId) -> Result<bool, AppendError> {
    let mut transaction = shared.pool.begin().await?;
    // The lock keeps a second runner of the same replay out of this page.
    let Some(row) = sqlx::query!(
        "select application_id, endpoint_id, since, until, event_types, selection, created, cursor_message_id,
                stream_version, brought_forward
         from read.replays where tenant_id = $1 and replay_id = $2 and state = 'running' for update",
        tenant_id.uuid(),
        replay_id.uuid(),
    )
    .fetch_optional(&mut *transaction)
    .await?
    else {
        return Ok(false);
    };
    let plan = ReplayPlan {
        application_id: hookreel_kernel::ApplicationId::from_uuid(row.application_id),
        endpoint_id: row.endpoint_id.map(hookreel_kernel::EndpointId::from_uuid),
        since: row.since,
        until: row.until,
        event_types: row.event_types,
        selection: hookreel_domain::replay::ReplaySelection::parse(&row.selection)
            .unwrap_or(hookreel_domain::replay::ReplaySelection::All),
        matched: 0,
    };
    let page = replay_pages::next(&mut transaction, tenant_id, &plan, row.cursor_message_id).await?;
    let started = started_by(&mut transaction, replay_id).await?;
    let (waiting, to_make): (Vec<Candidate>, Vec<Candidate>) =
        page.candidates.into_iter().partition(|candidate| candidate.waiting.is_some());
    let brought_forward =
        row.brought_forward.unsigned_abs() + bring_forward(&mut transaction, tenant_id, &waiting).await?;
    let mut events = make_deliveries(&mut transaction, tenant_id, replay_id, &plan, &to_make, started).await?;
    let created = row.created.unsigned_abs() + to_make.len() as u64;
    sqlx::query!(
        "update read.replays
         set created = $3, cursor_message_id = coalesce($4, cursor_message_id), brought_forward = $5, updated_at = now()
         where tenant_id = $1 and replay_id = $2",
        tenant_id.uuid(),
        replay_id.uuid(),
        i64::try_from(created).unwrap_or(i64::MAX),
        page.last_message_id,
        i64::try_from(brought_forward).unwrap_or(i64::MAX),
    )
    .execute(&mut *transaction)
    .await?;
    if page.is_last {
        let version = row.stream_version + 1;
        all_are_made(&mut transaction, tenant_id, replay_id, version).await?;
        let metadata = caused_by(Metadata::by(Actor::system("engine")), started);
        let event = ReplayEvent::Made { created, brought_forward };
        events.push(event_of(tenant_id, replay_id, version, &event, metadata));
    }
    if !events.is_empty() {
        hookreel_event_store::append(&mut transaction, &events).await?;
    }
    transaction.commit().await?;
    // What was brought forward is due without a job; and a replay that had nothing to make has ended.
    if page.is_last || !waiting.is_empty() {
        shared.poke_reconciler.notify_one();
    }
    Ok(!page.is_last)
}

/// The event by which a replay began: what all it does follows on.
pub(crate) async fn started_by(
    connection: &mut PgConnection,
    replay_id: ReplayId,
) -> Result<Option<EventId>, sqlx::Error> {
    let event_id = sqlx::query_scalar!(
        "select event_id from event_store.events where bucket = $1 and stream_id = $2 and stream_version = 1",
        bucket_of(replay_id.uuid()),
        replay_id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(event_id.map(EventId::from_uuid))
}

pub(crate) fn caused_by(metadata: Metadata, event_id: Option<EventId>) -> Metadata {
    match event_id {
        Some(event_id) => metadata.caused_by(event_id),
        None => metadata,
    }
}

/// Makes deliveries due that were to be retried later, unless they have moved meanwhile. Says how many.
async fn bring_forward(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    waiting: &[Candidate],
) -> Result<u64, sqlx::Error> {
    let ids: Vec<Uuid> = waiting.iter().filter_map(|candidate| candidate.waiting.map(DeliveryId::uuid)).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    let moved = sqlx::query!(
        "update read.deliveries set due_at = now(), job_id = null, deferred_because = null
         where tenant_id = $1 and delivery_id = any ($2) and state in ('pending', 'retrying') and due_at > now()",
        tenant_id.uuid(),
        &ids,
    )
    .execute(connection)
    .await?;
    Ok(moved.rows_affected())
}

async fn all_are_made(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    replay_id: ReplayId,
    version: i32,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update read.replays set state = 'sending', stream_version = $3, updated_at = now()
         where tenant_id = $1 and replay_id = $2",
        tenant_id.uuid(),
        replay_id.uuid(),
        version,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Inserts a page's deliveries and jobs, and returns their events.
async fn make_deliveries(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    replay_id: ReplayId,
    plan: &ReplayPlan,
    candidates: &[Candidate],
    started: Option<EventId>,
) -> Result<Vec<NewEvent>, sqlx::Error> {
    let mut packer = JobPacker::new(DELIVER_LATER_QUEUE, Duration::ZERO);
    let mut rows = DeliveryColumns::default();
    let mut events = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let due = Due { tenant_id, delivery_id: DeliveryId::generate(), message_id: candidate.message_id };
        let job = (!candidate.held).then(|| packer.add(due, candidate.body_bytes).as_str().to_owned());
        rows.push(due, plan.application_id, candidate.endpoint_id, &candidate.event_type, job);
        let created = DeliveryCreated {
            message_id: candidate.message_id,
            endpoint_id: candidate.endpoint_id,
            application_id: plan.application_id,
            event_type: candidate.event_type.clone(),
            replay_id: Some(replay_id),
        };
        events.push(NewEvent {
            tenant_id,
            stream: Stream::traffic(DELIVERY_STREAM, due.delivery_id.uuid()),
            stream_version: 1,
            event_id: EventId::generate(),
            kind: DELIVERY_CREATED,
            revision: 1,
            payload: serde_json::to_string(&created).unwrap_or_default(),
            body: None,
            metadata: caused_by(Metadata::by(Actor::system("replay")), started),
        });
    }
    if !candidates.is_empty() {
        let created_by = CreatedBy { replay_id: Some(replay_id.uuid()), is_manual: false };
        rows.insert(connection, &packer.into_jobs(), Some(created_by)).await?;
    }
    Ok(events)
}

async fn insert_job(
    connection: &mut PgConnection,
    job: &JobId,
    tenant_id: TenantId,
    replay_id: ReplayId,
) -> Result<(), sqlx::Error> {
    let payload = Payload { tenant: tenant_id.uuid(), replay: replay_id.uuid() };
    sqlx::query!(
        "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority)
         values ($1, $2, $3, 'Pending', 0, 1, now(), 0)",
        job.as_str(),
        REPLAY_QUEUE,
        serde_json::to_vec(&payload).unwrap_or_default(),
    )
    .execute(connection)
    .await
    .map(drop)
}

pub(crate) fn event_of(
    tenant_id: TenantId,
    replay_id: ReplayId,
    stream_version: i32,
    event: &ReplayEvent,
    metadata: Metadata,
) -> NewEvent {
    NewEvent {
        tenant_id,
        stream: Stream::traffic(Replay::STREAM_KIND, replay_id.uuid()),
        stream_version,
        event_id: EventId::generate(),
        kind: Replay::kind(event),
        revision: Replay::REVISION,
        payload: encode::<Replay>(event).unwrap_or_default(),
        body: None,
        metadata,
    }
}
