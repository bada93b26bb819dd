//! The secrets that a source verifies with.

use super::body::SourceOut;
use super::source_id;
use crate::authorized::Authorized;
use crate::body::JsonBody;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::Query;
use crate::state::HttpState;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// A secret of a source.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceSecretIn {
    /// The signing secret as the provider shows it.
    #[serde(alias = "key")]
    secret: String,
}

/// A new secret of a source, and how long the old one stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SourceSecretRotateIn {
    /// The signing secret as the provider shows it.
    #[serde(alias = "key")]
    secret: String,
    /// For how long the secret before stays valid beside it, in seconds: 0 to 2592000, which is 30 days. A day if you send
    /// none.
    #[schema(example = 86400)]
    overlap_s: Option<u64>,
}

/// Set a source's secret
///
/// It replaces what was there at once: for the first secret, or after a leak.
#[utoipa::path(put, path = "/api/v1/source/{source_id}/secret", tag = "Source", operation_id = "source_set_secret",
    params(("source_id" = String, Path, description = "Its id")), request_body = SourceSecretIn,
    responses((status = 204, description = "It is set")))]
pub(super) async fn set(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<SourceSecretIn>,
) -> Result<StatusCode, Problem> {
    let id = source_id(&id)?;
    state.services().sources.set_secret(&caller, id, &body.secret).await?;
    state.services().repository_connections.pass_secret_on(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rotate a source's secret
///
/// The old secret stays valid beside the new one for as long as you say, so that nothing is refused while it is changed at
/// the provider.
#[utoipa::path(post, path = "/api/v1/source/{source_id}/secret/rotate", tag = "Source",
    operation_id = "source_rotate_secret",
    params(("source_id" = String, Path, description = "Its id")), request_body = SourceSecretRotateIn,
    responses((status = 200, description = "The source as it is now", body = SourceOut)))]
pub(super) async fn rotate(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<SourceSecretRotateIn>,
) -> Result<Json<SourceOut>, Problem> {
    let SourceSecretRotateIn { secret, overlap_s } = body;
    let id = source_id(&id)?;
    let source = state.services().sources.rotate_secret(&caller, id, &secret, overlap_s).await?;
    state.services().repository_connections.pass_secret_on(&caller, id).await?;
    Ok(Json(source.into()))
}

/// End a source's old secrets
///
/// Only the current secret is valid from now on, whatever was said when it was rotated.
#[utoipa::path(delete, path = "/api/v1/source/{source_id}/secret/old", tag = "Source",
    operation_id = "source_end_old_secrets", params(("source_id" = String, Path, description = "Its id")),
    responses((status = 204, description = "They are no longer valid")))]
pub(super) async fn end_old(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
) -> Result<StatusCode, Problem> {
    state.services().sources.end_old_secrets(&caller, source_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
