//! Applies the migrations with psql: before anything is compiled, and so without the program itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use hookreel_cluster::Cluster;

use crate::process;
use crate::workspace::{Metadata, Workspace};

/// The role migrations run as, made by `migrations/bootstrap.sql`.
const OWNER: &str = "hookreel_owner";

/// Makes a database with the schema of the product and returns its URL.
pub(crate) async fn migrated_database(workspace: &Workspace, metadata: &Metadata, cluster: &Cluster) -> Result<String> {
    let database = "hookreel_prepare";
    psql(cluster, &cluster.admin_url(), None, &format!("create database {database}")).await?;
    let url = cluster.url(database);
    let directory = workspace.root.join("migrations");
    if let Ok(bootstrap) = fs::read_to_string(directory.join("bootstrap.sql")) {
        psql(cluster, &url, None, &bootstrap).await?;
    }
    let own = numbered_files(&directory)?;
    let texts: Vec<String> = own.iter().map(fs::read_to_string).collect::<Result<_, _>>()?;
    // The queue's tables come from its library, unless a migration of ours makes them.
    let makes_queue = texts.iter().any(|text| text.contains("create schema apalis"));
    if !makes_queue && let Some(package) = metadata.package("apalis-postgres") {
        for file in numbered_files(&package.directory.join("migrations"))? {
            psql(cluster, &url, None, &fs::read_to_string(&file)?).await?;
        }
    }
    for (file, text) in own.iter().zip(&texts) {
        psql(cluster, &url, Some(OWNER), text).await.with_context(|| format!("{} failed", file.display()))?;
    }
    Ok(url)
}

/// `20260101000000_name.sql` and so on, in order.
fn numbered_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let numbered = name.starts_with(|first: char| first.is_ascii_digit());
        if numbered && path.extension().is_some_and(|kind| kind == "sql") && !name.ends_with(".down.sql") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

async fn psql(cluster: &Cluster, url: &str, role: Option<&str>, sql: &str) -> Result<()> {
    use tokio::io::AsyncWriteExt;
    let mut command = process::command(cluster.binaries().program("psql"));
    command.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]).arg(url).current_dir("/");
    if !sql.trim_start().starts_with("-- no-transaction") && !sql.starts_with("create database") {
        command.arg("--single-transaction");
    }
    let child = command
        .env("PGOPTIONS", "-c client_min_messages=warning")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = child.context("psql could not be started")?;
    let mut stdin = child.stdin.take().context("psql has no standard input")?;
    if let Some(role) = role {
        stdin.write_all(format!("set role {role};\n").as_bytes()).await?;
    }
    // psql stops reading at the first error; what it says then is worth more than the broken pipe.
    let _ = stdin.write_all(sql.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await?;
    if !output.status.success() {
        anyhow::bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
