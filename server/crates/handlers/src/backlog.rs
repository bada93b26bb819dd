//! What handlers could not do at once: tried again, then parked until a person retries or skips it.

mod act;
mod look;

pub use act::{BacklogError, replay_parked, retry, skip};
pub use look::{BacklogRow, HandlerStatus, Place, list, list_state, statuses};

use crate::handler::{Handler, HandlerError};
use crate::retries::Retries;
use crate::runner::{guarded_late, reader_of};
use hookreel_event_store::{StoredEvent, load_checkpoint, read_one};
use hookreel_kernel::Timestamp;
use sqlx::{PgConnection, PgPool};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Events of the backlog looked at in one step.
const STEP: i64 = 100;
/// What is kept of an error.
const ERROR_CHARS_MAX: usize = 500;

pub(crate) async fn streams_with_any(
    connection: &mut PgConnection,
    handler: &str,
    events: &[StoredEvent],
) -> Result<HashSet<Uuid>, sqlx::Error> {
    if events.is_empty() {
        return Ok(HashSet::new());
    }
    let streams: Vec<Uuid> = events.iter().map(|event| event.stream_id).collect();
    let found = sqlx::query_scalar!(
        "select distinct stream_id from ops.handler_backlog where handler = $1 and stream_id = any($2)",
        handler,
        &streams,
    )
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().collect())
}

pub(crate) async fn note_waiting(
    connection: &mut PgConnection,
    handler: &str,
    events: &[StoredEvent],
) -> Result<(), sqlx::Error> {
    let noted = Noted { state: "waiting", tries: 0, due_in: Duration::ZERO };
    insert(connection, handler, events, noted, "An earlier event of the same stream comes first.").await
}

pub(crate) async fn note_failed(
    connection: &mut PgConnection,
    handler: &str,
    retries: &Retries,
    event: &StoredEvent,
    error: &HandlerError,
) -> Result<(), sqlx::Error> {
    let pause = retries.pause_after(1).filter(|_| error.is_passing());
    let noted = Noted {
        state: if pause.is_some() { "retrying" } else { "parked" },
        tries: 1,
        due_in: pause.unwrap_or_default(),
    };
    insert(connection, handler, std::slice::from_ref(event), noted, &kept(error)).await
}

/// How an event gets into the backlog.
struct Noted {
    state: &'static str,
    tries: i32,
    due_in: Duration,
}

async fn insert(
    connection: &mut PgConnection,
    handler: &str,
    events: &[StoredEvent],
    noted: Noted,
    error: &str,
) -> Result<(), sqlx::Error> {
    if events.is_empty() {
        return Ok(());
    }
    let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
    let tenants: Vec<Uuid> = events.iter().map(|event| event.tenant_id.uuid()).collect();
    let streams: Vec<Uuid> = events.iter().map(|event| event.stream_id).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    sqlx::query!(
        "insert into ops.handler_backlog (handler, position, tenant_id, stream_id, kind, state, tries, due_at, error)
         select $1, position, tenant_id, stream_id, kind, $6, $7, now() + make_interval(secs => $8), $9
         from unnest($2::bigint[], $3::uuid[], $4::uuid[], $5::text[]) as u (position, tenant_id, stream_id, kind)
         on conflict (handler, position) do nothing",
        handler,
        &positions,
        &tenants,
        &streams,
        &kinds as &[&str],
        noted.state,
        noted.tries,
        noted.due_in.as_secs_f64(),
        error,
    )
    .execute(connection)
    .await
    .map(drop)
}

fn kept(error: &HandlerError) -> String {
    error.to_string().chars().filter(|c| !c.is_control()).take(ERROR_CHARS_MAX).collect()
}

