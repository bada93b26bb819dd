//! Everything that can go wrong, each with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Why a cluster could not be found, made, started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No PostgreSQL server programs on this machine.
    #[error(
        "PostgreSQL's server programs (initdb, postgres) were not found; looked in: {searched}. \
         Install them (Debian, Ubuntu: `apt-get install postgresql`; macOS: `brew install postgresql@17`), \
         set HOOKREEL_PG_BIN to the directory that holds them, or give the URL of a running server"
    )]
    BinariesNotFound {
        /// The places that were tried, separated by commas.
        searched: String,
    },
    /// Server programs exist, but none that fits.
    #[error("{found} cannot be used: {reason}")]
    UnsuitableVersion {
        /// What was found, with its version.
        found: String,
        /// Why it does not fit and what would.
        reason: String,
    },
    /// A server program could not be executed or failed.
    #[error("`{program}` failed: {detail}")]
    Program {
        /// Path of the program.
        program: PathBuf,
        /// Its output, or why it could not be run.
        detail: String,
    },
    /// Root has to hand the server to another account and found none.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has no user `postgres` or `nobody` to run it as. \
         Make one (`useradd --system postgres`) or start Hookreel as an ordinary user"
    )]
    NoAccount,
    /// The account the server runs as may not enter a directory above the cluster.
    #[error(
        "the user `{account}`, as whom PostgreSQL runs, may not enter {}, which lies above the data \
         directory. Choose another data directory, or allow it: `chmod o+x {}`",
        directory.display(), directory.display()
    )]
    Unreachable {
        /// The directory that cannot be entered.
        directory: PathBuf,
        /// Name of the account.
        account: String,
    },
    /// The cluster's files belong to someone else.
    #[error(
        "the database files in {} belong to user id {owner}, and this process (user id {user}) cannot run \
         PostgreSQL as that user. Run as the owner, or change it: `chown -R USER {}`",
        directory.display(), directory.display()
    )]
    ForeignOwner {
        /// The cluster's directory.
        directory: PathBuf,
        /// User id of its owner.
        owner: u32,
        /// User id of this process.
        user: u32,
    },
    /// The directory for the socket is in somebody else's hands.
    #[error("the socket directory {} cannot be used: {reason}", directory.display())]
    SocketDirectory {
        /// The directory.
        directory: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// [`crate::Cluster::attach`] found nothing to attach to.
    #[error("{} holds no Hookreel database; is the data directory right?", data_dir.display())]
    NoCluster {
        /// The data directory that was given.
        data_dir: PathBuf,
    },
    /// A setting's name is not one PostgreSQL could know.
    #[error("`{name}` is not the name of a PostgreSQL setting")]
    SettingName {
        /// The name as given.
        name: String,
    },
    /// The server ended while starting.
    #[error("PostgreSQL in {} did not start. Its log ends with:\n{log}", directory.display())]
    StartFailed {
        /// The cluster's directory.
        directory: PathBuf,
        /// The last lines of the log.
        log: String,
    },
    /// The server showed no sign of life in time.
    #[error(
        "PostgreSQL in {} was not ready after {seconds} s ({state}). Its log ends with:\n{log}",
        directory.display()
    )]
    StartTimeout {
        /// The cluster's directory.
        directory: PathBuf,
        /// How long was waited, in seconds.
        seconds: u64,
        /// What was last seen of it.
        state: String,
        /// The last lines of the log.
        log: String,
    },
    /// Another process held the start-and-stop lock for too long.
    #[error("another process has been starting or stopping the database in {} for {seconds} s", data_dir.display())]
    Busy {
        /// The data directory.
        data_dir: PathBuf,
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// The server did not end although told to.
    #[error("PostgreSQL (process {pid}) did not stop within {seconds} s")]
    StopTimeout {
        /// Its process id.
        pid: u32,
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// A file or directory operation failed.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was being done, such as "cannot write".
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// Names the path and the operation in an I/O error.
pub(crate) fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ClusterError + use<> {
    let path = path.to_path_buf();
    move |source| ClusterError::Io { doing, path, source }
}
