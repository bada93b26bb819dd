//! The session's cookie, and the one by which a browser is known.

use crate::PostgresSessionStore;
use crate::session_store::AGE_MAX;
use hookreel_kernel::{MemberId, Secret};
use http::{HeaderMap, HeaderValue, header};
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

/// How long a browser is known: browsers keep no cookie for longer.
const KNOWN_DAYS: u32 = 400;

/// How cookies are named and protected.
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

    /// The name of the session's cookie.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Https => "__Host-hookreel",
            Self::Http => "hookreel",
        }
    }

    /// The name of the cookie by which a browser is known to be this member's. Each member has one, so that people who
    /// share a browser do not make each other unknown.
    pub fn browser_name(self, member_id: MemberId) -> String {
        // The random end of the id: enough to tell the members of one browser apart.
        format!("{}-browser-{:08x}", self.name(), member_id.uuid().as_u128() as u32)
    }

    /// The whole `Set-Cookie` by which a browser is known from now on.
    pub fn browser_cookie(self, member_id: MemberId, value: &Secret<String>) -> String {
        let secure = if self == Self::Https { "; Secure" } else { "" };
        let (name, value, seconds) = (self.browser_name(member_id), value.expose(), KNOWN_DAYS * 24 * 60 * 60);
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
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
    fn a_browser_is_known_for_long_and_by_a_cookie_that_no_script_reads() {
        let member_id = MemberId::from_uuid(uuid::Uuid::from_u128(0xabc));
        let value = Secret::new("v".to_owned());
        let cookie = CookieMode::Https.browser_cookie(member_id, &value);
        let attributes = "Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax";
        assert_eq!(cookie, format!("__Host-hookreel-browser-00000abc=v; {attributes}; Secure"));
        let cookie = CookieMode::Http.browser_cookie(member_id, &value);
        assert_eq!(cookie, format!("hookreel-browser-00000abc=v; {attributes}"));
    }

    #[test]
    fn the_mode_follows_the_scheme() {
        assert_eq!(CookieMode::for_url(&"https://hooks.example.com".parse().unwrap()), CookieMode::Https);
        assert_eq!(CookieMode::for_url(&"http://localhost:3000".parse().unwrap()), CookieMode::Http);
    }
}
