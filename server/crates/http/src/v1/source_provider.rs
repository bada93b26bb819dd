//! `/api/v1/source-provider`: whose webhooks can be received, and what a source of each needs.

use super::Both;
use super::page::ListOut;
use crate::authorized::Authorized;
use crate::ids::Ids;
use crate::problem::Problem;
use crate::query::{PageQuery, Query};
use crate::state::HttpState;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use hookreel_contract::ApiError;
use hookreel_contract::source::{ProviderFieldView, ProviderView};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

#[derive(Debug, OpenApi)]
#[openapi(paths(list, read))]
pub(super) struct Api;

pub(super) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router.both("/api/v1/source-provider", get(list)).both("/api/v1/source-provider/{name}", get(read))
}

/// A provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProviderOut {
    #[schema(example = "stripe")]
    name: String,
    #[schema(example = "Stripe")]
    display_name: String,
    #[schema(example = "payments")]
    category: String,
    /// Where the provider describes how it signs.
    docs_url: String,
    /// By what of the provider's own it was checked how it signs: pages, and libraries (`npm stripe`, `PyPI mailgun`).
    checked: Vec<String>,
    /// What to do on the provider's side.
    setup: String,
    /// `signing_secret`, `token`, `public_key`, `user_and_password` or `none`.
    secret_kind: String,
    /// What the provider calls the secret.
    secret_label: String,
    /// What it looks like.
    secret_hint: String,
    /// Whether a source needs one from you: some providers have none, others bring it in their handshake.
    needs_secret: bool,
    /// The fields that a source of the provider takes beside its secret: these and no other.
    fields: Vec<FieldOut>,
    /// How far the time of sending may be from now, in seconds; null: it is not signed.
    tolerance_s: Option<u32>,
    /// Its signature covers the URL: the one that the provider was given must be the source's, to the letter.
    signs_url: bool,
    /// The exchange by which it finds out whether it may send.
    handshake: Option<String>,
    /// The most that can be known about the origin of a request: `verified`, `authenticated` or `unattempted`.
    #[schema(example = "verified")]
    best_verdict: String,
    /// The ways of signing in a few words, the usual one first; empty where the source itself says it.
    #[schema(example = json!(["HMAC-SHA256 of {timestamp}.{body} in Stripe-Signature"]))]
    ways_of_signing: Vec<String>,
    /// Where the id of an event stands, if the provider sends one.
    event_id_place: Option<String>,
    /// Where its type stands.
    event_type_place: Option<String>,
    /// Whether the source itself says which header is signed and how.
    is_configurable: bool,
    /// Whether a signed sample can be sent: not where only the provider has the key.
    can_be_played: bool,
}

/// A field of a source.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FieldOut {
    name: String,
    label: String,
    hint: String,
    /// What it looks like when it is filled in; empty if nothing is typical.
    #[schema(example = "X-Signature")]
    placeholder: String,
    is_required: bool,
    /// If not empty: the only values there are, the first of which is taken if you send none.
    #[schema(example = json!(["hex", "base64"]))]
    choices: Vec<String>,
    /// What each of the choices means, in their order.
    #[schema(example = json!(["Hexadecimal", "Base64"]))]
    meanings: Vec<String>,
}

impl From<ProviderView> for ProviderOut {
    fn from(view: ProviderView) -> Self {
        Self {
            name: view.name,
            display_name: view.display_name,
            category: view.category,
            docs_url: view.docs_url,
            checked: view.checked,
            setup: view.setup,
            needs_secret: view.secret.is_asked_for,
            secret_kind: view.secret.kind,
            secret_label: view.secret.label,
            secret_hint: view.secret.hint,
            fields: view.fields.into_iter().map(FieldOut::from).collect(),
            tolerance_s: view.tolerance_s,
            signs_url: view.signs_url,
            handshake: view.handshake,
            best_verdict: view.best_verdict,
            ways_of_signing: view.ways_of_signing,
            event_id_place: view.event_id_place,
            event_type_place: view.event_type_place,
            is_configurable: view.is_configurable,
            can_be_played: view.can_be_played,
        }
    }
}

impl From<ProviderFieldView> for FieldOut {
    fn from(view: ProviderFieldView) -> Self {
        let ProviderFieldView { name, label, hint, placeholder, is_required, choices } = view;
        let (choices, meanings) = choices.into_iter().map(|choice| (choice.value, choice.meaning)).unzip();
        Self { name, label, hint, placeholder, is_required, choices, meanings }
    }
}

/// List providers
#[utoipa::path(get, path = "/api/v1/source-provider", tag = "Source", operation_id = "source_provider_list",
    params(PageQuery),
    responses((status = 200, description = "A page of providers", body = ListOut<ProviderOut>)))]
async fn list(
    State(state): State<HttpState>,
    Authorized(_caller): Authorized,
    Query(page): Query<PageQuery>,
) -> Result<Json<ListOut<ProviderOut>>, Problem> {
    let mut providers = state.services().sources.providers();
    providers.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(name) = page.iterator.as_ref().map(|cursor| &cursor.0)
        && providers.iter().all(|provider| provider.name != *name)
    {
        return Err(super::page::unknown_iterator());
    }
    let shown = ListOut::of_sorted(providers, &page, |provider| provider.name.clone())?;
    Ok(Json(shown.map(ProviderOut::from)))
}

/// Get a provider
#[utoipa::path(get, path = "/api/v1/source-provider/{name}", tag = "Source", operation_id = "source_provider_get",
    params(("name" = String, Path, description = "Its name, such as stripe")),
    responses((status = 200, description = "The provider", body = ProviderOut)))]
async fn read(
    State(state): State<HttpState>,
    Authorized(_caller): Authorized,
    Ids(name): Ids<String>,
    Query(()): Query<()>,
) -> Result<Json<ProviderOut>, Problem> {
    let provider = state.services().sources.provider(&name).ok_or_else(|| ApiError::not_found("Provider"))?;
    Ok(Json(provider.into()))
}
