//! Old history is removed from what is shown, now and then.

use hookreel_services::Retention;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const INTERVAL: Duration = Duration::from_hours(1);

/// Runs until stopped.
pub(crate) async fn run(retention: Retention, stop: CancellationToken) {
    loop {
        if let Err(error) = retention.apply().await {
            tracing::warn!(%error, "old history could not be removed; it is tried again");
        }
        if stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await.is_none() {
            return;
        }
    }
}
