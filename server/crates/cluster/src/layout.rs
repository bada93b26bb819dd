//! Where everything lies below the data directory.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::account::Account;
use crate::error::{ClusterError, io_error};
use crate::files;

/// The name of the socket file PostgreSQL makes for the port all clusters of ours use.
pub(crate) const SOCKET_FILE: &str = ".s.PGSQL.5432";

/// Socket paths longer than this do not fit the kernel's address structure everywhere.
const SOCKET_PATH_BYTES_MAX: usize = 100;

/// The paths of one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) data_dir: PathBuf,
    /// The cluster proper (`PGDATA`).
    pub(crate) pgdata: PathBuf,
    /// What the server says before its own log is open.
    pub(crate) startup_log: PathBuf,
}

impl Layout {
    /// Makes the data directory if needed.
    pub(crate) fn create(data_dir: &Path) -> Result<Self, ClusterError> {
        fs::create_dir_all(data_dir).map_err(io_error("cannot make", data_dir))?;
        Self::existing(data_dir)
    }

    pub(crate) fn existing(data_dir: &Path) -> Result<Self, ClusterError> {
        let data_dir = fs::canonicalize(data_dir).map_err(io_error("cannot open", data_dir))?;
        Ok(Self { pgdata: data_dir.join("postgres"), startup_log: data_dir.join("postgres-start.log"), data_dir })
    }

    /// Whether a cluster was made here. It is renamed into place when complete, so that half of one never counts.
    pub(crate) fn has_cluster(&self) -> bool {
        self.pgdata.join("PG_VERSION").is_file()
    }

    /// The major version of the cluster's files.
    pub(crate) fn data_major(&self) -> Option<u32> {
        fs::read_to_string(self.pgdata.join("PG_VERSION")).ok()?.trim().parse().ok()
    }

    pub(crate) fn log_tail(&self) -> String {
        files::log_tail(&self.startup_log, &self.pgdata.join("log"))
    }

    /// Makes the directory of the socket: in the data directory if the path is short enough and the account can
    /// get there, else one in `/tmp` whose name follows from the data directory.
    pub(crate) fn socket_directory(&self, account: &Account) -> Result<PathBuf, ClusterError> {
        let inside = self.data_dir.join("run");
        let fits = inside.join(SOCKET_FILE).as_os_str().len() < SOCKET_PATH_BYTES_MAX;
        let directory = if fits && account.blocked_at(&inside).is_none() {
            inside
        } else {
            let mut hasher = DefaultHasher::new();
            (&self.data_dir, account.uid).hash(&mut hasher);
            PathBuf::from(format!("/tmp/hookreel-{:016x}", hasher.finish()))
        };
        match files::private_directory(&directory, account) {
            Err(ClusterError::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {}
            made => return made.map(|()| directory),
        }
        check_socket_directory(&directory, account)?;
        Ok(directory)
    }

    /// Removes the socket's directory of a stopped server, unless it is part of the data directory.
    pub(crate) fn remove_socket_directory(&self, directory: &Path) {
        if !directory.starts_with(&self.data_dir) {
            // Removes nothing but an empty directory; one that is left over does no harm.
            let _ = fs::remove_dir(directory);
        }
    }
}

/// `/tmp` is everyone's: a directory that somebody else made there is not to be trusted.
fn check_socket_directory(directory: &Path, account: &Account) -> Result<(), ClusterError> {
    let refuse = |reason: String| Err(ClusterError::SocketDirectory { directory: directory.to_path_buf(), reason });
    let metadata = fs::symlink_metadata(directory).map_err(io_error("cannot inspect", directory))?;
    if !metadata.is_dir() {
        return refuse("it is not a directory".to_owned());
    }
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() == user && user != account.uid {
        account.own(directory)?;
    } else if metadata.uid() != account.uid {
        return refuse(format!("it belongs to user id {}, not to {}", metadata.uid(), account.uid));
    }
    if metadata.mode() & 0o777 != 0o700 {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
            .map_err(io_error("cannot restrict", directory))?;
    }
    Ok(())
}

/// A way to name a directory to a server that may not be able to walk the path to it.
///
/// Started by root for another account, a data directory below, say, `/root` cannot be reached by path. It is
/// then opened here and inherited: `/proc/self/fd/N` leads every process of the server to it without
/// passing through the directories above, whose permissions stay as they are.
#[derive(Debug)]
pub(crate) struct ServerPath {
    pub(crate) argument: PathBuf,
    /// Kept open until the server has been started.
    _handle: Option<OwnedFd>,
}

impl ServerPath {
    pub(crate) fn to(directory: &Path, account: &Account) -> Result<Self, ClusterError> {
        let Some(blocked) = account.blocked_at(directory) else {
            return Ok(Self { argument: directory.to_path_buf(), _handle: None });
        };
        if !cfg!(target_os = "linux") {
            return Err(ClusterError::Unreachable { directory: blocked, account: account.name.clone() });
        }
        // Without O_CLOEXEC: the server inherits it.
        let handle = rustix::fs::open(directory, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())
            .map_err(|error| io_error("cannot open", directory)(error.into()))?;
        Ok(Self { argument: PathBuf::from(format!("/proc/self/fd/{}", handle.as_raw_fd())), _handle: Some(handle) })
    }
}
