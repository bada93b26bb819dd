//! One log line a request: at DEBUG, and at INFO when it was slow or failed on our side.
//!
//! No bodies, no query strings, and of the path only the pattern of its route, because paths can hold the token of a
//! source.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use hookreel_http::X_REQUEST_ID;
use std::time::{Duration, Instant};

const SLOW: Duration = Duration::from_secs(1);

/// Middleware.
pub(crate) async fn log_request(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let elapsed = begun.elapsed();
    let status = response.status();
    let is_notable = elapsed >= SLOW || status.is_server_error();
    if is_notable || tracing::enabled!(tracing::Level::DEBUG) {
        let route = route.as_ref().map_or("other", MatchedPath::as_str);
        let request_id = response.headers().get(X_REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
        let duration_ms = elapsed.as_secs_f64() * 1000.0;
        let status = status.as_u16();
        if is_notable {
            tracing::info!(%method, route, status, duration_ms, request_id, "request");
        } else {
            tracing::debug!(%method, route, status, duration_ms, request_id, "request");
        }
    }
    response
}
