//! Cross-origin requests that would change something are refused.
//!
//! Browsers tell where a request comes from in `Sec-Fetch-Site` (Fetch Metadata, W3C); those that do not know that
//! header send `Origin` with every POST. A request with neither does not come from a browser's page, carries no
//! cookie that a page could make it send, and is refused all the same: nothing legitimate looks like that.

use http::{HeaderMap, Method, header};
use url::Url;

/// Why a request was refused. The sentence is the whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginRefusal {
    /// A page of another site sent it.
    #[error("This request came from another site and was refused. Open Hookreel itself and try again.")]
    OtherSite,
    /// Nothing says where it came from.
    #[error("This request does not say which page it came from and was refused. Use a browser, or the REST API.")]
    Unknown,
}

/// Decides which requests to the dashboard come from the dashboard.
#[derive(Debug, Clone)]
pub struct OriginGuard {
    /// `https://hooks.example.com`, when it is configured.
    public_origin: Option<String>,
}

impl OriginGuard {
    /// With the URL that people open, or without: then `Origin` must fit to the request's own `Host`.
    pub fn new(public_url: Option<&Url>) -> Self {
        Self { public_origin: public_url.map(|url| url.origin().ascii_serialization()) }
    }

    /// Lets a request through, or says why not. Requests that change nothing are always let through.
    ///
    /// # Errors
    /// See [`OriginRefusal`]; to be answered with 403.
    pub fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), OriginRefusal> {
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        if headers.contains_key("sec-fetch-site") {
            let mut sites = headers.get_all("sec-fetch-site").iter();
            // Twice is no browser's doing.
            return match (sites.next().map(http::HeaderValue::as_bytes), sites.next()) {
                (Some(b"same-origin" | b"none"), None) => Ok(()),
                _ => Err(OriginRefusal::OtherSite),
            };
        }
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (Some(origin), None) = (origins.next(), origins.next()) else { return Err(OriginRefusal::Unknown) };
        if origin.to_str().is_ok_and(|origin| self.is_own(origin, headers)) {
            Ok(())
        } else {
            Err(OriginRefusal::OtherSite)
        }
    }

    fn is_own(&self, origin: &str, headers: &HeaderMap) -> bool {
        if let Some(public) = &self.public_origin {
            return public == origin;
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let origin_host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        host.is_some() && host == origin_host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn configured() -> OriginGuard {
        OriginGuard::new(Some(&Url::parse("https://hooks.example.com/").unwrap()))
    }

    #[test]
    fn reading_is_never_refused() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert_eq!(configured().check(&method, &headers(&[("sec-fetch-site", "cross-site")])), Ok(()));
        }
    }

    #[test]
    fn the_browsers_word_comes_first() {
        let cases = [
            ("same-origin", Ok(())),
            ("none", Ok(())),
            ("same-site", Err(OriginRefusal::OtherSite)),
            ("cross-site", Err(OriginRefusal::OtherSite)),
            ("", Err(OriginRefusal::OtherSite)),
        ];
        for (site, expected) in cases {
            let headers = headers(&[("sec-fetch-site", site), ("origin", "https://hooks.example.com")]);
            assert_eq!(configured().check(&Method::POST, &headers), expected, "{site}");
        }
    }

    #[test]
    fn without_it_the_origin_must_be_the_configured_one() {
        let cases = [
            ("https://hooks.example.com", Ok(())),
            ("http://hooks.example.com", Err(OriginRefusal::OtherSite)),
            ("https://hooks.example.com:8443", Err(OriginRefusal::OtherSite)),
            ("https://evil.example", Err(OriginRefusal::OtherSite)),
            ("null", Err(OriginRefusal::OtherSite)),
        ];
        for (origin, expected) in cases {
            let headers = headers(&[("origin", origin), ("host", "hooks.example.com")]);
            assert_eq!(configured().check(&Method::DELETE, &headers), expected, "{origin}");
        }
    }

    #[test]
    fn without_a_configured_url_the_origin_must_fit_to_the_host() {
        let guard = OriginGuard::new(None);
        let own = headers(&[("origin", "http://localhost:3000"), ("host", "localhost:3000")]);
        assert_eq!(guard.check(&Method::POST, &own), Ok(()));
        let other_port = headers(&[("origin", "http://localhost:4000"), ("host", "localhost:3000")]);
        assert_eq!(guard.check(&Method::POST, &other_port), Err(OriginRefusal::OtherSite));
        let opaque = headers(&[("origin", "null"), ("host", "null")]);
        assert_eq!(guard.check(&Method::POST, &opaque), Err(OriginRefusal::OtherSite));
    }

    #[test]
    fn a_request_that_says_nothing_is_refused() {
        assert_eq!(configured().check(&Method::POST, &headers(&[])), Err(OriginRefusal::Unknown));
    }
}
