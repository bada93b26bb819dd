//! What the event log asks the server.

use super::query::EventQuery;
use crate::error::AppError;
use hookreel_contract::Page;
use hookreel_contract::views::EventRow;
use leptos::prelude::*;

/// One page of events, newest first.
#[server(prefix = "/do", endpoint = "list_events")]
pub async fn list_events(#[server(default)] query: EventQuery) -> Result<Page<EventRow>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.event_log.list(&caller, query.filter(50)).await?)
}
