//! The account the server runs as: this process's own, except for root, whom PostgreSQL refuses.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ClusterError;

/// A user and group the server's processes run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) name: String,
    /// Whether this process is root and has to become the account.
    pub(crate) switch: bool,
}

impl Account {
    /// The account for a cluster: the owner of existing files, else this user, or for root a user made for it.
    pub(crate) fn for_cluster(pgdata: &Path) -> Result<Self, ClusterError> {
        let user = rustix::process::geteuid().as_raw();
        let group = rustix::process::getegid().as_raw();
        let owner = std::fs::metadata(pgdata).ok().map(|metadata| (metadata.uid(), metadata.gid()));
        if user != 0 {
            return match owner {
                Some((owner, _)) if owner != user => {
                    Err(ClusterError::ForeignOwner { directory: pgdata.to_path_buf(), owner, user })
                }
                _ => Ok(Self { uid: user, gid: group, name: format!("#{user}"), switch: false }),
            };
        }
        match owner {
            Some((0, _)) => Err(ClusterError::ForeignOwner { directory: pgdata.to_path_buf(), owner: 0, user }),
            Some((uid, gid)) => Ok(Self { uid, gid, name: format!("#{uid}"), switch: true }),
            None => ["postgres", "nobody"].into_iter().find_map(Self::look_up).ok_or(ClusterError::NoAccount),
        }
    }

    fn look_up(name: &str) -> Option<Self> {
        let id = |flag: &str| -> Option<u32> {
            let output = Command::new("id").args([flag, name]).output().ok()?;
            output.status.success().then_some(())?;
            String::from_utf8_lossy(&output.stdout).trim().parse().ok()
        };
        Some(Self { uid: id("-u")?, gid: id("-g")?, name: name.to_owned(), switch: true })
    }

    /// Makes `command` run as this account, outside any directory the account could not return to.
    pub(crate) fn apply(&self, command: &mut Command) {
        use std::os::unix::process::CommandExt;
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
        command.current_dir("/");
    }

    /// Hands a file or directory to the account.
    pub(crate) fn own(&self, path: &Path) -> Result<(), ClusterError> {
        if !self.switch {
            return Ok(());
        }
        std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid))
            .map_err(crate::error::io_error("cannot change the owner of", path))
    }

    /// The first directory above `path` that the account may not enter.
    pub(crate) fn blocked_at(&self, path: &Path) -> Option<PathBuf> {
        if !self.switch {
            return None;
        }
        let mut above: Vec<&Path> = path.ancestors().skip(1).collect();
        above.reverse();
        above.into_iter().find(|directory| !self.may_enter(directory)).map(Path::to_path_buf)
    }

    fn may_enter(&self, directory: &Path) -> bool {
        let Ok(metadata) = std::fs::metadata(directory) else { return false };
        let needed = if metadata.uid() == self.uid {
            0o100
        } else if metadata.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        metadata.mode() & needed != 0
    }
}

/// The first directory above `path` that a server started by this process could not enter, if any.
///
/// Only root is ever affected: its server runs as another user. On Linux a [`crate::Cluster`] works
/// there all the same; this is for programs of one's own that have to share files with it.
pub fn unreachable_directory(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    Account::for_cluster(&absolute).ok()?.blocked_at(&absolute)
}
