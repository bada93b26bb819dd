//! A directory that goes away with the test, and `psql`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use hookreel_cluster::{Cluster, ClusterConfig};

/// A directory below `/tmp` that only this process's user may enter, as `mktemp -d` makes them.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        use std::os::unix::fs::DirBuilderExt;
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(format!("/tmp/hookreel-test-{}-{number}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn config(&self) -> ClusterConfig {
        ClusterConfig::scratch(self.0.join("data")).setting("shared_buffers", "16MB")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs one statement and returns what it printed.
pub(crate) fn psql(cluster: &Cluster, sql: &str) -> String {
    let output = Command::new(cluster.binaries().program("psql"))
        .args(["--no-psqlrc", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command", sql])
        .arg(cluster.admin_url())
        .current_dir("/")
        .output()
        .unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status().unwrap();
    assert!(status.success());
}

pub(crate) fn is_alive(pid: u32) -> bool {
    // A zombie has ended: it only waits for its parent.
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .map_or_else(|_| !Path::new("/proc/self").exists(), |stat| !stat.contains(") Z"))
}
