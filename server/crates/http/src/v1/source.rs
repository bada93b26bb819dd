//! `/api/v1/source`: where webhooks of providers come in.

use super::Both;
use super::page::ListOut;
use crate::authorized::Authorized;
use crate::body::JsonBody;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::{PageQuery, Query};
use crate::state::HttpState;
use axum::extract::State;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use hookreel_contract::ApiError;
use hookreel_contract::input::{GenericHmacInput, SourceChange, SourceInput};
use hookreel_contract::source::{CustomResponse, SourceSettings};
use hookreel_contract::views::SourceView;
use hookreel_kernel::{ApplicationId, MessageId, SourceId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use utoipa::{OpenApi, ToSchema};

#[derive(Debug, OpenApi)]
#[openapi(paths(list, create, read, update, delete, set_secret, rotate_secret, pause, resume, sample))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router
        .both("/api/v1/source", get(list).post(create))
        .both("/api/v1/source/{source_id}", get(read).patch(update).delete(delete))
        .both("/api/v1/source/{source_id}/pause", post(pause))
        .both("/api/v1/source/{source_id}/resume", post(resume))
        .both("/api/v1/source/{source_id}/sample", post(sample))
        .both("/api/v1/source/{source_id}/secret", put(set_secret))
        .both("/api/v1/source/{source_id}/secret/rotate", post(rotate_secret))
}

/// How a request is verified whose sender signs its body with HMAC-SHA256.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct GenericHmac {
    /// The header that carries the signature.
    #[schema(example = "X-Signature")]
    header: String,
    /// What stands before the signature in it.
    #[serde(default)]
    #[schema(example = "sha256=")]
    prefix: String,
    /// `hex` or `base64`.
    #[schema(example = "hex")]
    encoding: String,
    /// The header that carries the event's id, if any: what makes a repeated request a duplicate.
    #[serde(default, alias = "event_id_header")]
    event_id_header: Option<String>,
    /// The header that carries the event's type, if any.
    #[serde(default, alias = "event_type_header")]
    event_type_header: Option<String>,
}

impl From<GenericHmacInput> for GenericHmac {
    fn from(input: GenericHmacInput) -> Self {
        let GenericHmacInput { header, prefix, encoding, event_id_header, event_type_header } = input;
        Self { header, prefix, encoding, event_id_header, event_type_header }
    }
}

impl From<GenericHmac> for GenericHmacInput {
    fn from(body: GenericHmac) -> Self {
        let GenericHmac { header, prefix, encoding, event_id_header, event_type_header } = body;
        Self { header, prefix, encoding, event_id_header, event_type_header }
    }
}

/// A source.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SourceOut {
    #[schema(value_type = String, example = "src_01h455vb4pex5vsknk084sn02q")]
    id: SourceId,
    /// Where its messages go.
    #[schema(value_type = String, example = "app_01h455vb4pex5vsknk084sn02q")]
    application_id: ApplicationId,
    name: String,
    #[schema(example = "stripe")]
    provider: String,
    #[schema(example = "Stripe")]
    provider_name: String,
    /// What to give to the provider.
    #[schema(example = "https://hooks.example.com/in/…")]
    url: String,
    /// Only for `generic_hmac`.
    generic: Option<GenericHmac>,
    /// What its provider wants to know beside the secret, by name.
    fields: BTreeMap<String, String>,
    settings: SettingsBody,
    /// What comes in is kept in quarantine, and nothing is delivered.
    is_paused: bool,
    /// How many secrets are valid now; with none, every request is quarantined.
    secrets: u32,
    /// The repository of GitHub that is connected.
    #[schema(example = "octo-org/hello-world")]
    repository: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    last_received_at: Option<OffsetDateTime>,
    /// Accepted in the last 24 hours.
    accepted24h: u64,
    /// Quarantined in the last 24 hours.
    quarantined24h: u64,
    /// Sent again by the provider in the last 24 hours: neither stored nor delivered again.
    duplicates24h: u64,
    /// Refused in the last 24 hours and not kept, because too much was kept before.
    dropped24h: u64,
    /// Times the provider asked whether it may send, in the last 24 hours.
    handshakes24h: u64,
}

