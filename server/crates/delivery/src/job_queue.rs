//! A queue of jobs for apalis workers: apalis's states, table and statements, asked when there may be something.
//!
//! apalis's own `PostgresStorage` 1.0 is not it for what it costs where every job comes alone. It fetches whenever the
//! worker is polled, which the end of a job does too: two and a half fetches a job. It puts each of its single statements
//! into a transaction: three round trips instead of one. A call that comes while it fetches is forgotten, its interval
//! wakes a worker once, and it tells nobody that a fetch came back empty.

use crate::intake::Intake;
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
use tokio::sync::mpsc::{self, Receiver, Sender};
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
    /// New jobs that the worker need not fetch.
    handed: Option<Receiver<PgTask>>,
    /// Says that there are new jobs to be fetched.
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
        let (may_hold_more, came_back) = (Arc::default(), Arc::new(|| ()));
        let statements = Statements { pool, config, intake: None, may_hold_more, came_back };
        let persisted = Persisted::new(statements);
        Self {
            persisted,
            taken: VecDeque::new(),
            beats,
            codec: JsonCodec::default(),
            handed: None,
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

    /// Also takes what comes by an intake, as many as a fetch may bring.
    pub(crate) fn taking_in(mut self, intake: Arc<Intake>) -> Self {
        let (sender, receiver) = mpsc::channel(self.persisted.config.batch_size);
        self.handed = Some(receiver);
        self.persisted.intake = Some((intake, sender));
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
        if let Some(Poll::Ready(Some(task))) = self.handed.as_mut().map(|handed| handed.poll_recv(cx)) {
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
        if let Some(handed) = &mut self.handed {
            handed.close();
            // Until those have come that were being committed.
            while let Some(task) = ready!(handed.poll_recv(cx)) {
                self.taken.push_back(task);
            }
        }
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
    /// By what jobs are handed to the worker once it has registered.
    intake: Option<(Arc<Intake>, Sender<PgTask>)>,
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
        self.heartbeat(worker).await?;
        if let Some((intake, sender)) = &self.intake {
            intake.open(worker.name(), sender.clone());
        }
        Ok(())
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
        let may_be_more = tasks.len() >= self.config.batch_size;
        self.may_hold_more.store(may_be_more, Ordering::Relaxed);
        if let Some((intake, _)) = &self.intake {
            intake.fetched(may_be_more);
        }
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
        // Found by the primary key: the index of who has taken a job leads past all that this worker ever took.
        sqlx::query!(
            "delete from apalis.jobs where id = any($1) and lock_by is not distinct from $2",
            &ended,
            worker.name()
        )
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
mod tests;
