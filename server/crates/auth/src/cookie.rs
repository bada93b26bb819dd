//! The session's cookie.

use crate::PostgresSessionStore;
use crate::session_store::AGE_MAX;
use http::{HeaderMap, HeaderValue, header};
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

/// How the cookie is named and protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieMode {
    /// `__Host-hookreel`, `Secure`: people reach the dashboard by https.
    Https,
    /// `hookreel`: plain http, for local use.
    Http,
}

impl CookieMode {
    /// What fits to the URL that people open.
    pub fn for_url(url: &url::Url) -> Self {
        if url.scheme() == "https" { Self::Https } else { Self::Http }
    }

    /// The cookie's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Https => "__Host-hookreel",
            Self::Http => "hookreel",
        }
    }
}

/// The layer that gives every request of the dashboard its `Session`.
///
/// The cookie lives as long as a session can; that an idle session ends sooner is the store's business, because the
/// cookie is only sent to the browser at sign-in.
pub fn session_layer(store: PostgresSessionStore, mode: CookieMode) -> SessionManagerLayer<PostgresSessionStore> {
    SessionManagerLayer::new(store)
        .with_name(mode.name())
        .with_secure(mode == CookieMode::Https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(AGE_MAX))
}

/// Makes removals of the `__Host-` cookie effective: browsers ignore a `Set-Cookie` of that name without `Secure`,
/// and the session layer removes without attributes.
pub fn secure_removals(headers: &mut HeaderMap) {
    let is_bare_removal = |value: &HeaderValue| {
        value.as_bytes().starts_with(b"__Host-hookreel=;")
            && !value.to_str().is_ok_and(|text| text.split("; ").any(|part| part.eq_ignore_ascii_case("secure")))
    };
    if !headers.get_all(header::SET_COOKIE).iter().any(is_bare_removal) {
        return;
    }
    let values: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for value in values {
        let secured = if is_bare_removal(&value) {
            HeaderValue::from_bytes(&[value.as_bytes(), b"; Secure"].concat()).unwrap_or(value)
        } else {
            value
        };
        headers.append(header::SET_COOKIE, secured);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_removal_of_the_host_cookie_is_completed() {
        let mut headers = HeaderMap::new();
        for value in ["theme=dark; Path=/", "__Host-hookreel=; Path=/; Max-Age=0", "__Host-hookreel=abc; Secure"] {
            headers.append(header::SET_COOKIE, HeaderValue::from_static(value));
        }
        secure_removals(&mut headers);
        let values: Vec<_> = headers.get_all(header::SET_COOKIE).iter().map(|v| v.to_str().unwrap()).collect();
        assert_eq!(
            values,
            ["theme=dark; Path=/", "__Host-hookreel=; Path=/; Max-Age=0; Secure", "__Host-hookreel=abc; Secure"]
        );
    }

    #[test]
    fn the_mode_follows_the_scheme() {
        assert_eq!(CookieMode::for_url(&"https://hooks.example.com".parse().unwrap()), CookieMode::Https);
        assert_eq!(CookieMode::for_url(&"http://localhost:3000".parse().unwrap()), CookieMode::Http);
    }
}
