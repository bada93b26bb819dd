//! `/api/v1/source/{source_id}/github-recovery`: what GitHub failed to deliver, delivered again.

use super::Both;
use super::page::ListOut;
use super::source::source_id;
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
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::recovery::{MissedList, MissedRange, MissedRow, RecoveryDetail, RecoveryRow, RecoveryView};
use hookreel_kernel::{MessageId, RecoveryId, SourceId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, OpenApi, ToSchema};

#[derive(Debug, OpenApi)]
#[openapi(paths(missed, list, create, read, cancel))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router
        .both("/api/v1/source/{source_id}/github-recovery", get(list).post(create))
        .both("/api/v1/source/{source_id}/github-recovery/missed", get(missed))
        .both("/api/v1/source/{source_id}/github-recovery/{recovery_id}", get(read))
        .both("/api/v1/source/{source_id}/github-recovery/{recovery_id}/cancel", post(cancel))
}

/// Deliveries that GitHub failed to make.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MissedOut {
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
    /// How many of them have not come in since: so many are asked for.
    lost: u64,
    /// Oldest first.
    data: Vec<MissedDeliveryOut>,
    /// Whether GitHub's list was read to its end; otherwise older ones are missing.
    is_complete: bool,
}

/// A delivery of which every attempt of GitHub failed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MissedDeliveryOut {
    /// What the source sees as `X-GitHub-Delivery`.
    guid: String,
    #[schema(example = "pull_request")]
    event: String,
    #[schema(example = "opened")]
    action: Option<String>,
    /// The status of the last attempt; null: there was no answer.
    status: Option<u16>,
    /// GitHub's words for how the last attempt ended.
    outcome: String,
    attempts: usize,
    #[serde(with = "time::serde::rfc3339")]
    failed_at: OffsetDateTime,
    /// The message that it became after all.
    #[schema(value_type = Option<String>)]
    message_id: Option<MessageId>,
}

impl From<MissedRow> for MissedDeliveryOut {
    fn from(row: MissedRow) -> Self {
        let MissedRow { guid, event, action, status, outcome, attempts, failed_at, arrived } = row;
        Self { guid, event, action, status, outcome, attempts, failed_at, message_id: arrived }
    }
}

impl From<MissedList> for MissedOut {
    fn from(list: MissedList) -> Self {
        Self {
            lost: list.lost(),
            since: list.since,
            until: list.until,
            data: list.deliveries.into_iter().map(MissedDeliveryOut::from).collect(),
            is_complete: list.is_complete,
        }
    }
}

/// A recovery.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RecoveryOut {
    #[schema(value_type = String, example = "rcv_01h455vb4pex5vsknk084sn02q")]
    id: RecoveryId,
    #[schema(example = "octo-org/hello-world")]
    repository: String,
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
    /// `running`, `finished`, `stopped` or `cancelled`.
    state: String,
    /// Why it was stopped, or why it waits.
    reason: String,
    /// How many deliveries it is about.
    total: u64,
    /// Asked for.
    requested: u64,
    /// Not delivered again by GitHub.
    refused: u64,
    /// Come in before they were asked for.
    arrived: u64,
    /// Of those asked for: come in by now.
    recovered: u64,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    finished_at: Option<OffsetDateTime>,
}

impl From<RecoveryView> for RecoveryOut {
    fn from(view: RecoveryView) -> Self {
        Self {
            id: view.id,
            repository: view.repository,
            since: view.since,
            until: view.until,
            state: view.state,
            reason: view.waiting.map_or(view.reason, |(why, _)| why),
            total: view.total,
            requested: view.requested,
            refused: view.refused,
            arrived: view.arrived,
            recovered: view.recovered,
            created_at: view.created_at,
            finished_at: view.finished_at,
        }
    }
}

/// A recovery, with what became of each delivery.
#[derive(Debug, Serialize, ToSchema)]
struct RecoveryDetailOut {
    #[serde(flatten)]
    recovery: RecoveryOut,
    /// In the order in which they are asked for.
    deliveries: Vec<RecoveryDeliveryOut>,
}

/// One delivery of a recovery.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RecoveryDeliveryOut {
    /// What the source sees as `X-GitHub-Delivery`.
    guid: String,
    #[schema(example = "pull_request")]
    event: String,
    action: Option<String>,
    /// The status of the attempt that failed; null: there was no answer.
    status: Option<u16>,
    #[serde(with = "time::serde::rfc3339")]
    failed_at: OffsetDateTime,
    /// `waiting`, `requested`, `refused` or `arrived`.
    outcome: String,
    /// Why it was refused.
    reason: String,
    /// The message that it became.
    #[schema(value_type = Option<String>)]
    message_id: Option<MessageId>,
}

impl From<RecoveryRow> for RecoveryDeliveryOut {
    fn from(row: RecoveryRow) -> Self {
        let RecoveryRow { guid, event, action, status, failed_at, outcome, reason, message_id } = row;
        Self { guid, event, action, status, failed_at, outcome, reason, message_id }
    }
}

