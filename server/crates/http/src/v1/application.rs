//! `/api/v1/app`

use super::page::ListOut;
use super::patch::{Field, set};
use super::{Both, unsupported, upsert};
use crate::authorized::Authorized;
use crate::body::JsonBody;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::{FromQuery, PageQuery, Query, QueryReader};
use crate::state::HttpState;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use hookreel_contract::ApiError;
use hookreel_contract::input::ApplicationInput;
use hookreel_contract::views::ApplicationView;
use hookreel_kernel::ApplicationId;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use utoipa::{IntoParams, OpenApi, ToSchema};

#[derive(Debug, OpenApi)]
#[openapi(paths(list, create, read, upsert, patch, delete))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router
        .both("/api/v1/app", get(list).post(create))
        .both("/api/v1/app/{app_id}", get(read).put(upsert).patch(patch).delete(delete))
}

/// An application.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApplicationOut {
    #[schema(value_type = String, example = "app_01h455vb4pex5vsknk084sn02q")]
    id: ApplicationId,
    /// Your own id of it.
    uid: Option<String>,
    name: String,
    metadata: BTreeMap<String, String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

impl From<ApplicationView> for ApplicationOut {
    fn from(view: ApplicationView) -> Self {
        let ApplicationView { id, uid, name, metadata, created_at, updated_at } = view;
        Self { id, uid, name, metadata, created_at, updated_at }
    }
}

/// An application to be made, or what replaces one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApplicationIn {
    /// What people call it.
    #[schema(example = "Acme Ltd")]
    name: String,
    /// Your own id of it; usable in every path instead of `id`.
    #[schema(example = "customer-42")]
    uid: Option<String>,
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    metadata: Option<BTreeMap<String, String>>,
    #[schema(ignore)]
    rate_limit: Option<Value>,
    #[schema(ignore)]
    throttle_rate: Option<Value>,
}

impl ApplicationIn {
    pub(super) fn into_input(self) -> Result<ApplicationInput, Problem> {
        unsupported::refuse(&[("rateLimit", &self.rate_limit), ("throttleRate", &self.throttle_rate)])?;
        Ok(ApplicationInput { name: self.name, uid: self.uid, metadata: self.metadata.unwrap_or_default() })
    }
}

/// What to change about an application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ApplicationPatch {
    name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    uid: Field<String>,
    metadata: Option<BTreeMap<String, String>>,
    #[schema(ignore)]
    rate_limit: Option<Value>,
    #[schema(ignore)]
    throttle_rate: Option<Value>,
}

#[derive(Debug)]
struct ListQuery {
    page: PageQuery,
}

impl FromQuery for ListQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        query.newest_first();
        query.unsupported("exclude_apps_with_no_endpoints");
        query.unsupported("exclude_apps_with_disabled_endpoints");
        // There are no endpoints of Svix Play here that could be left out.
        query.without_effect("exclude_apps_with_svix_play_endpoints");
        Self { page: PageQuery::from_query(query) }
    }
}

/// How to create.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct CreateQuery {
    /// If there is an application with this `uid` already, answer with it instead of a conflict.
    #[param(default = false, value_type = Option<bool>)]
    get_if_exists: bool,
}

impl FromQuery for CreateQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        Self { get_if_exists: query.flag("get_if_exists", false) }
    }
}

/// List applications
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/app", tag = "Application", operation_id = "application_list", params(PageQuery),
    responses((status = 200, description = "A page of applications", body = ListOut<ApplicationOut>)))]
async fn list(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Query(ListQuery { page }): Query<ListQuery>,
) -> Result<Json<ListOut<ApplicationOut>>, Problem> {
    let found = state.services().applications.list(&caller, page.iterator, page.limit).await;
    Ok(Json(ListOut::of(found.map_err(Problem::of_query)?, ApplicationOut::from)))
}

/// Create an application
#[utoipa::path(post, path = "/api/v1/app", tag = "Application", operation_id = "application_create",
    params(CreateQuery), request_body = ApplicationIn,
    responses(
        (status = 201, description = "It was made", body = ApplicationOut),
        (status = 200, description = "It was there already (`get_if_exists`)", body = ApplicationOut)))]
