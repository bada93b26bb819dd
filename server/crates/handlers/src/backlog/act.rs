//! What an operator does about the backlog. Each is one statement, on a connection of the caller's.

use sqlx::PgExecutor;

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

/// Tries an event again at the next step, with all its tries before it.
///
/// # Errors
/// [`BacklogError::NotFound`], also for one that waits behind an earlier event of its stream.
pub async fn retry(executor: impl PgExecutor<'_>, handler: &str, position: i64) -> Result<(), BacklogError> {
    let updated = sqlx::query!(
        "update ops.handler_backlog set state = 'retrying', tries = 0, due_at = now()
         where handler = $1 and position = $2 and state <> 'waiting'",
        handler,
        position,
    )
    .execute(executor)
    .await?;
    if updated.rows_affected() == 0 { Err(BacklogError::NotFound) } else { Ok(()) }
}

/// Gives an event up: this handler never handles it. What waits behind it goes on. Returns the event's kind.
///
/// # Errors
/// [`BacklogError::NotFound`].
pub async fn skip(executor: impl PgExecutor<'_>, handler: &str, position: i64) -> Result<String, BacklogError> {
    let kind = sqlx::query_scalar!(
        "delete from ops.handler_backlog where handler = $1 and position = $2 returning kind",
        handler,
        position,
    )
    .fetch_optional(executor)
    .await?;
    kind.ok_or(BacklogError::NotFound)
}

/// Tries everything that a handler has parked again, and says how many there were.
///
/// # Errors
/// When the database is away.
pub async fn replay_parked(executor: impl PgExecutor<'_>, handler: &str) -> Result<u64, sqlx::Error> {
    let updated = sqlx::query!(
        "update ops.handler_backlog set state = 'retrying', tries = 0, due_at = now()
         where handler = $1 and state = 'parked'",
        handler,
    )
    .execute(executor)
    .await?;
    Ok(updated.rows_affected())
}
