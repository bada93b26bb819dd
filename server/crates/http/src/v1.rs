//! REST `/api/v1`: the sending half follows the Svix API's contract, the rest its conventions.
//!
//! What is sent and answered here is private to these modules: views of the dashboard can change without it.

mod application;
mod attempt;
mod endpoint;
mod event_schema;
mod event_type;
mod github_recovery;
mod message;
mod page;
mod patch;
mod quarantine;
mod replay;
mod repository;
mod source;
mod source_provider;
mod unsupported;
mod upsert;

use crate::idempotency::idempotency;
use crate::problem::Problem;
use crate::state::HttpState;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, any, get};
use http::{Method, StatusCode};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;

/// Both spellings of a path: some SDKs end it with a slash.
trait Both {
    fn both(self, path: &str, methods: MethodRouter<HttpState>) -> Self;
}

impl Both for Router<HttpState> {
    fn both(self, path: &str, methods: MethodRouter<HttpState>) -> Self {
        let methods = methods.fallback(other_method);
        self.route(path, methods.clone()).route(&format!("{path}/"), methods)
    }
}

/// Every path under `/api/v1`.
pub(crate) fn routes(state: &HttpState) -> Router<HttpState> {
    let resources = [
        application::routes,
        endpoint::routes,
        event_type::routes,
        event_schema::routes,
        message::routes,
        attempt::routes,
        source::routes,
        repository::routes,
        github_recovery::routes,
        source_provider::routes,
        quarantine::routes,
        replay::routes,
    ];
    resources
        .into_iter()
        .fold(Router::new(), |router, add| add(router))
        .both("/api/v1/health", get(health))
        .route("/api/v1", any(nothing_here))
        .route("/api/v1/", any(nothing_here))
        .route("/api/v1/{*path}", any(nothing_here))
        .layer(from_fn_with_state(state.clone(), idempotency))
}

/// The descriptions of all of them.
pub(crate) fn description() -> Description {
    let parts = [
        application::Api::openapi(),
        endpoint::Api::openapi(),
        event_type::Api::openapi(),
        event_schema::Api::openapi(),
        message::Api::openapi(),
        attempt::Api::openapi(),
        source::Api::openapi(),
        repository::Api::openapi(),
        github_recovery::Api::openapi(),
        source_provider::Api::openapi(),
        quarantine::Api::openapi(),
        replay::Api::openapi(),
        Api::openapi(),
    ];
    parts.into_iter().reduce(Description::merge_from).unwrap_or_default()
}

#[derive(Debug, OpenApi)]
#[openapi(paths(health))]
struct Api;

/// Ask whether the API answers
#[utoipa::path(get, path = "/api/v1/health", tag = "Health", operation_id = "health_get", security(),
    responses((status = 204, description = "It does")))]
async fn health() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn nothing_here() -> Problem {
    Problem::no_such_path()
}

async fn other_method(method: Method) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("{method} is not possible here; the header `Allow` says what is"),
    )
}
