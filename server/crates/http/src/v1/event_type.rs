//! `/api/v1/event-type`

use super::page::ListOut;
use super::patch::{Field, set};
use super::{Both, unsupported};
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
use hookreel_contract::input::{EventTypeFilter, EventTypeInput};
use hookreel_contract::views::EventTypeView;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::{IntoParams, OpenApi, ToSchema};

#[derive(Debug, OpenApi)]
#[openapi(paths(list, create, read, upsert, patch, delete))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router
        .both("/api/v1/event-type", get(list).post(create))
        .both("/api/v1/event-type/{event_type_name}", get(read).put(upsert).patch(patch).delete(delete))
}

/// An event type of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EventTypeOut {
    #[schema(example = "invoice.paid")]
    name: String,
    description: String,
    /// Hidden from pickers.
    archived: bool,
    /// Still sent, but on its way out.
    deprecated: bool,
    /// JSON Schemas by version; the one of the highest version counts.
    #[schema(value_type = Option<Object>)]
    schemas: Option<Value>,
    /// What becomes of a published payload that does not fit: `off` (nobody looks), `flag` (it is accepted, and the
    /// message carries what is wrong) or `reject` (it is refused with 422).
    #[schema(value_type = String, example = "off")]
    validation: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

impl EventTypeOut {
    fn of(view: EventTypeView, with_content: bool) -> Self {
        let EventTypeView { name, description, schemas, validation, archived, deprecated, created_at, updated_at } =
            view;
        let schemas = schemas.filter(|_| with_content);
        let validation = validation.as_str();
        Self { name, description, archived, deprecated, schemas, validation, created_at, updated_at }
    }
}

impl From<EventTypeView> for EventTypeOut {
    fn from(view: EventTypeView) -> Self {
        Self::of(view, true)
    }
}

/// What an event type consists of, beside its name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EventTypeUpdate {
    #[serde(default)]
    description: String,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    deprecated: bool,
    /// JSON Schemas by version, a whole number; the one of the highest version counts. It may be of any draft from 4 to
    /// 2020-12, refers to nothing outside of itself, and has at most 65,536 bytes.
    #[schema(value_type = Option<Object>, example = json!({"1": {"type": "object", "required": ["id"]}}))]
    schemas: Option<Value>,
    /// `off`, `flag` or `reject`. Left as it is if not given; `off` for a new event type.
    #[schema(example = "flag")]
    validation: Option<String>,
    #[schema(ignore)]
    feature_flag: Option<Value>,
    #[schema(ignore)]
    feature_flags: Option<Value>,
    #[schema(ignore)]
    group_name: Option<Value>,
}

impl EventTypeUpdate {
    fn into_input(self, name: String) -> Result<EventTypeInput, Problem> {
        unsupported::refuse(&[
            ("featureFlag", &self.feature_flag),
            ("featureFlags", &self.feature_flags),
            ("groupName", &self.group_name),
        ])?;
        let Self { description, archived, deprecated, schemas, validation, .. } = self;
        Ok(EventTypeInput { name, description, schemas, validation, archived, deprecated })
    }
}

/// An event type to be added to the catalogue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EventTypeIn {
    /// Letters, digits, `.`, `_` and `-`.
    #[schema(example = "invoice.paid")]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    deprecated: bool,
    #[schema(value_type = Option<Object>)]
    schemas: Option<Value>,
    /// `off`, `flag` or `reject`; `off` if not given.
    #[schema(example = "flag")]
    validation: Option<String>,
    #[schema(ignore)]
    feature_flag: Option<Value>,
    #[schema(ignore)]
    feature_flags: Option<Value>,
    #[schema(ignore)]
    group_name: Option<Value>,
}

impl EventTypeIn {
    fn into_input(self) -> Result<EventTypeInput, Problem> {
        let Self {
            name,
            description,
            archived,
            deprecated,
            schemas,
            validation,
            feature_flag,
            feature_flags,
            group_name,
        } = self;
        EventTypeUpdate {
            description,
            archived,
            deprecated,
            schemas,
            validation,
            feature_flag,
            feature_flags,
            group_name,
        }
        .into_input(name)
    }
}

/// What to change about an event type.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EventTypePatch {
    description: Option<String>,
    archived: Option<bool>,
    deprecated: Option<bool>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    schemas: Field<Value>,
    /// `off`, `flag` or `reject`.
    validation: Option<String>,
    #[schema(ignore)]
    feature_flag: Option<Value>,
    #[schema(ignore)]
    feature_flags: Option<Value>,
    #[schema(ignore)]
    group_name: Option<Value>,
}

/// Which event types.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct ContentQuery {
    /// Only those with this in their name or description.
    search: Option<String>,
    /// Archived ones too.
    #[param(default = false, value_type = Option<bool>)]
    include_archived: bool,
    /// With their schemas.
    #[param(default = false, value_type = Option<bool>)]
    with_content: bool,
}

#[derive(Debug)]
struct ListQuery {
    page: PageQuery,
    content: ContentQuery,
}

