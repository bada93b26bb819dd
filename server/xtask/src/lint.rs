//! Everything that can be found without running anything.

use anyhow::Result;
use clap::Args;

use crate::progress::Steps;
use crate::wasm_toolchain::WasmToolchain;
use crate::workspace::{Metadata, Workspace};
use crate::{arrows, front, pools, process};

#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// Leave out the front end.
    #[arg(long)]
    quick: bool,
}

pub(crate) async fn command(workspace: &Workspace, arguments: LintArguments) -> Result<()> {
    let mut steps = Steps::default();
    let metadata = workspace.metadata().await?;
    source(workspace, &metadata, &mut steps).await?;
    clippy(workspace, !arguments.quick, &mut steps).await?;
    steps.print();
    Ok(())
}

/// Format, dependencies, and who sees all tenants.
pub(crate) async fn source(workspace: &Workspace, metadata: &Metadata, steps: &mut Steps) -> Result<()> {
    steps.step("Format", "seconds", process::run(workspace.cargo().args(["fmt", "--all", "--check"]))).await?;
    steps.step("Dependency arrows", "", async { arrows::check(workspace, metadata) }).await?;
    steps.step("Pools of all tenants", "", async { pools::check(&workspace.root) }).await
}

/// Clippy on both targets, warnings denied. The front end is compiled for WebAssembly only, the rest for the host only:
/// the dashboard's two features exclude each other.
pub(crate) async fn clippy(workspace: &Workspace, with_front_end: bool, steps: &mut Steps) -> Result<()> {
    let mut host = workspace.cargo();
    host.args(["clippy", "--workspace", "--exclude", "frontend", "--all-targets", "--", "-D", "warnings"]);
    host.env("SQLX_OFFLINE", "true");
    steps.step("Clippy, server", "5 minutes at first, then up to 2", process::run(&mut host)).await?;
    if !with_front_end {
        return Ok(());
    }
    let front = async {
        let toolchain = WasmToolchain::ensure(workspace).await?;
        let mut command = toolchain.cargo(workspace, "clippy");
        // The build's own profile: what clippy compiles for the host is then compiled once for both.
        command.args(["--package", "frontend", "--profile", front::profile(false), "--", "-D", "warnings"]);
        process::run(&mut command).await
    };
    steps.step("Clippy, front end", "2 minutes at first, then 20 seconds", front).await?;
    let mut helper = workspace.cargo();
    helper.args(["clippy", "--package", "xtask", "--features", "bindgen", "--bin", "hookreel-bindgen"]);
    helper.args(["--", "-D", "warnings"]);
    steps.step("Clippy, binding step", "30 seconds at first", process::run(&mut helper)).await
}
