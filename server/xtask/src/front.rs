//! Builds the front end: WebAssembly, its JavaScript, style and assets, into the site directory.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use clap::Args;

use crate::progress::announce;
use crate::wasm_toolchain::{TARGET, WasmToolchain};
use crate::workspace::Workspace;
use crate::{assets, process, stylesheet};

/// What the pages load: `/pkg/hookreel.js`, `/pkg/hookreel_bg.wasm`, `/pkg/hookreel.css`.
const OUTPUT_NAME: &str = "hookreel";

#[derive(Debug, Args)]
pub(crate) struct FrontArguments {
    /// Optimise for size (minutes instead of seconds) and compress.
    #[arg(long)]
    release: bool,
}

pub(crate) async fn command(workspace: &Workspace, arguments: FrontArguments) -> Result<()> {
    build(workspace, arguments.release).await?;
    println!("The front end is in {}", workspace.site().display());
    Ok(())
}

/// Cargo's profile: quick to build, or small.
pub(crate) fn profile(release: bool) -> &'static str {
    if release { "wasm-release" } else { "wasm-dev" }
}

/// Builds whatever is not up to date.
pub(crate) async fn build(workspace: &Workspace, release: bool) -> Result<()> {
    let toolchain = WasmToolchain::ensure(workspace).await?;
    let usual = if release { "5 to 8 minutes at first" } else { "2 to 4 minutes at first, then 20 seconds" };
    announce("Building the front end", usual);
    let mut command = toolchain.cargo(workspace, "build");
    process::run(command.args(["--package", "frontend", "--profile", profile(release)])).await?;

    let wasm = workspace.front_target().join(TARGET).join(profile(release)).join("frontend.wasm");
    let package = workspace.site().join("pkg");
    std::fs::create_dir_all(&package).with_context(|| format!("cannot make {}", package.display()))?;
    bind(workspace, &wasm, &package, release).await?;
    let style = stylesheet::bundle(&workspace.root.join("style/main.css"))?;
    assets::write_if_changed(&package.join(format!("{OUTPUT_NAME}.css")), style.as_bytes())?;
    assets::copy_directory(&workspace.root.join("app/public"), &workspace.site())?;
    assets::forget_stale_compressed(&workspace.site())?;
    if release {
        compress(workspace).await?;
    }
    Ok(())
}

/// Makes the JavaScript around the WebAssembly, unless that was done for this very file.
async fn bind(workspace: &Workspace, wasm: &Path, package: &Path, release: bool) -> Result<()> {
    let stamp = workspace.state()?.join("bound");
    let modified = std::fs::metadata(wasm)
        .with_context(|| format!("cargo left no {}", wasm.display()))?
        .modified()?
        .duration_since(SystemTime::UNIX_EPOCH)?;
    let current = format!("{}\n{}\n", wasm.display(), modified.as_nanos());
    let bound = package.join(format!("{OUTPUT_NAME}_bg.wasm"));
    if bound.exists() && std::fs::read_to_string(&stamp).is_ok_and(|text| text == current) {
        return Ok(());
    }
    let helper = bindgen_helper(workspace).await?;
    announce("Binding WebAssembly to JavaScript", "usually 5 seconds");
    // Beside the place the server reads from, so that it never sees half of it.
    let staged = workspace.target.join("site-pkg-new");
    let _ = std::fs::remove_dir_all(&staged);
    std::fs::create_dir_all(&staged)?;
    process::run(process::command(&helper).arg("bind").arg(wasm).arg(&staged).arg(OUTPUT_NAME)).await?;
    if release {
        optimise(workspace, &staged.join(format!("{OUTPUT_NAME}_bg.wasm"))).await?;
    }
    let _ = std::fs::remove_file(&stamp);
    assets::move_files(&staged, package)?;
    std::fs::write(&stamp, current)?;
    Ok(())
}

/// The second program of this package, compiled when first needed.
async fn bindgen_helper(workspace: &Workspace) -> Result<PathBuf> {
    announce("Compiling the binding step", "once; usually 1 minute");
    let mut command = workspace.cargo();
    command.args(["build", "--quiet", "--package", "xtask", "--features", "bindgen", "--bin", "hookreel-bindgen"]);
    process::run(&mut command).await?;
    Ok(workspace.target.join("debug/hookreel-bindgen"))
}

/// Makes the file a fifth smaller where Binaryen is installed.
async fn optimise(workspace: &Workspace, wasm: &Path) -> Result<()> {
    let local = workspace.root.join("end2end/node_modules/.bin/wasm-opt");
    let Some(program) = process::on_path("wasm-opt").or_else(|| local.is_file().then_some(local)) else {
        println!("    wasm-opt (npm package binaryen) is not installed; leaving the last bit of size");
        return Ok(());
    };
    announce("wasm-opt", "usually 20 seconds");
    let smaller = wasm.with_extension("opt");
    let mut command = process::command(program);
    command.args(["-Oz", "--all-features", "--strip-debug", "-o"]).arg(&smaller).arg(wasm);
    match process::run(&mut command).await {
        Ok(()) => std::fs::rename(&smaller, wasm)?,
        Err(error) => println!("    {error:#}; keeping the file as it is"),
    }
    Ok(())
}

async fn compress(workspace: &Workspace) -> Result<()> {
    let helper = bindgen_helper(workspace).await?;
    announce("Compressing", "usually 10 seconds");
    process::run(process::command(&helper).arg("compress").arg(workspace.site())).await
}
