//! What grows is cut back, and what will be needed is made: dead workers' rows, keys of
//! duplicates, the coming months' partitions.

use crate::dedupe::DEDUPE_WINDOW_MAX;
use crate::engine::Shared;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often the workers are looked after.
const WORKERS_INTERVAL: Duration = Duration::from_secs(2);
/// The same, until the workers are first heard of: who waits for a process to become ready should not wait for this.
const FIRST_INTERVAL: Duration = Duration::from_millis(100);
/// How often everything else is looked after.
const SLOW_INTERVAL: Duration = Duration::from_mins(15);

/// Runs until stopped.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let mut last_slow: Option<Instant> = None;
    loop {
        if let Err(error) = shared.watch.look(&shared.pool).await {
            tracing::debug!(%error, "the workers could not be looked after");
        }
        if last_slow.is_none_or(|at| at.elapsed() > SLOW_INTERVAL) {
            match look_after_the_rest(&shared).await {
                Ok(()) => last_slow = Some(Instant::now()),
                Err(error) => tracing::warn!(%error, "housekeeping could not be done; it is tried again"),
            }
        }
        let pause = if shared.watch.silence().is_some() { WORKERS_INTERVAL } else { FIRST_INTERVAL };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn look_after_the_rest(shared: &Shared) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select event_store.create_partition(
             to_char(now() at time zone 'UTC' + make_interval(months => ahead), 'YYYYMM')::integer)
         from generate_series(0, 3) as ahead"
    )
    .execute(&shared.pool)
    .await?;
    sqlx::query!(
        "delete from ops.dedupe_keys where seen_at < now() - make_interval(secs => $1)",
        DEDUPE_WINDOW_MAX.as_secs_f64()
    )
    .execute(&shared.pool)
    .await?;
    sqlx::query!(
        "delete from apalis.workers w where last_seen < now() - interval '1 hour'
           and not exists (select from apalis.jobs j where j.lock_by = w.id)"
    )
    .execute(&shared.pool)
    .await
    .map(drop)
}
