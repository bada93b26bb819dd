//! What may be shown of that with which an endpoint is called: one list for attempts, pages and the REST API.

use std::borrow::Cow;

/// Stands for what is not shown.
pub const REDACTED: &str = "[redacted]";

/// Stands for a value of a URL's query.
const MASK: &str = "***";

/// Headers whose values are no secret, whoever sets them. Nobody can tell by a name that a value is one, so whatever is
/// not listed here may be.
const HARMLESS: [&str; 14] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "content-encoding",
    "content-language",
    "content-type",
    "date",
    "origin",
    "pragma",
    "prefer",
    "priority",
    "user-agent",
];

/// Whether a header that somebody configured may be shown with its value.
pub fn is_harmless_header(name: &str) -> bool {
    HARMLESS.iter().any(|harmless| harmless.eq_ignore_ascii_case(name))
}

/// A URL as it may be shown: the values of its query are left out, and a query without names as a whole.
pub fn masked_url(url: &str) -> Cow<'_, str> {
    let Some((path, query)) = url.split_once('?').filter(|(_, query)| !query.is_empty()) else {
        return Cow::Borrowed(url);
    };
    let masked = |pair: &str| match pair.split_once('=') {
        Some((name, _)) => format!("{name}={MASK}"),
        None => MASK.to_owned(),
    };
    let query: Vec<String> = query.split('&').map(masked).collect();
    Cow::Owned(format!("{path}?{}", query.join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_be_harmless_may_be_shown() {
        for name in ["Accept-Language", "content-type", "User-Agent"] {
            assert!(is_harmless_header(name), "{name}");
        }
        for name in ["Authorization", "X-Auth", "X-Credential", "X-Hub-Key", "X-Signature-Salt", "X-Environment"] {
            assert!(!is_harmless_header(name), "{name}");
        }
    }

    #[test]
    fn values_of_a_query_are_masked_and_nothing_else_of_a_url() {
        for (url, shown) in [
            ("https://example.com/hooks", "https://example.com/hooks"),
            ("https://example.com/hooks?", "https://example.com/hooks?"),
            ("https://example.com/?token=s3cret&team=a=b", "https://example.com/?token=***&team=***"),
            ("https://example.com/?s3cret", "https://example.com/?***"),
            ("https://example.com/?token=***", "https://example.com/?token=***"),
        ] {
            assert_eq!(masked_url(url), shown);
        }
    }
}
