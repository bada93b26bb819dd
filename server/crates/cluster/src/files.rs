//! File operations that are safe inside a directory which another account can write to.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::account::Account;
use crate::error::{ClusterError, io_error};

/// How much of a log is shown in an error, in bytes.
const LOG_TAIL_BYTES: u64 = 3000;

/// Puts `contents` in place of `path` at once. Never writes through a symbolic link, which the account
/// that owns the directory could have put there.
pub(crate) fn replace(path: &Path, contents: &str, account: &Account) -> Result<(), ClusterError> {
    let staged = path.with_extension("hookreel-new");
    match fs::remove_file(&staged) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(io_error("cannot remove", &staged)(error)),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&staged)
        .map_err(io_error("cannot write", &staged))?;
    file.write_all(contents.as_bytes()).and_then(|()| file.sync_all()).map_err(io_error("cannot write", &staged))?;
    account.own(&staged)?;
    fs::rename(&staged, path).map_err(io_error("cannot replace", path))
}

/// Makes a directory of mode 0700 that belongs to the account; `AlreadyExists` is passed on.
pub(crate) fn private_directory(path: &Path, account: &Account) -> Result<(), ClusterError> {
    fs::DirBuilder::new().mode(0o700).create(path).map_err(io_error("cannot make", path))?;
    account.own(path)
}

/// The end of what the server wrote: its start-up log, then the newest file of its own log directory.
pub(crate) fn log_tail(startup_log: &Path, log_directory: &Path) -> String {
    let mut text = tail(startup_log);
    if let Some(newest) = newest_file(log_directory) {
        text.push_str(&tail(&newest));
    }
    if text.trim().is_empty() { "(the log is empty)".to_owned() } else { text.trim_end().to_owned() }
}

fn newest_file(directory: &Path) -> Option<PathBuf> {
    fs::read_dir(directory)
        .ok()?
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .max()
        .map(|(_, path)| path)
}

fn tail(path: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(LOG_TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