impl FromQuery for ListQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        query.newest_first();
        let content = ContentQuery {
            search: query.text("search"),
            include_archived: query.flag("include_archived", false),
            with_content: query.flag("with_content", false),
        };
        Self { page: PageQuery::from_query(query), content }
    }
}

/// List event types
#[utoipa::path(get, path = "/api/v1/event-type", tag = "Event type", operation_id = "event_type_list",
    params(PageQuery, ContentQuery),
    responses((status = 200, description = "A page of event types", body = ListOut<EventTypeOut>)))]
async fn list(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Query(ListQuery { page, content }): Query<ListQuery>,
) -> Result<Json<ListOut<EventTypeOut>>, Problem> {
    let event_types = &state.services().event_types;
    let filter = EventTypeFilter {
        search: content.search,
        include_archived: content.include_archived,
        cursor: page.iterator,
        limit: Some(page.limit),
    };
    let found = event_types.list(&caller, filter).await;
    Ok(Json(ListOut::of(found.map_err(Problem::of_query)?, |view| EventTypeOut::of(view, content.with_content))))
}

/// Create an event type
#[utoipa::path(post, path = "/api/v1/event-type", tag = "Event type", operation_id = "event_type_create",
    request_body = EventTypeIn,
    responses((status = 201, description = "It was made", body = EventTypeOut)))]
async fn create(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<EventTypeIn>,
) -> Result<(StatusCode, Json<EventTypeOut>), Problem> {
    let input = body.into_input()?;
    Ok((StatusCode::CREATED, Json(state.services().event_types.create(&caller, input).await?.into())))
}

/// Get an event type
#[utoipa::path(get, path = "/api/v1/event-type/{event_type_name}", tag = "Event type",
    operation_id = "event_type_get", params(("event_type_name" = String, Path, description = "Its name")),
    responses((status = 200, description = "The event type", body = EventTypeOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(name): Ids<String>,
    Query(()): Query<()>,
) -> Result<Json<EventTypeOut>, Problem> {
    Ok(Json(state.services().event_types.get(&caller, &name).await?.into()))
}

/// Replace an event type, or create it
#[utoipa::path(put, path = "/api/v1/event-type/{event_type_name}", tag = "Event type",
    operation_id = "event_type_upsert", params(("event_type_name" = String, Path, description = "Its name")),
    request_body = EventTypeUpdate,
    responses(
        (status = 200, description = "The event type as it is now", body = EventTypeOut),
        (status = 201, description = "It was made", body = EventTypeOut)))]
async fn upsert(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(name): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<EventTypeUpdate>,
) -> Result<(StatusCode, Json<EventTypeOut>), Problem> {
    let input = body.into_input(name.clone())?;
    let event_types = &state.services().event_types;
    match event_types.update(&caller, &name, input.clone()).await {
        Ok(updated) => Ok((StatusCode::OK, Json(updated.into()))),
        Err(ApiError::NotFound { .. }) => {
            Ok((StatusCode::CREATED, Json(event_types.create(&caller, input).await?.into())))
        }
        Err(error) => Err(error.into()),
    }
}

/// Change parts of an event type
#[utoipa::path(patch, path = "/api/v1/event-type/{event_type_name}", tag = "Event type",
    operation_id = "event_type_patch", params(("event_type_name" = String, Path, description = "Its name")),
    request_body = EventTypePatch,
    responses((status = 200, description = "The event type as it is now", body = EventTypeOut)))]
async fn patch(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(name): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<EventTypePatch>,
) -> Result<Json<EventTypeOut>, Problem> {
    unsupported::refuse(&[
        ("featureFlag", &body.feature_flag),
        ("featureFlags", &body.feature_flags),
        ("groupName", &body.group_name),
    ])?;
    let event_types = &state.services().event_types;
    let EventTypeView { description, schemas, archived, deprecated, .. } = event_types.get(&caller, &name).await?;
    let validation = body.validation;
    let mut input = EventTypeInput { name: name.clone(), description, schemas, validation, archived, deprecated };
    set(&mut input.description, body.description);
    set(&mut input.archived, body.archived);
    set(&mut input.deprecated, body.deprecated);
    body.schemas.apply_to(&mut input.schemas);
    Ok(Json(event_types.update(&caller, &name, input).await?.into()))
}

/// Archive an event type
///
/// It disappears from pickers; messages of this type are still accepted, and validated if that is configured.
#[utoipa::path(delete, path = "/api/v1/event-type/{event_type_name}", tag = "Event type",
    operation_id = "event_type_delete", params(("event_type_name" = String, Path, description = "Its name")),
    responses((status = 204, description = "It is archived")))]
async fn delete(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(name): Ids<String>,
    Query(Expunge): Query<Expunge>,
) -> Result<StatusCode, Problem> {
    state.services().event_types.delete(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// History is append-only here: an event type can be archived, not made never to have been.
#[derive(Debug)]
struct Expunge;

impl FromQuery for Expunge {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        query.unsupported("expunge");
        Self
    }
}
