//! Makes a new cluster.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::process::Command;
use tracing::info;

use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::{ClusterError, io_error};
use crate::files;
use crate::layout::{Layout, ServerPath};

const STAGING_PREFIX: &str = "postgres.new-";

/// Makes the cluster beside its final place and renames it there when complete, so that a process killed in the middle
/// leaves nothing that looks like a cluster.
pub(crate) async fn create(
    layout: &Layout,
    account: &Account,
    binaries: &Binaries,
    durable: bool,
) -> Result<(), ClusterError> {
    info!(directory = %layout.pgdata.display(), version = binaries.major(), "making a new database cluster");
    remove_remains(&layout.data_dir);
    // Text sorts by bytes, which is fast and the same on every machine; letters still have a case beyond ASCII.
    let mut output = run(layout, account, binaries, durable, "C.UTF-8").await?;
    if !output.1.status.success() && printed(&output.1).contains("locale") {
        remove_remains(&layout.data_dir);
        output = run(layout, account, binaries, durable, "C").await?;
    }
    let (staging, output) = output;
    if !output.status.success() {
        remove_remains(&layout.data_dir);
        return Err(ClusterError::Program { program: binaries.program("initdb"), detail: printed(&output) });
    }
    fs::rename(&staging, &layout.pgdata).map_err(io_error("cannot make", &layout.pgdata))?;
    fs::File::open(&layout.data_dir)
        .and_then(|directory| directory.sync_all())
        .map_err(io_error("cannot sync", &layout.data_dir))
}

async fn run(
    layout: &Layout,
    account: &Account,
    binaries: &Binaries,
    durable: bool,
    character_type: &str,
) -> Result<(PathBuf, Output), ClusterError> {
    let staging = layout.data_dir.join(format!("{STAGING_PREFIX}{}-{}", std::process::id(), nanoseconds()));
    files::private_directory(&staging, account)?;
    let directory = ServerPath::to(&staging, account)?;
    let program = binaries.program("initdb");
    let mut command = std::process::Command::new(&program);
    account.apply(&mut command);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").arg("-D").arg(&directory.argument);
    command.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"]);
    command.arg(format!("--lc-ctype={character_type}"));
    if !durable {
        command.arg("--no-sync");
    }
    let output = Command::from(command)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| ClusterError::Program { program, detail: error.to_string() })?;
    Ok((staging, output))
}

/// Tells one attempt's directory from another's; not a time that matters.
#[expect(clippy::disallowed_methods, reason = "a unique name is needed here, not the time")]
fn nanoseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

fn remove_remains(data_dir: &Path) {
    let Ok(entries) = fs::read_dir(data_dir) else { return };
    for entry in entries.filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with(STAGING_PREFIX) {
            // Whatever cannot be removed is only in the way of disk space.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn printed(output: &Output) -> String {
    let text = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    text.trim().to_owned()
}