/// Tries what is due; says how many were handled.
pub(crate) async fn work_off(
    pool: &PgPool,
    handler: &Arc<dyn Handler>,
    retries: &Retries,
) -> Result<usize, sqlx::Error> {
    // Of each stream only the first may be tried: the others wait behind it.
    let due = sqlx::query_scalar!(
        "select b.position from ops.handler_backlog b
         where b.handler = $1 and b.state <> 'parked' and b.due_at <= now() and not exists (
             select from ops.handler_backlog e
             where e.handler = b.handler and e.stream_id = b.stream_id and e.position < b.position)
         order by b.position limit $2",
        handler.name(),
        STEP,
    )
    .fetch_all(pool)
    .await?;
    let mut done = 0;
    for position in due {
        match try_again(pool, handler, retries, position).await? {
            Tried::Handled => done += 1,
            Tried::NotHandled => {}
            Tried::Elsewhere => break,
        }
    }
    Ok(done)
}

/// What became of an event that was due.
enum Tried {
    Handled,
    /// It failed again, or it was not its turn any more.
    NotHandled,
    /// Another process is at work with this handler.
    Elsewhere,
}

async fn try_again(
    pool: &PgPool,
    handler: &Arc<dyn Handler>,
    retries: &Retries,
    position: i64,
) -> Result<Tried, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // Whoever holds the checkpoint is the one who handles.
    if load_checkpoint(&mut transaction, &reader_of(handler.as_ref())).await?.is_none() {
        return Ok(Tried::Elsewhere);
    }
    let Some(turn) = turn_of(&mut transaction, handler.name(), position).await? else {
        transaction.rollback().await?;
        return Ok(Tried::NotHandled);
    };
    let Some(event) = read_one(&mut transaction, position).await? else {
        // Its month was dropped: nothing is left to be handled.
        delete(&mut transaction, handler.name(), position).await?;
        transaction.commit().await?;
        return Ok(Tried::Handled);
    };
    match guarded_late(handler.as_ref(), &mut transaction, &event).await {
        Ok(()) => {
            delete(&mut transaction, handler.name(), position).await?;
            transaction.commit().await?;
            Ok(Tried::Handled)
        }
        Err(error) => {
            // Not only dropped: that gives the checkpoint back some time later, and the next event would find it taken.
            transaction.rollback().await?;
            note_failed_again(pool, handler.name(), retries, &turn, &error).await?;
            Ok(Tried::NotHandled)
        }
    }
}

/// An event whose turn it is.
struct Turn {
    position: i64,
    tries: i32,
    due_at: Timestamp,
}

/// Locks an event of the backlog, if it is still its turn: since it was found, another process may have handled it, or a
/// person skipped it. Who wants to skip it from now on waits until it is known how the try ends.
async fn turn_of(connection: &mut PgConnection, handler: &str, position: i64) -> Result<Option<Turn>, sqlx::Error> {
    sqlx::query_as!(
        Turn,
        "select b.position, b.tries, b.due_at from ops.handler_backlog b
         where b.handler = $1 and b.position = $2 and b.state <> 'parked' and b.due_at <= now() and not exists (
             select from ops.handler_backlog e
             where e.handler = b.handler and e.stream_id = b.stream_id and e.position < b.position)
         for update skip locked",
        handler,
        position,
    )
    .fetch_optional(connection)
    .await
}

/// If somebody has said otherwise since the try, that stands.
async fn note_failed_again(
    pool: &PgPool,
    handler: &str,
    retries: &Retries,
    turn: &Turn,
    error: &HandlerError,
) -> Result<(), sqlx::Error> {
    let pause = retries.pause_after(turn.tries + 1).filter(|_| error.is_passing());
    let updated = sqlx::query!(
        "update ops.handler_backlog set state = $4, tries = tries + 1, error = $5,
                due_at = now() + make_interval(secs => $6)
         where handler = $1 and position = $2 and due_at = $3",
        handler,
        turn.position,
        turn.due_at,
        if pause.is_some() { "retrying" } else { "parked" },
        kept(error),
        pause.unwrap_or_default().as_secs_f64(),
    )
    .execute(pool)
    .await?;
    if pause.is_none() && updated.rows_affected() > 0 {
        tracing::error!(handler, position = turn.position, %error, "an event was parked");
    }
    Ok(())
}

async fn delete(connection: &mut PgConnection, handler: &str, position: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from ops.handler_backlog where handler = $1 and position = $2", handler, position)
        .execute(connection)
        .await
        .map(drop)
}
