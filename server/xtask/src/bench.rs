//! `cargo xtask bench`: the optimised server on a durable PostgreSQL of its own, under load.
//!
//! The load is a program and a package of its own, `hookreel-bench` in `server/bench`, because it has to be optimised as
//! well, and what these tasks depend on need not be.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use hookreel_cluster::Cluster;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::install;
use crate::process::{self, Group};
use crate::progress::announce;
use crate::workspace::Workspace;

const READY_LIMIT: Duration = Duration::from_secs(90);
const END_LIMIT: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Signed webhooks come in, and the same to handlers that only read them, and that only insert them, and once more
    /// beside slow and huge senders. It ends with how many times as long receiving takes as each of the two, and beside bad
    /// neighbours as without.
    Receive,
    /// A tenant is filled with messages, and searched by the REST API: words, several words, beginnings, paths and values
    /// at paths, of what is rare and of what is frequent.
    Search,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// What to measure instead of sending.
    what: Option<What>,
    /// How to send: A one endpoint, B ten endpoints, C 200 messages a second, D two endpoints of which one
    /// refuses, fails or hangs, E a slow endpoint.
    #[arg(long, value_delimiter = ',', default_value = "A,B,C,Dbase,Drefused,D500,Dhang,E")]
    scenario: Vec<String>,
    /// Times each scenario is run.
    #[arg(long, default_value_t = 1)]
    runs: u32,
    /// Multiplies the number of messages that are sent or received.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// How many messages `search` looks through, 6000 at least.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(6_000..))]
    messages: u64,
    /// How many questions of each kind `search` asks.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    questions: u64,
    /// Waits so many seconds at most, before each run, for the rest of the machine to be quiet.
    #[arg(long, default_value_t = 0)]
    quiet: u64,
    /// Where the results go, as JSON [default: bench.json in the target directory]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Keeps the server's data here instead of in a directory that is removed in the end.
    #[arg(long)]
    data_dir: Option<PathBuf>,
}

impl BenchArguments {
    fn is_receiving(&self) -> bool {
        self.what == Some(What::Receive)
    }
}

pub(crate) async fn run(workspace: &Workspace, arguments: BenchArguments) -> Result<()> {
    crate::until_interrupted(build(workspace, &arguments)).await?;
    let data = DataDirectory::of(arguments.data_dir.clone());
    announce("Starting the server on an empty database", "5 seconds");
    let measured = crate::until_interrupted(start_and_measure(workspace, &arguments, &data.path)).await;
    data.clear().await;
    measured
}

/// What is measured and what measures it, by one call of cargo: two calls may want different features of what both depend
/// on, and would then compile it twice.
async fn build(workspace: &Workspace, arguments: &BenchArguments) -> Result<()> {
    install::postgres().await?;
    announce("Building the optimised server and its load", "25 minutes at first, then 12 minutes");
    let mut command = workspace.cargo();
    command.args(["build", "--release", "--package", "server", "--bin", "hookreel"]);
    command.args(["--package", "hookreel-bench", "--bin", "hookreel-bench"]).env("SQLX_OFFLINE", "true");
    if arguments.is_receiving() {
        command.args(["--package", "hookreel-testing", "--example", "receive_floor"]);
    }
    process::run(&mut command).await
}

async fn start_and_measure(workspace: &Workspace, arguments: &BenchArguments, data_dir: &Path) -> Result<()> {
    let mut server = Server::start(workspace, data_dir).await?;
    let measured = measure(workspace, arguments, data_dir, &server).await;
    if server.group.end(END_LIMIT).await?.is_none() {
        println!("hookreel did not end within {} s and was killed", END_LIMIT.as_secs());
    }
    measured
}

/// Where the measured server keeps its data.
#[derive(Debug)]
struct DataDirectory {
    path: PathBuf,
    is_ours: bool,
}

impl DataDirectory {
    fn of(given: Option<PathBuf>) -> Self {
        let is_ours = given.is_none();
        // Not in the target directory: it may be where the account PostgreSQL runs as cannot go. Not in memory
        // either, as `/tmp` may be: what is measured includes writing to a disk.
        let own = || Path::new("/var/tmp").join(format!("hookreel-bench-{}", std::process::id()));
        Self { path: given.unwrap_or_else(own), is_ours }
    }

