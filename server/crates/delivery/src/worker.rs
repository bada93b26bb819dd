//! apalis workers: one per queue, supervised. With `job_queue`, all that speaks apalis.
//!
//! What its version 1.0 does, and what follows for us: a worker ends at any database error, so it is restarted with a
//! growing pause and, since rows it had taken are only given back when its name goes silent, under a new name each
//! time. A handler that fails is not retried by the queue's own rules (they know no pause); it returns `Ok` whenever
//! its outcome is recorded. Arguments are read as any
//! JSON, so that a job this version cannot read does not end the worker.

use crate::engine::Shared;
use crate::intake::Known;
use crate::job_queue::JobQueue;
use crate::jobs::{DELIVER_LATER_QUEUE, DELIVER_QUEUE, JobId, REPLAY_QUEUE};
use crate::{replay, work};
use apalis::prelude::*;
use apalis_postgres::Config;
use serde_json::Value;
use sqlx::PgPool;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// The safety net under the wake-up.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Nobody is woken when a job's time comes: in the queue of what was put off, that is seen by looking.
const LATER_POLL_INTERVAL: Duration = Duration::from_millis(200);
/// A worker that is silent for heartbeat times missed heartbeats is taken for dead, and its jobs are given back.
const HEARTBEAT: Duration = Duration::from_secs(5);
const HEARTBEATS_MISSED_MAX: usize = 6;
/// Jobs taken at once, where they are short. Of those that last one is taken at a time, when there is a place for it:
/// another process may have one at once.
const FETCH_JOBS: usize = 16;
/// The longest pause before a worker that ended is started again.
const RESTART_PAUSE_MAX: Duration = Duration::from_secs(5);

/// A queue, and how many of its jobs run at once in one process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queue {
    name: &'static str,
    jobs_at_once: usize,
    poll_interval: Duration,
    /// Its jobs last as long as they have to.
    has_long_jobs: bool,
}

/// Every queue there is.
pub(crate) const QUEUES: [Queue; 3] = [
    Queue { name: DELIVER_QUEUE, jobs_at_once: 96, poll_interval: POLL_INTERVAL, has_long_jobs: false },
    Queue { name: DELIVER_LATER_QUEUE, jobs_at_once: 32, poll_interval: LATER_POLL_INTERVAL, has_long_jobs: false },
    Queue { name: REPLAY_QUEUE, jobs_at_once: 2, poll_interval: POLL_INTERVAL, has_long_jobs: true },
];

/// Runs one queue's worker until stopped, restarting it whenever it ends.
pub(crate) async fn supervise(shared: Arc<Shared>, queue: Queue, stop: CancellationToken) {
    let mut restarts: u32 = 0;
    while !stop.is_cancelled() {
        let begun = Instant::now();
        let name = format!("{}-{}-{}", queue.name, std::process::id(), JobId::generate().as_str());
        shared.watch.began(queue.name, &name);
        let ended = run(Arc::clone(&shared), queue, &name, stop.clone()).await;
        shared.intake.close(&name);
        if let Err(error) = release(&shared, &name).await {
            tracing::debug!(worker = name, %error, "jobs could not be given back; they come back by themselves");
        }
        if stop.is_cancelled() {
            return;
        }
        // A worker that had run for a while fell to something new: start over with a short pause.
        restarts = if begun.elapsed() > Duration::from_mins(1) { 0 } else { restarts + 1 };
        let pause = Duration::from_millis(100 << restarts.min(6)).min(RESTART_PAUSE_MAX);
        match ended {
            Ok(()) => tracing::warn!(worker = name, ?pause, "a worker ended; it is started again"),
            Err(error) => tracing::warn!(worker = name, %error, ?pause, "a worker broke down; it is started again"),
        }
        tokio::time::sleep(pause).await;
    }
}

async fn run(shared: Arc<Shared>, queue: Queue, name: &str, stop: CancellationToken) -> Result<(), WorkerError> {
    let config = Config::default()
        .queue(queue.name)
        .batch_size(if queue.has_long_jobs { 1 } else { FETCH_JOBS.min(queue.jobs_at_once) })
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(HEARTBEATS_MISSED_MAX);
    let watching = Arc::clone(&shared);
    let mut jobs = JobQueue::new(shared.jobs_pool.clone(), config, queue.poll_interval)
        .called_by(shared.wake.subscribe(queue.name))
        .telling(queue.has_long_jobs, move || watching.watch.fetched(queue.name));
    if queue.name == DELIVER_QUEUE {
        jobs = jobs.taking_in(Arc::clone(&shared.intake));
    }
    let (intake, closing) = (Arc::clone(&shared.intake), name.to_owned());
    let builder = WorkerBuilder::new(name).backend(jobs).concurrency(queue.jobs_at_once).data(shared);
    let stopped = async move {
        stop.cancelled().await;
        intake.close(&closing);
        Ok::<(), std::io::Error>(())
    };
    match queue.name {
        REPLAY_QUEUE => builder.build(run_replay_job).run_until(stopped).await,
        _ => builder.build(run_delivery_job).run_until(stopped).await,
    }
}

