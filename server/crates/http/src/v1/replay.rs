//! `/api/v1/replay`: history sent again on purpose.

use super::Both;
use super::page::ListOut;
use crate::authorized::Authorized;
use crate::body::JsonBody;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::{FromQuery, PageQuery, Query, QueryReader};
use crate::state::HttpState;
use crate::timestamp;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hookreel_contract::ApiError;
use hookreel_contract::input::ReplayInput;
use hookreel_contract::views::ReplayView;
use hookreel_kernel::{ApplicationId, EndpointId, ReplayId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, OpenApi, ToSchema};

#[derive(Debug, OpenApi)]
#[openapi(paths(list, create, read, cancel))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router
        .both("/api/v1/replay", get(list).post(create))
        .both("/api/v1/replay/{replay_id}", get(read))
        .both("/api/v1/replay/{replay_id}/cancel", post(cancel))
}

/// A replay.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReplayOut {
    #[schema(value_type = String, example = "rpl_01h455vb4pex5vsknk084sn02q")]
    id: ReplayId,
    #[schema(value_type = String)]
    application_id: ApplicationId,
    /// null: every enabled endpoint of the application.
    #[schema(value_type = Option<String>)]
    endpoint_id: Option<EndpointId>,
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
    event_types: Option<Vec<String>>,
    /// `all`, `failed` or `missing`.
    selection: String,
    /// `running`: making deliveries; `sending`: all are made, and some have not ended; `finished`; `cancelled`.
    state: String,
    /// Deliveries it will make or bring forward, counted when it began.
    matched: u64,
    /// Deliveries made so far.
    created: u64,
    /// Of those: answered with 2xx.
    succeeded: u64,
    /// Of those: given up after the last attempt.
    failed: u64,
    /// Of those: cancelled.
    cancelled: u64,
    /// Deliveries that were to be retried later anyway: their next attempt was brought forward, and none was made beside.
    brought_forward: u64,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    finished_at: Option<OffsetDateTime>,
}

impl From<ReplayView> for ReplayOut {
    fn from(view: ReplayView) -> Self {
        Self {
            id: view.id,
            application_id: view.application_id,
            endpoint_id: view.endpoint_id,
            since: view.since,
            until: view.until,
            event_types: view.event_types,
            selection: view.selection,
            state: view.state,
            matched: view.matched,
            created: view.created,
            succeeded: view.succeeded,
            failed: view.failed,
            cancelled: view.cancelled,
            brought_forward: view.brought_forward,
            created_at: view.created_at,
            finished_at: view.finished_at,
        }
    }
}

/// What to send again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReplayIn {
    /// The default application if you send none.
    #[schema(value_type = Option<String>)]
    application_id: Option<ApplicationId>,
    /// Every enabled endpoint of the application if you send none.
    #[schema(value_type = Option<String>)]
    endpoint_id: Option<EndpointId>,
    /// Messages received at or after.
    #[serde(deserialize_with = "timestamp::required")]
    since: OffsetDateTime,
    /// Messages received before; now, if you send none.
    #[serde(default, deserialize_with = "timestamp::optional")]
    until: Option<OffsetDateTime>,
    /// Every type if you send none.
    event_types: Option<Vec<String>>,
    /// `all`, `failed` (nothing was answered with 2xx; what is still to be retried is not sent twice, its next attempt is
    /// made now) or `missing` (there was no delivery).
    #[serde(default = "all")]
    #[schema(default = "all")]
    selection: String,
}

fn all() -> String {
    "all".to_owned()
}

/// How many deliveries a replay would make or bring forward.
#[derive(Debug, Serialize, ToSchema)]
struct ReplayPreviewOut {
    matched: u64,
}

/// Whether to begin.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct CreateQuery {
    /// Only count: nothing is sent.
    #[param(default = false, value_type = Option<bool>)]
    dry_run: bool,
}

impl FromQuery for CreateQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        Self { dry_run: query.flag("dry_run", false) }
    }
}

fn replay_id(text: &str) -> Result<ReplayId, Problem> {
    text.parse().map_err(|_| ApiError::not_found("Replay").into())
}

/// List replays
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/replay", tag = "Replay", operation_id = "replay_list", params(PageQuery),
    responses((status = 200, description = "A page of replays", body = ListOut<ReplayOut>)))]
async fn list(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Query(page): Query<PageQuery>,
) -> Result<Json<ListOut<ReplayOut>>, Problem> {
    let found = state.services().replays.page(&caller, page.iterator, page.limit).await;
    Ok(Json(ListOut::of(found.map_err(Problem::of_query)?, ReplayOut::from)))
}

/// Start a replay
///
/// Every message that was received in the time range and matches is sent again, by new deliveries: what happened
/// before is not touched. With `dry_run=true` the deliveries are only counted.
#[utoipa::path(post, path = "/api/v1/replay", tag = "Replay", operation_id = "replay_create",
    params(CreateQuery), request_body = ReplayIn,
    responses(
        (status = 202, description = "It has begun", body = ReplayOut),
        (status = 200, description = "How many deliveries it would make (`dry_run`)", body = ReplayPreviewOut)))]
async fn create(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Query(query): Query<CreateQuery>,
    JsonBody(body): JsonBody<ReplayIn>,
) -> Result<Response, Problem> {
    let input = ReplayInput {
        application_id: body.application_id,
        endpoint_id: body.endpoint_id,
        since: body.since,
        until: body.until.unwrap_or_else(|| state.clock().now()),
        event_types: body.event_types,
        selection: body.selection,
    };
    let replays = &state.services().replays;
    if query.dry_run {
        let matched = replays.preview(&caller, input).await?;
        return Ok(Json(ReplayPreviewOut { matched }).into_response());
    }
    let started = ReplayOut::from(replays.start(&caller, input).await?);
    Ok((StatusCode::ACCEPTED, Json(started)).into_response())
}

/// Get a replay
#[utoipa::path(get, path = "/api/v1/replay/{replay_id}", tag = "Replay", operation_id = "replay_get",
    params(("replay_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The replay and how far it is", body = ReplayOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
) -> Result<Json<ReplayOut>, Problem> {
    Ok(Json(state.services().replays.get(&caller, replay_id(&id)?).await?.into()))
}

/// Cancel a replay
///
/// What has not arrived is cancelled, and nothing more is sent; what has arrived stays. Possible until all its
/// deliveries have ended.
#[utoipa::path(post, path = "/api/v1/replay/{replay_id}/cancel", tag = "Replay", operation_id = "replay_cancel",
    params(("replay_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The replay as it is now", body = ReplayOut)))]
async fn cancel(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
) -> Result<Json<ReplayOut>, Problem> {
    Ok(Json(state.services().replays.cancel(&caller, replay_id(&id)?).await?.into()))
}