impl From<SourceView> for SourceOut {
    fn from(view: SourceView) -> Self {
        Self {
            id: view.id,
            application_id: view.application_id,
            name: view.name,
            provider: view.provider,
            provider_name: view.provider_name,
            url: view.url,
            generic: view.generic.map(GenericHmac::from),
            fields: view.fields,
            settings: view.settings.into(),
            is_paused: view.is_paused,
            duplicates24h: view.health.duplicates_24h,
            dropped24h: view.health.dropped_24h,
            handshakes24h: view.health.handshakes_24h,
            secrets: view.secrets,
            repository: view.repository,
            created_at: view.created_at,
            updated_at: view.updated_at,
            last_received_at: view.last_received_at,
            accepted24h: view.accepted_24h,
            quarantined24h: view.quarantined_24h,
        }
    }
}

/// A source to be made.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SourceIn {
    #[schema(example = "Payments")]
    name: String,
    /// The name of a provider: `GET /api/v1/source-provider/` lists them.
    #[schema(example = "stripe")]
    provider: String,
    /// The signing secret as the provider shows it; it can also be set later.
    secret: Option<String>,
    /// Only for `generic_hmac`.
    generic: Option<GenericHmac>,
    /// What the provider wants to know beside the secret, by the names in `GET /api/v1/source-provider/`.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// Limits, answers, deduplication.
    settings: Option<SettingsBody>,
    /// Where its messages go; the default application if you send none.
    #[schema(value_type = Option<String>)]
    #[serde(alias = "application_id")]
    application_id: Option<ApplicationId>,
}

/// What can be set about a source. What you leave out has its default.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct SettingsBody {
    /// A repetition within so many hours is a duplicate: 1 to 2160.
    #[schema(example = 720)]
    dedupe_window_h: u32,
    /// Whether the same body is a repetition when the provider says nothing that tells events apart.
    dedupe_by_content: bool,
    /// Only these networks may send. Empty: everybody.
    #[schema(example = json!(["192.0.2.0/24"]))]
    allowed_networks: Vec<String>,
    /// The largest body in bytes, below what the installation allows.
    body_bytes_max: Option<u32>,
    /// Requests beyond this many a second are answered 429.
    requests_per_second_max: Option<u32>,
    /// The methods that carry events.
    #[schema(example = json!(["POST"]))]
    methods: Vec<String>,
    /// Only these content types. Empty: any.
    content_types: Vec<String>,
    /// What an accepted request is answered with; 200 and the message's id if not given.
    response: Option<ResponseBody>,
}

/// What an accepted request is answered with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResponseBody {
    /// 200 to 299.
    #[schema(example = 200)]
    status: u16,
    #[schema(example = "text/plain")]
    content_type: String,
    /// At most 1 KiB.
    #[serde(default)]
    #[schema(example = "ok")]
    body: String,
}

impl Default for SettingsBody {
    fn default() -> Self {
        SourceSettings::default().into()
    }
}

impl From<SourceSettings> for SettingsBody {
    fn from(settings: SourceSettings) -> Self {
        let SourceSettings {
            dedupe_window_h,
            dedupe_by_content,
            allowed_networks,
            body_bytes_max,
            requests_per_second_max,
            methods,
            content_types,
            response,
        } = settings;
        let response =
            response.map(|CustomResponse { status, content_type, body }| ResponseBody { status, content_type, body });
        Self {
            dedupe_window_h,
            dedupe_by_content,
            allowed_networks,
            body_bytes_max,
            requests_per_second_max,
            methods,
            content_types,
            response,
        }
    }
}

impl From<SettingsBody> for SourceSettings {
    fn from(body: SettingsBody) -> Self {
        let response = body.response.map(|ResponseBody { status, content_type, body }| CustomResponse {
            status,
            content_type,
            body,
        });
        Self {
            dedupe_window_h: body.dedupe_window_h,
            dedupe_by_content: body.dedupe_by_content,
            allowed_networks: body.allowed_networks,
            body_bytes_max: body.body_bytes_max,
            requests_per_second_max: body.requests_per_second_max,
            methods: body.methods,
            content_types: body.content_types,
            response,
        }
    }
}

