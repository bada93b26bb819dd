//! Sending an endpoint what it missed: the Svix API's names for a replay.

use super::find;
use crate::authorized::Authorized;
use crate::body::JsonBody;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::Query;
use crate::state::HttpState;
use crate::timestamp;
use axum::Json;
use axum::extract::State;
use hookreel_auth::Caller;
use hookreel_contract::input::ReplayInput;
use hookreel_contract::views::ReplayView;
use hookreel_kernel::ReplayId;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Which messages, by the time they were received.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RecoverIn)]
pub(super) struct Window {
    #[serde(deserialize_with = "timestamp::required")]
    since: OffsetDateTime,
    /// Now, if you send none.
    #[serde(default, deserialize_with = "timestamp::optional")]
    until: Option<OffsetDateTime>,
}

/// Work that goes on in the background.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BackgroundTaskOut)]
pub(super) struct TaskOut {
    /// The replay: `GET /api/v1/replay/{id}` tells how far it is.
    #[schema(value_type = String, example = "rpl_01h455vb4pex5vsknk084sn02q")]
    id: ReplayId,
    /// `running` or `finished`.
    status: &'static str,
    /// `endpoint.recover` or `endpoint.replay`.
    task: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

impl TaskOut {
    fn of(view: &ReplayView, task: &'static str) -> Self {
        Self {
            id: view.id,
            status: if view.is_under_way() { "running" } else { "finished" },
            task,
            updated_at: view.finished_at.unwrap_or(view.created_at),
        }
    }
}

async fn start(
    state: &HttpState,
    caller: &Caller,
    ids: &(String, String),
    window: &Window,
    selection: &str,
) -> Result<ReplayView, Problem> {
    let endpoint = find(state, caller, ids).await?;
    let input = ReplayInput {
        application_id: Some(endpoint.application_id),
        endpoint_id: Some(endpoint.id),
        since: window.since,
        until: window.until.unwrap_or_else(|| state.clock().now()),
        event_types: None,
        selection: selection.to_owned(),
    };
    Ok(state.services().replays.start(caller, input).await?)
}

/// Resend what failed
///
/// Every message of the time range that the endpoint has not answered with 2xx. What is still to be retried is not sent
/// twice: its next attempt is made now.
#[utoipa::path(post, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}/recover", tag = "Endpoint",
    operation_id = "endpoint_recover",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    request_body = Window,
    responses((status = 202, description = "It has begun", body = TaskOut)))]
pub(super) async fn recover(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
    JsonBody(window): JsonBody<Window>,
) -> Result<(StatusCode, Json<TaskOut>), Problem> {
    let replay = start(&state, &caller, &ids, &window, "failed").await?;
    Ok((StatusCode::ACCEPTED, Json(TaskOut::of(&replay, "endpoint.recover"))))
}

/// Send what was never sent
///
/// Every message of the time range that there was no delivery of to the endpoint.
#[utoipa::path(post, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}/replay-missing", tag = "Endpoint",
    operation_id = "endpoint_replay_missing",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    request_body = Window,
    responses((status = 202, description = "It has begun", body = TaskOut)))]
pub(super) async fn replay_missing(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
    JsonBody(window): JsonBody<Window>,
) -> Result<(StatusCode, Json<TaskOut>), Problem> {
    let replay = start(&state, &caller, &ids, &window, "missing").await?;
    Ok((StatusCode::ACCEPTED, Json(TaskOut::of(&replay, "endpoint.replay"))))
}
