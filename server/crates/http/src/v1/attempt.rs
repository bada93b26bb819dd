//! `/api/v1/app/{app_id}/attempt` and what belongs to it: what came of the messages.

mod body;

use self::body::{AttemptOut, DestinationOut, Status};
use super::Both;
use super::endpoint;
use super::message::{MessageOut, bodies, payload_of, receipts};
use super::page::ListOut;
use crate::applications::resolve;
use crate::authorized::Authorized;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::{FromQuery, PageQuery, Query, QueryReader};
use crate::state::HttpState;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::views::MessageRow;
use hookreel_kernel::{AttemptId, Timestamp};
use hookreel_services::deliveries::AttemptFilter;
use http::StatusCode;
use serde::Serialize;
use std::collections::HashMap;
use std::str::FromStr;
use utoipa::{IntoParams, OpenApi, ToSchema};

#[derive(Debug, OpenApi)]
#[openapi(paths(list_by_message, list_by_endpoint, read, resend, list_destinations))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router
        .both("/api/v1/app/{app_id}/attempt/msg/{msg_id}", get(list_by_message))
        .both("/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}", get(list_by_endpoint))
        .both("/api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}", get(read))
        .both("/api/v1/app/{app_id}/msg/{msg_id}/endpoint", get(list_destinations))
        .both("/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/resend", post(resend))
}

/// Which attempts.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct FilterQuery {
    /// 0: answered with 2xx; 2: failed. An attempt has ended, so nothing has another state.
    #[param(value_type = Option<u8>)]
    status: Option<Status>,
    /// 100, 200, 300, 400 or 500; 0: there was no answer.
    status_code_class: Option<u16>,
    /// Only of messages on this channel.
    channel: Option<String>,
    /// Only of messages of these types, separated by commas.
    #[param(value_type = Option<String>)]
    event_types: Option<Vec<String>>,
    /// Made before.
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
    /// Made at or after.
    #[param(value_type = Option<String>, format = DateTime)]
    after: Option<Timestamp>,
    /// With the endpoint's answer.
    #[param(default = true, value_type = Option<bool>)]
    with_content: bool,
}

/// The hundreds of a status code, or 0.
struct StatusCodeClass(u16);

impl StatusCodeClass {
    const EXPECTED: &'static str = "must be 0, 100, 200, 300, 400 or 500";
}

impl FromStr for StatusCodeClass {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let class: u16 = text.parse().map_err(drop)?;
        if matches!(class, 0 | 100 | 200 | 300 | 400 | 500) { Ok(Self(class)) } else { Err(()) }
    }
}

/// What both lists take.
#[derive(Debug)]
struct ListQuery {
    page: PageQuery,
    filter: FilterQuery,
}

impl FromQuery for ListQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        query.unsupported("tag");
        // An attempt is there when it has ended: there are no states to tell apart in finer steps.
        query.without_effect("expanded_statuses");
        let filter = FilterQuery {
            status: query.parsed("status", "must be 0, 1, 2, 3 or 4"),
            status_code_class: query
                .parsed("status_code_class", StatusCodeClass::EXPECTED)
                .map(|StatusCodeClass(class)| class),
            channel: query.text("channel"),
            event_types: query.list("event_types"),
            before: query.timestamp("before"),
            after: query.timestamp("after"),
            with_content: query.flag("with_content", true),
        };
        Self { page: PageQuery::from_query(query), filter }
    }
}

/// Of one message, to any endpoint.
#[derive(Debug)]
struct OfMessageQuery {
    list: ListQuery,
    endpoint_id: Option<String>,
}

impl FromQuery for OfMessageQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        Self { list: ListQuery::from_query(query), endpoint_id: query.text("endpoint_id") }
    }
}

/// To one endpoint, of any message.
#[derive(Debug)]
struct ToEndpointQuery {
    list: ListQuery,
    with_msg: bool,
}

impl FromQuery for ToEndpointQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        Self { list: ListQuery::from_query(query), with_msg: query.flag("with_msg", false) }
    }
}

