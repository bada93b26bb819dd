//! The reconciler: whatever is due and has no living job gets one. It makes the loss of any job, or of all of them,
//! harmless.

use crate::engine::Shared;
use crate::jobs::{self, DELIVER_LATER_QUEUE, Due, JobPacker, NewJob};
use crate::{cancel, replay, replay_end};
use hookreel_kernel::{DeliveryId, MessageId, TenantId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often it looks.
const INTERVAL: Duration = Duration::from_secs(10);
/// A delivery is given this long to be attempted before its job is looked for, in seconds.
const GRACE_S: f64 = 20.0;
/// A job that was taken for longer is taken for lost, in seconds: whoever seems to have it may never have heard that it was
/// committed. One that is merely slow is overtaken, which does no harm.
const TAKEN_MAX_S: f64 = 120.0;
/// What is due this soon and has no job's name gets its job now, to run then.
const AHEAD: Duration = Duration::from_secs(5);
/// Waits that end within the same span share jobs.
const TICK_MS: u64 = 250;
/// Deliveries brought back in one transaction.
const BATCH: i64 = 2_000;

/// Looks every few seconds, and at once when it is poked: by whoever has made deliveries due without a job.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        match reconcile(&shared).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "deliveries that were due without a job got one"),
            Err(error) => tracing::warn!(%error, "the reconciler could not look"),
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = shared.poke_reconciler.notified() => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Brings back everything there is to bring back; says how many deliveries that were.
pub(crate) async fn reconcile(shared: &Shared) -> Result<u64, sqlx::Error> {
    replay::rescue(shared).await?;
    if let Err(error) = cancel::record_cancelled(shared).await {
        tracing::debug!(%error, "cancelled deliveries could not be recorded yet; they are looked for again");
    }
    if let Err(error) = replay_end::settle(shared).await {
        tracing::debug!(%error, "replays that have ended could not be recorded yet; they are looked for again");
    }
    release_held(shared).await?;
    let mut total = 0;
    loop {
        let count = reconcile_batch(shared).await?;
        total += count as u64;
        if count > 0 {
            shared.wake.workers(DELIVER_LATER_QUEUE);
        }
        if (count as i64) < BATCH {
            return Ok(total);
        }
    }
}

/// A message that was being accepted while its endpoint was resumed may have been held after all that were held were
/// released: whatever is held by an endpoint that is enabled is made due.
async fn release_held(shared: &Shared) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update read.deliveries d set due_at = now(), job_id = null, deferred_because = null
         from read.endpoints e
         where e.tenant_id = d.tenant_id and e.endpoint_id = d.endpoint_id
           and e.state = 'enabled' and e.deleted_at is null
           and d.due_at is null and d.state in ('pending', 'retrying')"
    )
    .execute(&shared.pool)
    .await
    .map(drop)
}

async fn reconcile_batch(shared: &Shared) -> Result<usize, sqlx::Error> {
    let mut transaction = shared.pool.begin().await?;
    // A delivery without a job's name was made due by hand (a resumed endpoint): it need not wait out the grace.
    let rows = sqlx::query!(
        r#"select d.tenant_id, d.delivery_id, d.message_id, m.body_bytes,
                (extract(epoch from greatest(d.due_at - now(), interval '0')) * 1000)::bigint as "wait_ms!"
         from read.deliveries d
         join read.messages m on m.tenant_id = d.tenant_id and m.message_id = d.message_id
         where d.due_at <= now() + make_interval(secs => $3)
           and (d.job_id is null
                or (d.due_at < now() - make_interval(secs => $1)
                    and not exists (
                        select from apalis.jobs j
                        where j.id = d.job_id
                          and (j.status = 'Pending' or (j.status in ('Queued', 'Running')
                               and j.lock_at > now() - make_interval(secs => $4))))))
         order by d.due_at
         limit $2
         for update of d skip locked"#,
        GRACE_S,
        BATCH,
        AHEAD.as_secs_f64(),
        TAKEN_MAX_S,
    )
    .fetch_all(&mut *transaction)
    .await?;
    let mut packers: BTreeMap<u64, JobPacker> = BTreeMap::new();
    let (mut tenant_ids, mut delivery_ids, mut job_ids) = (Vec::new(), Vec::new(), Vec::<String>::new());
    for row in &rows {
        let due = Due {
            tenant_id: TenantId::from_uuid(row.tenant_id),
            delivery_id: DeliveryId::from_uuid(row.delivery_id),
            message_id: MessageId::from_uuid(row.message_id),
        };
        tenant_ids.push(row.tenant_id);
        delivery_ids.push(row.delivery_id);
        let wait = row.wait_ms.unsigned_abs().div_ceil(TICK_MS) * TICK_MS;
        let packer =
            packers.entry(wait).or_insert_with(|| JobPacker::new(DELIVER_LATER_QUEUE, Duration::from_millis(wait)));
        job_ids.push(packer.add(due, row.body_bytes.unsigned_abs() as usize).as_str().to_owned());
    }
    assign(&mut transaction, &tenant_ids, &delivery_ids, &job_ids).await?;
    let jobs: Vec<NewJob> = packers.into_values().flat_map(JobPacker::into_jobs).collect();
    jobs::insert_jobs(&mut transaction, &jobs).await?;
    transaction.commit().await?;
    Ok(rows.len())
}

async fn assign(
    connection: &mut sqlx::PgConnection,
    tenant_ids: &[Uuid],
    delivery_ids: &[Uuid],
    job_ids: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update read.deliveries d set job_id = u.job_id
         from unnest($1::uuid[], $2::uuid[], $3::text[]) as u (tenant_id, delivery_id, job_id)
         where d.tenant_id = u.tenant_id and d.delivery_id = u.delivery_id",
        tenant_ids,
        delivery_ids,
        job_ids,
    )
    .execute(connection)
    .await
    .map(drop)
}
