//! A cluster in use.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tracing::{info, warn};

use crate::account::Account;
use crate::adopt::{BringUp, Running};
use crate::binaries::Binaries;
use crate::config::ClusterConfig;
use crate::error::ClusterError;
use crate::initdb;
use crate::layout::Layout;
use crate::locks::{TurnLock, UserLock};
use crate::postmaster::{self, PidFile};
use crate::settings;

/// A fast shutdown ends connections and writes a checkpoint; past this it becomes an immediate one,
/// which loses nothing either: the next start replays the log.
const FAST_STOP_LIMIT: Duration = Duration::from_secs(30);
const IMMEDIATE_STOP_LIMIT: Duration = Duration::from_secs(10);
/// How long a drop may block.
const DROP_LIMIT: Duration = Duration::from_secs(5);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How this process came to its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It started it.
    Started,
    /// It found it running without an owner, left by a process that was killed.
    Adopted,
    /// Another process uses it as well.
    Shared,
}

/// What [`Cluster::stop`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopOutcome {
    /// The server has ended.
    Stopped,
    /// Other processes still use it; the last of them stops it.
    LeftToOthers,
}

/// A running PostgreSQL that this process may use until it lets go by [`Cluster::stop`] or by dropping.
#[derive(Debug)]
pub struct Cluster {
    config: ClusterConfig,
    layout: Layout,
    account: Account,
    binaries: Binaries,
    running: Running,
    origin: Origin,
    /// `None` once let go.
    user: Option<UserLock>,
}

impl Cluster {
    /// Makes the cluster if there is none and brings its server up, whatever state it was left in.
    pub async fn start(config: ClusterConfig) -> Result<Self, ClusterError> {
        let layout = Layout::create(&config.data_dir)?;
        Self::open(config, layout).await
    }

    /// Uses an existing cluster: the running server of another process, else one started for this process alone.
    ///
    /// # Errors
    /// [`ClusterError::NoCluster`] when the directory holds none; nothing is created then.
    pub async fn attach(data_dir: impl Into<PathBuf>) -> Result<Self, ClusterError> {
        let config = ClusterConfig::new(data_dir);
        let missing = || ClusterError::NoCluster { data_dir: config.data_dir.clone() };
        let layout = Layout::existing(&config.data_dir).map_err(|_| missing())?;
        if !layout.has_cluster() {
            return Err(missing());
        }
        Self::open(config, layout).await
    }

    async fn open(config: ClusterConfig, layout: Layout) -> Result<Self, ClusterError> {
        let binaries = Binaries::find(layout.data_major())?;
        let _turn = TurnLock::take(&layout.data_dir, config.startup_timeout).await?;
        let account = Account::for_cluster(&layout.pgdata)?;
        let (user, alone) = UserLock::take(&layout.data_dir)?;
        if !layout.has_cluster() {
            initdb::create(&layout, &account, &binaries, config.durable).await?;
        }
        // A server that others use keeps the settings they gave it.
        if alone {
            settings::write(&layout, &account, &binaries, &config)?;
        }
        let running =
            BringUp { layout: &layout, account: &account, binaries: &binaries, limit: config.startup_timeout }
                .run()
                .await?;
        let origin = match (&running.child, alone) {
            (Some(_), _) => Origin::Started,
            (None, true) => Origin::Adopted,
            (None, false) => Origin::Shared,
        };
        if origin == Origin::Adopted {
            info!(pid = running.pid, "took over a running PostgreSQL");
            postmaster::signal(running.pid, account.uid, Signal::HUP);
        }
        Ok(Self { config, layout, account, binaries, running, origin, user: Some(user) })
    }

    /// Starts the server again if it died. `true`: it had. For a supervisor to call now and then.
    pub async fn ensure_running(&mut self) -> Result<bool, ClusterError> {
        if self.is_running() {
            return Ok(false);
        }
        let _turn = TurnLock::take(&self.layout.data_dir, self.config.startup_timeout).await?;
        let bring_up = BringUp {
            layout: &self.layout,
            account: &self.account,
            binaries: &self.binaries,
            limit: self.config.startup_timeout,
        };
        let running = bring_up.run().await?;
        reap(&mut self.running);
        self.running = running;
        warn!(pid = self.running.pid, "PostgreSQL had died and was started again");
        Ok(true)
    }

