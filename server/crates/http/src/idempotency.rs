//! `Idempotency-Key` on `POST`: the same request twice has one effect and one answer.

use crate::authorized::Authorized;
use crate::body;
use crate::problem::Problem;
use crate::state::HttpState;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hookreel_auth::Caller;
use hookreel_kernel::MessageId;
use hookreel_services::idempotency::{Claim, Claimed, Hash, StoredAnswer};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use std::convert::Infallible;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The most bytes a key may have.
const KEY_BYTES_MAX: usize = 256;

/// The id that a message published by this request has to have, if the request carries a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MessageIdOfKey(pub(crate) Option<MessageId>);

impl FromRequestParts<HttpState> for MessageIdOfKey {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &HttpState) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self(None)))
    }
}

/// Middleware: a `POST` with a key is done once. Anything else passes untouched.
pub(crate) async fn idempotency(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(IDEMPOTENCY_KEY) {
        return next.run(request).await;
    }
    match run_once(&state, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn run_once(state: &HttpState, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let authorized = Authorized::of(&parts.headers, &parts.extensions, state).await?;
    let caller = authorized.0.clone();
    let body = body::read(body, state.settings()).await?;
    let key = key_of(&parts)?;

    let claimed = match state.services().idempotency.claim(&caller, key, &hash(&parts, &body)).await? {
        Claim::Run(claimed) => claimed,
        Claim::Answered(answer) => return Ok(replayed(answer)),
        Claim::OtherRequest => {
            return Err(Problem::header("idempotency-key", "was used for a different request in the last 24 hours"));
        }
        Claim::StillRunning => {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "idempotency_in_progress",
                "the first request with this Idempotency-Key is still running; try again in a moment",
            )
            .with_retry_after(1));
        }
    };

    parts.extensions.insert(authorized);
    parts.extensions.insert(MessageIdOfKey(Some(claimed.message_id())));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep(state, &caller, &claimed, response).await
}

fn key_of(parts: &Parts) -> Result<&[u8], Problem> {
    let key = parts.headers.get(IDEMPOTENCY_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(Problem::header("idempotency-key", format!("must be 1 to {KEY_BYTES_MAX} bytes long")));
    }
    Ok(key)
}

/// What makes two requests the same: method, path with query, body.
fn hash(parts: &Parts, body: &[u8]) -> Hash {
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let mut hash = Sha256::new();
    for part in [parts.method.as_str().as_bytes(), path.as_bytes(), body] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Stores the answer before it is given. When that fails, the answer is given all the same: the work is done.
async fn keep(state: &HttpState, caller: &Caller, claimed: &Claimed, response: Response) -> Result<Response, Problem> {
    let (head, body) = response.into_parts();
    // Every answer of the API is in memory already.
    let body = body.collect().await.map_err(|_| Problem::internal())?.to_bytes();
    let idempotency = &state.services().idempotency;
    // What failed to be stored has been logged there.
    // What a plan does not include now it may include at the next try.
    let _ = if head.status.is_server_error() || head.status == StatusCode::PAYMENT_REQUIRED {
        idempotency.release(caller, claimed).await
    } else {
        idempotency.answer(caller, claimed, head.status.as_u16(), &body).await
    };
    Ok(Response::from_parts(head, Body::from(body)))
}

fn replayed(answer: StoredAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, Bytes::from(answer.body)).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    if status != StatusCode::NO_CONTENT {
        let is_problem = status.is_client_error();
        let content_type = if is_problem { "application/problem+json" } else { "application/json" };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(method: &str, uri: &str) -> Parts {
        Request::builder().method(method).uri(uri).body(Body::empty()).unwrap().into_parts().0
    }

    #[test]
    fn a_request_is_known_by_method_path_query_and_body() {
        let base = hash(&parts("POST", "/api/v1/app"), b"{}");
        assert_eq!(base, hash(&parts("POST", "/api/v1/app"), b"{}"));
        assert_ne!(base, hash(&parts("POST", "/api/v1/app?get_if_exists=true"), b"{}"));
        assert_ne!(base, hash(&parts("POST", "/api/v1/app"), b"{ }"));
        assert_ne!(hash(&parts("POST", "/a"), b"b"), hash(&parts("POST", "/ab"), b""));
    }
}
