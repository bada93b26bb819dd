//! Brings the cluster's server up from whatever state it was left in.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tracing::{info, warn};

use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::{ClusterError, io_error};
use crate::layout::{Layout, SOCKET_FILE, ServerPath};
use crate::postmaster::{self, PidFile, Place};
use crate::probe::{self, Answer};

const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How long a server that was told to stop by somebody else may wait for its clients before it is hurried.
const PATIENCE_WITH_STOPPING: Duration = Duration::from_secs(3);
/// How long processes of a killed server may take to notice before they are ended.
const PATIENCE_WITH_ORPHANS: Duration = Duration::from_secs(2);
/// Crash recovery replays at most `max_wal_size`: minutes on a slow disk, with signs of life all along.
const RECOVERY_LIMIT: Duration = Duration::from_mins(10);
const RESTART_INTERVAL: Duration = Duration::from_millis(200);

/// A server that takes connections.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) pid: u32,
    pub(crate) socket_directory: PathBuf,
    /// The server as our child process, if this call started it: to be waited for when it ends.
    pub(crate) child: Option<Child>,
}

/// The state of one attempt to bring the server up.
#[derive(Debug)]
pub(crate) struct BringUp<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) account: &'a Account,
    pub(crate) binaries: &'a Binaries,
    /// Limit for a start without signs of life.
    pub(crate) limit: Duration,
}

/// What is to be seen of the server at one moment.
#[derive(Debug)]
enum Seen {
    Ready { pid: u32, socket_directory: PathBuf },
    Starting,
    Stopping { pid: u32 },
    Dead,
}

impl Seen {
    fn describe(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "ready",
            Self::Starting => "starting or recovering",
            Self::Stopping { .. } => "still shutting down",
            Self::Dead => "not running",
        }
    }
}

