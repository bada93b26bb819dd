//! `hookreel admin handlers`: what handlers of events could not do, for the operator to see and to put right.

use super::{CommonArguments, print};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use hookreel_database::Database;
use hookreel_handlers::{BacklogRow, list, projections, rebuild, replay_parked, retry, skip, statuses};
use hookreel_kernel::time::rfc3339;
use serde_json::json;

/// Entries shown at once.
const SHOWN: i64 = 500;

#[derive(Debug, Subcommand)]
pub(crate) enum HandlersCommand {
    /// Lists where each handler stands, and every event that it has not handled yet.
    List {
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        common: CommonArguments,
    },
    /// Tries an event again now, whether it is parked or waits for its next try.
    Retry(Entry),
    /// Gives an event up for this handler; what waits behind it goes on.
    Skip(Entry),
    /// Tries everything that a handler has parked again.
    ReplayParked(Named),
    /// Forgets what a handler has written and lets it begin again from the first event. Only for handlers that write
    /// nothing but what follows from the events; mails and webhooks are never sent again.
    Rebuild(Named),
}

#[derive(Debug, Args)]
pub(crate) struct Entry {
    /// The handler's name, as listed.
    #[arg(long)]
    handler: String,
    /// The event's position, as listed.
    #[arg(long)]
    position: i64,
    #[command(flatten)]
    common: CommonArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The handler's name, as listed.
    #[arg(long)]
    handler: String,
    #[command(flatten)]
    common: CommonArguments,
}

impl HandlersCommand {
    pub(super) const fn common(&self) -> &CommonArguments {
        match self {
            Self::List { common, .. } => common,
            Self::Retry(entry) | Self::Skip(entry) => &entry.common,
            Self::ReplayParked(named) | Self::Rebuild(named) => &named.common,
        }
    }
}

pub(super) async fn run(command: HandlersCommand, database: &Database) -> anyhow::Result<()> {
    let pool = database.engine();
    match command {
        HandlersCommand::List { json, .. } => show(database, json).await,
        HandlersCommand::Retry(entry) => {
            retry(pool, &entry.handler, entry.position).await?;
            print(format_args!("It is tried again within a second, by a server that runs."))
        }
        HandlersCommand::Skip(entry) => {
            skip(pool, &entry.handler, entry.position).await?;
            print(format_args!("Skipped."))
        }
        HandlersCommand::ReplayParked(named) => {
            let count = replay_parked(pool, &named.handler).await?;
            print(format_args!("{count} events are tried again, by a server that runs."))
        }
        HandlersCommand::Rebuild(named) => {
            let all = projections();
            let handler = all.iter().find(|handler| handler.name() == named.handler).with_context(|| {
                let possible: Vec<_> = all.iter().map(|handler| handler.name()).collect();
                format!("`{}` cannot be rebuilt; these can: {}", named.handler, possible.join(", "))
            })?;
            if !rebuild(pool, handler.as_ref()).await? {
                bail!("a running server is at work with `{}` at this moment; try again", named.handler);
            }
            print(format_args!("It begins again from the first event."))
        }
    }
}

async fn show(database: &Database, as_json: bool) -> anyhow::Result<()> {
    let pool = database.engine();
    for status in statuses(pool).await? {
        if as_json {
            let (retrying, parked) = (status.retrying, status.parked);
            let line = json!({ "handler": status.name, "position": status.position, "behind": status.behind,
                "retrying": retrying, "parked": parked });
            print(format_args!("{line}"))?;
        } else {
            print(format_args!(
                "{:<22} at {}, {} behind, {} to be tried again, {} parked",
                status.name, status.position, status.behind, status.retrying, status.parked
            ))?;
        }
    }
    for row in list(pool, None, SHOWN).await? {
        print_row(&row, as_json)?;
    }
    Ok(())
}

fn print_row(row: &BacklogRow, as_json: bool) -> anyhow::Result<()> {
    let tenant = row.tenant_id.to_string();
    if as_json {
        let line = json!({ "handler": row.handler, "position": row.position, "tenant_id": tenant, "kind": row.kind,
            "state": row.state, "tries": row.tries, "due_at": rfc3339(row.due_at), "error": row.error });
        return print(format_args!("{line}"));
    }
    print(format_args!(
        "{}  position {}  {}  {}  {} after {} tries: {}",
        row.handler, row.position, row.kind, tenant, row.state, row.tries, row.error
    ))
}
