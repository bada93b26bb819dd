//! The reference of the REST API: `/docs` for people, `/api/v1/openapi.json` for programs. Nothing is loaded from
//! anywhere else.

mod conventions;
mod render;
mod schema;

use crate::openapi;
use crate::state::HttpState;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, VARY};
use http::{HeaderMap, HeaderName, StatusCode};
use std::sync::OnceLock;

/// All of it changes only with the program.
const CACHING: (HeaderName, &str) = (CACHE_CONTROL, "public, max-age=300");

pub(crate) fn routes() -> Router<HttpState> {
    Router::new()
        .route("/api/v1/openapi.json", get(description))
        .route("/docs", get(page))
        .route("/docs/style.css", get(style))
}

/// The conventions of the API as Markdown, the way they are committed as `server/docs/api.md`.
pub fn conventions() -> String {
    conventions::markdown()
}

async fn description() -> Response {
    static JSON: OnceLock<Bytes> = OnceLock::new();
    let json = JSON.get_or_init(|| openapi::json().into()).clone();
    (StatusCode::OK, [(CONTENT_TYPE, "application/json"), CACHING], json).into_response()
}

async fn page(headers: HeaderMap) -> Response {
    static PAGE: OnceLock<String> = OnceLock::new();
    let page = PAGE.get_or_init(|| {
        let description = serde_json::to_value(openapi::description()).unwrap_or_default();
        render::page(&description)
    });
    let whole = [render::BEFORE_THEME, theme(&headers), page].concat();
    let caching =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "private, max-age=300"), (VARY, "cookie")];
    (StatusCode::OK, caching, whole).into_response()
}

/// The dashboard's theme, as the browser remembers it.
fn theme(headers: &HeaderMap) -> &'static str {
    let cookies = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let chosen = cookies.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().strip_prefix("theme="));
    ["light", "dark"].into_iter().find(|theme| Some(*theme) == chosen).unwrap_or("system")
}

async fn style() -> Response {
    let css = include_str!("docs/style.css");
    (StatusCode::OK, [(CONTENT_TYPE, "text/css; charset=utf-8"), CACHING], css).into_response()
}
