//! The command line.

use crate::config::{Config, Settings};
use crate::startup::{Application, Halves};
use crate::{admin, shutdown, store, telemetry};
use anyhow::Context as _;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Receives webhooks, sends webhooks, and keeps every one of them.
///
/// Every option can also be given as an environment variable (named beside it) and in the file `hookreel.toml`, which
/// is looked for in the data directory and then in the current directory: `--listen` is the key `listen` of the table
/// under whose heading it stands here, such as `[http]`. An option wins over the environment, the environment over
/// the file, and the file over the default. A key that does not exist is an error.
#[derive(Debug, Parser)]
#[command(name = "hookreel", version, max_term_width = 120, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Read this file instead of looking for `hookreel.toml`.
    #[arg(long, env = "HOOKREEL_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything in one process: dashboard, REST API, inbound webhooks and delivery. With an embedded PostgreSQL
    /// when no database is given.
    Serve(Box<Settings>),
    /// Dashboard, REST API and inbound webhooks only; `hookreel worker` delivers. Needs a database both can reach.
    Web(Box<Settings>),
    /// Delivery only. Needs `--public-url`, where links in mails lead to. Listens (for /healthz and /readyz) only if
    /// `--listen` is given.
    Worker(Box<Settings>),
    /// Brings the database to the shape this version needs, and ends. Every other command does that first, too.
    Migrate(Box<Settings>),
    /// What an operator does on the machine itself; works while the instance is running and while it is not.
    Admin {
        #[command(subcommand)]
        command: admin::AdminCommand,
    },
}

/// Does what the command line says.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<()> {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Serve(settings) => serve(Config::load(*settings, file)?, Halves::Both).await,
        Command::Web(settings) => serve(Config::load(*settings, file)?, Halves::Web).await,
        Command::Worker(settings) => serve(Config::load(*settings, file)?, Halves::Worker).await,
        Command::Migrate(settings) => {
            let config = Config::load(*settings, file)?;
            telemetry::start(&config.log)?;
            let store = store::Store::open(&config.store).await?;
            tracing::info!("the database is up to date");
            store.close().await
        }
        Command::Admin { command } => admin::run(command, file).await,
    }
}

async fn serve(config: Config, halves: Halves) -> anyhow::Result<()> {
    telemetry::start(&config.log)?;
    let signals = shutdown::Signals::listen().context("signals cannot be received")?;
    Application::build(config, halves, signals).await?.run_until_stopped().await
}