impl BringUp<'_> {
    /// Waits for, adopts or starts the server. To be called with the turn lock held.
    pub(crate) async fn run(&self) -> Result<Running, ClusterError> {
        let began = Instant::now();
        let mut child: Option<Child> = None;
        let mut hurried = false;
        let mut dead_since: Option<Instant> = None;
        loop {
            let seen = self.look().await;
            if let Seen::Ready { pid, socket_directory } = seen {
                let child = child.filter(|child| child.id() == pid);
                return Ok(Running { pid, socket_directory, child });
            }
            let recovering = match &seen {
                Seen::Starting => true,
                Seen::Stopping { pid } => {
                    if !hurried && began.elapsed() > PATIENCE_WITH_STOPPING {
                        hurried = postmaster::signal(*pid, self.account.uid, Signal::INT);
                    }
                    false
                }
                Seen::Dead => {
                    if let Some(mut ended) = child.take() {
                        if matches!(ended.try_wait(), Ok(None)) {
                            // Just begun: the pid file is not there yet.
                            child = Some(ended);
                        } else {
                            let since = *dead_since.get_or_insert_with(Instant::now);
                            self.after_failed_start(ended.id(), since)?;
                            tokio::time::sleep(RESTART_INTERVAL).await;
                        }
                    }
                    if child.is_none() {
                        child = Some(self.spawn()?);
                    }
                    false
                }
                Seen::Ready { .. } => false,
            };
            let limit = if recovering { self.limit.max(RECOVERY_LIMIT) } else { self.limit };
            if began.elapsed() > limit {
                return Err(ClusterError::StartTimeout {
                    directory: self.layout.pgdata.clone(),
                    seconds: limit.as_secs(),
                    state: seen.describe().to_owned(),
                    log: self.layout.log_tail(),
                });
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    async fn look(&self) -> Seen {
        let Some(file) = PidFile::of(&self.layout.pgdata) else { return Seen::Dead };
        let pid = file.pid;
        if !postmaster::is_alive(pid) || !postmaster::may_be_server(pid, &self.layout.pgdata) {
            return Seen::Dead;
        }
        if file.stopping {
            return Seen::Stopping { pid };
        }
        let Some(socket_directory) = file.socket_directory else { return Seen::Starting };
        match probe::ask(&socket_directory).await {
            Answer::Ready => Seen::Ready { pid, socket_directory },
            Answer::NotNow | Answer::Silent => Seen::Starting,
        }
    }

    fn spawn(&self) -> Result<Child, ClusterError> {
        let socket_directory = self.layout.socket_directory(self.account)?;
        self.forget_dead_server(&socket_directory)?;
        let directory = ServerPath::to(&self.layout.pgdata, self.account)?;
        let program = self.binaries.program("postgres");
        let log = open_startup_log(&self.layout.startup_log)?;
        let errors = log.try_clone().map_err(io_error("cannot write", &self.layout.startup_log))?;
        let mut command = Command::new(&program);
        self.account.apply(&mut command);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C").arg("-D").arg(&directory.argument).arg("-k").arg(&socket_directory);
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        // A group of its own: Ctrl-C in a terminal must reach Hookreel, which then drains and stops the server.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        info!(directory = %self.layout.pgdata.display(), "starting PostgreSQL");
        command.spawn().map_err(|error| ClusterError::Program { program, detail: error.to_string() })
    }

    /// Removes the lock files of a server that died, where PostgreSQL itself would take the number in them for a live
    /// server's and refuse to start: a stranger has the number now, or a container's first process never collects
    /// the dead. Only where it is certain that no process of the old server is left.
    fn forget_dead_server(&self, socket_directory: &Path) -> Result<(), ClusterError> {
        let pgdata = &self.layout.pgdata;
        if !postmaster::processes_in(pgdata).is_some_and(|left| left.is_empty()) {
            return Ok(());
        }
        // The socket's directory is this cluster's alone, so its lock is this cluster's as well.
        for path in [postmaster::path(pgdata), socket_directory.join(format!("{SOCKET_FILE}.lock"))] {
            let Some(PidFile { pid, .. }) = PidFile::read(&path) else { continue };
            if postmaster::has_entry(pid) {
                info!(pid, path = %path.display(), "removing the lock file of a server that died");
                fs::remove_file(&path).map_err(io_error("cannot remove", &path))?;
            }
        }
        Ok(())
    }

    /// Decides whether a start that failed is worth another try: it is while processes of a killed
    /// server still hold its shared memory, and after a while those are ended.
    fn after_failed_start(&self, pid: u32, since: Instant) -> Result<(), ClusterError> {
        let log = self.layout.log_tail();
        let tag = format!("[{pid}]");
        let temporary = log.lines().filter(|line| line.contains(&tag)).any(|line| {
            line.contains("pre-existing shared memory block")
                || (line.contains("lock file") && line.contains("already exists"))
        });
        if !temporary || since.elapsed() > self.limit {
            return Err(ClusterError::StartFailed { directory: self.layout.pgdata.clone(), log });
        }
        if since.elapsed() > PATIENCE_WITH_ORPHANS {
            let hard = since.elapsed() > PATIENCE_WITH_ORPHANS * 2;
            let left = postmaster::processes_in(&self.layout.pgdata).unwrap_or_default();
            for (pid, _) in left.into_iter().filter(|(_, place)| *place == Place::InCluster) {
                warn!(pid, "ending a process that a killed PostgreSQL left behind");
                postmaster::signal(pid, self.account.uid, if hard { Signal::KILL } else { Signal::QUIT });
            }
        }
        Ok(())
    }
}

/// Begins the log of one start: what an earlier one said must not be taken for this one's reason to fail.
fn open_startup_log(path: &Path) -> Result<File, ClusterError> {
    let begin = || -> std::io::Result<File> {
        File::create(path)?;
        OpenOptions::new().append(true).open(path)
    };
    begin().map_err(io_error("cannot write", path))
}
