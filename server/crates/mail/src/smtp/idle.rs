//! Connections that wait for the next mail.

use super::connection::Connection;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How many are kept.
const CONNECTIONS_MAX: usize = 4;
/// How long each is kept. Servers close theirs after a minute or more.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// Open connections between two mails, the last used one last.
#[derive(Default)]
pub(super) struct Idle(Arc<Mutex<Vec<(Connection, Instant)>>>);

impl Idle {
    /// The one that was used last.
    pub(super) fn take(&self) -> Option<Connection> {
        let (connection, since) = locked(&self.0).pop()?;
        if since.elapsed() < IDLE_MAX {
            return Some(connection);
        }
        // Those below it are older still.
        connection.close();
        close_old(&self.0);
        None
    }

    /// Keeps a connection for the next mail, and closes it if none comes.
    pub(super) fn keep(&self, connection: Connection) {
        let mut waiting = locked(&self.0);
        if waiting.len() >= CONNECTIONS_MAX {
            drop(waiting);
            return connection.close();
        }
        waiting.push((connection, Instant::now()));
        drop(waiting);
        let waiting = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(IDLE_MAX).await;
            if let Some(waiting) = waiting.upgrade() {
                close_old(&waiting);
            }
        });
    }
}

fn close_old(waiting: &Mutex<Vec<(Connection, Instant)>>) {
    let mut waiting = locked(waiting);
    let first_young = waiting.iter().position(|(_, since)| since.elapsed() < IDLE_MAX).unwrap_or(waiting.len());
    for (connection, _) in waiting.drain(..first_young) {
        connection.close();
    }
}

fn locked(waiting: &Mutex<Vec<(Connection, Instant)>>) -> MutexGuard<'_, Vec<(Connection, Instant)>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
