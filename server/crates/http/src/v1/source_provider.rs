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
    /// What to do on the provider's side.
    setup: String,
    /// `signing_secret`, `token`, `public_key`, `user_and_password` or `none`.
    secret_kind: String,
    /// What the provider calls the secret.
    secret_label: String,
    /// What it looks like.
    secret_hint: String,
    /// The fields that a source of the provider takes beside its secret.
    fields: Vec<FieldOut>,
    /// How far the time of sending may be from now, in seconds; null: it is not signed.
    tolerance_s: Option<u32>,
    /// Its signature covers the URL: the one that the provider was given must be the source's, to the letter.
    signs_url: bool,
    /// The exchange by which it finds out whether it may send.
    handshake: Option<String>,
}

/// A field of a source.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FieldOut {
    name: String,
    label: String,
    hint: String,
    is_required: bool,
    /// If not empty: the only values there are.
    choices: Vec<String>,
}

impl From<ProviderView> for ProviderOut {
    fn from(view: ProviderView) -> Self {
        Self {
            name: view.name,
            display_name: view.display_name,
            category: view.category,
            docs_url: view.docs_url,
            setup: view.setup,
            secret_kind: view.secret.kind,
            secret_label: view.secret.label,
            secret_hint: view.secret.hint,
            fields: view.fields.into_iter().map(FieldOut::from).collect(),
            tolerance_s: view.tolerance_s,
            signs_url: view.signs_url,
            handshake: view.handshake,
        }
    }
}

impl From<ProviderFieldView> for FieldOut {
    fn from(view: ProviderFieldView) -> Self {
        let ProviderFieldView { name, label, hint, is_required, choices } = view;
        Self { name, label, hint, is_required, choices }
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
) -> Result<Json<ProviderOut>, Problem> {
    let provider = state.services().sources.provider(&name).ok_or_else(|| ApiError::not_found("Provider"))?;
    Ok(Json(provider.into()))
}
