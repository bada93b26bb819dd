//! PostgreSQL's own client: whoever measures needs no other, and its library would be most of what has to be compiled.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};

/// The program, and the server's database as a superuser.
#[derive(Debug, Clone)]
pub(crate) struct Psql {
    pub(crate) program: PathBuf,
    pub(crate) database_url: String,
}

impl Psql {
    /// The answer to one question: columns are separated by spaces.
    pub(crate) async fn ask(&self, question: &str) -> Result<String> {
        let output = Command::new(&self.program)
            .args(["-X", "-A", "-t", "-F", " ", "-c", question, &self.database_url])
            .output()
            .await
            .with_context(|| format!("{} could not be started", self.program.display()))?;
        if !output.status.success() {
            bail!("psql: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Runs what is written to it, as it comes.
    pub(crate) fn session(&self) -> Result<Session> {
        let mut child = Command::new(&self.program)
            .args(["-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", &self.database_url])
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} could not be started", self.program.display()))?;
        let stdin = child.stdin.take().context("psql has no standard input")?;
        Ok(Session { child, stdin })
    }
}

/// A `psql` that runs. What it has to complain about is on standard error.
#[derive(Debug)]
pub(crate) struct Session {
    child: Child,
    stdin: ChildStdin,
}

impl Session {
    /// Statements, and the rows that `copy … from stdin` reads.
    pub(crate) async fn write(&mut self, text: &str) -> Result<()> {
        self.stdin.write_all(text.as_bytes()).await.context("psql has ended")
    }

    /// Waits until everything has been run.
    pub(crate) async fn end(self) -> Result<()> {
        let Self { mut child, stdin } = self;
        drop(stdin);
        let status = child.wait().await?;
        if !status.success() {
            bail!("psql failed ({status})");
        }
        Ok(())
    }
}