async fn run_delivery_job(
    payload: Value,
    id: TaskId,
    shared: Data<Arc<Shared>>,
    known: Option<Data<Known>>,
) -> Result<(), BoxDynError> {
    let job = JobId::from_stored(id.to_string());
    // An error is recorded as the job's result. Its deliveries are still due, and get a new job.
    // A task of its own: jobs run on all cores, go on when the worker breaks down, and may panic without ending it.
    let (shared, known) = (Arc::clone(&shared), known.and_then(|known| known.if_fresh()));
    tokio::spawn(async move { work::run_job(shared, job, &payload, known).await }).await?.map_err(Into::into)
}

async fn run_replay_job(payload: Value, shared: Data<Arc<Shared>>) -> Result<(), BoxDynError> {
    let shared = Arc::clone(&shared);
    tokio::spawn(async move { replay::run_job(&shared, &payload).await }).await?.map_err(Into::into)
}

/// Gives back what a worker had taken and not finished.
async fn release(shared: &Shared, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update apalis.jobs set status = 'Pending', lock_by = null, lock_at = null
         where lock_by = $1 and status in ('Queued', 'Running')",
        name
    )
    .execute(&shared.pool)
    .await
    .map(drop)
}

/// When the workers of this process last came back from fetching jobs. Until that is known of one, its row in the
/// database counts, which it writes when it begins and every few seconds.
#[derive(Debug)]
pub(crate) struct WorkerWatch {
    names: Mutex<BTreeMap<&'static str, String>>,
    /// By queue.
    fetched: Mutex<BTreeMap<&'static str, Instant>>,
    /// What was true of the row written least recently.
    heard_of: Mutex<Option<Instant>>,
}

impl WorkerWatch {
    pub(crate) const fn new() -> Self {
        Self { names: Mutex::new(BTreeMap::new()), fetched: Mutex::new(BTreeMap::new()), heard_of: Mutex::new(None) }
    }

    fn began(&self, queue: &'static str, name: &str) {
        lock(&self.names).insert(queue, name.to_owned());
        lock(&self.fetched).remove(queue);
    }

    /// A fetch came back.
    fn fetched(&self, queue: &'static str) {
        lock(&self.fetched).insert(queue, Instant::now());
    }

    /// Asks the database.
    pub(crate) async fn look(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let names: Vec<String> = lock(&self.names).values().cloned().collect();
        let silence_s = sqlx::query_scalar!(
            r#"select extract(epoch from now() - min(last_seen))::float8 from apalis.workers
               where id = any ($1) having count(*) = cardinality($1)"#,
            &names
        )
        .fetch_optional(pool)
        .await?
        .flatten();
        let heard_of = silence_s.and_then(|s| Instant::now().checked_sub(Duration::from_secs_f64(s.max(0.0))));
        if heard_of.is_some() {
            *lock(&self.heard_of) = heard_of;
        }
        Ok(())
    }

    /// How long ago the worker that has fetched least recently did; `None` if one was never heard of.
    pub(crate) fn silence(&self) -> Option<Duration> {
        let heard_of = (*lock(&self.heard_of))?;
        let (names, fetched) = (lock(&self.names), lock(&self.fetched));
        let earliest = names.keys().map(|queue| fetched.get(queue).copied().unwrap_or(heard_of)).min();
        Some(earliest.unwrap_or(heard_of).elapsed())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn a_worker_that_is_heard_of_but_fetches_nothing_is_silent() {
        let watch = WorkerWatch::new();
        watch.began(DELIVER_QUEUE, "one");
        watch.began(REPLAY_QUEUE, "two");
        assert_eq!(watch.silence(), None);
        *lock(&watch.heard_of) = Some(Instant::now());
        assert!(watch.silence().unwrap() < MINUTE, "it has begun");
        lock(&watch.fetched).insert(DELIVER_QUEUE, Instant::now().checked_sub(MINUTE).unwrap());
        assert!(watch.silence().unwrap() >= MINUTE);
        watch.fetched(DELIVER_QUEUE);
        assert!(watch.silence().unwrap() < MINUTE);
    }

    #[test]
    fn a_worker_that_is_started_again_is_not_blamed_for_the_one_before() {
        let watch = WorkerWatch::new();
        watch.began(DELIVER_QUEUE, "one");
        lock(&watch.fetched).insert(DELIVER_QUEUE, Instant::now().checked_sub(MINUTE).unwrap());
        watch.began(DELIVER_QUEUE, "two");
        *lock(&watch.heard_of) = Some(Instant::now());
        assert!(watch.silence().unwrap() < MINUTE);
    }
}
