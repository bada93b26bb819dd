//! A PostgreSQL for one run of a task.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use hookreel_cluster::{Cluster, ClusterConfig};

/// A cluster that keeps nothing: not synced while it runs, removed afterwards.
#[derive(Debug)]
pub(crate) struct ScratchCluster {
    cluster: Option<Cluster>,
    directory: PathBuf,
}

/// Directories are named after the process that uses them, so that the next run can tell what a killed one left.
const PREFIX: &str = "hookreel-scratch-";

impl ScratchCluster {
    pub(crate) async fn start() -> Result<Self> {
        // Not below the target directory: it may be where the account PostgreSQL runs as cannot go, and its path is long.
        let parent = Path::new("/tmp");
        remove_leftovers(parent).await;
        let directory = parent.join(format!("{PREFIX}{}", std::process::id()));
        let config = ClusterConfig::scratch(&directory)
            // Every test has a database and pools of its own.
            .setting("max_connections", "500")
            .setting("shared_buffers", "256MB")
            .setting("max_wal_size", "1GB")
            .setting("autovacuum_naptime", "1min");
        let cluster = Cluster::start(config).await?;
        Ok(Self { cluster: Some(cluster), directory })
    }

    pub(crate) fn cluster(&self) -> Result<&Cluster> {
        self.cluster.as_ref().context("the cluster has been stopped")
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        if let Some(cluster) = self.cluster.take() {
            cluster.stop().await?;
        }
        Ok(())
    }
}

impl Drop for ScratchCluster {
    fn drop(&mut self) {
        drop(self.cluster.take());
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Stops and removes the clusters of runs that were killed. What cannot be removed is somebody else's.
async fn remove_leftovers(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(pid) = name.strip_prefix(PREFIX).and_then(|pid| pid.parse::<i32>().ok()) else { continue };
        let owner = rustix::process::Pid::from_raw(pid);
        let alive = owner.is_some_and(|owner| rustix::process::test_kill_process(owner).is_ok());
        if alive || i32::try_from(std::process::id()).is_ok_and(|own| own == pid) {
            continue;
        }
        if let Ok(left) = Cluster::attach(entry.path()).await {
            let _ = left.stop().await;
        }
        let _ = fs::remove_dir_all(entry.path());
    }
}
