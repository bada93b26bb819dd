//! `POST /in/{token}`: where providers send their webhooks.
//!
//! The handler does no work of its own: it reads the body to the cap, has it verified and stored, and answers after
//! the commit. Whatever a sender does wrong is a 4xx, and an unknown token gets the same answer as any other.

use crate::body::{self, BodyError};
use crate::state::HttpState;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hookreel_contract::ApiError;
use hookreel_services::messages::{ReceiveRefusal, Received, ReceivedRequest};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};

/// Longer than any token: nothing of that length is worth a look.
const TOKEN_BYTES_MAX: usize = 128;

/// When a provider should come back while the database is away, in seconds.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("5");

pub(crate) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    let receive = post(receive).fallback(other_method);
    router.route("/in/{token}", receive.clone()).route("/in/{token}/", receive)
}

async fn receive(
    State(state): State<HttpState>,
    token: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    // A token that is not even text is unknown like any other.
    let token = token.ok().map(|Path(token)| token);
    match try_receive(&state, token, request).await {
        Ok(received) => accepted(&received),
        Err(refusal) => refusal.into_response(),
    }
}

async fn try_receive(state: &HttpState, token: Option<String>, request: Request) -> Result<Received, Refusal> {
    let token = token.filter(|token| is_plausible(token)).ok_or(Refusal::UnknownToken)?;
    let source = match state.services().sources.find_by_token(&token).await {
        Ok(source) => source.ok_or(Refusal::UnknownToken)?,
        Err(ApiError::NotFound { .. }) => return Err(Refusal::UnknownToken),
        Err(_) => return Err(Refusal::Unavailable),
    };
    let (parts, body) = request.into_parts();
    let body = body::read(body, state.settings()).await.map_err(Refusal::Body)?;
    let received = ReceivedRequest { method: parts.method.to_string(), headers: in_order(&parts.headers), body };
    state.services().messages.receive(&source, received).await.map_err(Refusal::Service)
}

fn is_plausible(token: &str) -> bool {
    !token.is_empty()
        && token.len() <= TOKEN_BYTES_MAX
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The headers as they came: hyper keeps their order and lowers their names.
fn in_order(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}

/// A duplicate is a success: the provider must stop sending it.
fn accepted(received: &Received) -> Response {
    let body = format!(r#"{{"id":"{}","duplicate":{}}}"#, received.message_id, received.is_duplicate);
    let mut response = (StatusCode::OK, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

async fn other_method() -> Response {
    let mut response = (StatusCode::METHOD_NOT_ALLOWED, "webhooks are received by POST\n").into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

/// Why nothing was accepted.
#[derive(Debug)]
enum Refusal {
    UnknownToken,
    Body(BodyError),
    Service(ReceiveRefusal),
    Unavailable,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::UnknownToken => (StatusCode::NOT_FOUND, "there is no source with this URL\n").into_response(),
            Self::Body(error) => {
                let status = match error {
                    BodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                    BodyError::Timeout => StatusCode::REQUEST_TIMEOUT,
                    BodyError::Broken => StatusCode::BAD_REQUEST,
                };
                (status, line(&error.to_string())).into_response()
            }
            Self::Service(ReceiveRefusal::Quarantined { reason, .. }) => {
                (StatusCode::UNAUTHORIZED, line(&reason)).into_response()
            }
            // The sender did nothing wrong and is asked to come back, whatever broke here.
            Self::Service(ReceiveRefusal::NotStored(_)) | Self::Unavailable => {
                let mut response =
                    (StatusCode::SERVICE_UNAVAILABLE, "not stored; please send it again\n").into_response();
                response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_S);
                response
            }
        }
    }
}

fn line(reason: &str) -> String {
    format!("{reason}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_be_a_token_is_looked_up() {
        assert!(is_plausible("aZ09_-"));
        for token in ["", "a/b", "a b", "a\0b", "ä", &"a".repeat(129)] {
            assert!(!is_plausible(token), "{token:?}");
        }
    }
}
