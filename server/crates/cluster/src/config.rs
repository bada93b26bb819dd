//! What a caller decides about its cluster.

use std::path::PathBuf;
use std::time::Duration;

/// How to run the cluster.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// The directory that holds everything: the cluster in `postgres/`, the socket in `run/`, locks and the
    /// start-up log. Made when missing.
    pub data_dir: PathBuf,
    /// `true`: a commit survives a crash of the machine. `false` (`fsync`, `synchronous_commit` and
    /// `full_page_writes` off): fast, for tests and scratch data only.
    pub durable: bool,
    /// Further `postgresql.conf` settings, name and plain value. They win over Hookreel's own.
    pub settings: Vec<(String, String)>,
    /// How long a start may go without a sign of life. Crash recovery that is at work may take longer.
    pub startup_timeout: Duration,
}

impl ClusterConfig {
    /// A durable cluster in `data_dir` with Hookreel's settings and a start-up limit of 60 seconds.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into(), durable: true, settings: Vec::new(), startup_timeout: Duration::from_mins(1) }
    }

    /// A cluster for tests and other scratch data: nothing is synced to the disk.
    pub fn scratch(data_dir: impl Into<PathBuf>) -> Self {
        Self { durable: false, ..Self::new(data_dir) }
    }

    /// Adds one `postgresql.conf` setting.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }
}
