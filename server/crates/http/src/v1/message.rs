//! `/api/v1/app/{app_id}/msg`

mod body;
mod content;

pub(super) use self::body::MessageOut;
pub(super) use self::content::{bodies, payload_of, receipts};

use self::body::{MessageIn, MessageInSchema};
use super::Both;
use super::page::ListOut;
use crate::applications::resolve;
use crate::authorized::Authorized;
use crate::body::{RawBody, parse};
use crate::idempotency::MessageIdOfKey;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::{FromQuery, PageQuery, Query, QueryReader};
use crate::state::HttpState;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use hookreel_auth::Caller;
use hookreel_contract::input::MessageFilter;
use hookreel_kernel::{ApplicationId, Timestamp};
use hookreel_services::messages::PublishInput;
use http::StatusCode;
use serde_json::value::RawValue;
use std::collections::HashMap;
use utoipa::{IntoParams, OpenApi};

#[derive(Debug, OpenApi)]
#[openapi(paths(list, create, read))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router.both("/api/v1/app/{app_id}/msg", get(list).post(create)).both("/api/v1/app/{app_id}/msg/{msg_id}", get(read))
}

/// Whether the payload is wanted.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ContentQuery {
    /// With what was sent; without it, `payload` is an empty object.
    #[param(default = true, value_type = Option<bool>)]
    pub(super) with_content: bool,
}

impl FromQuery for ContentQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        Self { with_content: query.flag("with_content", true) }
    }
}

/// Which messages.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct FilterQuery {
    /// Words that a message has in its payload, type, ids or headers, all of them; `begin*`; a value at a path of the
    /// payload: `$.data.object.id:evt_1`. `[0]` and `[*]` stand for any element of a list, and `$["a.b"]` for a key with
    /// other signs in it. What came in within the last second may not be found yet.
    search: Option<String>,
    /// Only those that do not fit the schema of their event type.
    #[param(default = false, value_type = Option<bool>)]
    flagged: bool,
    /// Only on this channel.
    channel: Option<String>,
    /// Any of these types, separated by commas.
    #[param(value_type = Option<String>)]
    event_types: Option<Vec<String>>,
    /// Received before.
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
    /// Received at or after.
    #[param(value_type = Option<String>, format = DateTime)]
    after: Option<Timestamp>,
}

#[derive(Debug)]
struct ListQuery {
    page: PageQuery,
    content: ContentQuery,
    filter: FilterQuery,
}

impl FromQuery for ListQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        query.unsupported("tag");
        let filter = FilterQuery {
            search: query.text("search"),
            flagged: query.flag("flagged", false),
            channel: query.text("channel"),
            event_types: query.list("event_types"),
            before: query.timestamp("before"),
            after: query.timestamp("after"),
        };
        Self { page: PageQuery::from_query(query), content: ContentQuery::from_query(query), filter }
    }
}

/// Publish a message
///
/// It is stored, and one delivery is made for each endpoint that wants it. The payload is delivered byte by byte as
/// it stands in this request.
///
/// If its event type validates payloads and this one does not fit the schema, it is refused with 422, where `loc` leads
/// to each fault in the payload, or stored and delivered with `schemaFaults`.
#[utoipa::path(post, path = "/api/v1/app/{app_id}/msg", tag = "Message", operation_id = "message_create",
    params(("app_id" = String, Path, description = "The application's id or uid"), ContentQuery),
    request_body = MessageInSchema,
    responses((status = 202, description = "It is stored and will be delivered", body = MessageOut)))]
async fn create(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(app_id): Ids<String>,
    Query(query): Query<ContentQuery>,
    MessageIdOfKey(key_id): MessageIdOfKey,
    RawBody(bytes): RawBody,
) -> Result<(StatusCode, Json<MessageOut>), Problem> {
    let message: MessageIn<'_> = parse(&bytes)?;
    message.check()?;
    let application = application_of(&state, &caller, &app_id, &message).await?;
    let input = PublishInput {
        event_type: message.event_type,
        payload: part_of(&bytes, message.payload),
        uid: message.event_id,
        channels: message.channels,
        only_endpoint: None,
        idempotency: key_id,
    };
    let published = state.services().messages.publish(&caller, application, input).await?;
    let payload = if query.with_content { message.payload.to_owned() } else { content::nothing() };
    Ok((StatusCode::ACCEPTED, Json(MessageOut::published(published, payload))))
}

