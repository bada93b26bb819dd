//! Everything the program answers, and what every request passes on its way.
//!
//! From the outside in:
//! 1. the count for metrics, whose request it is behind proxies, the log, and the headers that protect browsers, on
//!    every answer;
//! 2. REST API and inbound webhooks: see `hookreel_http::router`. No cookies, no origin check;
//! 3. pages, server functions and live news: a task of their own per request, the request's id, compression, nobody
//!    keeps the answer, the origin check, the whole body, the session.

use crate::config::HttpConfig;
use crate::health::Health;
use crate::live::{self, LiveState};
use crate::metrics::{self, Requests};
use crate::proxies::{self, TrustedProxies};
use crate::{protection, request_log, site};
use app::server::PublicOrigin;
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use hookreel_auth::{CookieMode, OriginGuard, session_layer};
use hookreel_http::{HttpState, cancel_proof, request_id};
use leptos::config::{Env, LeptosOptions};
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes as _, generate_route_list, render_app_async_with_context};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt as _;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};

/// What the answers are made from.
#[derive(Debug)]
pub(crate) struct RouterParts {
    pub(crate) config: HttpConfig,
    pub(crate) bound: SocketAddr,
    pub(crate) http: HttpState,
    pub(crate) live: LiveState,
    pub(crate) health: Health,
    pub(crate) requests: Requests,
}

/// The module is compressed when it is built for use. One that is not is 12 MB: compressing it for every visitor costs
/// seconds of a processor, sending it as it is costs a browser on the same machine a tenth of one.
const NO_MODULES: NotForContentType = NotForContentType::const_new("application/wasm");

/// The whole router.
pub(crate) fn build(parts: RouterParts) -> Router {
    let cookies = parts.config.public_url.as_ref().map_or(CookieMode::Http, CookieMode::for_url);
    let pages = pages(&parts, cookies);
    let pages_or_nothing = move |request: Request| async move {
        if is_for_programs(request.uri().path()) {
            no_such_route()
        } else {
            pages.oneshot(request).await.into_response()
        }
    };
    Router::new()
        .merge(hookreel_http::router(parts.http.clone()))
        .layer(from_fn(request_log::log_request))
        // Asked every few seconds, and what it says is logged where it is found out.
        .merge(parts.health.clone().routes())
        .fallback(pages_or_nothing)
        .layer(from_fn_with_state(cookies, protection::security_headers))
        .layer(from_fn_with_state(TrustedProxies::new(&parts.config.trusted_proxies), proxies::client_address))
        .layer(from_fn_with_state(parts.requests, metrics::count_request))
}

/// Only health: for a process that delivers and does nothing else.
pub(crate) fn health_only(health: Health) -> Router {
    health.routes().layer(from_fn_with_state(CookieMode::Http, protection::security_headers))
}

fn pages(parts: &RouterParts, cookies: CookieMode) -> Router {
    let Some(site) = site::find(parts.config.site_dir.as_deref()) else {
        tracing::warn!("the dashboard's files were not found: pages only say how to build them");
        return Router::new().fallback(site::not_built);
    };
    tracing::debug!(site = %site.display(), "serving the dashboard");
    let sessions = parts.live.sessions.clone();
    let guard = OriginGuard::new(parts.config.public_url.as_ref());
    dashboard(parts, &site)
        .layer(from_fn(app::forms::keep_refused_forms))
        .merge(live::routes(parts.live.clone()))
        .layer(session_layer(sessions, cookies))
        .layer(from_fn_with_state(parts.config.body_bytes_max, protection::whole_body))
        .layer(from_fn_with_state(guard, protection::same_origin))
        .layer(from_fn(protection::private_pages))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(NO_MODULES)))
        .layer(from_fn(request_id))
        .layer(from_fn(cancel_proof))
        .layer(from_fn(request_log::log_request))
}

/// The pages and their server functions; whatever else there is, is a file or not there.
fn dashboard(parts: &RouterParts, site: &Path) -> Router {
    let options = LeptosOptions::builder()
        .output_name(site::OUTPUT_NAME)
        .site_root(site.to_string_lossy().into_owned())
        .site_pkg_dir(site::PKG_DIR)
        .env(Env::PROD)
        .site_addr(parts.bound)
        .build();
    let services = parts.live.services.clone();
    let origin = parts.config.public_url.as_ref().map(|url| PublicOrigin(url.origin().ascii_serialization()));
    let context = move || {
        provide_context(services.clone());
        if let Some(origin) = origin.clone() {
            provide_context(origin);
        }
    };
    let shell = {
        let options = options.clone();
        move || app::shell(options.clone())
    };
    let not_found = render_app_async_with_context(context.clone(), shell.clone());
    let site: Arc<Path> = site.into();
    let file_or_not_found = move |request: Request| async move {
        if let Some(asked) = site::asks_for_file(&request)
            && let Some(file) = site::file(&site, asked).await
        {
            return file;
        }
        let mut page = not_found(request).await;
        if page.status() == StatusCode::OK {
            *page.status_mut() = StatusCode::NOT_FOUND;
        }
        page
    };
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(app::App), context, shell)
        .fallback(file_or_not_found)
        .with_state(options)
}

/// Paths that no person opens.
fn is_for_programs(path: &str) -> bool {
    ["/api", "/in"]
        .iter()
        .any(|root| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// For programs that got a path wrong.
fn no_such_route() -> Response {
    let problem = r#"{"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"There is no such route. See /docs."}"#;
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "application/problem+json")], problem).into_response()
}
