//! `/api/v1/app/{app_id}/endpoint`

mod body;
mod headers;
mod recovery;
mod secret;

pub(super) use self::body::EndpointOut;

use self::body::{EndpointIn, EndpointPatch, EndpointUpdate, refused};
use super::page::ListOut;
use super::{Both, upsert};
use crate::applications::resolve;
use crate::authorized::Authorized;
use crate::body::JsonBody;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::{FromQuery, PageQuery, Query, QueryReader};
use crate::state::HttpState;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::views::EndpointView;
use hookreel_kernel::EndpointId;
use http::StatusCode;
use utoipa::OpenApi;

#[derive(Debug, OpenApi)]
#[openapi(paths(
    list,
    create,
    read,
    upsert,
    patch,
    delete,
    pause,
    resume,
    secret::read,
    secret::rotate,
    headers::read,
    headers::update,
    headers::patch,
    recovery::recover,
    recovery::replay_missing,
))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    let one = "/api/v1/app/{app_id}/endpoint/{endpoint_id}";
    router
        .both("/api/v1/app/{app_id}/endpoint", get(list).post(create))
        .both(one, get(read).put(upsert).patch(patch).delete(delete))
        .both(&format!("{one}/pause"), post(pause))
        .both(&format!("{one}/resume"), post(resume))
        .both(&format!("{one}/secret"), get(secret::read))
        .both(&format!("{one}/secret/rotate"), post(secret::rotate))
        .both(&format!("{one}/headers"), get(headers::read).put(headers::update).patch(headers::patch))
        .both(&format!("{one}/recover"), post(recovery::recover))
        .both(&format!("{one}/replay-missing"), post(recovery::replay_missing))
}

/// The endpoint that a path names.
pub(super) async fn find(
    state: &HttpState,
    caller: &Caller,
    (app_id, endpoint_id): &(String, String),
) -> Result<EndpointView, Problem> {
    let application = resolve(state, caller, app_id).await?;
    Ok(state.services().endpoints.find(caller, application, endpoint_id).await?)
}

#[derive(Debug)]
struct ListQuery {
    page: PageQuery,
}

impl FromQuery for ListQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        query.newest_first();
        Self { page: PageQuery::from_query(query) }
    }
}

/// List endpoints
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/app/{app_id}/endpoint", tag = "Endpoint", operation_id = "endpoint_list",
    params(("app_id" = String, Path, description = "The application's id or uid"), PageQuery),
    responses((status = 200, description = "A page of endpoints", body = ListOut<EndpointOut>)))]
async fn list(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(app_id): Ids<String>,
    Query(ListQuery { page }): Query<ListQuery>,
) -> Result<Json<ListOut<EndpointOut>>, Problem> {
    let application = resolve(&state, &caller, &app_id).await?;
    let endpoints = &state.services().endpoints;
    let found = endpoints.list(&caller, Some(application), page.iterator, page.limit).await;
    Ok(Json(ListOut::of(found.map_err(Problem::of_query)?, EndpointOut::from)))
}

/// Create an endpoint
#[utoipa::path(post, path = "/api/v1/app/{app_id}/endpoint", tag = "Endpoint", operation_id = "endpoint_create",
    params(("app_id" = String, Path, description = "The application's id or uid")), request_body = EndpointIn,
    responses((status = 201, description = "It was made", body = EndpointOut)))]
async fn create(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(app_id): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<EndpointIn>,
) -> Result<(StatusCode, Json<EndpointOut>), Problem> {
    let application = resolve(&state, &caller, &app_id).await?;
    let created = state.services().endpoints.create(&caller, application, body.into_input()?).await;
    Ok((StatusCode::CREATED, Json(created.map_err(refused)?.into())))
}

/// Get an endpoint
#[utoipa::path(get, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}", tag = "Endpoint",
    operation_id = "endpoint_get",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    responses((status = 200, description = "The endpoint", body = EndpointOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
) -> Result<Json<EndpointOut>, Problem> {
    Ok(Json(find(&state, &caller, &ids).await?.into()))
}

/// Replace an endpoint, or create it
///
/// Its headers and its secret stay as they are. It is created if the path is a `uid` that no endpoint has.
#[utoipa::path(put, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}", tag = "Endpoint",
    operation_id = "endpoint_upsert",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    request_body = EndpointUpdate,
    responses(
        (status = 200, description = "The endpoint as it is now", body = EndpointOut),
        (status = 201, description = "It was made", body = EndpointOut)))]
async fn upsert(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids((app_id, endpoint_id)): Ids<(String, String)>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<EndpointUpdate>,
) -> Result<(StatusCode, Json<EndpointOut>), Problem> {
    let application = resolve(&state, &caller, &app_id).await?;
    let endpoints = &state.services().endpoints;
    match endpoints.find(&caller, application, &endpoint_id).await {
        Ok(view) => {
            let id = view.id;
            let updated = endpoints.update(&caller, id, body.applied_to(view)?).await;
            Ok((StatusCode::OK, Json(updated.map_err(refused)?.into())))
        }
        Err(ApiError::NotFound { .. }) if endpoint_id.parse::<EndpointId>().is_err() => {
            let mut input = body.into_input()?;
            input.uid = upsert::uid(&endpoint_id, input.uid)?;
            let created = endpoints.create(&caller, application, input).await;
            Ok((StatusCode::CREATED, Json(created.map_err(refused)?.into())))
        }
        Err(error) => Err(error.into()),
    }
}

/// Change parts of an endpoint
#[utoipa::path(patch, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}", tag = "Endpoint",
    operation_id = "endpoint_patch",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    request_body = EndpointPatch,
    responses((status = 200, description = "The endpoint as it is now", body = EndpointOut)))]
async fn patch(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<EndpointPatch>,
) -> Result<Json<EndpointOut>, Problem> {
    let view = find(&state, &caller, &ids).await?;
    let id = view.id;
    let updated = state.services().endpoints.update(&caller, id, body.applied_to(view)?).await;
    Ok(Json(updated.map_err(refused)?.into()))
}

/// Delete an endpoint
///
/// What still waits for it is cancelled. What happened before stays in the event log.
#[utoipa::path(delete, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}", tag = "Endpoint",
    operation_id = "endpoint_delete",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    responses((status = 204, description = "It is gone")))]
async fn delete(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
) -> Result<StatusCode, Problem> {
    let endpoint = find(&state, &caller, &ids).await?.id;
    state.services().endpoints.delete(&caller, endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pause an endpoint
///
/// Deliveries are made and held until it is resumed.
#[utoipa::path(post, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}/pause", tag = "Endpoint",
    operation_id = "endpoint_pause",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    responses((status = 204, description = "It is paused")))]
async fn pause(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
) -> Result<StatusCode, Problem> {
    let endpoint = find(&state, &caller, &ids).await?.id;
    state.services().endpoints.pause(&caller, endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Resume an endpoint
///
/// What was held is delivered.
#[utoipa::path(post, path = "/api/v1/app/{app_id}/endpoint/{endpoint_id}/resume", tag = "Endpoint",
    operation_id = "endpoint_resume",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "Its id or uid")),
    responses((status = 204, description = "It is enabled")))]
async fn resume(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(()): Query<()>,
) -> Result<StatusCode, Problem> {
    let endpoint = find(&state, &caller, &ids).await?.id;
    state.services().endpoints.resume(&caller, endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}
