//! Who appends next, of the writers of one process.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Longer than a large batch takes.
const WAIT_MAX: Duration = Duration::from_millis(100);

/// From the first statement of [`crate::append`] to its commit a transaction holds the row that orders everything. Writers
/// that append all the time wait for each other here: that costs next to nothing, while a session of the database that waits
/// for a row is put to sleep and woken several times. Writers in other processes, and those that append now and then, wait
/// for the row.
#[derive(Debug, Clone, Default)]
pub struct Turn(Arc<Mutex<()>>);

impl Turn {
    /// Waits for the caller's turn, in the order of the calls. It ends when what is returned is dropped: after the commit.
    /// Whoever has it may wait for other rows of the database: past a while the next one goes on without, to wait for the
    /// row of all.
    pub async fn wait(&self) -> Option<OwnedMutexGuard<()>> {
        tokio::time::timeout(WAIT_MAX, Arc::clone(&self.0).lock_owned()).await.ok()
    }
}
