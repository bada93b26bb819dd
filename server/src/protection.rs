//! What protects people in their browsers, on every answer and in front of every form.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hookreel_auth::{CookieMode, OriginGuard, secure_removals};
use std::time::Duration;

/// How long a browser may take to send a form.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// For answers that do not bring a policy of their own: nothing but our own styles and pictures, and no scripts.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);
/// For answers that do not bring one of their own: an answer to a provider's handshake says no-referrer.
const REFERRER_POLICY: HeaderValue = HeaderValue::from_static("same-origin");
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];
/// A year, as browsers expect it for a site that means it.
const STRICT_TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Middleware for every answer.
pub(crate) async fn security_headers(State(cookies): State<CookieMode>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    if cookies == CookieMode::Https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(CONTENT_SECURITY_POLICY);
    headers.entry(header::REFERRER_POLICY).or_insert(REFERRER_POLICY);
    response
}

/// Middleware for pages: they show what belongs to one person, so nobody keeps them, and a sign-out removes the cookie.
pub(crate) async fn private_pages(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    secure_removals(headers);
    response
}

/// Middleware for pages: refuses forms that another site sends.
pub(crate) async fn same_origin(State(guard): State<OriginGuard>, request: Request, next: Next) -> Response {
    match guard.check(request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => (StatusCode::FORBIDDEN, format!("{refusal}\n")).into_response(),
    }
}

/// Middleware for pages: a form is here in full, and in time, before anything is done with it.
pub(crate) async fn whole_body(State(bytes_max): State<usize>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, bytes_max)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(_)) => (StatusCode::PAYLOAD_TOO_LARGE, "This is more than a form may hold.\n").into_response(),
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "The form did not arrive in time.\n").into_response(),
    }
}
