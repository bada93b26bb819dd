//! Running handlers: each follows the store by itself, in one process at a time.

use crate::backlog;
use crate::handler::{Effects, Handler, HandlerError};
use crate::pace::{Pace, Seen};
use crate::retries::Retries;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_event_store::{StoredEvent, Wanted, head, load_checkpoint, read_kinds, save_checkpoint};
use hookreel_kernel::{Clock as _, SystemClock};
use sqlx::{PgConnection, PgPool};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often a handler looks when there was nothing to do.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long it waits when the database is away.
const AWAY_PAUSE: Duration = Duration::from_secs(2);
/// Bytes of bodies in one step; a single larger one still passes.
const BODY_BYTES: i64 = 8 << 20;

/// The handlers of this process.
#[derive(Debug, Clone)]
pub struct Handlers {
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// There was nothing to do, or another process does it.
    Idle,
    /// It moved on.
    Moved(Seen),
    /// It did something of what had failed.
    WorkedOff,
}

impl Handlers {
    /// Starts them with the usual retries. `pool` is one of `hookreel_engine`.
    pub fn start(pool: &PgPool, handlers: Vec<Arc<dyn Handler>>) -> Self {
        Self::start_with(pool, handlers, Retries::default())
    }

    /// Starts them with these retries.
    pub fn start_with(pool: &PgPool, handlers: Vec<Arc<dyn Handler>>, retries: Retries) -> Self {
        let this = Self { stop: CancellationToken::new(), tasks: TaskTracker::new() };
        let retries = Arc::new(retries);
        for handler in handlers {
            this.tasks.spawn(follow(pool.clone(), handler, Arc::clone(&retries), this.stop.clone()));
        }
        this
    }

    /// Lets every handler finish what it is doing, and ends them.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn follow(pool: PgPool, handler: Arc<dyn Handler>, retries: Arc<Retries>, stop: CancellationToken) {
    let (mut is_begun, mut pace) = (false, Pace::new());
    while !stop.is_cancelled() {
        let begun = Instant::now();
        let pause = match run_once(&pool, &handler, &retries, pace.positions(), &mut is_begun).await {
            Ok(Step::Idle) => INTERVAL,
            Ok(Step::Moved(seen)) => pace.pause_after(begun.elapsed(), seen, Instant::now()),
            Ok(Step::WorkedOff) => begun.elapsed().min(INTERVAL),
            Err(error) => {
                tracing::debug!(handler = handler.name(), %error, "the handler could not go on; it tries again");
                AWAY_PAUSE
            }
        };
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

async fn run_once(
    pool: &PgPool,
    handler: &Arc<dyn Handler>,
    retries: &Retries,
    positions: i64,
    is_begun: &mut bool,
) -> Result<Step, sqlx::Error> {
    if !*is_begun {
        begin(pool, handler.as_ref()).await?;
        *is_begun = true;
    }
    let moved = next_step(pool, handler, retries, positions).await?;
    let worked_off = backlog::work_off(pool, handler, retries).await?;
    Ok(if moved == Step::Idle && worked_off > 0 { Step::WorkedOff } else { moved })
}

/// Has handlers that have never run begin here. A process does so before it is ready: what happens from then on is handled,
/// however long it takes until they run.
///
/// # Errors
/// When the database is away.
pub async fn begin_all(pool: &PgPool, handlers: &[Arc<dyn Handler>]) -> Result<(), sqlx::Error> {
    for handler in handlers {
        begin(pool, handler.as_ref()).await?;
    }
    Ok(())
}

/// A handler whose effects are outside begins with what happens from now on, not with years of mails.
async fn begin(pool: &PgPool, handler: &dyn Handler) -> Result<(), sqlx::Error> {
    if handler.effects() == Effects::Projection {
        return Ok(());
    }
    sqlx::query!(
        "insert into event_store.checkpoints (reader, position) select $1, position from event_store.head
         on conflict (reader) do nothing",
        reader_of(handler),
    )
    .execute(pool)
    .await
    .map(drop)
}

/// The name of a handler's checkpoint.
pub(crate) fn reader_of(handler: &dyn Handler) -> String {
    format!("handler.{}", handler.name())
}

/// Handles the next events at once; if that fails, one after the other.
async fn next_step(
    pool: &PgPool,
    handler: &Arc<dyn Handler>,
    retries: &Retries,
    positions: i64,
) -> Result<Step, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let reader = reader_of(handler.as_ref());
    let Some(from) = load_checkpoint(&mut transaction, &reader).await? else { return Ok(Step::Idle) };
    let head = head(&mut transaction).await?;
    let until = head.min(from + positions);
    if until <= from {
        // Not only dropped: that gives the checkpoint back some time later, and the backlog would find it taken.
        transaction.rollback().await?;
        return Ok(Step::Idle);
    }
    let (events, until) = read(&mut transaction, handler.as_ref(), from, until).await?;
    let behind = events.first().and_then(|first| (SystemClock.now() - first.recorded_at).try_into().ok());
    let behind = behind.unwrap_or_default();
    let held_up = backlog::streams_with_any(&mut transaction, handler.name(), &events).await?;
    let (waiting, ready): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| held_up.contains(&event.stream_id));
    match guarded(handler.as_ref(), &mut transaction, &ready).await {
        Ok(()) => {
            backlog::note_waiting(&mut transaction, handler.name(), &waiting).await?;
            save_checkpoint(&mut transaction, &reader, until).await?;
            transaction.commit().await?;
        }
        Err(error) => {
            transaction.rollback().await?;
            tracing::debug!(handler = handler.name(), %error, "a batch failed; its events are handled one by one");
            let mut all: Vec<StoredEvent> = ready.into_iter().chain(waiting).collect();
            all.sort_by_key(|event| event.position);
            one_by_one(pool, handler, retries, Batch { events: &all, from, until }).await?;
        }
    }
    Ok(Step::Moved(Seen { head, is_at_head: until == head, behind }))
}

