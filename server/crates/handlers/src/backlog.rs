//! What handlers could not do at once: tried again, then parked until a person retries or skips it.

use crate::handler::{Handler, HandlerError};
use crate::runner::{guarded, reader_of};
use hookreel_event_store::{StoredEvent, load_checkpoint, read_one};
use hookreel_kernel::{TenantId, Timestamp};
use sqlx::{PgConnection, PgPool};
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// An event that failed so often is parked.
const TRIES_MAX: i32 = 8;
/// The pause before the second try; it doubles each time, up to the longest.
const FIRST_PAUSE_S: f64 = 2.0;
const LONGEST_PAUSE_S: f64 = 600.0;
/// Events of the backlog looked at in one step.
const STEP: i64 = 100;
/// What is kept of an error.
const ERROR_CHARS_MAX: usize = 500;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum BacklogError {
    /// There is no such entry (any more).
    #[error("there is no such event in the backlog of this handler; it may have been handled meanwhile")]
    NotFound,
    /// The database refused or is away.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// One event that a handler has not handled yet.
#[derive(Debug, Clone)]
pub struct BacklogRow {
    /// Whose backlog.
    pub handler: String,
    /// The event's place in the store.
    pub position: i64,
    /// Whose event.
    pub tenant_id: TenantId,
    /// `endpoint.disabled`.
    pub kind: String,
    /// `retrying`, `waiting`, `parked`.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried again.
    pub due_at: Timestamp,
    /// What went wrong last.
    pub error: String,
    /// Since when.
    pub noted_at: Timestamp,
}

/// Where a handler stands.
#[derive(Debug, Clone)]
pub struct HandlerStatus {
    /// Its name.
    pub name: String,
    /// Up to where it has come.
    pub position: i64,
    /// How many positions are before it.
    pub behind: i64,
    /// Events that are tried again by themselves, or wait behind such.
    pub retrying: u64,
    /// Events that wait for a person.
    pub parked: u64,
}

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
    insert(connection, handler, events, "waiting", 0, "An earlier event of the same stream comes first.").await
}

pub(crate) async fn note_failed(
    connection: &mut PgConnection,
    handler: &str,
    event: &StoredEvent,
    error: &HandlerError,
) -> Result<(), sqlx::Error> {
    let state = if error.is_passing() { "retrying" } else { "parked" };
    insert(connection, handler, std::slice::from_ref(event), state, 1, &kept(error)).await
}

