//! `/api/v1/quarantine`: what was refused and kept, looked at again and released.

use super::Both;
use super::message::{ContentQuery, MessageOut, page_of};
use super::page::ListOut;
use crate::authorized::Authorized;
use crate::body::JsonBody;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::{FromQuery, PageQuery, Query, QueryReader};
use crate::state::HttpState;
use crate::timestamp;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use hookreel_contract::ApiError;
use hookreel_contract::input::MessageFilter;
use hookreel_contract::source::{FindingView, QuarantineOutcome, QuarantineSelection, VerificationView};
use hookreel_kernel::{MessageId, SourceId, Timestamp};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, OpenApi, ToSchema};

#[derive(Debug, OpenApi)]
#[openapi(paths(list, explain, reverify, release))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router
        .both("/api/v1/quarantine", get(list))
        .both("/api/v1/quarantine/reverify", post(reverify))
        .both("/api/v1/quarantine/release", post(release))
        .both("/api/v1/quarantine/{message_id}/verification", get(explain))
}

/// Which quarantined messages are listed.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct FilterQuery {
    /// Only of this source.
    #[param(value_type = Option<String>)]
    source_id: Option<SourceId>,
    /// Only those with these words in their `refusal`, in capitals or not.
    reason: Option<String>,
    /// Any of these types, separated by commas. What could not be verified has the type `unknown`.
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
        query.newest_first();
        let filter = FilterQuery {
            source_id: query.parsed("source_id", "must be the id of a source"),
            reason: query.text("reason"),
            event_types: query.list("event_types"),
            before: query.timestamp("before"),
            after: query.timestamp("after"),
        };
        Self { page: PageQuery::from_query(query), content: ContentQuery::from_query(query), filter }
    }
}

/// Which quarantined messages: of a source, or one by one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Selection {
    #[schema(value_type = Option<String>)]
    source_id: Option<SourceId>,
    /// These alone.
    #[schema(value_type = Option<Vec<String>>)]
    message_ids: Option<Vec<MessageId>>,
    /// Received at or after.
    #[serde(default, deserialize_with = "timestamp::optional")]
    since: Option<OffsetDateTime>,
    /// Received before.
    #[serde(default, deserialize_with = "timestamp::optional")]
    until: Option<OffsetDateTime>,
    /// Only those after this one: `last` of an earlier answer that had more.
    #[schema(value_type = Option<String>)]
    after: Option<MessageId>,
}

impl From<Selection> for QuarantineSelection {
    fn from(body: Selection) -> Self {
        Self {
            source_id: body.source_id,
            ids: body.message_ids,
            since: body.since,
            until: body.until,
            after: body.after,
        }
    }
}

/// Which quarantined messages to release.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReleaseIn {
    /// Also those that are not known to be genuine: nobody knows who sent them. Of messages that are named one by one, also
    /// those that repeat what was accepted with another body.
    #[serde(default)]
    include_unverified: bool,
    #[schema(value_type = Option<String>)]
    source_id: Option<SourceId>,
    /// These alone.
    #[schema(value_type = Option<Vec<String>>)]
    message_ids: Option<Vec<MessageId>>,
    /// Received at or after.
    #[serde(default, deserialize_with = "timestamp::optional")]
    since: Option<OffsetDateTime>,
    /// Received before.
    #[serde(default, deserialize_with = "timestamp::optional")]
    until: Option<OffsetDateTime>,
    /// Only those after this one: `last` of an earlier answer that had more.
    #[schema(value_type = Option<String>)]
    after: Option<MessageId>,
}

