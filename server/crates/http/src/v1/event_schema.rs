//! `/api/v1/event-schema`: what the events of the event log consist of.

use super::Both;
use super::page::ListOut;
use crate::authorized::Authorized;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::{PageQuery, Query};
use crate::state::HttpState;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use hookreel_contract::ApiError;
use hookreel_contract::views::EventKindView;
use serde::Serialize;
use serde_json::Value;
use utoipa::{OpenApi, ToSchema};

#[derive(Debug, OpenApi)]
#[openapi(paths(list, read))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router.both("/api/v1/event-schema", get(list)).both("/api/v1/event-schema/{kind}", get(read))
}

/// A kind of event in the event log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EventSchemaOut {
    #[schema(example = "endpoint.paused")]
    kind: String,
    /// What it says.
    #[schema(example = "Its deliveries are held from now on.")]
    purpose: String,
    /// What it is about.
    #[schema(example = "endpoint")]
    stream_kind: String,
    /// The JSON Schema of its payload.
    #[schema(value_type = Object)]
    schema: Value,
}

impl From<EventKindView> for EventSchemaOut {
    fn from(view: EventKindView) -> Self {
        let EventKindView { kind, purpose, stream_kind, schema } = view;
        Self { kind, purpose, stream_kind, schema }
    }
}

/// List kinds of events
///
/// Of the event log: what happens inside Hookreel. What you publish has event types.
#[utoipa::path(get, path = "/api/v1/event-schema", tag = "Event schema", operation_id = "event_schema_list",
    params(PageQuery),
    responses((status = 200, description = "A page of kinds of events", body = ListOut<EventSchemaOut>)))]
async fn list(
    State(state): State<HttpState>,
    Authorized(_caller): Authorized,
    Query(page): Query<PageQuery>,
) -> Result<Json<ListOut<EventSchemaOut>>, Problem> {
    let kinds = state.services().event_log.kinds();
    Ok(Json(ListOut::of_sorted(kinds, &page, |one| one.kind.clone())?.map(EventSchemaOut::from)))
}

/// Get a kind of event
#[utoipa::path(get, path = "/api/v1/event-schema/{kind}", tag = "Event schema", operation_id = "event_schema_get",
    params(("kind" = String, Path, description = "Its name, such as endpoint.paused")),
    responses((status = 200, description = "The kind of event", body = EventSchemaOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(_caller): Authorized,
    Ids(kind): Ids<String>,
    Query(()): Query<()>,
) -> Result<Json<EventSchemaOut>, Problem> {
    let found = state.services().event_log.kind(&kind).ok_or_else(|| ApiError::not_found("Kind of event"))?;
    Ok(Json(found.into()))
}