async fn read(
    connection: &mut PgConnection,
    handler: &dyn Handler,
    from: i64,
    until: i64,
) -> Result<(Vec<StoredEvent>, i64), sqlx::Error> {
    let wanted = Wanted {
        kinds: handler.kinds(),
        only_containing: handler.only_containing(),
        with_payloads: handler.wants_payloads(),
        body_bytes_max: handler.wants_bodies().then_some(BODY_BYTES),
    };
    read_kinds(connection, from, until, wanted).await
}

/// A defect in a handler is an error like another. The transaction must be given up after any.
pub(crate) async fn guarded(
    handler: &dyn Handler,
    connection: &mut PgConnection,
    events: &[StoredEvent],
) -> Result<(), HandlerError> {
    if events.is_empty() { Ok(()) } else { caught(handler.handle(connection, events)).await }
}

/// The same for an event of the backlog.
pub(crate) async fn guarded_late(
    handler: &dyn Handler,
    connection: &mut PgConnection,
    event: &StoredEvent,
) -> Result<(), HandlerError> {
    caught(handler.handle_late(connection, event)).await
}

async fn caught(handling: BoxFuture<'_, Result<(), HandlerError>>) -> Result<(), HandlerError> {
    AssertUnwindSafe(handling).catch_unwind().await.unwrap_or(Err(HandlerError::Panicked))
}

/// Events in order, and between which positions they are all there are.
struct Batch<'a> {
    events: &'a [StoredEvent],
    from: i64,
    until: i64,
}

/// Each event in a transaction of its own; what fails goes to the backlog, and what follows in its stream behind it.
async fn one_by_one(
    pool: &PgPool,
    handler: &Arc<dyn Handler>,
    retries: &Retries,
    batch: Batch<'_>,
) -> Result<(), sqlx::Error> {
    let reader = reader_of(handler.as_ref());
    let mut reached = batch.from;
    for event in batch.events {
        let mut transaction = pool.begin().await?;
        let Some(from) = load_checkpoint(&mut transaction, &reader).await? else { return Ok(()) };
        // It went back: the handler begins again, and not from here.
        if from < reached {
            return Ok(());
        }
        reached = from;
        if from >= event.position {
            continue;
        }
        let one = std::slice::from_ref(event);
        // Asked each time: between two events another process may have come as far as here.
        let is_behind = !backlog::streams_with_any(&mut transaction, handler.name(), one).await?.is_empty();
        if is_behind {
            backlog::note_waiting(&mut transaction, handler.name(), one).await?;
        } else if let Err(error) = guarded(handler.as_ref(), &mut transaction, one).await {
            transaction.rollback().await?;
            transaction = pool.begin().await?;
            if load_checkpoint(&mut transaction, &reader).await? != Some(from) {
                return Ok(());
            }
            tracing::warn!(handler = handler.name(), position = event.position, %error, "an event could not be handled");
            backlog::note_failed(&mut transaction, handler.name(), retries, event, &error).await?;
        }
        save_checkpoint(&mut transaction, &reader, event.position).await?;
        transaction.commit().await?;
        reached = event.position;
    }
    let mut transaction = pool.begin().await?;
    let from = load_checkpoint(&mut transaction, &reader).await?;
    if from.is_some_and(|from| (reached..batch.until).contains(&from)) {
        save_checkpoint(&mut transaction, &reader, batch.until).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Forgets what a handler has written, and lets it begin again once the caller's transaction is committed. `false` if
/// its effects are outside, and when another process is at work with it at this moment: nothing is changed then.
///
/// # Errors
/// When the database is away.
pub async fn rebuild(connection: &mut PgConnection, handler: &dyn Handler) -> Result<bool, sqlx::Error> {
    if handler.effects() == Effects::Outside {
        return Ok(false);
    }
    let reader = reader_of(handler);
    if load_checkpoint(&mut *connection, &reader).await?.is_none() {
        return Ok(false);
    }
    handler.reset(&mut *connection).await?;
    sqlx::query!("delete from ops.handler_backlog where handler = $1", handler.name())
        .execute(&mut *connection)
        .await?;
    save_checkpoint(connection, &reader, 0).await?;
    Ok(true)
}