    /// Removes it, and whatever still runs in it.
    async fn clear(&self) {
        if !self.is_ours {
            return;
        }
        if let Ok(left) = Cluster::attach(&self.path).await {
            let _ = left.stop().await;
        }
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// What receiving is measured against, while this lives.
#[derive(Debug)]
struct Floor {
    _child: tokio::process::Child,
    authority: String,
}

impl Floor {
    async fn start(workspace: &Workspace, database_url: &str) -> Result<Self> {
        let mut command = process::command(workspace.target.join("release/examples/receive_floor"));
        let mut child = command.arg(database_url).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().context("the floor has no standard output")?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        Ok(Self { _child: child, authority: line.context("the floor ended before it listened")? })
    }
}

/// The running server.
#[derive(Debug)]
struct Server {
    group: Group,
    binary: PathBuf,
    authority: String,
}

impl Server {
    async fn start(workspace: &Workspace, data_dir: &Path) -> Result<Self> {
        let binary = workspace.server_binary(true);
        let mut command = process::command(&binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--egress-allow", "127.0.0.0/8"]);
        command.arg("--data-dir").arg(data_dir).env("HOOKREEL_SITE_DIR", workspace.site());
        let mut group = Group::spawn(command.stderr(Stdio::piped()))?;
        let stderr = group.child.stderr.take().context("the server has no standard error")?;
        let mut log = BufReader::new(stderr).lines();
        let ready = async {
            while let Some(line) = log.next_line().await? {
                if let Some(authority) = ready_at(&line) {
                    return Ok(authority);
                }
                eprintln!("{line}");
            }
            bail!("hookreel ended before it was ready")
        };
        let authority = tokio::time::timeout(READY_LIMIT, ready)
            .await
            .with_context(|| format!("hookreel was not ready within {} s", READY_LIMIT.as_secs()))??;
        // Whatever it says from now on is shown, and the pipe never fills up.
        tokio::spawn(async move {
            while let Ok(Some(line)) = log.next_line().await {
                eprintln!("{line}");
            }
        });
        Ok(Self { group, binary, authority })
    }

    /// Makes a tenant and returns its API key.
    async fn create_tenant(&self, data_dir: &Path) -> Result<String> {
        let mut command = process::command(&self.binary);
        command.args(["admin", "create-tenant", "--name", "Bench", "--email", "bench@example.com"]);
        command.args(["--password-stdin", "--json", "--data-dir"]).arg(data_dir);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let mut stdin = child.stdin.take().context("hookreel admin has no standard input")?;
        stdin.write_all(b"a bench by the river to measure at\n").await?;
        drop(stdin);
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            bail!("hookreel admin create-tenant failed ({})", output.status);
        }
        let printed: Value = serde_json::from_slice(&output.stdout)?;
        Ok(printed["api_key"].as_str().context("hookreel admin create-tenant printed no API key")?.to_owned())
    }
}

/// `127.0.0.1:PORT`, if this line of the log says that the server is ready.
fn ready_at(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    if line["message"] != "ready" {
        return None;
    }
    let port = line["url"].as_str()?.trim_end_matches('/').rsplit(':').next()?;
    Some(format!("127.0.0.1:{port}"))
}

async fn measure(workspace: &Workspace, arguments: &BenchArguments, data_dir: &Path, server: &Server) -> Result<()> {
    let key = server.create_tenant(data_dir).await?;
    // Held until the end: it names the server's processes and programs.
    let cluster = Cluster::attach(data_dir).await?;
    let server_pid = server.group.child.id().context("hookreel has ended")?;
    let out = arguments.out.clone().unwrap_or_else(|| workspace.target.join("bench.json"));

    let mut command = process::command(workspace.target.join("release/hookreel-bench"));
    command.env("HOOKREEL_BENCH_API_KEY", key).args(["--authority", &server.authority]);
    command.arg("--psql").arg(cluster.binaries().program("psql"));
    command.args(["--database-url", &cluster.url("hookreel")]);
    command.args(["--quiet", &arguments.quiet.to_string()]).arg("--out").arg(out);
    if arguments.what == Some(What::Search) {
        announce("Filling a tenant and searching it", "5 minutes and 3 GB on the disk for a million messages");
        command.args(["search", "--messages", &arguments.messages.to_string()]);
        command.args(["--questions", &arguments.questions.to_string()]);
        return process::run(&mut command).await;
    }

    let is_receiving = arguments.is_receiving();
    let scenarios = if is_receiving { "read,insert,receive,beside".to_owned() } else { arguments.scenario.join(",") };
    let floor = if is_receiving { Some(Floor::start(workspace, &cluster.url("hookreel")).await?) } else { None };
    announce("Measuring", "4 minutes for all scenarios");
    command.args(["load", "--server-pid", &server_pid.to_string()]);
    command.args(["--postmaster-pid", &cluster.postmaster_pid().to_string()]);
    command.args(["--scenario", &scenarios]);
    if let Some(floor) = &floor {
        command.args(["--floor", &floor.authority]);
    }
    command.args(["--runs", &arguments.runs.to_string(), "--scale", &arguments.scale.to_string()]);
    process::run(&mut command).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_where_the_server_listens_is_found() {
        let line = r#"{"level":"INFO","message":"ready","url":"http://localhost:4711"}"#;
        assert_eq!(ready_at(line).as_deref(), Some("127.0.0.1:4711"));
        assert_eq!(ready_at(r#"{"message":"starting"}"#), None);
        assert_eq!(ready_at("hookreel: no"), None);
    }
}
