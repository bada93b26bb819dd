//! `hookreel admin handlers`: what handlers of events could not do, for the operator to see and to put right.

use super::{CommonArguments, in_words, print};
use clap::{Args, Subcommand};
use hookreel_auth::OperatorPermit;
use hookreel_contract::views::{BacklogView, HandlerView};
use hookreel_kernel::time::rfc3339;
use hookreel_services::operations::Handlers;
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

pub(super) async fn run(command: HandlersCommand, handlers: &Handlers) -> anyhow::Result<()> {
    let permit = OperatorPermit::of_the_machine();
    match command {
        HandlersCommand::List { json, .. } => show(handlers, &permit, json).await,
        HandlersCommand::Retry(entry) => {
            handlers.retry(&permit, &entry.handler, entry.position).await.map_err(in_words)?;
            print(format_args!("It is tried again within a second, by a server that runs."))
        }
        HandlersCommand::Skip(entry) => {
            handlers.skip(&permit, &entry.handler, entry.position).await.map_err(in_words)?;
            print(format_args!("Skipped."))
        }
        HandlersCommand::ReplayParked(named) => {
            let count = handlers.replay_parked(&permit, &named.handler).await.map_err(in_words)?;
            print(format_args!("{count} events are tried again, by a server that runs."))
        }
        HandlersCommand::Rebuild(named) => {
            handlers.rebuild(&permit, &named.handler).await.map_err(in_words)?;
            print(format_args!("It begins again from the first event."))
        }
    }
}

async fn show(handlers: &Handlers, permit: &OperatorPermit, as_json: bool) -> anyhow::Result<()> {
    for handler in handlers.list(permit).await.map_err(in_words)? {
        print_handler(&handler, as_json)?;
    }
    for row in handlers.backlog(permit, SHOWN).await.map_err(in_words)? {
        print_row(&row, as_json)?;
    }
    Ok(())
}

fn print_handler(handler: &HandlerView, as_json: bool) -> anyhow::Result<()> {
    let HandlerView { name, position, behind, retrying, waiting, parked, .. } = handler;
    // One that never ran stands before the first event.
    let position = position.unwrap_or_default();
    if as_json {
        let line = json!({ "handler": name, "position": position, "behind": behind, "retrying": retrying,
            "waiting": waiting, "parked": parked });
        return print(format_args!("{line}"));
    }
    print(format_args!(
        "{name:<22} at {position}, {behind} behind, {retrying} to be tried again, {waiting} waiting behind those, \
         {parked} parked"
    ))
}

fn print_row(row: &BacklogView, as_json: bool) -> anyhow::Result<()> {
    let (tenant, state) = (row.tenant_id.to_string(), row.state.as_str());
    if as_json {
        let line = json!({ "handler": row.handler, "position": row.position, "tenant_id": tenant, "kind": row.kind,
            "state": state, "tries": row.tries, "due_at": rfc3339(row.due_at), "error": row.error });
        return print(format_args!("{line}"));
    }
    print(format_args!(
        "{}  position {}  {}  {}  {state} after {} tries: {}",
        row.handler, row.position, row.kind, tenant, row.tries, row.error
    ))
}
