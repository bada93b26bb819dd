//! The program `hookreel`: reads how it is meant to run, and runs it.

mod admin;
mod cli;
mod config;
mod embedded;
mod health;
mod housekeeping;
mod integrations;
mod listener;
mod live;
mod metrics;
mod open_files;
mod plans;
mod protection;
mod proxies;
mod request_log;
mod retention;
mod router;
mod secret_key;
mod shutdown;
mod site;
mod startup;
mod store;
mod telemetry;
mod workers;

use clap::Parser as _;
use std::io::Write as _;
use std::process::ExitCode;

/// A tenth more deliveries a second than with the C library's, at the same memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(cli::run(cli)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The log may not be set up yet, and a person has to see this in any case.
            let _ = writeln!(std::io::stderr(), "hookreel: {error:#}");
            ExitCode::FAILURE
        }
    }
}
