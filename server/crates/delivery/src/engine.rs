//! The engine: what takes messages in, sends them, and keeps at it.

use crate::accept::{AcceptMessages, Accepted, NewMessage};
use crate::admission::{Admission, InFlightLimits};
use crate::attempt::{AttemptSettings, Sender};
use crate::counts::{self, Counts};
use crate::intake::Intake;
use crate::outcome::RecordOutcomes;
use crate::signal::Signals;
use crate::snooze::SnoozeDeliveries;
use crate::tally::Tally;
use crate::target::Targets;
use crate::wake::Wake;
use crate::worker::{self, QUEUES, WorkerWatch};
use crate::{housekeeping, news, reconciler, silence, stats};
use hookreel_database::Database;
use hookreel_egress::Egress;
use hookreel_event_store::{AppendError, GroupCommit, Limits, SubmitError, Turn};
use hookreel_kernel::Clock;
use hookreel_secrets::SecretBox;
use sqlx::PgPool;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Outcomes that come within this time are recorded together: whoever waits for a delivery has it already. It is also how
/// much longer an attempt is made again if the process is killed.
const OUTCOMES_APART: Duration = Duration::from_millis(20);

/// What an engine is made of.
#[derive(Debug, Clone)]
pub struct EngineParts {
    /// Where everything is stored.
    pub database: Database,
    /// The way out.
    pub egress: Egress,
    /// Opens signing secrets.
    pub secrets: SecretBox,
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
    /// How attempts are made.
    pub attempts: AttemptSettings,
    /// How many at once.
    pub in_flight: InFlightLimits,
    /// Whether this process delivers, or only takes messages in.
    pub with_workers: bool,
}

/// What the parts of the engine share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// For statements of tasks that are never dropped half-way.
    pub(crate) pool: PgPool,
    /// For the job queue's workers, which may be.
    pub(crate) jobs_pool: PgPool,
    pub(crate) acceptor: GroupCommit<AcceptMessages>,
    pub(crate) recorder: GroupCommit<RecordOutcomes>,
    pub(crate) snoozer: GroupCommit<SnoozeDeliveries>,
    pub(crate) sender: Sender,
    /// Attempts under way, until they are recorded.
    pub(crate) attempts: TaskTracker,
    pub(crate) targets: Targets,
    pub(crate) admission: Admission,
    /// Takes first attempts straight to the worker here.
    pub(crate) intake: Arc<Intake>,
    pub(crate) wake: Wake,
    pub(crate) poke_reconciler: Arc<Notify>,
    pub(crate) signals: Signals,
    pub(crate) counts: Counts,
    pub(crate) watch: WorkerWatch,
    pub(crate) tally: Arc<Tally>,
}

/// Takes messages in and delivers them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
    with_workers: bool,
}