/// A change to a source. What you leave out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SourcePatch {
    name: Option<String>,
    /// All of the provider's fields.
    fields: Option<BTreeMap<String, String>>,
    /// All of the settings.
    settings: Option<SettingsBody>,
}

/// The message that a sample became.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SampleOut {
    #[schema(value_type = String, example = "msg_01h455vb4pex5vsknk084sn02q")]
    message_id: MessageId,
}

/// A secret of a source.
#[derive(Deserialize, ToSchema)]
struct SourceSecretIn {
    /// The signing secret as the provider shows it.
    #[serde(alias = "key")]
    secret: String,
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
    let mut sources = state.services().sources.list(&caller).await?;
    sources.sort_by_key(|source| std::cmp::Reverse(source.id));
    let after = page.iterator.as_ref().map(|cursor| cursor.0.as_str());
    Ok(Json(ListOut::of_all(sources, page.limit, after, |source| source.id.to_string(), SourceOut::from)))
}

/// Create a source
#[utoipa::path(post, path = "/api/v1/source", tag = "Source", operation_id = "source_create",
    request_body = SourceIn,
    responses((status = 201, description = "It was made", body = SourceOut)))]
async fn create(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    JsonBody(body): JsonBody<SourceIn>,
) -> Result<(StatusCode, Json<SourceOut>), Problem> {
    let input = SourceInput {
        name: body.name,
        provider: body.provider,
        secret: body.secret,
        generic: body.generic.map(GenericHmacInput::from),
        fields: body.fields,
        settings: body.settings.map(SourceSettings::from),
        application_id: body.application_id,
    };
    Ok((StatusCode::CREATED, Json(state.services().sources.create(&caller, input).await?.into())))
}

/// Get a source
#[utoipa::path(get, path = "/api/v1/source/{source_id}", tag = "Source", operation_id = "source_get",
    params(("source_id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The source", body = SourceOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
) -> Result<Json<SourceOut>, Problem> {
    Ok(Json(state.services().sources.get(&caller, source_id(&id)?).await?.into()))
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
    JsonBody(body): JsonBody<SourcePatch>,
) -> Result<Json<SourceOut>, Problem> {
    let change =
        SourceChange { name: body.name, fields: body.fields, settings: body.settings.map(SourceSettings::from) };
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
) -> Result<StatusCode, Problem> {
    state.services().sources.delete(&caller, source_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set a source's secret
///
/// It replaces what was there at once: for the first secret, or after a leak.
#[utoipa::path(put, path = "/api/v1/source/{source_id}/secret", tag = "Source", operation_id = "source_set_secret",
    params(("source_id" = String, Path, description = "Its id")), request_body = SourceSecretIn,
    responses((status = 204, description = "It is set")))]
async fn set_secret(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    JsonBody(body): JsonBody<SourceSecretIn>,
) -> Result<StatusCode, Problem> {
    let id = source_id(&id)?;
    state.services().sources.set_secret(&caller, id, &body.secret).await?;
    state.services().repository_connections.pass_secret_on(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rotate a source's secret
///
/// The old secret stays valid beside the new one for 24 hours.
#[utoipa::path(post, path = "/api/v1/source/{source_id}/secret/rotate", tag = "Source",
    operation_id = "source_rotate_secret",
    params(("source_id" = String, Path, description = "Its id")), request_body = SourceSecretIn,
    responses((status = 200, description = "The source as it is now", body = SourceOut)))]
async fn rotate_secret(
    State(state): State<HttpState>,
    Authorized(caller): Authorized,
    Ids(id): Ids<String>,
    JsonBody(body): JsonBody<SourceSecretIn>,
) -> Result<Json<SourceOut>, Problem> {
    let id = source_id(&id)?;
    let source = state.services().sources.rotate_secret(&caller, id, &body.secret).await?;
    state.services().repository_connections.pass_secret_on(&caller, id).await?;
    Ok(Json(source.into()))
}
