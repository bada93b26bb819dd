//! How far a reader has come.

use sqlx::PgConnection;

/// The position a reader has dealt with, and locks it until the transaction ends, so that two processes never run
/// the same reader at once. `None` when another one holds it.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_checkpoint(connection: &mut PgConnection, reader: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query!(
        "insert into event_store.checkpoints (reader, position) values ($1, 0) on conflict (reader) do nothing",
        reader
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_scalar!("select position from event_store.checkpoints where reader = $1 for update skip locked", reader)
        .fetch_optional(connection)
        .await
}

/// Moves a reader's checkpoint, in the transaction that holds what the reader wrote.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_checkpoint(connection: &mut PgConnection, reader: &str, position: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update event_store.checkpoints set position = $2, updated_at = now() where reader = $1",
        reader,
        position
    )
    .execute(connection)
    .await
    .map(drop)
}
