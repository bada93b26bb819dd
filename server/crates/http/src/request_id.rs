//! A name for each request, so that an answer and the log can be matched.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use uuid::Uuid;

/// The header that carries the request's id.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, beside its headers: those are the sender's, who may have an `x-request-id` of his own.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) HeaderValue);

/// Middleware: gives each answer an `x-request-id`; handlers find the same value as an extension of the request.
pub async fn request_id(mut request: Request, next: Next) -> Response {
    let mut text = [0_u8; uuid::fmt::Simple::LENGTH];
    Uuid::now_v7().simple().encode_lower(&mut text);
    // Hexadecimal digits are always a valid header value.
    let Ok(id) = HeaderValue::from_bytes(&text) else { return next.run(request).await };
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    response.headers_mut().insert(X_REQUEST_ID, id);
    response
}
