//! `/in/{token}`: where providers send their webhooks.
//!
//! The handler does no work of its own: it reads the body to the cap, has it judged and stored, and answers after the
//! commit. Whatever a sender does wrong is a 4xx, and an unknown token gets the same answer as any other.

use crate::body::{self, BodyError};
use crate::sent_head::SentHead;
use crate::state::HttpState;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use hookreel_contract::ApiError;
use hookreel_services::messages::{ReceiveAnswer, ReceiveRefusal, Received, ReceivedRequest, RefusalKind};
use hookreel_services::sources::InboundSource;
use http::header::{ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use std::net::SocketAddr;

/// Longer than any token: nothing of that length is worth a look.
const TOKEN_BYTES_MAX: usize = 128;

/// When a provider should come back while the database is away, in seconds.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("5");

/// For browsers, which have no business here: what a tenant has its sources answer may be a page, and stands under the
/// dashboard's own origin. In a sandbox it has none, runs nothing and sends no forms.
const NO_PAGE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'");

/// The methods by which a provider may come, be it to ask whether it may send; which of them carry events is the
/// source's to say.
const METHODS: [Method; 4] = [Method::POST, Method::GET, Method::PUT, Method::PATCH];

pub(crate) fn routes(router: Router<HttpState>) -> Router<HttpState> {
    router.route("/in/{token}", any(receive)).route("/in/{token}/", any(receive))
}

async fn receive(
    State(state): State<HttpState>,
    token: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    // A token that is not even text is unknown like any other.
    let token = token.ok().map(|Path(token)| token);
    let source = match find(&state, token).await {
        Ok(source) => source,
        Err(refusal) => return refusal.into_response(),
    };
    let allowed = source.settings.methods.join(", ");
    if !METHODS.contains(request.method()) {
        return Refusal::Method { allowed }.into_response();
    }
    match try_receive(&state, &source, request).await {
        Ok(ReceiveAnswer::Stored(received)) => stored(received),
        Ok(ReceiveAnswer::Handshake(answer)) => {
            let headers = answer.headers.iter().map(|(name, value)| (*name, value.as_str()));
            answer_of(answer.status, answer.content_type, headers, answer.body.clone())
        }
        Err(Refusal::Service(ReceiveRefusal::Refused { kind: RefusalKind::Method, .. })) => {
            Refusal::Method { allowed }.into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn find(state: &HttpState, token: Option<String>) -> Result<InboundSource, Refusal> {
    let token = token.filter(|token| is_plausible(token)).ok_or(Refusal::UnknownToken)?;
    match state.services().sources.find_by_token(&token).await {
        Ok(source) => source.ok_or(Refusal::UnknownToken),
        Err(ApiError::NotFound { .. }) => Err(Refusal::UnknownToken),
        Err(_) => Err(Refusal::Unavailable),
    }
}

async fn try_receive(state: &HttpState, source: &InboundSource, request: Request) -> Result<ReceiveAnswer, Refusal> {
    let (parts, body) = request.into_parts();
    let installation_max = state.settings().body_bytes_max;
    let bytes_max =
        source.settings.body_bytes_max.map_or(installation_max, |bytes| installation_max.min(bytes as usize));
    // What is only too large for its source is read to its end: kept whole, it can still be verified and released.
    // Kept until the request is stored, and its body forgotten.
    let mut reservation = state.body_budget().reserve_for(source.source_id);
    let kept = match body::read_or_begin(body, state.settings(), &mut reservation).await {
        Ok(kept) => kept,
        Err(error) => {
            state.services().messages.broken_off(source);
            return Err(Refusal::Body(error));
        }
    };
    let path_and_query = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let received = ReceivedRequest {
        method: parts.method.to_string(),
        path_and_query,
        headers: headers_of(&parts),
        larger_than: (kept.is_truncated || kept.bytes.len() > bytes_max).then_some(bytes_max),
        is_truncated: kept.is_truncated,
        body: kept.bytes,
        sender: parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip()),
    };
    state.services().messages.receive(source, received).await.map_err(Refusal::Service)
}

fn is_plausible(token: &str) -> bool {
    !token.is_empty()
        && token.len() <= TOKEN_BYTES_MAX
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The headers as they came. Where nobody knows how they were sent, as with HTTP/2: names in lower case, and repeated ones
/// together, where the first of them was.
fn headers_of(parts: &Parts) -> Vec<(String, Vec<u8>)> {
    let as_sent = parts.extensions.get::<SentHead>().and_then(|head| head.headers(&parts.headers));
    let known = || parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    as_sent.unwrap_or_else(|| known().collect())
}

/// A duplicate is a success: the provider must stop sending it.
fn stored(received: Received) -> Response {
    let headers = received.headers.iter().map(|(name, value)| (*name, value.as_str()));
    if let Some(response) = received.response {
        return answer_of(response.status, Some(&response.content_type), headers, response.body.into_bytes());
    }
    let body = format!(r#"{{"id":"{}","duplicate":{}}}"#, received.message_id, received.is_duplicate);
    answer_of(200, Some("application/json"), headers, body.into_bytes())
}

fn answer_of<'h>(
    status: u16,
    content_type: Option<&str>,
    headers: impl Iterator<Item = (&'h str, &'h str)>,
    body: Vec<u8>,
) -> Response {
    let mut response = (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body).into_response();
    response.headers_mut().remove(CONTENT_TYPE);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    if let Some(content_type) = content_type.and_then(|text| HeaderValue::from_str(text).ok()) {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, NO_PAGE);
    response
}

/// Why nothing was accepted.
#[derive(Debug)]
enum Refusal {
    UnknownToken,
    Method { allowed: String },
    Body(BodyError),
    Service(ReceiveRefusal),
    Unavailable,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::UnknownToken => (StatusCode::NOT_FOUND, "there is no source with this URL\n").into_response(),
            Self::Method { allowed } => {
                let text = line(&format!("webhooks come by {allowed} here"));
                let mut response = (StatusCode::METHOD_NOT_ALLOWED, text).into_response();
                if let Ok(allowed) = HeaderValue::from_str(&allowed) {
                    response.headers_mut().insert(ALLOW, allowed);
                }
                response
            }
            Self::Body(error) => {
                let status = match error {
                    BodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                    BodyError::Timeout => StatusCode::REQUEST_TIMEOUT,
                    BodyError::Broken => StatusCode::BAD_REQUEST,
                };
                (status, line(&error.to_string())).into_response()
            }
            Self::Service(ReceiveRefusal::Refused { kind, reason, .. }) => refused(kind, &reason),
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

fn refused(kind: RefusalKind, reason: &str) -> Response {
    let status = match kind {
        RefusalKind::Unverified => StatusCode::UNAUTHORIZED,
        RefusalKind::Sender => StatusCode::FORBIDDEN,
        RefusalKind::Method => StatusCode::METHOD_NOT_ALLOWED,
        RefusalKind::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RefusalKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusalKind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        // It is kept: the provider has done its part.
        RefusalKind::Paused | RefusalKind::OverQuota | RefusalKind::Altered => StatusCode::ACCEPTED,
    };
    let mut response = (status, line(reason)).into_response();
    if let RefusalKind::TooMany { retry_after } = kind {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
    }
    response
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
