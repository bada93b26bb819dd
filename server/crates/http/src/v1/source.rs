//! `/api/v1/source`: where webhooks of providers come in.

mod body;
mod fields;
mod secret;

use self::body::{SampleOut, SourceDetailOut, SourceIn, SourceOut, SourcePatch};
use super::Both;
use super::page::ListOut;
use crate::authorized::Authorized;
use crate::body::JsonBody;
use crate::ids::Ids;
use crate::object::Object;
use crate::problem::Problem;
use crate::query::{PageQuery, Query};
use crate::state::HttpState;
use axum::extract::State;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use hookreel_contract::ApiError;
use hookreel_contract::input::{SourceChange, SourceInput};
use hookreel_kernel::SourceId;
use http::StatusCode;
use utoipa::OpenApi;

#[derive(Debug, OpenApi)]
#[openapi(paths(
    list,
    create,
    read,
    update,
    delete,
    secret::set,
    secret::rotate,
    secret::end_old,
    pause,
    resume,
    sample
))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router
        .both("/api/v1/source", get(list).post(create))
        .both("/api/v1/source/{source_id}", get(read).patch(update).delete(delete))
        .both("/api/v1/source/{source_id}/pause", post(pause))
        .both("/api/v1/source/{source_id}/resume", post(resume))
        .both("/api/v1/source/{source_id}/sample", post(sample))
        .both("/api/v1/source/{source_id}/secret", put(secret::set))
        .both("/api/v1/source/{source_id}/secret/rotate", post(secret::rotate))
        .both("/api/v1/source/{source_id}/secret/old", axum::routing::delete(secret::end_old))
}

/// A malformed id is the id of nothing.
pub(super) fn source_id(text: &str) -> Result<SourceId, Problem> {
    text.parse().map_err(|_| ApiError::not_found("Source").into())
}

/// List sources
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/source", tag = "Source", operation_id = "source_list", params(PageQuery),
    responses((status = 200, description = "A page of sources", body = ListOut<SourceOut>)))]
async fn list(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Query(page): Query<PageQuery>,
) -> Result<Json<ListOut<SourceOut>>, Problem> {
    let found = state.services().sources.page(&caller, page.iterator, page.limit).await;
    Ok(Json(ListOut::of(found.map_err(Problem::of_query)?, SourceOut::from)))
}

/// Create a source
#[utoipa::path(post, path = "/api/v1/source", tag = "Source", operation_id = "source_create",
    request_body = SourceIn,
    responses((status = 201, description = "It was made", body = SourceOut)))]
async fn create(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<SourceIn>,
) -> Result<(StatusCode, Json<SourceOut>), Problem> {
    let input = SourceInput {
        name: body.name,
        provider: body.provider,
        secret: body.secret,
        generic: body.generic.map(|Object(generic)| generic.into()),
        fields: body.fields,
        settings: body.settings.map(|Object(settings)| settings.into()),
        application_id: body.application_id,
    };
    Ok((StatusCode::CREATED, Json(state.services().sources.create(&caller, input).await?.into())))
}

/// Get a source
#[utoipa::path(get, path = "/api/v1/source/{source_id}", tag = "Source", operation_id = "source_get",
    params(("source_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The source", body = SourceDetailOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
) -> Result<Json<SourceDetailOut>, Problem> {
    let (sources, id) = (&state.services().sources, source_id(&id)?);
    let source = sources.get(&caller, id).await?;
    let verdicts = sources.verdicts(&caller, id).await?;
    Ok(Json(SourceDetailOut::of(source, verdicts.day)))
}

/// Change a source
///
/// Its provider, its URL and its secrets stay.
#[utoipa::path(patch, path = "/api/v1/source/{source_id}", tag = "Source", operation_id = "source_patch",
    params(("source_id" = String, Path, description = "Its id")), request_body = SourcePatch,
    responses((status = 200, description = "The source as it is now", body = SourceOut)))]
async fn update(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<SourcePatch>,
) -> Result<Json<SourceOut>, Problem> {
    let settings = body.settings.map(|Object(settings)| settings.into());
    let change = SourceChange { name: body.name, fields: body.fields, settings };
    Ok(Json(state.services().sources.update(&caller, source_id(&id)?, change).await?.into()))
}

/// Pause a source
///
/// What comes in is kept in quarantine, and nothing of it is delivered until it is released.
#[utoipa::path(post, path = "/api/v1/source/{source_id}/pause", tag = "Source", operation_id = "source_pause",
    params(("source_id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is paused")))]
async fn pause(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
) -> Result<StatusCode, Problem> {
    state.services().sources.pause(&caller, source_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Resume a source
///
/// What came in while it was paused stays in quarantine until it is released.
#[utoipa::path(post, path = "/api/v1/source/{source_id}/resume", tag = "Source", operation_id = "source_resume",
    params(("source_id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It receives again")))]
async fn resume(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
) -> Result<StatusCode, Problem> {
    state.services().sources.resume(&caller, source_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Receive a signed sample
///
/// Plays the provider: an event is signed with the source's own secret and received like any other.
#[utoipa::path(post, path = "/api/v1/source/{source_id}/sample", tag = "Source", operation_id = "source_sample",
    params(("source_id" = String, Path, description = "Its id")),
    responses((status = 202, description = "It was received", body = SampleOut)))]
async fn sample(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
) -> Result<(StatusCode, Json<SampleOut>), Problem> {
    let message_id = state.services().messages.receive_sample(&caller, source_id(&id)?).await?;
    Ok((StatusCode::ACCEPTED, Json(SampleOut { message_id })))
}

/// Delete a source
///
/// Its URL answers 404 from then on. What it received stays.
#[utoipa::path(delete, path = "/api/v1/source/{source_id}", tag = "Source", operation_id = "source_delete",
    params(("source_id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
async fn delete(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
) -> Result<StatusCode, Problem> {
    state.services().sources.delete(&caller, source_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
