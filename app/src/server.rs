//! The server's side of the pages: who is asking, the use cases, and the answer's status, cookies and redirects.
//! The only module that touches the web framework.

use crate::error::AppError;
use crate::forms::{self, RefusedForm};
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hookreel_auth::{AuthError, Caller, ClientInfo, CookieMode, MemberIdentity, OperatorPermit};
use hookreel_contract::ApiError;
use hookreel_kernel::{Secret, SessionId};
use hookreel_services::Services;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use tower_sessions::Session;

/// The use cases.
pub(crate) fn services() -> Result<Services, AppError> {
    use_context::<Services>().ok_or_else(|| AppError::from(ApiError::Internal))
}

/// Who is asking; nobody else's data can be reached from here on.
pub(crate) async fn caller() -> Result<Caller, AppError> {
    Ok(caller_and_session().await?.0)
}

/// The operator who is asking. For everybody else there is no such page.
pub(crate) async fn operator() -> Result<OperatorPermit, AppError> {
    let caller = caller().await?;
    Ok(services()?.operations.operators.permit(&caller).await?)
}

/// Who is asking, and by which session.
pub(crate) async fn caller_and_session() -> Result<(Caller, SessionId), AppError> {
    let signed_in = hookreel_auth::caller_from_session(&session().await?).await.map_err(session_failed)?;
    signed_in.ok_or_else(|| AppError::from(ApiError::Unauthenticated))
}

/// Signs somebody in whose password was just verified, or who just signed up. A sign-in from a browser that the account
/// does not know is noted first, so that none goes unnoticed.
pub(crate) async fn begin_session(identity: MemberIdentity) -> Result<(), AppError> {
    let (client, cookies, member_id) = (client(), cookie_mode(), identity.member_id());
    let known = cookie(&cookies.browser_name(member_id)).map(Secret::new);
    let fresh = services()?.people.note_sign_in(identity, &client, known.clone()).await?;
    hookreel_auth::begin_session(&session().await?, identity, &client).await.map_err(session_failed)?;
    // A cookie that is known is set again too: it lives on from its last use.
    if let Some(value) = fresh.or(known) {
        set_cookie(&cookies.browser_cookie(member_id, &value));
    }
    Ok(())
}

/// How this installation's cookies are protected: as the session's.
fn cookie_mode() -> CookieMode {
    let is_https = use_context::<PublicOrigin>().is_some_and(|PublicOrigin(origin)| origin.starts_with("https://"));
    if is_https { CookieMode::Https } else { CookieMode::Http }
}

/// Signs out.
pub(crate) async fn end_session() -> Result<(), AppError> {
    hookreel_auth::end_session(&session().await?).await.map_err(session_failed)
}

async fn session() -> Result<Session, AppError> {
    leptos_axum::extract::<Session>().await.map_err(|_| AppError::from(ApiError::Internal))
}

fn session_failed(error: AuthError) -> AppError {
    tracing::error!(%error, "the session could not be read or written");
    AppError::from(ApiError::Unavailable)
}

/// Where the request came from, as far as it is known.
pub(crate) fn client() -> ClientInfo {
    let Some(parts) = use_context::<Parts>() else { return ClientInfo::default() };
    let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ClientInfo {
        address: parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip()),
        user_agent: user_agent.to_owned(),
    }
}

/// Sends the browser elsewhere after a form. With JavaScript the page's router goes there, without it the browser does.
pub(crate) fn redirect(to: impl ToString) {
    leptos_axum::redirect(&to.to_string());
}

/// Gives the answer the status of a refusal. A plain form is redirected back to its page instead, and a page that is
/// being rendered keeps its own status, but for what is not there.
pub(crate) fn answer_with_status(status: u16) {
    let (Some(parts), Some(response)) = (use_context::<Parts>(), use_context::<ResponseOptions>()) else { return };
    if parts.uri.path().starts_with("/do/") && !accepts_html(&parts) {
        response.set_status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    }
}

/// Whether the answer goes to a browser that shows it as a page.
pub(crate) fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| accepts_html(&parts))
}

fn accepts_html(parts: &Parts) -> bool {
    parts.headers.get(header::ACCEPT).is_some_and(|accept| accept.to_str().is_ok_and(|text| text.contains("text/html")))
}

/// Gives the page that is being rendered a status of its own.
pub(crate) fn set_page_status(status: u16) {
    if let (Some(response), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) {
        response.set_status(status);
    }
}

/// The value of a cookie of this request.
pub(crate) fn cookie(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Sets a cookie with the answer. `cookie` is a whole `Set-Cookie` value.
pub(crate) fn set_cookie(cookie: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(header::SET_COOKIE, value);
    }
}

/// The refused form this page load answers to; its cookie is used up by that.
pub(crate) fn take_refused_form() -> Option<RefusedForm> {
    let refused = forms::decode(&cookie(forms::COOKIE)?);
    set_cookie(&format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax", forms::COOKIE));
    refused
}

/// Carries something to the next page, and there once: an answer that a form without JavaScript cannot show itself.
/// Only the browser that sent the form has it, for a minute at most, and no script can read it.
pub(crate) fn hand_over<T: Serialize>(cookie: &str, value: &T) {
    let text = serde_json::to_vec(value).map(|json| URL_SAFE_NO_PAD.encode(json)).unwrap_or_default();
    set_cookie(&format!("{cookie}={text}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict"));
}

/// What the page before has handed over.
pub(crate) fn take_over<T: DeserializeOwned>(name: &str) -> Option<T> {
    let text = cookie(name)?;
    set_cookie(&format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"));
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// Where this Hookreel is reached: as configured, or else as the browser did.
pub(crate) fn origin() -> String {
    if let Some(PublicOrigin(origin)) = use_context() {
        return origin;
    }
    let host =
        use_context::<Parts>().and_then(|parts| parts.headers.get(header::HOST)?.to_str().ok().map(str::to_owned));
    format!("http://{}", host.as_deref().unwrap_or("localhost:3000"))
}

/// Where this Hookreel is reached, when the operator has said so: `https://hooks.example.com`. A context that the
/// server may provide.
#[derive(Debug, Clone)]
pub struct PublicOrigin(pub String);

/// Whether the components' page is shown: in development only.
pub(crate) fn is_development() -> bool {
    cfg!(debug_assertions) || std::env::var_os("HOOKREEL_DEV_COMPONENTS").is_some()
}

/// Allows this page its own scripts and styles, and nothing else. The nonce is leptos's, of this response.
pub(crate) fn set_content_security_policy() {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let nonce = leptos::nonce::use_nonce().map(|nonce| format!("'nonce-{nonce}' ")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self' {nonce}'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(HeaderName::from_static("content-security-policy"), policy);
    }
}
