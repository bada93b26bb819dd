//! What grows in the tables about people is cut back now and then.

use hookreel_auth::PostgresSessionStore;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const INTERVAL: Duration = Duration::from_hours(1);

/// Deletes sessions that are over, until stopped.
pub(crate) async fn run(sessions: PostgresSessionStore, stop: CancellationToken) {
    loop {
        match sessions.delete_expired().await {
            Ok(rows) => tracing::debug!(rows, "deleted sessions that are over"),
            Err(error) => tracing::warn!(%error, "sessions that are over could not be deleted; it is tried again"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}
