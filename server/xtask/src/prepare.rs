//! The committed data (`server/.sqlx/`) by which sqlx's macros check SQL without a database.
//!
//! Making it means compiling each crate that has such macros with a database of the current schema at hand. Nothing
//! else is compiled: the libraries' check artifacts are the same ones clippy uses.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use clap::Args;
use sha2::{Digest, Sha256};

use crate::migrations::migrated_database;
use crate::process;
use crate::progress::announce;
use crate::scratch::ScratchCluster;
use crate::workspace::{Metadata, Package, Workspace};

const MACROS: [&str; 6] = [
    "query!(",
    "query_as!(",
    "query_scalar!(",
    "query_unchecked!(",
    "query_as_unchecked!(",
    "query_scalar_unchecked!(",
];

#[derive(Debug, Args)]
pub(crate) struct PrepareArguments {
    /// Change nothing; fail when the committed data is stale.
    #[arg(long)]
    check: bool,
}

pub(crate) async fn command(workspace: &Workspace, arguments: PrepareArguments) -> Result<()> {
    let metadata = workspace.metadata().await?;
    crate::install::postgres().await?;
    let scratch = ScratchCluster::start().await?;
    if arguments.check {
        check(workspace, &metadata, &scratch).await?;
        println!("The committed query data is up to date.");
    } else {
        install(workspace, &metadata, &scratch).await?;
    }
    scratch.stop().await
}

/// Fails when the committed data is not exactly what the schema and the queries give. Costs nothing if neither they nor
/// the data have changed since it was last found good.
pub(crate) async fn check(workspace: &Workspace, metadata: &Metadata, scratch: &ScratchCluster) -> Result<()> {
    let crates = crates_with_queries(metadata)?;
    let stamp = workspace.state()?.join("prepared");
    let current = fingerprint(workspace, &crates)?;
    if fs::read_to_string(&stamp).is_ok_and(|text| text == current) {
        return Ok(());
    }
    let fresh = prepare(workspace, metadata, scratch, &crates).await?;
    let committed = read_data(&workspace.query_data())?;
    if fresh != committed {
        let missing = fresh.keys().filter(|name| !committed.contains_key(*name)).count();
        let unused = committed.keys().filter(|name| !fresh.contains_key(*name)).count();
        let changed = fresh.iter().filter(|(name, data)| committed.get(*name).is_some_and(|old| old != *data)).count();
        bail!(
            "the committed query data is stale: {missing} queries are missing, {changed} have changed, {unused} are \
             not used. Run `cargo xtask prepare` and commit the result"
        );
    }
    fs::write(&stamp, current)?;
    Ok(())
}

async fn install(workspace: &Workspace, metadata: &Metadata, scratch: &ScratchCluster) -> Result<()> {
    let crates = crates_with_queries(metadata)?;
    let fresh = prepare(workspace, metadata, scratch, &crates).await?;
    let directory = workspace.query_data();
    fs::create_dir_all(&directory)?;
    for name in read_data(&directory)?.keys().filter(|name| !fresh.contains_key(*name)) {
        fs::remove_file(directory.join(name))?;
    }
    for (name, data) in &fresh {
        crate::assets::write_if_changed(&directory.join(name), data.as_bytes())?;
    }
    println!("    {} queries", fresh.len());
    fs::write(workspace.state()?.join("prepared"), fingerprint(workspace, &crates)?)?;
    Ok(())
}

/// File name to content, as sqlx writes them.
type QueryData = BTreeMap<String, String>;

/// Compiles every crate that has queries, all of them at once: each query is then expanded whatever was compiled
/// before, and none of a crate that is compiled for another one's sake is missed or counted as foreign.
async fn prepare(
    workspace: &Workspace,
    metadata: &Metadata,
    scratch: &ScratchCluster,
    crates: &[Package],
) -> Result<QueryData> {
    let url = migrated_database(workspace, metadata, scratch.cluster()?).await?;
    announce(&format!("Checking the queries of {} crates", crates.len()), "20 seconds; two minutes at first");
    let directory = workspace.state()?.join("sqlx");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory)?;
    // The macros' input includes the database, of which cargo knows nothing: make the sources look changed.
    let sources: Vec<PathBuf> = crates.iter().flat_map(|package| package.target_sources.clone()).collect();
    let touched = Touched::now(&sources)?;
    let mut command = workspace.cargo();
    command.args(["check", "--quiet", "--all-targets"]);
    for package in crates {
        command.args(["--package", &package.name]).env(url_variable(&package.directory), &url);
    }
    command.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &directory);
    let outcome = process::run(&mut command).await;
    drop(touched);
    outcome?;
    read_data(&directory)
}

