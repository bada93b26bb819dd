//! What the event log asks the server.

use super::query::EventQuery;
use crate::error::AppError;
use hookreel_contract::Page;
use hookreel_contract::views::{EventKindView, EventRow};
use leptos::prelude::*;

/// One page of events, newest first.
#[server(prefix = "/do", endpoint = "list_events")]
pub async fn list_events(#[server(default)] query: EventQuery) -> Result<Page<EventRow>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.event_log.list(&caller, query.filter(50)).await?)
}

/// Every kind of event, by name.
#[server(prefix = "/do", endpoint = "list_event_kinds")]
pub async fn list_event_kinds() -> Result<Vec<EventKindView>, AppError> {
    use crate::server::{caller, services};
    caller().await?;
    Ok(services()?.event_log.kinds())
}

/// One kind of event.
#[server(prefix = "/do", endpoint = "get_event_kind")]
pub async fn get_event_kind(kind: String) -> Result<EventKindView, AppError> {
    use crate::server::{caller, services};
    caller().await?;
    let found = services()?.event_log.kind(&kind);
    found.ok_or_else(|| hookreel_contract::ApiError::not_found("Kind of event").into())
}