impl ListQuery {
    /// An attempt is recorded when it has ended: what is asked for cannot be there.
    fn asks_for_nothing(&self) -> bool {
        self.filter.status.is_some_and(|status| !matches!(status, Status::Success | Status::Fail))
    }

    fn into_filter(self) -> AttemptFilter {
        AttemptFilter {
            endpoint_id: None,
            succeeded: self.filter.status.map(|status| status == Status::Success),
            code_class: self.filter.status_code_class,
            event_types: self.filter.event_types,
            channel: self.filter.channel,
            before: self.filter.before,
            after: self.filter.after,
            cursor: self.page.iterator,
            limit: Some(self.page.limit),
        }
    }
}

/// Nothing can be asked for of one attempt, but the SDKs send what the lists take.
#[derive(Debug)]
struct ReadQuery;

impl FromQuery for ReadQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        query.without_effect("expanded_statuses");
        Self
    }
}

/// The answer to a resend: it has been asked for.
#[derive(Debug, Serialize, ToSchema)]
struct EmptyResponse {}

/// The message that a path names.
async fn message_of(state: &HttpState, caller: &Caller, (app_id, msg_id): (&str, &str)) -> Result<MessageRow, Problem> {
    let application = resolve(state, caller, app_id).await?;
    Ok(state.services().messages.find(caller, application, msg_id).await?)
}

/// List the attempts of a message
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/app/{app_id}/attempt/msg/{msg_id}", tag = "Message attempt",
    operation_id = "message_attempt_list_by_message",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("msg_id" = String, Path, description = "The message's id or `eventId`"),
           ("endpoint_id" = Option<String>, Query, description = "Only to this endpoint"),
           PageQuery, FilterQuery),
    responses((status = 200, description = "A page of attempts", body = ListOut<AttemptOut>)))]
async fn list_by_message(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids((app_id, msg_id)): Ids<(String, String)>,
    Query(OfMessageQuery { list: query, endpoint_id }): Query<OfMessageQuery>,
) -> Result<Json<ListOut<AttemptOut>>, Problem> {
    let message = message_of(&state, &caller, (&app_id, &msg_id)).await?;
    let endpoint_id = match endpoint_id {
        Some(id) => Some(endpoint::find(&state, &caller, &(app_id, id)).await?.id),
        None => None,
    };
    if query.asks_for_nothing() {
        return Ok(Json(ListOut::empty()));
    }
    let with_content = query.filter.with_content;
    let filter = AttemptFilter { endpoint_id, ..query.into_filter() };
    let found = state.services().deliveries.attempts_of_message(&caller, message.id, filter).await;
    Ok(Json(ListOut::of(found.map_err(Problem::of_query)?, |attempt| AttemptOut::of(attempt, with_content, None))))
}

/// List the attempts to an endpoint
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}", tag = "Message attempt",
    operation_id = "message_attempt_list_by_endpoint",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("endpoint_id" = String, Path, description = "The endpoint's id or uid"),
           ("with_msg" = Option<bool>, Query, description = "With the message of each attempt"),
           PageQuery, FilterQuery),
    responses((status = 200, description = "A page of attempts", body = ListOut<AttemptOut>)))]
async fn list_by_endpoint(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(ids): Ids<(String, String)>,
    Query(ToEndpointQuery { list: query, with_msg }): Query<ToEndpointQuery>,
) -> Result<Json<ListOut<AttemptOut>>, Problem> {
    let endpoint = endpoint::find(&state, &caller, &ids).await?;
    if query.asks_for_nothing() {
        return Ok(Json(ListOut::empty()));
    }
    let with_content = query.filter.with_content;
    let found = state.services().deliveries.attempts_of_endpoint(&caller, endpoint.id, query.into_filter()).await;
    let found = found.map_err(Problem::of_query)?;
    let mut messages = HashMap::new();
    if with_msg {
        let ids: Vec<_> = found.items.iter().map(|attempt| attempt.message_id).collect();
        let bodies = bodies(&state, &caller, ids.iter().copied()).await?;
        let rows = state.services().messages.rows(&caller, &ids).await?;
        let mut receipts = receipts(&state, &caller, &rows).await?;
        for row in rows {
            let (payload, receipt) = (payload_of(bodies.get(&row.id)), receipts.remove(&row.id));
            messages.insert(row.id, (row, payload, receipt));
        }
    }
    Ok(Json(ListOut::of(found, |attempt| {
        // Several attempts may be of one message.
        let msg = messages
            .get(&attempt.message_id)
            .map(|(row, payload, receipt)| MessageOut::of(row.clone(), payload.clone(), receipt.clone()));
        AttemptOut::of(attempt, with_content, msg)
    })))
}

