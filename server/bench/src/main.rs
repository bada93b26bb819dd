//! The load of `cargo xtask bench`: senders, the endpoints their messages lead to, and an accountant, in one process and
//! so by one clock; or messages to search, and who asks for them. It is handed a running server and talks to this machine
//! only.

mod account;
mod api;
mod comparison;
mod connection;
mod hostile;
mod load;
mod payload;
mod psql;
mod receiver;
mod report;
mod run;
mod scenario;
mod search;
mod table;
mod target;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};

use account::Accountant;
use api::Api;
use psql::Psql;
use report::Report;
use scenario::Scenario;
use search::SearchArguments;

/// Measures a running server.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the server listens: `127.0.0.1:3000`.
    #[arg(long)]
    authority: String,
    /// A key of the tenant under whom applications are made.
    #[arg(long, env = "HOOKREEL_BENCH_API_KEY", hide_env_values = true)]
    api_key: String,
    /// PostgreSQL's client, which is asked for its counters.
    #[arg(long)]
    psql: PathBuf,
    /// The server's database, as a superuser.
    #[arg(long)]
    database_url: String,
    /// Waits so many seconds at most, before each run, for the rest of the machine to be quiet.
    #[arg(long, default_value_t = 0)]
    quiet: u64,
    /// Where the results go, as JSON.
    #[arg(long)]
    out: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Sends messages and accounts for what becomes of them.
    Load(LoadArguments),
    /// Fills the tenant with messages and searches them.
    Search(SearchArguments),
}

#[derive(Debug, Args)]
struct LoadArguments {
    #[arg(long)]
    server_pid: u32,
    #[arg(long)]
    postmaster_pid: u32,
    #[arg(long, value_delimiter = ',', required = true)]
    scenario: Vec<String>,
    /// Times each scenario is run.
    #[arg(long, default_value_t = 1)]
    runs: u32,
    /// Multiplies the number of messages.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Where the handlers listen that receiving is measured against.
    #[arg(long)]
    floor: Option<String>,
}

/// The server that is measured, and where to write what came out.
#[derive(Debug)]
struct Server {
    api: Api,
    psql: Psql,
    out: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match measure(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(arguments: Arguments) -> Result<()> {
    let server = Server {
        api: Api { authority: arguments.authority, key: arguments.api_key },
        psql: Psql { program: arguments.psql, database_url: arguments.database_url },
        out: arguments.out,
    };
    let quiet = Duration::from_secs(arguments.quiet);
    match arguments.what {
        What::Load(load) => measure_load(&load, server, quiet).await,
        What::Search(search) => search::run(&search, &server, quiet).await,
    }
}

async fn measure_load(arguments: &LoadArguments, server: Server, quiet: Duration) -> Result<()> {
    let names = &arguments.scenario;
    let scenarios: Vec<Scenario> =
        names.iter().map(|name| Scenario::named(name, arguments.scale)).collect::<Result<_>>()?;
    let Server { api, psql, out } = server;
    let accountant = Accountant { server_pid: arguments.server_pid, postmaster_pid: arguments.postmaster_pid, psql };
    let mut reports: Vec<Report> = Vec::new();
    for scenario in &scenarios {
        for number in 1..=arguments.runs {
            accountant.wait_for_handlers().await?;
            account::wait_until_quiet(quiet).await;
            let report = run::run(scenario, &api, arguments.floor.as_deref(), &accountant).await;
            let report = report.with_context(|| format!("scenario {}, run {number}", scenario.name))?;
            println!("{}", report.line());
            reports.push(report);
            // Written after each run: what was measured is kept when a later scenario fails.
            report::write(&out, &reports)?;
        }
    }
    report::print(&reports);
    println!("\n{}", out.display());
    Ok(())
}