/// Which deliveries.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct MissedQuery {
    /// At or after; 72 hours ago, as far as GitHub remembers, if you send none.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<OffsetDateTime>,
    /// Before; now, if you send none.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<OffsetDateTime>,
}

impl FromQuery for MissedQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        Self { since: query.timestamp("since"), until: query.timestamp("until") }
    }
}

/// Which deliveries.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecoveryIn {
    /// At or after; 72 hours ago, as far as GitHub remembers, if you send none.
    #[serde(default, deserialize_with = "timestamp::optional")]
    since: Option<OffsetDateTime>,
    /// Before; now, if you send none.
    #[serde(default, deserialize_with = "timestamp::optional")]
    until: Option<OffsetDateTime>,
}

/// A recovery of this source and no other.
async fn of_source(
    state: &HttpState,
    caller: &Caller,
    source_id: SourceId,
    recovery_id: &str,
) -> Result<RecoveryDetail, Problem> {
    let not_found = || ApiError::not_found("Recovery");
    let id: RecoveryId = recovery_id.parse().map_err(|_| not_found())?;
    let detail = state.services().recoveries.get(caller, id).await?;
    if detail.recovery.source_id == source_id { Ok(detail) } else { Err(not_found().into()) }
}

/// List what GitHub failed to deliver
///
/// GitHub does not deliver again by itself, and remembers for three days. What has come in since has a `messageId`.
#[utoipa::path(get, path = "/api/v1/source/{source_id}/github-recovery/missed", tag = "Repository",
    operation_id = "github_recovery_missed",
    params(("source_id" = String, Path, description = "The source's id"), MissedQuery),
    responses((status = 200, description = "The deliveries", body = MissedOut),
              (status = 502, description = "GitHub cannot be asked now; `Retry-After` says when, if that is known")))]
async fn missed(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(query): Query<MissedQuery>,
) -> Result<Json<MissedOut>, Problem> {
    let range = MissedRange { since: query.since, until: query.until };
    Ok(Json(state.services().recoveries.missed(&caller, source_id(&id)?, range).await?.into()))
}

/// List recoveries
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/source/{source_id}/github-recovery", tag = "Repository",
    operation_id = "github_recovery_list",
    params(("source_id" = String, Path, description = "The source's id"), PageQuery),
    responses((status = 200, description = "A page of recoveries", body = ListOut<RecoveryOut>)))]
async fn list(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<ListOut<RecoveryOut>>, Problem> {
    let found = state.services().recoveries.page(&caller, source_id(&id)?, page.iterator, page.limit).await;
    Ok(Json(ListOut::of(found.map_err(Problem::of_query)?, RecoveryOut::from)))
}

/// Have GitHub deliver again
///
/// Everything that it failed to deliver in the time range and that has not come in since, in the background, one after
/// the other. What comes twice is recognised and stored once.
#[utoipa::path(post, path = "/api/v1/source/{source_id}/github-recovery", tag = "Repository",
    operation_id = "github_recovery_create", params(("source_id" = String, Path, description = "The source's id")),
    request_body = RecoveryIn,
    responses((status = 202, description = "It has begun", body = RecoveryOut),
              (status = 502, description = "GitHub cannot be asked now; `Retry-After` says when, if that is known")))]
async fn create(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    Query(()): Query<()>,
    JsonBody(body): JsonBody<RecoveryIn>,
) -> Result<(StatusCode, Json<RecoveryOut>), Problem> {
    let range = MissedRange { since: body.since, until: body.until };
    let started = state.services().recoveries.start(&caller, source_id(&id)?, range).await?;
    Ok((StatusCode::ACCEPTED, Json(started.into())))
}

/// Get a recovery
#[utoipa::path(get, path = "/api/v1/source/{source_id}/github-recovery/{recovery_id}", tag = "Repository",
    operation_id = "github_recovery_get",
    params(("source_id" = String, Path, description = "The source's id"),
           ("recovery_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "How far it is, and what became of each delivery", body = RecoveryDetailOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids((source, recovery)): Ids<(String, String)>,
    Query(()): Query<()>,
) -> Result<Json<RecoveryDetailOut>, Problem> {
    let RecoveryDetail { recovery, deliveries } = of_source(&state, &caller, source_id(&source)?, &recovery).await?;
    let deliveries = deliveries.into_iter().map(RecoveryDeliveryOut::from).collect();
    Ok(Json(RecoveryDetailOut { recovery: recovery.into(), deliveries }))
}

/// Cancel a recovery
///
/// GitHub is asked for no more deliveries.
#[utoipa::path(post, path = "/api/v1/source/{source_id}/github-recovery/{recovery_id}/cancel", tag = "Repository",
    operation_id = "github_recovery_cancel",
    params(("source_id" = String, Path, description = "The source's id"),
           ("recovery_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The recovery as it is now", body = RecoveryOut)))]
async fn cancel(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids((source, recovery)): Ids<(String, String)>,
    Query(()): Query<()>,
) -> Result<Json<RecoveryOut>, Problem> {
    let known = of_source(&state, &caller, source_id(&source)?, &recovery).await?;
    Ok(Json(state.services().recoveries.cancel(&caller, known.recovery.id).await?.into()))
}
