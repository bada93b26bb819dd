//! Headers that are sent along with every attempt.

use super::body::input_of;
use super::find;
use crate::authorized::Authorized;
use crate::body::JsonBody;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::Query;
use crate::state::HttpState;
use axum::Json;
use axum::extract::State;
use hookreel_kernel::is_harmless_header;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An endpoint's headers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndpointHeadersOut)]
pub(super) struct HeadersOut {
    /// Those whose names tell that their values are no secret, such as `Accept-Language`.
    headers: BTreeMap<String, String>,
    /// Names of the others: their values may be credentials, and are never given back.
    sensitive: Vec<String>,
}

/// What replaces an endpoint's headers.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = EndpointHeadersIn)]
pub(super) struct HeadersIn {
    headers: BTreeMap<String, String>,
}

/// What to change about an endpoint's headers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EndpointHeadersPatchIn)]
pub(super) struct HeadersPatch {
    /// To be added, or to get another value.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// To be removed.
    #[serde(default)]
    delete_headers: Vec<String>,
}

/// Get an endpoint's headers
#[utoipa::path(get, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}/headers", tag = "Endpoint",
    operation_id = "endpoint_get_headers",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    responses((status = 200, description = "Its headers", body = HeadersOut)))]
pub(super) async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
) -> Result<Json<HeadersOut>, Problem> {
    let view = find(&state, &caller, &ids).await?;
    let (headers, hidden): (BTreeMap<_, _>, BTreeMap<_, _>) =
        view.headers.into_iter().partition(|(name, _)| is_harmless_header(name));
    Ok(Json(HeadersOut { headers, sensitive: hidden.into_keys().collect() }))
}

/// Replace an endpoint's headers
#[utoipa::path(put, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}/headers", tag = "Endpoint",
    operation_id = "endpoint_update_headers",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    request_body = HeadersIn,
    responses((status = 204, description = "They are replaced")))]
pub(super) async fn update(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<HeadersIn>,
) -> Result<StatusCode, Problem> {
    let view = find(&state, &caller, &ids).await?;
    let endpoint = view.id;
    let mut input = input_of(view);
    input.headers = body.headers;
    state.services().endpoints.update(&caller, endpoint, input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change some of an endpoint's headers
#[utoipa::path(patch, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}/headers", tag = "Endpoint",
    operation_id = "endpoint_patch_headers",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    request_body = HeadersPatch,
    responses((status = 204, description = "They are changed")))]
pub(super) async fn patch(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<HeadersPatch>,
) -> Result<StatusCode, Problem> {
    let view = find(&state, &caller, &ids).await?;
    let endpoint = view.id;
    let mut input = input_of(view);
    let replaced = |name: &str| {
        body.delete_headers.iter().chain(body.headers.keys()).any(|other| other.eq_ignore_ascii_case(name))
    };
    input.headers.retain(|name, _| !replaced(name));
    input.headers.extend(body.headers);
    state.services().endpoints.update(&caller, endpoint, input).await?;
    Ok(StatusCode::NO_CONTENT)
}
