//! Bearer API keys.

use crate::problem::Problem;
use crate::state::HttpState;
use axum::extract::FromRequestParts;
use hookreel_auth::Caller;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{Extensions, HeaderMap};

/// Whoever holds the request's API key. A handler that asks for it cannot be reached without one.
#[derive(Debug, Clone)]
pub(crate) struct Authorized(pub(crate) Caller);

impl FromRequestParts<HttpState> for Authorized {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        Self::of(&parts.headers, &parts.extensions, state).await
    }
}

impl Authorized {
    /// Whoever was already found for this request, or whoever holds its key.
    pub(crate) async fn of(headers: &HeaderMap, found: &Extensions, state: &HttpState) -> Result<Self, Problem> {
        if let Some(authorized) = found.get::<Self>() {
            return Ok(authorized.clone());
        }
        let key = bearer(headers).ok_or_else(Problem::unauthenticated)?;
        Ok(Self(state.services().api_keys.authenticate(key).await?))
    }
}

/// RFC 6750: the scheme's name is case-insensitive, the key is one token.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn only_the_bearer_scheme_is_read() {
        assert_eq!(key_of("Bearer hk_1").as_deref(), Some("hk_1"));
        assert_eq!(key_of("bearer   hk_1").as_deref(), Some("hk_1"));
        assert_eq!(key_of("Basic hk_1"), None);
        assert_eq!(key_of("Bearer "), None);
        assert_eq!(key_of("hk_1"), None);
    }
}