/// The application that the path names; made on the way if the request describes one.
async fn application_of(
    state: &HttpState,
    caller: &Caller,
    app_id: &str,
    message: &MessageIn<'_>,
) -> Result<ApplicationId, Problem> {
    let resolved = resolve(state, caller, app_id).await;
    let Some(described) = &message.application else { return resolved };
    if let Ok(id) = resolved {
        return Ok(id);
    }
    let input = parse::<super::application::ApplicationIn>(described.get().as_bytes())
        .and_then(super::application::ApplicationIn::into_input)
        .map_err(|problem| problem.inside("application"))?;
    if input.uid.as_deref() != Some(app_id) {
        return Err(Problem::field("application.uid", "must be the uid in the path"));
    }
    let made = state.services().applications.get_or_create(caller, input).await;
    Ok(made.map_err(|error| Problem::from(error).inside("application"))?.id)
}

/// The bytes of a part of a body, without copying them.
fn part_of(body: &Bytes, part: &RawValue) -> Bytes {
    body.slice_ref(part.get().as_bytes())
}

/// List messages
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/app/{app_id}/msg", tag = "Message", operation_id = "message_list",
    params(("app_id" = String, Path, description = "The application's id or uid"), PageQuery, FilterQuery, ContentQuery),
    responses((status = 200, description = "A page of messages", body = ListOut<MessageOut>)))]
async fn list(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(app_id): Ids<String>,
    Query(ListQuery { page, content, filter }): Query<ListQuery>,
) -> Result<Json<ListOut<MessageOut>>, Problem> {
    let filter = MessageFilter {
        search: filter.search,
        application_id: Some(resolve(&state, &caller, &app_id).await?),
        event_types: filter.event_types,
        channel: filter.channel,
        state: Some("accepted".to_owned()),
        flagged: filter.flagged,
        since: filter.after,
        until: filter.before,
        cursor: page.iterator,
        limit: Some(page.limit),
        ..MessageFilter::default()
    };
    page_of(&state, &caller, filter, content.with_content).await
}

/// The messages that a filter lets through, as a list is answered.
pub(super) async fn page_of(
    state: &HttpState,
    caller: &Caller,
    mut filter: MessageFilter,
    with_content: bool,
) -> Result<Json<ListOut<MessageOut>>, Problem> {
    let messages = &state.services().messages;
    let mut found = messages.list(caller, filter.clone()).await.map_err(Problem::of_query)?;
    let mut contents = HashMap::new();
    if with_content {
        let fitting = content::fitting(&found.items);
        if fitting < found.items.len() {
            // A page of big messages is a shorter page.
            filter.limit = Some(fitting);
            found = messages.list(caller, filter).await.map_err(Problem::of_query)?;
        }
        contents = bodies(state, caller, found.items.iter().map(|row| row.id)).await?;
    }
    let mut receipts = receipts(state, caller, &found.items).await?;
    Ok(Json(ListOut::of(found, |row| {
        let (payload, receipt) = (payload_of(contents.get(&row.id)), receipts.remove(&row.id));
        MessageOut::of(row, payload, receipt)
    })))
}

/// Get a message
#[utoipa::path(get, path = "/api/v1/app/{app_id}/msg/{msg_id}", tag = "Message", operation_id = "message_get",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("msg_id" = String, Path, description = "Its id or `eventId`"), ContentQuery),
    responses((status = 200, description = "The message", body = MessageOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids((app_id, msg_id)): Ids<(String, String)>,
    Query(query): Query<ContentQuery>,
) -> Result<Json<MessageOut>, Problem> {
    let application = resolve(&state, &caller, &app_id).await?;
    let row = state.services().messages.find(&caller, application, &msg_id).await?;
    let payload = if query.with_content {
        payload_of(bodies(&state, &caller, std::iter::once(row.id)).await?.get(&row.id))
    } else {
        content::nothing()
    };
    let receipt = receipts(&state, &caller, std::slice::from_ref(&row)).await?.remove(&row.id);
    Ok(Json(MessageOut::of(row, payload, receipt)))
}