async fn create(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Query(query): Query<CreateQuery>,
    JsonBody(body): JsonBody<ApplicationIn>,
) -> Result<(StatusCode, Json<ApplicationOut>), Problem> {
    let input = body.into_input()?;
    let applications = &state.services().applications;
    if query.get_if_exists {
        return Ok((StatusCode::OK, Json(applications.get_or_create(&caller, input).await?.into())));
    }
    Ok((StatusCode::CREATED, Json(applications.create(&caller, input).await?.into())))
}

/// Get an application
#[utoipa::path(get, path = "/api/v1/app/{app_id}", tag = "Application", operation_id = "application_get",
    params(("app_id" = String, Path, description = "Its id or uid")),
    responses((status = 200, description = "The application", body = ApplicationOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(app_id): Ids<String>,
    Query(()): Query<()>,
) -> Result<Json<ApplicationOut>, Problem> {
    Ok(Json(state.services().applications.get(&caller, &app_id).await?.into()))
}

/// Replace an application, or create it
///
/// It is created if the path is a `uid` that no application has.
#[utoipa::path(put, path = "/api/v1/app/{app_id}", tag = "Application", operation_id = "application_upsert",
    params(("app_id" = String, Path, description = "Its id or uid")), request_body = ApplicationIn,
    responses(
        (status = 200, description = "The application as it is now", body = ApplicationOut),
        (status = 201, description = "It was made", body = ApplicationOut)))]
async fn upsert(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(app_id): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<ApplicationIn>,
) -> Result<(StatusCode, Json<ApplicationOut>), Problem> {
    let mut input = body.into_input()?;
    let applications = &state.services().applications;
    match applications.update(&caller, &app_id, input.clone()).await {
        Ok(updated) => {
            state.application_ids().forget(caller.tenant_id());
            Ok((StatusCode::OK, Json(updated.into())))
        }
        Err(ApiError::NotFound { .. }) if app_id.parse::<ApplicationId>().is_err() => {
            input.uid = upsert::uid(&app_id, input.uid)?;
            Ok((StatusCode::CREATED, Json(applications.create(&caller, input).await?.into())))
        }
        Err(error) => Err(error.into()),
    }
}

/// Change parts of an application
#[utoipa::path(patch, path = "/api/v1/app/{app_id}", tag = "Application", operation_id = "application_patch",
    params(("app_id" = String, Path, description = "Its id or uid")), request_body = ApplicationPatch,
    responses((status = 200, description = "The application as it is now", body = ApplicationOut)))]
async fn patch(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(app_id): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<ApplicationPatch>,
) -> Result<Json<ApplicationOut>, Problem> {
    unsupported::refuse(&[("rateLimit", &body.rate_limit), ("throttleRate", &body.throttle_rate)])?;
    let applications = &state.services().applications;
    let ApplicationView { name, uid, metadata, .. } = applications.get(&caller, &app_id).await?;
    let mut input = ApplicationInput { name, uid, metadata };
    set(&mut input.name, body.name);
    body.uid.apply_to(&mut input.uid);
    set(&mut input.metadata, body.metadata);
    let updated = applications.update(&caller, &app_id, input).await?;
    state.application_ids().forget(caller.tenant_id());
    Ok(Json(updated.into()))
}

/// Delete an application
///
/// Nothing is sent to its endpoints any more. What happened before stays in the event log.
#[utoipa::path(delete, path = "/api/v1/app/{app_id}", tag = "Application", operation_id = "application_delete",
    params(("app_id" = String, Path, description = "Its id or uid")),
    responses((status = 204, description = "It is gone")))]
async fn delete(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(app_id): Ids<String>,
    Query(()): Query<()>,
) -> Result<StatusCode, Problem> {
    state.services().applications.delete(&caller, &app_id).await?;
    state.application_ids().forget(caller.tenant_id());
    Ok(StatusCode::NO_CONTENT)
}