    /// Whether the server's main process is alive; it may still be recovering.
    pub fn is_running(&mut self) -> bool {
        reap(&mut self.running);
        // The pid file goes a moment before the process does, and names another one after a restart by somebody else.
        let named = PidFile::of(&self.layout.pgdata).map(|file| file.pid);
        [Some(self.running.pid), named]
            .into_iter()
            .flatten()
            .any(|pid| postmaster::is_alive(pid) && postmaster::may_be_server(pid, &self.layout.pgdata))
    }

    /// URL of a database, for sqlx and libpq alike, as the superuser `postgres`.
    pub fn url(&self, database: &str) -> String {
        self.url_as("postgres", database)
    }

    /// URL of a database as another role.
    pub fn url_as(&self, role: &str, database: &str) -> String {
        let socket = self.running.socket_directory.to_string_lossy();
        format!("postgres://{}@localhost/{}?host={}", encoded(role), encoded(database), encoded(&socket))
    }

    /// URL of the maintenance database `postgres`, from which others are created.
    pub fn admin_url(&self) -> String {
        self.url("postgres")
    }

    /// The directory of the server's socket.
    pub fn socket_directory(&self) -> &Path {
        &self.running.socket_directory
    }

    /// The data directory, absolute.
    pub fn data_dir(&self) -> &Path {
        &self.layout.data_dir
    }

    /// Process id of the server's main process.
    pub fn postmaster_pid(&self) -> u32 {
        PidFile::of(&self.layout.pgdata).map_or(self.running.pid, |file| file.pid)
    }

    /// How this process came to the server.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The server programs in use, for `psql`, `pg_dump` and so on.
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// Lets go of the server and, if nobody else uses it, stops it (fast: open transactions are rolled back).
    pub async fn stop(mut self) -> Result<StopOutcome, ClusterError> {
        let _turn = TurnLock::take(&self.layout.data_dir, self.config.startup_timeout).await?;
        if !self.user.take().is_some_and(UserLock::leave) {
            return Ok(StopOutcome::LeftToOthers);
        }
        for (signal, limit) in [(Signal::INT, FAST_STOP_LIMIT), (Signal::QUIT, IMMEDIATE_STOP_LIMIT)] {
            let began = Instant::now();
            self.tell(signal);
            while began.elapsed() < limit {
                if !self.is_running() {
                    self.layout.remove_socket_directory(&self.running.socket_directory);
                    return Ok(StopOutcome::Stopped);
                }
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        }
        let seconds = (FAST_STOP_LIMIT + IMMEDIATE_STOP_LIMIT).as_secs();
        Err(ClusterError::StopTimeout { pid: self.running.pid, seconds })
    }

    /// Signals the server. `false`: there is none.
    fn tell(&mut self, signal: Signal) -> bool {
        self.is_running() && postmaster::signal(self.postmaster_pid(), self.account.uid, signal)
    }
}

impl Drop for Cluster {
    /// Does what [`Cluster::stop`] does, as far as it goes within five seconds: a process that is ending has no time
    /// for more, and the next start copes with what is left.
    fn drop(&mut self) {
        let Some(user) = self.user.take() else { return };
        let Ok(Some(_turn)) = TurnLock::try_take(&self.layout.data_dir) else { return };
        if !user.leave() || !self.tell(Signal::INT) {
            return;
        }
        let began = Instant::now();
        while began.elapsed() < DROP_LIMIT {
            if !self.is_running() {
                self.layout.remove_socket_directory(&self.running.socket_directory);
                return;
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }
}

/// Collects the exit status of a server that was our child, so that it does not stay behind as a zombie.
fn reap(running: &mut Running) {
    if running.child.as_mut().is_some_and(|child: &mut Child| matches!(child.try_wait(), Ok(Some(_)))) {
        running.child = None;
    }
}

/// Percent-encodes everything but letters, digits, `-`, `_` and `.`.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_names_are_safe_in_a_url() {
        assert_eq!(encoded("/data dir/run"), "%2Fdata%20dir%2Frun");
        assert_eq!(encoded("hookreel_app"), "hookreel_app");
    }
}