impl Engine {
    /// Starts the writers and, if this process delivers, the workers. Needs a migrated database.
    pub fn start(parts: EngineParts) -> Self {
        let pool = parts.database.delivery().clone();
        let (turn, tally) = (Turn::default(), Arc::new(Tally::default()));
        let (intake, wake) = (Arc::new(Intake::default()), Wake::new());
        let accept = AcceptMessages {
            pool: pool.clone(),
            turn: turn.clone(),
            tally: Arc::clone(&tally),
            intake: Arc::clone(&intake),
            wake: wake.clone(),
        };
        let record = RecordOutcomes::new(pool.clone(), turn, Arc::clone(&tally));
        let shared = Arc::new(Shared {
            // One transaction at a time: while it is under way the next one's messages gather.
            acceptor: GroupCommit::spawn(accept, Limits { lanes: 1, ..Limits::default() }),
            recorder: GroupCommit::spawn(record, Limits { apart: OUTCOMES_APART, ..Limits::default() }),
            snoozer: GroupCommit::spawn(SnoozeDeliveries::new(pool.clone()), Limits { lanes: 1, ..Limits::default() }),
            attempts: TaskTracker::new(),
            sender: Sender { egress: parts.egress, clock: parts.clock, settings: parts.attempts },
            targets: Targets::new(pool.clone(), parts.secrets),
            admission: Admission::new(parts.in_flight),
            intake,
            wake,
            poke_reconciler: Arc::new(Notify::new()),
            signals: Signals::default(),
            counts: Counts::default(),
            watch: WorkerWatch::new(),
            tally,
            jobs_pool: parts.database.jobs().clone(),
            pool,
        });
        let with_workers = parts.with_workers;
        let engine = Self { shared, stop: CancellationToken::new(), tasks: TaskTracker::new(), with_workers };
        engine.tasks.spawn(news::run(Arc::clone(&engine.shared), engine.stop.clone()));
        engine.tasks.spawn(counts::run(Arc::clone(&engine.shared), engine.stop.clone()));
        if with_workers {
            engine.start_workers();
        } else {
            let (shared, stop) = (&engine.shared, engine.stop.clone());
            engine.tasks.spawn(shared.wake.clone().notify_others(shared.pool.clone(), stop));
        }
        engine
    }

    fn start_workers(&self) {
        let (shared, stop) = (&self.shared, &self.stop);
        for queue in QUEUES {
            self.tasks.spawn(worker::supervise(Arc::clone(shared), queue, stop.clone()));
        }
        self.tasks.spawn(shared.wake.clone().listen(
            shared.pool.clone(),
            Arc::clone(&shared.poke_reconciler),
            stop.clone(),
        ));
        self.tasks.spawn(reconciler::run(Arc::clone(shared), stop.clone()));
        self.tasks.spawn(housekeeping::run(Arc::clone(shared), stop.clone()));
        self.tasks.spawn(stats::run(Arc::clone(shared), stop.clone()));
        self.tasks.spawn(silence::run(Arc::clone(shared), stop.clone()));
    }

    /// Takes a message in; returns when it, its deliveries and their jobs are durable.
    ///
    /// # Errors
    /// When the database refuses or is away. Nothing is stored then, or, if the connection broke at the very end, that
    /// is unknown: handing in the same message again does no harm.
    pub async fn accept(&self, message: NewMessage) -> Result<Accepted, AcceptError> {
        self.shared.acceptor.submit(message).await
    }

    /// Deliveries were made due without a job (an endpoint was resumed): look for them now.
    pub fn wake_reconciler(&self) {
        if self.with_workers {
            self.shared.poke_reconciler.notify_one();
        } else {
            self.tasks.spawn(Wake::reconcilers_elsewhere(self.shared.pool.clone()));
        }
    }

    /// News of what happens, in whichever process.
    pub fn signals(&self) -> Signals {
        self.shared.signals.clone()
    }

    /// How long ago the worker that has fetched least recently came back from it, with jobs or without; `None` if one was
    /// never heard of.
    pub fn last_fetch_age(&self) -> Option<Duration> {
        self.shared.watch.silence()
    }

    /// Attempts under way in this process.
    pub fn in_flight(&self) -> usize {
        self.shared.admission.in_flight()
    }

    /// Stops taking jobs, and waits for the attempts under way, at most so long. What is not finished then is made
    /// again by another process, or at the next start.
    pub async fn drain(&self, at_most: Duration) {
        self.stop.cancel();
        self.tasks.close();
        let begun = Instant::now();
        if tokio::time::timeout(at_most, self.tasks.wait()).await.is_err() {
            tracing::warn!("workers did not finish in time; their jobs are taken up at the next start");
        }
        // Those that let their job go, too, until they are recorded.
        self.shared.attempts.close();
        let _ = tokio::time::timeout(at_most.saturating_sub(begun.elapsed()), self.shared.attempts.wait()).await;
    }

    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

/// Why a message was not taken in.
pub type AcceptError = SubmitError<AppendError>;
