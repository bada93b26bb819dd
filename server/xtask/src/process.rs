//! Child processes that never outlive their task.

use std::ffi::OsStr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

/// Variables that would change the builds a task starts: what cargo sets for a program it runs, and databases for sqlx.
const REMOVED_VARIABLES: [&str; 10] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_CRATE_NAME",
    "CARGO_BIN_NAME",
    "OUT_DIR",
    "LD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "DATABASE_URL",
    "HOOKREEL_SQLX_URL",
];

/// A command without what `cargo run` put into the environment, and without a database's URL, which would make
/// sqlx's macros ask that database instead of the committed data.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in REMOVED_VARIABLES {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    command
}

/// A running process with everything it starts itself: one process group, ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) child: Child,
    group: Option<Pid>,
}

impl Group {
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let description = describe(command);
        let child = command
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("`{description}` could not be started"))?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok(Self { child, group })
    }

    pub(crate) async fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Asks it to end and waits; past the limit it is killed.
    pub(crate) async fn end(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        if let Some(id) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            let _ = rustix::process::kill_process(id, Signal::TERM);
        }
        if let Ok(status) = tokio::time::timeout(limit, self.child.wait()).await {
            return Ok(Some(status?));
        }
        self.kill();
        Ok(None)
    }

    fn kill(&self) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs to the end with its output on the terminal; anything but success is an error.
pub(crate) async fn run(command: &mut Command) -> Result<()> {
    let description = describe(command);
    let status = Group::spawn(command.stdin(Stdio::null()))?.wait().await?;
    if !status.success() {
        bail!("`{description}` failed ({status})");
    }
    Ok(())
}

/// Runs to the end and returns what it printed to standard output.
pub(crate) async fn output(command: &mut Command) -> Result<String> {
    let description = describe(command);
    let output = command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("`{description}` could not be started"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("`{description}` failed ({}): {}", output.status, errors.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs to the end with its output on the terminal, and returns that output as well, whether it failed or not.
pub(crate) async fn tee(command: &mut Command) -> Result<(ExitStatus, String)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = Group::spawn(command)?;
    let (stdout, stderr) = (group.child.stdout.take(), group.child.stderr.take());
    let (printed, complained) = tokio::join!(copy(stdout, std::io::stdout()), copy(stderr, std::io::stderr()));
    let status = group.wait().await?;
    Ok((status, format!("{}\n{}", printed?, complained?)))
}

async fn copy(from: Option<impl AsyncRead + Unpin>, mut to: impl std::io::Write) -> Result<String> {
    let Some(mut from) = from else { return Ok(String::new()) };
    let mut all = Vec::new();
    let mut buffer = vec![0_u8; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(String::from_utf8_lossy(&all).into_owned());
        }
        to.write_all(&buffer[..length])?;
        to.flush()?;
        all.extend_from_slice(&buffer[..length]);
    }
}

fn describe(command: &Command) -> String {
    let command = command.as_std();
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether a program of that name is on the `PATH`.
pub(crate) fn on_path(program: &str) -> Option<std::path::PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|entry| entry.join(program)).find(|path| path.is_file())
}