/// The variable from which a crate's macros take the database: `database-url-var` in its `sqlx.toml`.
fn url_variable(package: &Path) -> String {
    let configuration = fs::read_to_string(package.join("sqlx.toml")).unwrap_or_default();
    configuration
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| key.trim() == "database-url-var")
        .map_or_else(|| "DATABASE_URL".to_owned(), |(_, value)| value.trim().trim_matches('"').to_owned())
}

/// Source files that carry the present time until this is dropped. Then they look as before, so that
/// builds other than the one in between remain up to date.
#[derive(Debug)]
struct Touched {
    now: SystemTime,
    before: Vec<(PathBuf, SystemTime)>,
}

impl Touched {
    fn now(paths: &[PathBuf]) -> Result<Self> {
        let mut touched = Self { now: file_system_time()?, before: Vec::new() };
        for path in paths {
            let before = fs::metadata(path)?.modified()?;
            set_modified(path, touched.now).with_context(|| format!("cannot touch {}", path.display()))?;
            touched.before.push((path.clone(), before));
        }
        Ok(touched)
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        for (path, before) in &self.before {
            // A file that was edited in the meantime has changed indeed.
            let untouched = fs::metadata(path).and_then(|file| file.modified()).is_ok_and(|time| time == self.now);
            if untouched {
                let _ = set_modified(path, *before);
            }
        }
    }
}

/// The present, as the file system counts it: cargo compares the times of files.
fn file_system_time() -> Result<SystemTime> {
    let path = std::env::temp_dir().join(format!("hookreel-now-{}", std::process::id()));
    let now = File::create(&path).and_then(|file| file.metadata()?.modified());
    let _ = fs::remove_file(&path);
    Ok(now?)
}

fn set_modified(path: &Path, time: SystemTime) -> std::io::Result<()> {
    File::options().append(true).open(path)?.set_modified(time)
}

/// The crates whose sources use the macros.
fn crates_with_queries(metadata: &Metadata) -> Result<Vec<Package>> {
    let mut crates = Vec::new();
    for package in metadata.members() {
        if package.dependencies.iter().any(|dependency| dependency.name == "sqlx") && uses_macros(&package.directory)? {
            crates.push(package);
        }
    }
    Ok(crates)
}

fn uses_macros(directory: &Path) -> Result<bool> {
    for file in rust_files(directory)? {
        let text = fs::read_to_string(&file)?;
        if MACROS.iter().any(|name| text.contains(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Everything the data depends on, and the data itself.
fn fingerprint(workspace: &Workspace, crates: &[Package]) -> Result<String> {
    let mut files = vec![workspace.root.join("Cargo.lock")];
    files.extend(files_below(&workspace.root.join("migrations"), "sql")?);
    for package in crates {
        files.extend(rust_files(&package.directory)?);
    }
    files.extend(files_below(&workspace.query_data(), "json")?);
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.to_string_lossy().as_bytes());
        hash.update(fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    Ok(hex::encode(hash.finalize()))
}

fn rust_files(package: &Path) -> Result<Vec<PathBuf>> {
    let mut files = files_below(&package.join("src"), "rs")?;
    files.extend(files_below(&package.join("tests"), "rs")?);
    Ok(files)
}

fn files_below(directory: &Path, kind: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(directory) else { return Ok(files) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path, kind)?);
        } else if path.extension().is_some_and(|extension| extension == kind) {
            files.push(path);
        }
    }
    Ok(files)
}

fn read_data(directory: &Path) -> Result<QueryData> {
    let mut data = QueryData::new();
    for path in files_below(directory, "json")? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        data.insert(name, fs::read_to_string(&path)?);
    }
    Ok(data)
}
