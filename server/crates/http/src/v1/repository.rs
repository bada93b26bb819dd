//! `/api/v1/source/{source_id}/repository`: the repository of GitHub whose webhook sends to a source.

use super::Both;
use super::source::source_id;
use crate::authorized::Authorized;
use crate::body::JsonBody;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::{FromQuery, Query, QueryReader};
use crate::state::HttpState;
use axum::extract::State;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::repository::ConnectionView;
use hookreel_kernel::{Secret, SourceId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, OpenApi, ToSchema};

#[derive(Debug, OpenApi)]
#[openapi(paths(read, connect, update, disconnect, ping, replace_token))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router
        .both("/api/v1/source/{source_id}/repository", get(read).put(connect).patch(update).delete(disconnect))
        .both("/api/v1/source/{source_id}/repository/ping", post(ping))
        .both("/api/v1/source/{source_id}/repository/token", put(replace_token))
}

/// A connected repository.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RepositoryOut {
    #[schema(example = "octo-org/hello-world")]
    repository: String,
    /// What its webhook sends; `*` is everything.
    #[schema(example = json!(["push", "pull_request"]))]
    events: Vec<String>,
    /// The webhook at GitHub; null: connecting was not finished.
    hook_id: Option<u64>,
    /// Whether a ping or a genuine message has come since it was connected.
    is_alive: bool,
    /// When connecting began.
    #[serde(with = "time::serde::rfc3339")]
    connected_at: OffsetDateTime,
    /// When GitHub's last ping came, if it came after that.
    #[serde(with = "time::serde::rfc3339::option")]
    pinged_at: Option<OffsetDateTime>,
}

impl From<ConnectionView> for RepositoryOut {
    fn from(view: ConnectionView) -> Self {
        Self {
            is_alive: view.is_alive(),
            repository: view.repository,
            events: view.events,
            hook_id: view.hook_id,
            connected_at: view.since,
            pinged_at: view.pinged_at,
        }
    }
}

/// A repository to be connected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RepositoryIn {
    /// A fine-grained token of GitHub with the repository permission “Webhooks: Read and write”. It is kept encrypted.
    token: String,
    #[schema(example = "octo-org/hello-world")]
    repository: String,
    /// What the webhook sends; `*` is everything.
    #[schema(example = json!(["push", "pull_request"]))]
    events: Vec<String>,
}

/// What the webhook is to be like. What you leave out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RepositoryPatch {
    /// What the webhook sends; `*` is everything.
    events: Option<Vec<String>>,
}

/// A token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenIn {
    /// A fine-grained token of GitHub with the repository permission “Webhooks: Read and write”.
    token: String,
}

/// How to disconnect.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct DisconnectQuery {
    /// Do not ask GitHub: the webhook stays there. For a token that GitHub does not accept any more.
    #[param(default = false, value_type = Option<bool>)]
    forget: bool,
}

impl FromQuery for DisconnectQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        Self { forget: query.flag("forget", false) }
    }
}

async fn connected(state: &HttpState, caller: &Caller, id: SourceId) -> Result<Json<RepositoryOut>, Problem> {
    let view = state.services().repository_connections.get(caller, id).await?;
    Ok(Json(view.ok_or_else(|| ApiError::not_found("Connected repository"))?.into()))
}

/// Get the connected repository
#[utoipa::path(get, path = "/api/v1/source/{source_id}/repository", tag = "Repository",
    operation_id = "source_repository_get", params(("source_id" = String, Path, description = "The source's id")),
    responses((status = 200, description = "The repository", body = RepositoryOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
) -> Result<Json<RepositoryOut>, Problem> {
    connected(&state, &caller, source_id(&id)?).await
}

/// Connect a repository
///
/// A webhook is made at GitHub that sends to the source and signs with its secret. A webhook that leads there already is
/// used instead of a second one, so that this can be repeated.
#[utoipa::path(put, path = "/api/v1/source/{source_id}/repository", tag = "Repository",
    operation_id = "source_repository_connect", params(("source_id" = String, Path, description = "The source's id")),
    request_body = RepositoryIn,
    responses((status = 200, description = "It is connected", body = RepositoryOut),
              (status = 502, description = "GitHub cannot be asked now; `Retry-After` says when, if that is known")))]
async fn connect(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<RepositoryIn>,
) -> Result<Json<RepositoryOut>, Problem> {
    let id = source_id(&id)?;
    let RepositoryIn { token, repository, events } = body;
    let connections = &state.services().repository_connections;
    connections.connect_with_token(&caller, id, Secret::new(token), repository, events).await?;
    connected(&state, &caller, id).await
}

/// Change or repair the webhook
///
/// Makes the webhook at GitHub as it is to be, and makes it anew if it is gone.
#[utoipa::path(patch, path = "/api/v1/source/{source_id}/repository", tag = "Repository",
    operation_id = "source_repository_patch", params(("source_id" = String, Path, description = "The source's id")),
    request_body = RepositoryPatch,
    responses((status = 200, description = "The repository as it is now", body = RepositoryOut),
              (status = 502, description = "GitHub cannot be asked now; `Retry-After` says when, if that is known")))]
async fn update(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<RepositoryPatch>,
) -> Result<Json<RepositoryOut>, Problem> {
    let id = source_id(&id)?;
    state.services().repository_connections.renew(&caller, id, body.events).await?;
    connected(&state, &caller, id).await
}

/// Disconnect the repository
///
/// Deletes the webhook at GitHub and forgets the token. If GitHub refuses, nothing is changed.
#[utoipa::path(delete, path = "/api/v1/source/{source_id}/repository", tag = "Repository",
    operation_id = "source_repository_disconnect",
    params(("source_id" = String, Path, description = "The source's id"), DisconnectQuery),
    responses((status = 204, description = "It is disconnected"),
              (status = 502, description = "GitHub cannot be asked now; `Retry-After` says when, if that is known")))]
async fn disconnect(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(query): Query<DisconnectQuery>,
) -> Result<StatusCode, Problem> {
    state.services().repository_connections.disconnect(&caller, source_id(&id)?, query.forget).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have GitHub send a ping
#[utoipa::path(post, path = "/api/v1/source/{source_id}/repository/ping", tag = "Repository",
    operation_id = "source_repository_ping", params(("source_id" = String, Path, description = "The source's id")),
    responses((status = 204, description = "GitHub was asked to"),
              (status = 502, description = "GitHub cannot be asked now; `Retry-After` says when, if that is known")))]
async fn ping(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
) -> Result<StatusCode, Problem> {
    state.services().repository_connections.ping(&caller, source_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace the token
///
/// Once the new one was tried; the old one is forgotten.
#[utoipa::path(put, path = "/api/v1/source/{source_id}/repository/token", tag = "Repository",
    operation_id = "source_repository_replace_token",
    params(("source_id" = String, Path, description = "The source's id")), request_body = TokenIn,
    responses((status = 204, description = "It is used from now on"),
              (status = 502, description = "GitHub cannot be asked now; `Retry-After` says when, if that is known")))]
async fn replace_token(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<TokenIn>,
) -> Result<StatusCode, Problem> {
    let connections = &state.services().repository_connections;
    connections.replace_token(&caller, source_id(&id)?, Secret::new(body.token)).await?;
    Ok(StatusCode::NO_CONTENT)
}