async fn insert(
    connection: &mut PgConnection,
    handler: &str,
    events: &[StoredEvent],
    state: &str,
    tries: i32,
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
        state,
        tries,
        if tries == 0 { 0.0 } else { FIRST_PAUSE_S },
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
pub(crate) async fn work_off(pool: &PgPool, handler: &Arc<dyn Handler>) -> Result<usize, sqlx::Error> {
    // Of each stream only the first may be tried: the others wait behind it.
    let due = sqlx::query!(
        "select b.position, b.tries from ops.handler_backlog b
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
    for row in due {
        if try_again(pool, handler, row.position, row.tries).await? {
            done += 1;
        }
    }
    Ok(done)
}

async fn try_again(pool: &PgPool, handler: &Arc<dyn Handler>, position: i64, tries: i32) -> Result<bool, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // Whoever holds the checkpoint is the one who handles.
    if load_checkpoint(&mut transaction, &reader_of(handler.as_ref())).await?.is_none() {
        return Ok(false);
    }
    let Some(event) = read_one(&mut transaction, position).await? else {
        // Its month was dropped: nothing is left to be handled.
        delete(&mut transaction, handler.name(), position).await?;
        transaction.commit().await?;
        return Ok(true);
    };
    match guarded(handler.as_ref(), &mut transaction, std::slice::from_ref(&event)).await {
        Ok(()) => {
            delete(&mut transaction, handler.name(), position).await?;
            transaction.commit().await?;
            Ok(true)
        }
        Err(error) => {
            drop(transaction);
            let is_last = tries + 1 >= TRIES_MAX || !error.is_passing();
            let pause = (FIRST_PAUSE_S * 2_f64.powi(tries)).min(LONGEST_PAUSE_S);
            sqlx::query!(
                "update ops.handler_backlog set state = $3, tries = tries + 1, error = $4,
                        due_at = now() + make_interval(secs => $5)
                 where handler = $1 and position = $2",
                handler.name(),
                position,
                if is_last { "parked" } else { "retrying" },
                kept(&error),
                pause,
            )
            .execute(pool)
            .await?;
            if is_last {
                tracing::error!(handler = handler.name(), position, %error, "an event was parked");
            }
            Ok(false)
        }
    }
}

async fn delete(connection: &mut PgConnection, handler: &str, position: i64) -> Result<u64, sqlx::Error> {
    let deleted =
        sqlx::query!("delete from ops.handler_backlog where handler = $1 and position = $2", handler, position)
            .execute(connection)
            .await?;
    Ok(deleted.rows_affected())
}

/// What is in the backlog, of one handler or of all, oldest first, at most so many.
///
/// # Errors
/// When the database is away.
pub async fn list(pool: &PgPool, handler: Option<&str>, limit: i64) -> Result<Vec<BacklogRow>, sqlx::Error> {
    let rows = sqlx::query!(
        "select handler, position, tenant_id, kind, state, tries, due_at, error, noted_at from ops.handler_backlog
         where $1::text is null or handler = $1
         order by (state = 'parked') desc, position limit $2",
        handler,
        limit,
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().map(|row| BacklogRow {
        handler: row.handler,
        position: row.position,
        tenant_id: TenantId::from_uuid(row.tenant_id),
        kind: row.kind,
        state: row.state,
        tries: u32::try_from(row.tries).unwrap_or_default(),
        due_at: row.due_at,
        error: row.error,
        noted_at: row.noted_at,
    });
    Ok(rows.collect())
}

/// How many events are parked in all.
///
/// # Errors
/// When the database is away.
pub async fn parked(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let count = sqlx::query_scalar!(r#"select count(*) as "count!" from ops.handler_backlog where state = 'parked'"#)
        .fetch_one(pool)
        .await?;
    Ok(count as u64)
}

/// Where each handler stands that has ever run here.
///
/// # Errors
/// When the database is away.
pub async fn statuses(pool: &PgPool) -> Result<Vec<HandlerStatus>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select substr(c.reader, length('handler.') + 1) as "name!", c.position, h.position as head,
                  (select count(*) from ops.handler_backlog b
                   where 'handler.' || b.handler = c.reader and b.state <> 'parked') as "retrying!",
                  (select count(*) from ops.handler_backlog b
                   where 'handler.' || b.handler = c.reader and b.state = 'parked') as "parked!"
           from event_store.checkpoints c cross join event_store.head h
           where c.reader like 'handler.%'
           order by c.reader"#,
    )
    .fetch_all(pool)
    .await?;
    let statuses = rows.into_iter().map(|row| HandlerStatus {
        name: row.name,
        position: row.position,
        behind: (row.head - row.position).max(0),
        retrying: row.retrying as u64,
        parked: row.parked as u64,
    });
    Ok(statuses.collect())
}

/// Tries an event again at the next step, with all its tries before it.
///
/// # Errors
/// [`BacklogError::NotFound`].
pub async fn retry(pool: &PgPool, handler: &str, position: i64) -> Result<(), BacklogError> {
    let updated = sqlx::query!(
        "update ops.handler_backlog set state = 'retrying', tries = 0, due_at = now()
         where handler = $1 and position = $2 and state <> 'waiting'",
        handler,
        position,
    )
    .execute(pool)
    .await?;
    if updated.rows_affected() == 0 { Err(BacklogError::NotFound) } else { Ok(()) }
}

/// Gives an event up: this handler never handles it. What waits behind it goes on.
///
/// # Errors
/// [`BacklogError::NotFound`].
pub async fn skip(pool: &PgPool, handler: &str, position: i64) -> Result<(), BacklogError> {
    let mut connection = pool.acquire().await?;
    if delete(&mut connection, handler, position).await? == 0 {
        return Err(BacklogError::NotFound);
    }
    tracing::warn!(handler, position, "an event was skipped");
    Ok(())
}

/// Tries everything that a handler has parked again, and says how many there were.
///
/// # Errors
/// When the database is away.
pub async fn replay_parked(pool: &PgPool, handler: &str) -> Result<u64, sqlx::Error> {
    let updated = sqlx::query!(
        "update ops.handler_backlog set state = 'retrying', tries = 0, due_at = now()
         where handler = $1 and state = 'parked'",
        handler,
    )
    .execute(pool)
    .await?;
    Ok(updated.rows_affected())
}
