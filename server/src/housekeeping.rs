//! What grows and is no longer needed is cut back now and then: sessions that are over, old idempotency keys, secrets
//! whose time is over, mails that were sent long ago.

use hookreel_auth::PostgresSessionStore;
use hookreel_database::Database;
use hookreel_handlers::forget_sent_mails;
use hookreel_secrets::delete_expired_secrets;
use hookreel_services::Idempotency;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const INTERVAL: Duration = Duration::from_hours(1);
/// Keys deleted in one transaction.
const KEYS_BATCH: i64 = 5_000;
/// Mails deleted in one transaction.
const MAILS_BATCH: i64 = 5_000;

/// Runs until stopped.
pub(crate) async fn run(
    sessions: PostgresSessionStore,
    keys: Idempotency,
    database: Database,
    stop: CancellationToken,
) {
    loop {
        match sessions.delete_expired().await {
            Ok(rows) => tracing::debug!(rows, "deleted sessions that are over"),
            Err(error) => tracing::warn!(%error, "sessions that are over could not be deleted; it is tried again"),
        }
        if let Err(error) = forget_keys(&keys).await {
            tracing::warn!(%error, "old idempotency keys could not be deleted; it is tried again");
        }
        if let Err(error) = forget_secrets(&database).await {
            tracing::warn!(%error, "secrets whose time is over could not be deleted; it is tried again");
        }
        if let Err(error) = forget_mails(&database).await {
            tracing::warn!(%error, "mails that were sent long ago could not be deleted; it is tried again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

async fn forget_keys(keys: &Idempotency) -> Result<(), hookreel_contract::ApiError> {
    while keys.forget_old(KEYS_BATCH).await? >= KEYS_BATCH.unsigned_abs() {}
    Ok(())
}

async fn forget_secrets(database: &Database) -> Result<(), sqlx::Error> {
    let rows = delete_expired_secrets(&mut *database.engine().acquire().await?).await?;
    tracing::debug!(rows, "deleted secrets whose time is over");
    Ok(())
}

async fn forget_mails(database: &Database) -> Result<(), sqlx::Error> {
    let mut connection = database.engine().acquire().await?;
    while forget_sent_mails(&mut connection, MAILS_BATCH).await? >= MAILS_BATCH.unsigned_abs() {}
    Ok(())
}
