//! Statistics: attempts per endpoint and minute, folded from the event store by position.
//!
//! The checkpoint moves in the transaction that holds the sums, so every event is counted exactly once, and the table
//! can be thrown away and folded again from zero.

use crate::engine::Shared;
use hookreel_event_store::{load_checkpoint, save_checkpoint};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The name of its checkpoint.
pub(crate) const READER: &str = "read.delivery_stats";
/// How often it looks when there was nothing to do.
const INTERVAL: Duration = Duration::from_secs(1);
/// Events folded in one transaction.
const BATCH: i64 = 5_000;

/// Follows the store until stopped.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let caught_up = match fold_batch(&shared).await {
            Ok(folded) => folded < BATCH,
            Err(error) => {
                tracing::debug!(%error, "statistics could not be folded yet");
                true
            }
        };
        let pause = if caught_up { INTERVAL } else { Duration::from_millis(50) };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Folds the next events; says how many positions it moved on.
pub(crate) async fn fold_batch(shared: &Shared) -> Result<i64, sqlx::Error> {
    let mut transaction = shared.pool.begin().await?;
    let Some(from) = load_checkpoint(&mut transaction, READER).await? else { return Ok(0) };
    let head = hookreel_event_store::head(&mut transaction).await?;
    let until = head.min(from + BATCH);
    if until <= from {
        return Ok(0);
    }
    sqlx::query!(
        "insert into read.delivery_stats as s (
             tenant_id, endpoint_id, minute, succeeded, failed, exhausted, latency_counts
         )
         select tenant_id, endpoint_id, minute, count(*) filter (where not failed), count(*) filter (where failed),
                count(*) filter (where exhausted),
                array[
                    count(*) filter (where slot = 1), count(*) filter (where slot = 2),
                    count(*) filter (where slot = 3), count(*) filter (where slot = 4),
                    count(*) filter (where slot = 5), count(*) filter (where slot = 6),
                    count(*) filter (where slot = 7), count(*) filter (where slot = 8),
                    count(*) filter (where slot = 9), count(*) filter (where slot = 10),
                    count(*) filter (where slot = 11), count(*) filter (where slot = 12),
                    count(*) filter (where slot = 13), count(*) filter (where slot = 14),
                    count(*) filter (where slot = 15), count(*) filter (where slot = 16)
                ]
         from (
             select e.tenant_id, d.endpoint_id, e.payload ? 'failure' as failed,
                    -- A person's own attempt comes after the delivery was given up, or does not end it.
                    e.payload ->> 'state' = 'exhausted' and not e.payload ? 'manual' as exhausted,
                    date_trunc('minute', (e.payload ->> 'attempted_at')::timestamptz, 'UTC') as minute,
                    1 + width_bucket((e.payload ->> 'duration_ms')::bigint, array[
                        2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768
                    ]::bigint[]) as slot
             from event_store.events e
             join read.deliveries d on d.tenant_id = e.tenant_id and d.delivery_id = e.stream_id
             where e.position > $1 and e.position <= $2 and e.kind = 'delivery.attempted'
         ) as attempts
         group by tenant_id, endpoint_id, minute
         on conflict (tenant_id, endpoint_id, minute) do update
         set succeeded = s.succeeded + excluded.succeeded, failed = s.failed + excluded.failed,
             exhausted = s.exhausted + excluded.exhausted,
             latency_counts = (
                 select array_agg(x.a + x.b order by x.i)
                 from unnest(s.latency_counts, excluded.latency_counts) with ordinality as x (a, b, i))",
        from,
        until,
    )
    .execute(&mut *transaction)
    .await?;
    save_checkpoint(&mut transaction, READER, until).await?;
    transaction.commit().await?;
    Ok(until - from)
}
