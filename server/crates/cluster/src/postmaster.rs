//! What `postmaster.pid` and the process table say about a cluster's server.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// The content of `postmaster.pid`. The file appears early in a start and is removed at the end of a shutdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PidFile {
    pub(crate) pid: u32,
    /// Where the socket is. Missing in the first moments of a start.
    pub(crate) socket_directory: Option<PathBuf>,
    /// `stopping` as last line: the server is on its way out.
    pub(crate) stopping: bool,
}

impl PidFile {
    /// The cluster's file, if there is one.
    pub(crate) fn of(pgdata: &Path) -> Option<Self> {
        Self::read(&path(pgdata))
    }

    pub(crate) fn read(path: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(path).ok()?)
    }

    /// Lines: pid, data directory, start time, port, socket directory, listen address, shared memory key, status.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        // Negative: a single-user server, as `initdb` runs.
        let pid: u32 = lines.first()?.trim_start_matches('-').parse().ok()?;
        Some(Self {
            pid,
            socket_directory: lines.get(4).filter(|line| line.starts_with('/')).map(PathBuf::from),
            stopping: lines.get(7).is_some_and(|status| *status == "stopping"),
        })
    }
}

pub(crate) fn path(pgdata: &Path) -> PathBuf {
    pgdata.join("postmaster.pid")
}

/// Whether the process exists and has not ended; a zombie has.
pub(crate) fn is_alive(pid: u32) -> bool {
    let Some(process) = Pid::from_raw(pid as i32) else { return false };
    match test_kill_process(process) {
        Ok(()) | Err(rustix::io::Errno::PERM) => !is_zombie(pid),
        Err(_) => false,
    }
}

fn is_zombie(pid: u32) -> bool {
    // "12 (name) Z ...": the name may hold anything, so look behind its last bracket.
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| stat.rsplit(')').next().map(|rest| rest.trim_start().starts_with('Z')))
        .unwrap_or(false)
}

/// Whether the live process `pid` may be a server of this cluster. Process ids are used again, above all in
/// containers, so that a leftover `postmaster.pid` can name a stranger.
pub(crate) fn may_be_server(pid: u32, pgdata: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{pid}"));
    if !process.exists() {
        // No procfs (macOS): trust the file.
        return !Path::new("/proc/self").exists();
    }
    if let (Ok(working), Ok(cluster)) = (fs::metadata(process.join("cwd")), fs::metadata(pgdata)) {
        return working.dev() == cluster.dev() && working.ino() == cluster.ino();
    }
    // The working directory is not ours to see, which a container may forbid even to root.
    is_postgres(&process)
}

/// Whether there is an entry for the process, be it a zombie: PostgreSQL then takes it for alive.
pub(crate) fn has_entry(pid: u32) -> bool {
    Pid::from_raw(pid as i32)
        .is_some_and(|process| matches!(test_kill_process(process), Ok(()) | Err(rustix::io::Errno::PERM)))
}

/// What is known of a live process of the account that owns the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It works in the cluster's directory, as every process of a server does.
    InCluster,
    /// It is a PostgreSQL; of which cluster is not ours to see.
    Unknown,
}

/// The live processes that are or may be of this cluster's server; `None` where there is no procfs to tell.
pub(crate) fn processes_in(pgdata: &Path) -> Option<Vec<(u32, Place)>> {
    let cluster = fs::metadata(pgdata).ok()?;
    let entries = fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let pids = entries.filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
    let place = |pid: u32| {
        let process = PathBuf::from(format!("/proc/{pid}"));
        let owned = fs::metadata(&process).is_ok_and(|metadata| metadata.uid() == cluster.uid());
        if !owned || !is_alive(pid) {
            return None;
        }
        match fs::metadata(process.join("cwd")) {
            Ok(working) if working.dev() == cluster.dev() && working.ino() == cluster.ino() => Some(Place::InCluster),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied && is_postgres(&process) => {
                Some(Place::Unknown)
            }
            _ => None,
        }
    };
    let found: Vec<(u32, Place)> = pids.filter_map(|pid| place(pid).map(|place| (pid, place))).collect();
    Path::new("/proc/self").exists().then_some(found)
}

fn is_postgres(process: &Path) -> bool {
    fs::read_to_string(process.join("comm")).is_ok_and(|name| matches!(name.trim(), "postgres" | "postmaster"))
}

/// Signals a server process of the account `uid`. The pid comes from a file that account can write: a process
/// of anybody else is left alone.
pub(crate) fn signal(pid: u32, uid: u32, signal: Signal) -> bool {
    let foreign = fs::metadata(format!("/proc/{pid}")).is_ok_and(|metadata| metadata.uid() != uid);
    match Pid::from_raw(pid as i32) {
        Some(process) if !foreign && pid > 1 => kill_process(process, signal).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_pid_file_names_process_socket_and_status() {
        let text = "4711\n/data/postgres\n1700000000\n5432\n/data/run\n\n  5432001  32768\nready   \n";
        let expected = PidFile { pid: 4711, socket_directory: Some(PathBuf::from("/data/run")), stopping: false };
        assert_eq!(PidFile::parse(text), Some(expected));
    }

    #[test]
    fn a_pid_file_of_a_server_that_has_just_begun_lacks_the_socket() {
        let read = PidFile::parse("4711\n/data/postgres\n1700000000\n5432\n").unwrap();
        assert_eq!(read.socket_directory, None);
        assert!(!read.stopping);
        assert!(PidFile::parse("4711\n/d\n1\n5432\n/run\n\n\nstopping\n").unwrap().stopping);
        assert_eq!(PidFile::parse(""), None);
    }

    #[test]
    fn this_process_is_alive_and_no_server_of_a_cluster() {
        let own = std::process::id();
        assert!(is_alive(own));
        assert!(!is_alive(0));
        if Path::new("/proc/self").exists() {
            assert!(!may_be_server(own, Path::new("/")));
        }
    }
}