impl From<ReleaseIn> for QuarantineSelection {
    fn from(body: ReleaseIn) -> Self {
        let ReleaseIn { include_unverified: _, source_id, message_ids, since, until, after } = body;
        Self { source_id, ids: message_ids, since, until, after }
    }
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OutcomeOut {
    looked_at: u64,
    /// How many of them are genuine after all, or were released.
    done: u64,
    /// How many of them were not released since they repeat what was accepted. They are not in quarantine any more.
    duplicates: u64,
    /// How many more there are: ask again for those after `last`.
    remaining: u64,
    /// How many of these were left out because the plan has no room for more messages this month. Only where plans are
    /// sold, and only if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    over_quota: Option<u64>,
    /// The last one that was looked at.
    #[schema(value_type = Option<String>)]
    last: Option<MessageId>,
}

impl From<QuarantineOutcome> for OutcomeOut {
    fn from(outcome: QuarantineOutcome) -> Self {
        let QuarantineOutcome { looked_at, done, duplicates, remaining, over_quota, last } = outcome;
        let over_quota = (over_quota > 0).then_some(over_quota);
        Self { looked_at, done, duplicates, remaining, over_quota, last }
    }
}

/// What a second look at a request shows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct VerificationOut {
    /// `verified`, `authenticated`, `failed` or `unattempted`.
    verdict: String,
    findings: Vec<FindingOut>,
}

/// One thing about a request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FindingOut {
    label: String,
    /// Never a secret, and never a signature that was expected.
    text: String,
    /// Whether it is as it should be; null where there is nothing to judge.
    is_good: Option<bool>,
}

impl From<VerificationView> for VerificationOut {
    fn from(view: VerificationView) -> Self {
        let finding = |FindingView { label, text, is_good, .. }| FindingOut { label, text, is_good };
        Self { verdict: view.verdict, findings: view.findings.into_iter().map(finding).collect() }
    }
}

/// List quarantined messages
///
/// Of all sources, newest first. `received` of each says why it is there.
#[utoipa::path(get, path = "/api/v1/quarantine", tag = "Quarantine", operation_id = "quarantine_list",
    params(PageQuery, FilterQuery, ContentQuery),
    responses((status = 200, description = "A page of messages", body = ListOut<MessageOut>)))]
async fn list(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Query(ListQuery { page, content, filter }): Query<ListQuery>,
) -> Result<Json<ListOut<MessageOut>>, Problem> {
    let filter = MessageFilter {
        source_id: filter.source_id,
        event_types: filter.event_types,
        state: Some("quarantined".to_owned()),
        refusal: filter.reason,
        since: filter.after,
        until: filter.before,
        cursor: page.iterator,
        limit: Some(page.limit),
        ..MessageFilter::default()
    };
    page_of(&state, &caller, filter, content.with_content).await
}

/// Explain a verification
///
/// Judges a received request again, with the secrets of now and the time of then.
#[utoipa::path(get, path = "/api/v1/quarantine/{message_id}/verification", tag = "Quarantine",
    operation_id = "quarantine_explain", params(("message_id" = String, Path, description = "The message's id")),
    responses((status = 200, description = "What was found", body = VerificationOut)))]
async fn explain(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
) -> Result<Json<VerificationOut>, Problem> {
    let id: MessageId = id.parse().map_err(|_| ApiError::not_found("Message"))?;
    Ok(Json(state.services().messages.explain(&caller, id).await?.into()))
}

/// Verify quarantined messages again
///
/// After a secret was corrected: those that are genuine after all can then be released.
#[utoipa::path(post, path = "/api/v1/quarantine/reverify", tag = "Quarantine", operation_id = "quarantine_reverify",
    request_body = Selection,
    responses((status = 200, description = "What was found", body = OutcomeOut)))]
async fn reverify(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<Selection>,
) -> Result<Json<OutcomeOut>, Problem> {
    Ok(Json(state.services().messages.reverify(&caller, body.into()).await?.into()))
}

/// Release quarantined messages
///
/// They are delivered to the endpoints that match now. What repeats an accepted message leaves quarantine as its
/// duplicate, and is not delivered.
/// Where plans are sold, no more are released than the plan has room for this month.
#[utoipa::path(post, path = "/api/v1/quarantine/release", tag = "Quarantine", operation_id = "quarantine_release",
    request_body = ReleaseIn,
    responses((status = 200, description = "What was released", body = OutcomeOut)))]
async fn release(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<ReleaseIn>,
) -> Result<Json<OutcomeOut>, Problem> {
    let unverified_too = body.include_unverified;
    Ok(Json(state.services().messages.release(&caller, body.into(), unverified_too).await?.into()))
}