/// Get an attempt
#[utoipa::path(get, path = "/api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}", tag = "Message attempt",
    operation_id = "message_attempt_get",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("msg_id" = String, Path, description = "The message's id or `eventId`"),
           ("attempt_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The attempt", body = AttemptOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids((app_id, msg_id, attempt_id)): Ids<(String, String, String)>,
    Query(ReadQuery): Query<ReadQuery>,
) -> Result<Json<AttemptOut>, Problem> {
    let message = message_of(&state, &caller, (&app_id, &msg_id)).await?;
    let id: AttemptId = attempt_id.parse().map_err(|_| ApiError::not_found("Attempt"))?;
    let attempt = state.services().deliveries.attempt(&caller, message.id, id).await?;
    Ok(Json(AttemptOut::of(attempt, true, None)))
}

/// List the endpoints that a message goes to
#[utoipa::path(get, path = "/api/v1/app/{app_id}/msg/{msg_id}/endpoint", tag = "Message attempt",
    operation_id = "message_attempt_list_destinations",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("msg_id" = String, Path, description = "The message's id or `eventId`"), PageQuery),
    responses((status = 200, description = "A page of endpoints", body = ListOut<DestinationOut>)))]
async fn list_destinations(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids((app_id, msg_id)): Ids<(String, String)>,
    Query(page): Query<PageQuery>,
) -> Result<Json<ListOut<DestinationOut>>, Problem> {
    let message = message_of(&state, &caller, (&app_id, &msg_id)).await?;
    let mut deliveries = state.services().messages.get(&caller, message.id).await?.deliveries;
    // A replay adds a delivery to the same endpoint: the newest one tells how it stands.
    deliveries.sort_by_key(|delivery| (delivery.endpoint_id, std::cmp::Reverse(delivery.id)));
    deliveries.dedup_by_key(|delivery| delivery.endpoint_id);
    let shown = ListOut::of_sorted(deliveries, &page, |delivery| delivery.endpoint_id)?;

    let ids: Vec<_> = shown.data.iter().map(|delivery| delivery.endpoint_id).collect();
    let mut endpoints: HashMap<_, _> =
        state.services().endpoints.views(&caller, &ids).await?.into_iter().map(|view| (view.id, view)).collect();
    let data = shown
        .data
        .iter()
        .filter_map(|delivery| Some(DestinationOut::of(endpoints.remove(&delivery.endpoint_id)?, delivery)))
        .collect();
    Ok(Json(ListOut { data, iterator: shown.iterator, prev_iterator: None, done: shown.done }))
}

/// Resend a message to an endpoint
///
/// One further attempt, now; if it fails it is not repeated, and the schedule goes on as it was.
#[utoipa::path(post, path = "/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/resend",
    tag = "Message attempt", operation_id = "message_attempt_resend",
    params(("app_id" = String, Path, description = "The application's id or uid"),
           ("msg_id" = String, Path, description = "The message's id or `eventId`"),
           ("endpoint_id" = String, Path, description = "The endpoint's id or uid")),
    responses((status = 202, description = "It will be sent", body = EmptyResponse)))]
async fn resend(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids((app_id, msg_id, endpoint_id)): Ids<(String, String, String)>,
    Query(()): Query<()>,
) -> Result<(StatusCode, Json<EmptyResponse>), Problem> {
    let message = message_of(&state, &caller, (&app_id, &msg_id)).await?;
    let endpoint = endpoint::find(&state, &caller, &(app_id, endpoint_id)).await?;
    state.services().deliveries.resend_message(&caller, message.id, endpoint.id).await?;
    Ok((StatusCode::ACCEPTED, Json(EmptyResponse {})))
}
