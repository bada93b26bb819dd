//! The two locks that let processes share one cluster.
//!
//! `hookreel.lock` is held while somebody starts or stops the server. `hookreel.users` is held, shared, by every
//! process that uses it; who can turn that into an exclusive lock was the last user and stops the server. The kernel
//! drops both when a process dies, however it dies.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use crate::error::{ClusterError, io_error};

const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// Held while the server is being started or stopped.
#[derive(Debug)]
pub(crate) struct TurnLock {
    _file: File,
}

impl TurnLock {
    /// Waits for its turn, at most `limit`.
    pub(crate) async fn take(data_dir: &Path, limit: Duration) -> Result<Self, ClusterError> {
        let started = Instant::now();
        loop {
            if let Some(lock) = Self::try_take(data_dir)? {
                return Ok(lock);
            }
            if started.elapsed() > limit {
                return Err(ClusterError::Busy { data_dir: data_dir.to_path_buf(), seconds: limit.as_secs() });
            }
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
    }

    pub(crate) fn try_take(data_dir: &Path) -> Result<Option<Self>, ClusterError> {
        let file = open(&data_dir.join("hookreel.lock"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(io_error("cannot lock a file in", data_dir)(error.into())),
        }
    }
}

/// Held by every user of the server.
#[derive(Debug)]
pub(crate) struct UserLock {
    file: File,
}

impl UserLock {
    /// Becomes a user. `true`: nobody else is one, so what runs here was left behind by a process that died.
    ///
    /// To be called with the [`TurnLock`] held.
    pub(crate) fn take(data_dir: &Path) -> Result<(Self, bool), ClusterError> {
        let path = data_dir.join("hookreel.users");
        let file = open(&path)?;
        let alone = flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok();
        flock(&file, FlockOperation::LockShared).map_err(|error| io_error("cannot lock", &path)(error.into()))?;
        Ok((Self { file }, alone))
    }

    /// Stops being a user. `true`: was the last one.
    ///
    /// To be called with the [`TurnLock`] held.
    pub(crate) fn leave(self) -> bool {
        flock(&self.file, FlockOperation::NonBlockingLockExclusive).is_ok()
    }
}

fn open(path: &Path) -> Result<File, ClusterError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(io_error("cannot open", path))
}
