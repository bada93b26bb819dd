//! Where things are, and what cargo knows about the workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// The directories every task works with.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// `CARGO_TARGET_DIR`, by default `target`.
    pub(crate) target: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self> {
        // What cargo says now, not when this was compiled: a clone may have been moved, or share its target directory.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask`")?;
        // server/xtask -> server -> root
        let root =
            Path::new(&manifest).ancestors().nth(2).context("the workspace's root could not be found")?.to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(directory) => root.join(directory),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The built front end, as the server serves it: `HOOKREEL_SITE_DIR` there.
    pub(crate) fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// The front end's own target directory: its toolchain may differ from the server's.
    pub(crate) fn front_target(&self) -> PathBuf {
        self.target.join("front")
    }

    /// What sqlx's macros know of each query without a database: `SQLX_OFFLINE_DIR` in `.cargo/config.toml`.
    pub(crate) fn query_data(&self) -> PathBuf {
        self.root.join("server/.sqlx")
    }

    pub(crate) fn server_binary(&self, release: bool) -> PathBuf {
        self.target.join(if release { "release" } else { "debug" }).join("hookreel")
    }

    /// State of the tasks themselves: stamps of work that need not be done again.
    pub(crate) fn state(&self) -> Result<PathBuf> {
        let directory = self.target.join("xtask");
        std::fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        Ok(directory)
    }

    /// A `cargo` command in the workspace.
    pub(crate) fn cargo(&self) -> tokio::process::Command {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = process::command(program);
        command.current_dir(&self.root);
        command
    }

    /// Which packages there are and who depends on whom.
    pub(crate) async fn metadata(&self) -> Result<Metadata> {
        let mut command = self.cargo();
        command.args(["metadata", "--format-version=1", "--all-features", "--locked"]);
        let mut output = process::output(&mut command).await;
        if output.is_err() {
            // A dependency was added and Cargo.lock has yet to follow.
            let mut command = self.cargo();
            command.args(["metadata", "--format-version=1", "--all-features"]);
            output = process::output(&mut command).await;
        }
        let value: Value = serde_json::from_str(&output?).context("cargo metadata printed something unexpected")?;
        Ok(Metadata { value })
    }
}

/// What `cargo metadata` printed.
#[derive(Debug)]
pub(crate) struct Metadata {
    value: Value,
}

/// A package, of the workspace or not.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    /// Root source file of each target.
    pub(crate) target_sources: Vec<PathBuf>,
}

/// A line under `[dependencies]` or `[dev-dependencies]`.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) optional: bool,
    pub(crate) dev: bool,
}

impl Metadata {
    pub(crate) fn members(&self) -> Vec<Package> {
        let ids: Vec<&str> = list(&self.value, "workspace_members").filter_map(Value::as_str).collect();
        list(&self.value, "packages")
            .filter(|package| text(package, "id").is_some_and(|id| ids.contains(&id)))
            .filter_map(package)
            .collect()
    }

    /// Any package by name, also one from a registry.
    pub(crate) fn package(&self, name: &str) -> Option<Package> {
        list(&self.value, "packages").find(|package| text(package, "name") == Some(name)).and_then(package)
    }
}

fn package(value: &Value) -> Option<Package> {
    let dependencies = list(value, "dependencies")
        .filter_map(|dependency| {
            Some(Dependency {
                name: text(dependency, "name")?.to_owned(),
                optional: dependency.get("optional")?.as_bool()?,
                dev: text(dependency, "kind") == Some("dev"),
            })
        })
        .collect();
    let target_sources = list(value, "targets").filter_map(|target| text(target, "src_path").map(PathBuf::from));
    Some(Package {
        name: text(value, "name")?.to_owned(),
        directory: Path::new(text(value, "manifest_path")?).parent()?.to_path_buf(),
        dependencies,
        target_sources: target_sources.collect(),
    })
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}
