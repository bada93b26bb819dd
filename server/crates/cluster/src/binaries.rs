//! Finds PostgreSQL's server programs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ClusterError;

/// Environment variable that names the directory of `initdb` and `postgres`; nothing else is searched then.
pub const PG_BIN_VARIABLE: &str = "HOOKREEL_PG_BIN";

/// Oldest major version whose features the migrations and settings use.
const OLDEST_MAJOR: u32 = 14;

/// A directory with PostgreSQL's server programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    directory: PathBuf,
    major: u32,
}

impl Binaries {
    /// Finds the newest usable version; with `data_major`, one of exactly that version, because a
    /// cluster's files can only be read by the version that made them.
    ///
    /// Searched: [`PG_BIN_VARIABLE`] alone when set; else `pg_config --bindir`, the directories of Debian, Red Hat,
    /// Homebrew, Postgres.app and MacPorts, and `PATH`.
    pub fn find(data_major: Option<u32>) -> Result<Self, ClusterError> {
        match std::env::var_os(PG_BIN_VARIABLE) {
            Some(directory) => Self::choose(vec![PathBuf::from(directory)], data_major),
            None => Self::choose(usual_directories(), data_major),
        }
    }

    /// The best of `candidates`.
    ///
    /// # Errors
    /// [`ClusterError::BinariesNotFound`] when none holds the programs, [`ClusterError::UnsuitableVersion`] when none
    /// has a fitting version.
    pub fn choose(candidates: Vec<PathBuf>, data_major: Option<u32>) -> Result<Self, ClusterError> {
        let found: Vec<Self> = candidates.iter().filter_map(|directory| Self::in_directory(directory)).collect();
        // Of equals the first: `rev`, because the last maximum wins.
        let Some(newest) = found.iter().rev().max_by_key(|binaries| binaries.major) else {
            let searched = candidates.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
            return Err(ClusterError::BinariesNotFound { searched });
        };
        let described = format!("PostgreSQL {} in {}", newest.major, newest.directory.display());
        match data_major {
            Some(wanted) => found.iter().find(|binaries| binaries.major == wanted).cloned().ok_or_else(|| {
                ClusterError::UnsuitableVersion {
                    found: described,
                    reason: format!(
                        "the data directory was made by PostgreSQL {wanted}, and only that version can read it; \
                         install it (Debian: `apt-get install postgresql-{wanted}`), or move the data with \
                         pg_dump and pg_restore"
                    ),
                }
            }),
            None if newest.major < OLDEST_MAJOR => Err(ClusterError::UnsuitableVersion {
                found: described,
                reason: format!("version {OLDEST_MAJOR} or newer is needed"),
            }),
            None => Ok(newest.clone()),
        }
    }

    fn in_directory(directory: &Path) -> Option<Self> {
        if !directory.join("initdb").is_file() {
            return None;
        }
        // `/usr/local/bin` may hold links to some of the programs: all of them are where the server really is.
        let resolved = std::fs::canonicalize(directory.join("postgres")).ok()?;
        let directory = resolved.parent().filter(|real| real.join("initdb").is_file()).unwrap_or(directory);
        let output = Command::new(directory.join("postgres")).arg("--version").output().ok()?;
        let major = parse_version(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { directory: directory.to_path_buf(), major })
    }

    /// Major version, such as 17.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Path of one of the programs, such as `psql`; it need not exist.
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// `postgres (PostgreSQL) 15.9 (Debian 15.9-0+deb12u1)` -> 15.
fn parse_version(text: &str) -> Option<u32> {
    let version = text.split("(PostgreSQL)").nth(1)?.split_whitespace().next()?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn usual_directories() -> Vec<PathBuf> {
    let mut directories = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output()
        && output.status.success()
    {
        directories.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    directories.extend(versions_below("/usr/lib/postgresql", "", "bin"));
    directories.extend(versions_below("/usr", "pgsql-", "bin"));
    for prefix in ["/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"] {
        directories.extend(versions_below(prefix, "postgresql", "bin"));
    }
    directories.extend(versions_below("/Applications/Postgres.app/Contents/Versions", "", "bin"));
    directories.extend(versions_below("/opt/local/lib", "postgresql", "bin"));
    if let Some(path) = std::env::var_os("PATH") {
        directories.extend(std::env::split_paths(&path).filter(|entry| !entry.as_os_str().is_empty()));
    }
    let mut seen = BTreeSet::new();
    directories.retain(|directory| seen.insert(directory.clone()));
    directories
}

/// `parent/<prefix>*/child` for every entry that exists.
fn versions_below(parent: &str, prefix: &str, child: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join(child))
        .filter(|directory| directory.is_dir())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_prints() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.9 (Debian 15.9-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta2\n"), Some(18));
        assert_eq!(parse_version("something else 15.9"), None);
    }

    #[test]
    fn missing_programs_are_reported_with_what_to_install() {
        let error = Binaries::choose(vec![PathBuf::from("/nowhere/bin")], None).unwrap_err().to_string();
        assert!(error.contains("/nowhere/bin"), "{error}");
        assert!(error.contains("apt-get install postgresql"), "{error}");
        assert!(error.contains("brew install postgresql@17"), "{error}");
    }
}
