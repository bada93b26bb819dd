//! A queue of jobs for apalis workers: apalis's states, table and statements, asked when there may be something.
//!
//! apalis's own `PostgresStorage` 1.0 is not it for what it costs where every job comes alone. It fetches whenever the
//! worker is polled, which the end of a job does too: two and a half fetches a job. It puts each of its single statements
//! into a transaction: three round trips instead of one. A call that comes while it fetches is forgotten, its interval
//! wakes a worker once, and it tells nobody that a fetch came back empty.

use apalis::prelude::TaskId;
use apalis_codec::json::JsonCodec;
use apalis_core::backend::finalize::Durable;
use apalis_core::backend::persistence::{Persisted, Persistence, State, TaskEvent, TaskPersistLayer};
use apalis_core::backend::{Backend, BackendConfig, WireFormatBackend};
use apalis_core::worker::context::WorkerContext;
use apalis_postgres::{Config, Error, PgTask, queries};
use futures::StreamExt;
use serde_json::Value;
use sqlx::PgPool;
use std::collections::VecDeque;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_stream::wrappers::WatchStream;

/// More than jobs ever run at once. One that has ended waits until it is heard of if so many others are not yet, and a
/// worker that stops listens only when all have ended.
const ENDED_JOBS_MAX: usize = 4096;

/// Jobs of one queue, as JSON of any kind.
#[derive(Debug)]
pub struct JobQueue {
    persisted: Persisted<Statements>,
    /// Put aside: fetched, and still without a place.
    taken: VecDeque<PgTask>,
    /// When to put aside what waits for a place.
    beats: Interval,
    codec: JsonCodec,
    /// Says that there are new jobs.
    calls: Option<WatchStream<()>>,
    /// When to look in any case.
    looks: Interval,
    /// There may be jobs that no fetch has seen.
    is_due: bool,
    /// It was ready, and was not asked for a job since: every place is taken.
    is_passed_over: bool,
    /// Its jobs last as long as they have to: that every place is taken is no sign of trouble.
    is_patient: bool,
}

impl JobQueue {
    /// A queue that is looked at once in so long a time. The pool is for this alone, and its transactions are single
    /// statements: a worker that ends drops what it is about to do.
    pub fn new(pool: PgPool, config: Config, look_every: Duration) -> Self {
        let (looks, beats) = (every(look_every), every(config.heartbeat_interval));
        let statements = Statements { pool, config, may_hold_more: Arc::default(), came_back: Arc::new(|| ()) };
        let persisted = Persisted::new(statements);
        Self {
            persisted,
            taken: VecDeque::new(),
            beats,
            codec: JsonCodec::default(),
            calls: None,
            looks,
            is_due: true,
            is_passed_over: false,
            is_patient: false,
        }
    }

    /// Is also looked at whenever it is called.
    pub(crate) fn called_by(mut self, calls: watch::Receiver<()>) -> Self {
        self.calls = Some(WatchStream::from_changes(calls));
        self
    }

    /// Tells when it came back from fetching jobs, be it with some or with none. A worker's heartbeat proves less: it goes
    /// on while every place is taken by a job that never ends, and nothing is fetched. Where jobs may last, that counts as
    /// having come back.
    pub(crate) fn telling(mut self, is_patient: bool, came_back: impl Fn() + Send + Sync + 'static) -> Self {
        self.is_patient = is_patient;
        self.persisted.came_back = Arc::new(came_back);
        self
    }

    /// What is asked for is polled until it has to be waited for: only then it wakes the worker.
    fn listen(&mut self, cx: &mut Context<'_>) {
        while self.looks.poll_tick(cx).is_ready() {
            self.is_due = true;
        }
        while let Some(Poll::Ready(Some(()))) = self.calls.as_mut().map(|calls| calls.poll_next_unpin(cx)) {
            self.is_due = true;
        }
    }

    fn is_idle(&self) -> bool {
        matches!(self.persisted.state(), State::Ready)
    }

