//! A Rust toolchain that can compile to WebAssembly.
//!
//! Usually rustup's, with its target added. Where rustup's server cannot be reached, Debian's own Rust does: it comes
//! with the library's source, from which the target's standard library is built once, into a private sysroot.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::progress::announce;
use crate::workspace::Workspace;
use crate::{install, process};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// Forces a choice: `rustup` or `debian`.
const CHOICE_VARIABLE: &str = "HOOKREEL_WASM_TOOLCHAIN";
/// On a closed network rustup waits for minutes before it gives up.
const RUSTUP_LIMIT: Duration = Duration::from_secs(45);
/// How long a failure of rustup is remembered.
const RUSTUP_RETRY: Duration = Duration::from_hours(24);
const DEBIAN_BIN: &str = "/usr/bin";
const DEBIAN_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-22"];

/// Which toolchain compiles the front end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WasmToolchain {
    /// The one this task runs with.
    Rustup,
    /// Debian's, with a standard library of our making.
    Debian { sysroot: PathBuf, linker: PathBuf },
}

impl WasmToolchain {
    /// Finds one or sets one up.
    pub(crate) async fn ensure(workspace: &Workspace) -> Result<Self> {
        let choice = std::env::var(CHOICE_VARIABLE).unwrap_or_default();
        match choice.as_str() {
            "debian" => return Self::debian(workspace).await,
            "" | "rustup" => {}
            other => bail!("{CHOICE_VARIABLE} must be `rustup` or `debian`, not `{other}`"),
        }
        if has_std(&std_directory("rustc".as_ref()).await?) {
            return Ok(Self::Rustup);
        }
        let unreachable = workspace.state()?.join("rustup-unreachable");
        if choice == "rustup" || !is_recent(&unreachable) {
            match add_target().await {
                Ok(()) => return Ok(Self::Rustup),
                Err(error) if choice == "rustup" => return Err(error),
                Err(error) => println!("    {error:#}; trying Debian's packages"),
            }
            std::fs::write(&unreachable, "rustup target add failed; tried again a day later\n")?;
        }
        Self::debian(workspace).await.with_context(|| {
            format!("no toolchain for {TARGET}: `rustup target add {TARGET}` sets one up where rustup can be reached")
        })
    }

    async fn debian(workspace: &Workspace) -> Result<Self> {
        let rustc = Path::new(DEBIAN_BIN).join("rustc");
        let complete = rustc.exists() && Path::new("/usr/bin/cargo-clippy").exists() && find_linker().is_some();
        if !complete || !Path::new("/usr/lib/rustlib/src").exists() {
            install::debian_packages(&DEBIAN_PACKAGES, "a Rust toolchain for WebAssembly").await?;
        }
        let linker = find_linker().context("wasm-ld is missing")?;
        let version = process::output(process::command(&rustc).arg("--version")).await?;
        let version = version.split_whitespace().nth(1).unwrap_or("unknown").to_owned();
        let sysroot = workspace.target.join(format!("wasm-sysroot-{version}"));
        let toolchain = Self::Debian { sysroot, linker };
        toolchain.build_std(workspace).await?;
        Ok(toolchain)
    }

    /// Builds the standard library of the target once: an empty crate's dependencies, put where rustc looks for them.
    async fn build_std(&self, workspace: &Workspace) -> Result<()> {
        let Self::Debian { sysroot, linker } = self else { return Ok(()) };
        let library = sysroot.join("lib/rustlib").join(TARGET).join("lib");
        if has_std(&library) {
            return Ok(());
        }
        announce("Building Rust's standard library for WebAssembly", "once; usually about a minute");
        let empty = workspace.target.join("wasm-std");
        std::fs::create_dir_all(empty.join("src"))?;
        let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
        std::fs::write(empty.join("Cargo.toml"), manifest)?;
        std::fs::write(empty.join("src/lib.rs"), "")?;
        let mut command = process::command(Path::new(DEBIAN_BIN).join("cargo"));
        debian_environment(&mut command, linker);
        command.env("RUSTC_BOOTSTRAP", "1").current_dir(&empty).args([
            "build",
            "--release",
            "--quiet",
            "-Zbuild-std=std,panic_abort",
            "--target",
            TARGET,
            "--target-dir",
            "target",
        ]);
        process::run(&mut command).await?;

        let staged = sysroot.join("staged");
        std::fs::create_dir_all(&staged)?;
        for entry in std::fs::read_dir(empty.join("target").join(TARGET).join("release/deps"))? {
            let entry = entry?;
            let is_library = entry.path().extension().is_some_and(|kind| kind == "rlib");
            if is_library && !entry.file_name().to_string_lossy().starts_with("libempty-") {
                std::fs::copy(entry.path(), staged.join(entry.file_name()))?;
            }
        }
        std::fs::create_dir_all(library.parent().context("a sysroot has parents")?)?;
        std::fs::rename(&staged, &library)?;
        std::fs::remove_dir_all(&empty)?;
        Ok(())
    }

    /// A cargo command for the front end: `cargo(workspace, "build")`, with toolchain, target and target directory set.
    pub(crate) fn cargo(&self, workspace: &Workspace, subcommand: &str) -> Command {
        let mut command = match self {
            Self::Rustup => workspace.cargo(),
            Self::Debian { linker, .. } => {
                let mut command = process::command(Path::new(DEBIAN_BIN).join("cargo"));
                command.current_dir(&workspace.root);
                debian_environment(&mut command, linker);
                command
            }
        };
        command.arg(subcommand).args(["--target", TARGET]).arg("--target-dir").arg(workspace.front_target());
        if let Self::Debian { sysroot, .. } = self {
            // Merged with what .cargo/config.toml says, unlike the environment variable.
            let flags = format!("target.{TARGET}.rustflags=[\"--sysroot\", {:?}]", sysroot.display().to_string());
            command.arg("--config").arg(flags);
        }
        command
    }
}

/// Cargo and rustc of `/usr/bin`, whatever rustup put before them.
fn debian_environment(command: &mut Command, linker: &Path) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut with_debian_first = std::ffi::OsString::from(DEBIAN_BIN);
    with_debian_first.push(":");
    with_debian_first.push(path);
    command.env("PATH", with_debian_first).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    for name in ["RUSTUP_TOOLCHAIN", "RUSTC", "CARGO", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTDOC"] {
        command.env_remove(name);
    }
}

async fn add_target() -> Result<()> {
    if process::on_path("rustup").is_none() {
        bail!("rustup is not installed");
    }
    announce(&format!("rustup target add {TARGET}"), "usually 10 seconds");
    let mut command = process::command("rustup");
    command.args(["target", "add", TARGET]);
    tokio::time::timeout(RUSTUP_LIMIT, process::run(&mut command))
        .await
        .context("rustup's server could not be reached")?
}

async fn std_directory(rustc: &Path) -> Result<PathBuf> {
    let mut command = process::command(rustc);
    command.args(["--print", "target-libdir", "--target", TARGET]);
    Ok(PathBuf::from(process::output(&mut command).await?.trim()))
}

fn has_std(directory: &Path) -> bool {
    std::fs::read_dir(directory).is_ok_and(|entries| {
        entries.filter_map(Result::ok).any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn find_linker() -> Option<PathBuf> {
    let entries = std::fs::read_dir(DEBIAN_BIN).ok()?;
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("wasm-ld"));
    // The newest: it must read the bitcode of the newest rustc.
    entries.filter_map(Result::ok).map(|entry| entry.path()).filter(named).max()
}

fn is_recent(stamp: &Path) -> bool {
    std::fs::metadata(stamp)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age < RUSTUP_RETRY))
}
