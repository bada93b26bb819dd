//! Hookreel's tasks: `cargo xtask COMMAND`. Each sets up what it needs, says what it does and how long that takes.

mod arrows;
mod assets;
mod bench;
mod demo;
mod end_to_end;
mod front;
mod install;
mod lint;
mod migrations;
mod pools;
mod prepare;
mod process;
mod progress;
mod run;
mod scratch;
mod stylesheet;
mod test;
mod wasm_toolchain;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::workspace::Workspace;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Runs, tests and builds Hookreel", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build everything and start Hookreel on <http://localhost:3000>.
    Run(run::RunArguments),
    /// Start Hookreel with a demo tenant, a source of each kind, two endpoints and signed webhooks coming in.
    Demo(demo::DemoArguments),
    /// Check and test everything: format, architecture, lints, tests, browser.
    Test(test::TestArguments),
    /// Run the browser tests only.
    E2e(end_to_end::EndToEndArguments),
    /// Check format, architecture and lints only.
    Lint(lint::LintArguments),
    /// Build the front end into the site directory.
    Front(front::FrontArguments),
    /// Measure the optimised server under load: throughput, latency, processor time, write-ahead log.
    Bench(bench::BenchArguments),
    /// Regenerate the committed data that checks SQL without a database.
    Prepare(prepare::PrepareArguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run_command(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run_command(command: Command) -> Result<()> {
    let workspace = Workspace::find()?;
    // `run`, `demo` and `bench` end in an orderly way when told to; everything else is dropped where it stands, and with it go
    // the processes it started.
    match command {
        Command::Run(arguments) => run::run(&workspace, arguments).await,
        Command::Demo(arguments) => demo::run(&workspace, arguments).await,
        Command::Bench(arguments) => bench::run(&workspace, arguments).await,
        Command::Test(arguments) => until_interrupted(test::run(&workspace, &arguments)).await,
        Command::E2e(arguments) => until_interrupted(end_to_end::command(&workspace, arguments)).await,
        Command::Lint(arguments) => until_interrupted(lint::command(&workspace, arguments)).await,
        Command::Front(arguments) => until_interrupted(front::command(&workspace, arguments)).await,
        Command::Prepare(arguments) => until_interrupted(prepare::command(&workspace, arguments)).await,
    }
}

async fn until_interrupted(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::select! {
        result = work => result,
        name = interruption() => anyhow::bail!("stopped by {name}"),
    }
}

/// Waits for Ctrl-C or a request to end, and names it.
async fn interruption() -> &'static str {
    let wait = |kind: SignalKind| async move {
        match signal(kind) {
            Ok(mut signals) => signals.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = wait(SignalKind::interrupt()) => "Ctrl-C",
        _ = wait(SignalKind::terminate()) => "SIGTERM",
        _ = wait(SignalKind::hangup()) => "SIGHUP",
    }
}