    /// While jobs that were fetched wait for a place, apalis sends no heartbeat: the worker would be taken for dead if all
    /// places are taken for long.
    fn put_aside(&mut self, cx: &mut Context<'_>) {
        if let State::Buffered(tasks) = self.persisted.state_mut()
            && self.beats.poll_tick(cx).is_ready()
        {
            self.taken.append(tasks);
            *self.persisted.state_mut() = State::Ready;
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

impl Backend for JobQueue {
    type Task = PgTask;
    type Error = Error;

    fn poll_ready(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Error>> {
        if std::mem::take(&mut self.is_passed_over) && self.is_patient {
            (self.persisted.came_back)();
        }
        self.put_aside(cx);
        let heartbeat = self.persisted.config.heartbeat_interval;
        let polled = self.persisted.poll_ready(cx, worker, heartbeat);
        self.is_passed_over = matches!(polled, Poll::Ready(Ok(())));
        polled
    }

    fn poll_next(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Option<Result<PgTask, Error>>> {
        self.is_passed_over = false;
        self.listen(cx);
        if let Some(task) = self.taken.pop_front() {
            return Poll::Ready(Some(Ok(task)));
        }
        loop {
            if self.is_idle() {
                self.is_due |= self.persisted.may_hold_more.swap(false, Ordering::Relaxed);
                if !std::mem::take(&mut self.is_due) {
                    return Poll::Pending;
                }
            }
            let polled = self.persisted.poll_next(cx, worker);
            // Whoever called while a fetch was under way that came back empty may have come too late for it.
            if polled.is_ready() || !self.is_due || !self.is_idle() {
                return polled;
            }
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Error>> {
        loop {
            if self.is_idle() && !self.taken.is_empty() {
                // It is given back.
                *self.persisted.state_mut() = State::Buffered(std::mem::take(&mut self.taken));
            }
            ready!(self.persisted.poll_close(cx, worker))?;
            if self.taken.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl BackendConfig for JobQueue {
    type Args = Value;
    type Id = TaskId;
    type Kind = Durable;
    type Config = Config;
    type Layer = TaskPersistLayer<JsonCodec<Value>, Value>;

    fn config(&self) -> &Config {
        &self.persisted.config
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Self::Layer {
        // Jobs are locked by taking them.
        self.persisted.layer(JsonCodec::default(), ENDED_JOBS_MAX).persist_results(true).lock_tasks(false)
    }
}

impl WireFormatBackend for JobQueue {
    type Codec = JsonCodec;
    type Compact = Vec<u8>;

    fn codec(&self) -> &JsonCodec {
        &self.codec
    }
}

/// The statements, each a transaction of its own.
#[derive(Clone)]
struct Statements {
    pool: PgPool,
    config: Config,
    /// The last fetch brought as many jobs as it may.
    may_hold_more: Arc<AtomicBool>,
    /// Told of fetches that came back.
    came_back: Arc<dyn Fn() + Send + Sync>,
}

impl Debug for Statements {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statements").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Statements {
    fn queue(&self) -> &str {
        self.config.queue.as_ref()
    }
}

impl Persistence for Statements {
    type Compact = Vec<u8>;
    type Response = Value;
    type Error = Error;

    #[expect(clippy::default_trait_access, reason = "apalis keeps the type of a time to itself")]
    async fn register(&mut self, worker: &WorkerContext) -> Result<(), Error> {
        let mut connection = self.pool.acquire().await?;
        // Last seen never: its first heartbeat, which says otherwise, comes before its first job.
        queries::register_worker(&mut *connection, self.queue(), worker, &Default::default(), "JobQueue").await?;
        drop(connection);
        self.heartbeat(worker).await
    }

    async fn heartbeat(&mut self, worker: &WorkerContext) -> Result<(), Error> {
        let mut connection = self.pool.acquire().await?;
        queries::keep_alive(&mut *connection, self.queue(), worker).await?;
        queries::reenqueue_orphaned(&mut *connection, self.queue(), self.config.orphaned_duration().as_secs()).await?;
        Ok(())
    }

    async fn fetch_next(&mut self, worker: &WorkerContext) -> Result<Vec<PgTask>, Error> {
        let mut connection = self.pool.acquire().await?;
        let tasks = queries::fetch_next(&mut *connection, &self.config, worker).await?;
        self.may_hold_more.store(tasks.len() >= self.config.batch_size, Ordering::Relaxed);
        (self.came_back)();
        Ok(tasks)
    }

    async fn reenqueue_abandoned(&mut self, tasks: Vec<PgTask>, worker: &WorkerContext) -> Result<u64, Error> {
        let ids: Vec<String> = tasks.iter().filter_map(|task| task.task_id()).map(ToString::to_string).collect();
        let mut connection = self.pool.acquire().await?;
        queries::reenqueue_abandoned(&mut *connection, self.queue(), worker.name(), &ids).await
    }

    /// A job that ended is gone, however it ended: what is true about its deliveries is in their rows.
    async fn handle_events(&mut self, events: Vec<TaskEvent<Value>>, worker: &WorkerContext) -> Result<(), Error> {
        let mut ended = Vec::with_capacity(events.len());
        for event in events {
            if let TaskEvent::Complete(result) = event {
                if let Err(error) = &result.result {
                    tracing::warn!(job = %result.task_id, queue = self.queue(), error, "a job broke down");
                }
                ended.push(result.task_id.to_string());
            }
        }
        sqlx::query!("delete from apalis.jobs where id = any($1) and lock_by = $2", &ended, worker.name())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn push_tasks(&mut self, tasks: Vec<PgTask>) -> Result<(), Error> {
        let mut connection = self.pool.acquire().await?;
        queries::push_tasks(&mut *connection, self.queue(), tasks).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apalis::prelude::*;
    use hookreel_testing::TestDatabase;
    use sqlx::Connection as _;
    use std::sync::atomic::AtomicUsize;
    use tokio::sync::{Semaphore, oneshot};
    use tokio::task::JoinHandle;

    /// Longer than any test.
    const HOUR: Duration = Duration::from_hours(1);
    const QUEUE: &str = "bells";

    /// A worker whose jobs take one of the permits each.
    struct World {
        test: TestDatabase,
        stop: Option<oneshot::Sender<()>>,
        call: watch::Sender<()>,
        permits: Arc<Semaphore>,
        fetches: Arc<AtomicUsize>,
        worker: JoinHandle<Result<(), WorkerError>>,
    }

    impl World {
        /// The jobs that are there already, how often it is looked for others, and whether jobs may last. Two run at once.
        async fn start(jobs: usize, look_every: Duration, is_patient: bool) -> Self {
            Self::start_with(2, jobs, look_every, is_patient).await
        }

        async fn start_with(places: usize, jobs: usize, look_every: Duration, is_patient: bool) -> Self {
            let test = TestDatabase::create().await;
            insert(&test, jobs).await;
            let (call, calls) = watch::channel(());
            let (permits, fetches) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
            let counted = Arc::clone(&fetches);
            // A worker is taken for dead after whole seconds: at less than one, any heartbeat takes its jobs away.
            let (beat, missed) = (Duration::from_millis(30), 1_000);
            let config =
                Config::default().queue(QUEUE).batch_size(2).heartbeat_interval(beat).missed_heartbeats(missed);
            let queue = JobQueue::new(test.database().jobs().clone(), config, look_every).called_by(calls).telling(
                is_patient,
                move || {
                    counted.fetch_add(1, Ordering::SeqCst);
                },
            );
            let worker =
                WorkerBuilder::new("ringer").backend(queue).concurrency(places).data(Arc::clone(&permits)).build(ring);
            let (stop, stopped) = oneshot::channel();
            let stopped = async move {
                let _ = stopped.await;
                Ok::<(), std::io::Error>(())
            };
            Self { test, stop: Some(stop), call, permits, fetches, worker: tokio::spawn(worker.run_until(stopped)) }
        }

        fn fetches(&self) -> usize {
            self.fetches.load(Ordering::SeqCst)
        }

        async fn wait_for_fetches(&self, at_least: usize) {
            eventually(|| async { self.fetches() >= at_least }).await;
        }

        /// The number that a question asks for.
        async fn count(&self, question: &'static str) -> i64 {
            sqlx::query_scalar(question).fetch_one(&mut self.test.superuser().await).await.unwrap()
        }

        async fn jobs(&self) -> i64 {
            self.count("select count(*) from apalis.jobs").await
        }

        async fn wait_for_jobs(&self, left: i64) {
            eventually(|| async { self.jobs().await == left }).await;
        }

        async fn wait_for_heartbeats(&self, count: usize) {
            for _ in 0..count {
                sqlx::query("update apalis.workers set last_seen = 'epoch'")
                    .execute(&mut self.test.superuser().await)
                    .await
                    .unwrap();
                eventually(|| async {
                    let alive = "select count(*) from apalis.workers where last_seen > 'epoch'";
                    self.count(alive).await == 1
                })
                .await;
            }
        }
    }

    impl Drop for World {
        fn drop(&mut self) {
            self.worker.abort();
        }
    }

    async fn ring(_: Value, permits: Data<Arc<Semaphore>>) -> Result<(), BoxDynError> {
        permits.acquire().await?.forget();
        Ok(())
    }

    async fn insert(test: &TestDatabase, count: usize) {
        for _ in 0..count {
            let job = crate::jobs::NewJob::new(QUEUE, Duration::ZERO);
            crate::jobs::insert_jobs(&mut test.superuser().await, &[job]).await.unwrap();
        }
    }

    async fn eventually<F: Future<Output = bool>>(is_so: impl Fn() -> F) {
        let mut looks = 0;
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
            looks += 1;
            assert!(looks < 3_000, "it has not come about");
        }
    }

    #[tokio::test]
    async fn a_job_is_fetched_when_the_queue_is_called_and_gone_when_it_has_ended() {
        let world = World::start(0, HOUR, false).await;
        world.wait_for_fetches(1).await;
        world.permits.add_permits(3);
        for round in 1..=3 {
            insert(&world.test, 1).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(world.fetches(), round, "heartbeats and jobs that end fetch nothing");
            world.call.send_replace(());
            world.wait_for_jobs(0).await;
        }
    }

    #[tokio::test]
    async fn a_queue_that_nobody_calls_is_looked_at_all_the_same() {
        let world = World::start(0, Duration::from_millis(50), false).await;
        world.permits.add_permits(1);
        world.wait_for_fetches(3).await;
        insert(&world.test, 1).await;
        world.wait_for_jobs(0).await;
    }

    #[tokio::test]
    async fn a_fetch_that_is_full_is_followed_by_another() {
        let world = World::start(5, HOUR, false).await;
        world.permits.add_permits(5);
        world.wait_for_jobs(0).await;
        assert_eq!(world.fetches(), 3, "two, two and one");
    }

    #[tokio::test]
    async fn who_calls_while_a_fetch_is_under_way_is_heard_after_it() {
        let world = World::start(0, HOUR, false).await;
        world.wait_for_fetches(1).await;
        let mut connection = world.test.superuser().await;
        let mut locked = connection.begin().await.unwrap();
        sqlx::query("lock table apalis.jobs in access exclusive mode").execute(&mut *locked).await.unwrap();
        world.call.send_replace(());
        eventually(|| async {
            let waiting = "select count(*) from pg_locks where relation = 'apalis.jobs'::regclass and not granted";
            world.count(waiting).await == 1
        })
        .await;
        world.call.send_replace(());
        locked.commit().await.unwrap();
        world.wait_for_fetches(3).await;
    }

    #[tokio::test]
    async fn a_worker_whose_places_are_all_taken_beats_on_and_is_not_taken_to_fetch() {
        let world = World::start(2, Duration::from_millis(10), false).await;
        world.wait_for_fetches(1).await;
        world.wait_for_heartbeats(2).await;
        assert_eq!(world.fetches(), 1);
    }

    #[tokio::test]
    async fn a_worker_that_has_taken_more_than_there_are_places_for_beats_on_and_gives_the_rest_back_when_it_stops() {
        let mut world = World::start(1, HOUR, false).await;
        world.wait_for_fetches(1).await;
        insert(&world.test, 2).await;
        world.call.send_replace(());
        world.wait_for_fetches(2).await;
        world.wait_for_heartbeats(3).await;
        assert_eq!(world.count("select count(*) from apalis.jobs where status = 'Queued'").await, 3);

        world.stop.take().unwrap().send(()).unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.permits.add_permits(3);
        tokio::time::timeout(Duration::from_secs(20), &mut world.worker).await.unwrap().unwrap().unwrap();
        assert_eq!(world.count("select count(*) from apalis.jobs where status = 'Pending'").await, 1);
        assert_eq!(world.jobs().await, 1);
    }

    #[tokio::test]
    async fn jobs_that_may_last_are_no_sign_of_trouble() {
        let world = World::start(2, HOUR, true).await;
        world.wait_for_fetches(4).await;
        assert_eq!(world.jobs().await, 2);
    }

    #[tokio::test]
    async fn a_worker_that_stops_hears_of_every_job_that_ends_however_many_there_are() {
        let mut world = World::start_with(13, 12, HOUR, false).await;
        world.wait_for_fetches(7).await;
        world.stop.take().unwrap().send(()).unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.permits.add_permits(12);
        tokio::time::timeout(Duration::from_secs(20), &mut world.worker).await.unwrap().unwrap().unwrap();
        assert_eq!(world.jobs().await, 0);
    }
}
