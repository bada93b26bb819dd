//! The secret that signs what is sent to an endpoint.

use super::super::unsupported;
use super::find;
use crate::authorized::Authorized;
use crate::body::{RawBody, parse, refuse_nul};
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::Query;
use crate::state::HttpState;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// An endpoint's signing secret.
#[derive(Serialize, ToSchema)]
#[schema(as = EndpointSecretOut)]
pub(super) struct SecretOut {
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    key: String,
}

/// What to rotate to.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EndpointSecretRotateIn)]
pub(super) struct RotateIn {
    /// `whsec_` and the Base64 of 24 to 64 bytes; made for you if you send none.
    key: Option<String>,
    #[schema(ignore)]
    grace_period_seconds: Option<Value>,
}

/// Get an endpoint's secret
#[utoipa::path(get, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}/secret", tag = "Endpoint",
    operation_id = "endpoint_get_secret",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    responses((status = 200, description = "The secret that signs now", body = SecretOut)))]
pub(super) async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
) -> Result<Json<SecretOut>, Problem> {
    let endpoint = find(&state, &caller, &ids).await?.id;
    let secret = state.services().endpoints.secret(&caller, endpoint).await?;
    Ok(Json(SecretOut { key: secret.as_str().to_owned() }))
}

/// Rotate an endpoint's secret
///
/// The old secret signs beside the new one for 24 hours.
#[utoipa::path(post, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}/secret/rotate", tag = "Endpoint",
    operation_id = "endpoint_rotate_secret",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    request_body(content = RotateIn, description = "May be left out"),
    responses((status = 204, description = "It is rotated")))]
pub(super) async fn rotate(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
    RawBody(body): RawBody,
) -> Result<StatusCode, Problem> {
    refuse_nul(&body)?;
    let body: RotateIn = if body.is_empty() { RotateIn::default() } else { parse(&body)? };
    unsupported::refuse(&[("gracePeriodSeconds", &body.grace_period_seconds)])?;
    let endpoint = find(&state, &caller, &ids).await?.id;
    state.services().endpoints.rotate_secret(&caller, endpoint, body.key).await?;
    Ok(StatusCode::NO_CONTENT)
}
