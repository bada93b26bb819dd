//! What may be configured about an endpoint.

use crate::validate::Faults;
use hookreel_contract::ApiError;
use hookreel_contract::input::EndpointInput;
use hookreel_domain::endpoint::SignatureScheme;
use hookreel_egress::Egress;
use hookreel_kernel::{EndpointUrl, EventType, Secret, SourceId};
use hookreel_secrets::parse_signing_secret;
use std::collections::{BTreeMap, BTreeSet};

/// The most entries of a filter.
const FILTER_ENTRIES_MAX: usize = 200;
/// The most characters of a channel.
const CHANNEL_CHARS_MAX: usize = 256;
/// The most headers a tenant may add.
const HEADERS_MAX: usize = 40;
/// The most bytes of a header's name.
const HEADER_NAME_BYTES_MAX: usize = 128;
/// The most bytes of a header's value.
const HEADER_VALUE_BYTES_MAX: usize = 4_096;

/// Headers that are the connection's business, or that say who is asked for what.
const HEADERS_FORBIDDEN: [&str; 12] = [
    "connection",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];
/// Beginnings of headers that Hookreel writes itself.
const HEADER_PREFIXES_FORBIDDEN: [&str; 5] = ["content-", "webhook-", "svix-", "x-webhook-", "x-svix-"];

/// An endpoint's fields after every check that needs no database.
#[derive(Debug, Clone)]
pub(super) struct CheckedEndpoint {
    pub(super) url: EndpointUrl,
    pub(super) description: String,
    pub(super) uid: Option<String>,
    pub(super) filter_types: Option<Vec<String>>,
    pub(super) filter_channels: Option<Vec<String>>,
    pub(super) filter_sources: Option<Vec<SourceId>>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) metadata: BTreeMap<String, String>,
    /// `None`: as it was, or the default.
    pub(super) signature_scheme: Option<SignatureScheme>,
    pub(super) forward_headers: bool,
    pub(super) secret: Option<Secret<String>>,
    pub(super) disabled: bool,
}

/// Checks all fields, and says everything that is wrong at once.
pub(super) fn checked(input: EndpointInput, egress: &Egress) -> Result<CheckedEndpoint, ApiError> {
    let mut faults = Faults::default();
    let url = checked_url(&input.url, egress, &mut faults);
    let description = faults.description(input.description);
    let uid = faults.uid(input.uid);
    let filter_types = filter("filterTypes", input.filter_types, &mut faults, |text| {
        EventType::parse(text).map(drop).map_err(|error| error.to_string())
    });
    let filter_channels = filter("filterChannels", input.filter_channels, &mut faults, check_channel);
    if let Some(sources) = &input.filter_sources {
        check_count("filterSources", sources.len(), &mut faults);
    }
    check_headers(&input.headers, &mut faults);
    let metadata = faults.metadata(input.metadata);
    let signature_scheme = input.signature_scheme.as_deref().filter(|text| !text.is_empty()).and_then(|text| {
        let scheme = SignatureScheme::parse(text).ok_or("must be standard, svix or legacy");
        faults.take("signatureScheme", scheme)
    });
    let secret = input.secret.as_deref().filter(|text| !text.is_empty());
    let secret = secret.and_then(|text| faults.take("secret", parse_signing_secret(text)));
    faults.none()?;
    // Without a fault there is a URL.
    let url = url.ok_or(ApiError::Internal)?;
    Ok(CheckedEndpoint {
        url,
        description,
        uid,
        filter_types,
        filter_channels,
        filter_sources: input.filter_sources,
        headers: input.headers,
        metadata,
        signature_scheme,
        forward_headers: input.forward_headers,
        secret,
        disabled: input.disabled,
    })
}

fn checked_url(text: &str, egress: &Egress, faults: &mut Faults) -> Option<EndpointUrl> {
    let url = faults.take("url", EndpointUrl::parse(text))?;
    faults.take("url", egress.check_url(&url.to_url()?))?;
    Some(url)
}

/// The entries of a filter, each once, in the order given.
fn filter(
    field: &str,
    entries: Option<Vec<String>>,
    faults: &mut Faults,
    check: impl Fn(&str) -> Result<(), String>,
) -> Option<Vec<String>> {
    let mut entries = entries?;
    check_count(field, entries.len(), faults);
    for entry in &entries {
        if let Err(message) = check(entry) {
            faults.add(field, format_args!("{message}: “{}”", entry.escape_debug()));
            break;
        }
    }
    let mut seen = BTreeSet::new();
    entries.retain(|entry| seen.insert(entry.clone()));
    Some(entries)
}

fn check_count(field: &str, count: usize, faults: &mut Faults) {
    if count == 0 {
        faults.add(field, "must not be empty; leave it out to let everything through");
    } else if count > FILTER_ENTRIES_MAX {
        faults.add(field, format_args!("must have at most {FILTER_ENTRIES_MAX} entries"));
    }
}

/// Whether a message can be published on a channel of this name.
fn check_channel(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if text.len() > CHANNEL_CHARS_MAX {
        return Err(format!("must be at most {CHANNEL_CHARS_MAX} characters long"));
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b':')) {
        return Err("may contain only letters, digits, dots, underscores, hyphens and colons".to_owned());
    }
    Ok(())
}

fn check_headers(headers: &BTreeMap<String, String>, faults: &mut Faults) {
    if headers.len() > HEADERS_MAX {
        faults.add("headers", format_args!("must be at most {HEADERS_MAX}"));
        return;
    }
    let mut seen = BTreeSet::new();
    for (name, value) in headers {
        if let Err(message) = check_header(name, value) {
            faults.add("headers", format_args!("{message}: “{}”", name.escape_debug()));
        } else if !seen.insert(name.to_ascii_lowercase()) {
            faults.add("headers", format_args!("must not have a header twice: “{name}”"));
        }
    }
}

fn check_header(name: &str, value: &str) -> Result<(), &'static str> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || name.len() > HEADER_NAME_BYTES_MAX || !name.bytes().all(is_token) {
        return Err("has a name that is not one of a header");
    }
    let lower = name.to_ascii_lowercase();
    if HEADERS_FORBIDDEN.contains(&lower.as_str()) || HEADER_PREFIXES_FORBIDDEN.iter().any(|p| lower.starts_with(p)) {
        return Err("must not set a header that Hookreel sets itself");
    }
    if value.len() > HEADER_VALUE_BYTES_MAX {
        return Err("has a value of more than 4096 bytes");
    }
    // What is visible, and spaces inside: nothing that could end the line or be read in two ways.
    if value.trim() != value || !value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
        return Err("has a value with characters that a header cannot carry");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_egress::EgressPolicy;

    fn faults_of(change: impl FnOnce(&mut EndpointInput)) -> Vec<String> {
        let egress = Egress::new(EgressPolicy::new(vec![])).unwrap();
        let mut input = EndpointInput { url: "https://example.com/hooks".into(), ..EndpointInput::default() };
        change(&mut input);
        match checked(input, &egress) {
            Ok(_) => vec![],
            Err(ApiError::Invalid { fields }) => fields.into_iter().map(|field| field.field).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn header(name: &str, value: &str) -> Vec<String> {
        faults_of(|input| drop(input.headers.insert(name.to_owned(), value.to_owned())))
    }

    #[test]
    fn an_ordinary_endpoint_passes() {
        assert!(faults_of(|_| {}).is_empty());
        assert!(header("Authorization", "Bearer abc def").is_empty());
        assert!(header("X-Team", "").is_empty());
    }

    #[test]
    fn every_wrong_field_is_named() {
        let fields = faults_of(|input| {
            input.url = "ftp://example.com".into();
            input.uid = Some("a b".into());
            input.filter_types = Some(vec!["a b".into()]);
            input.filter_channels = Some(vec![]);
            input.filter_sources = Some(vec![]);
            input.signature_scheme = Some("jws".into());
            input.secret = Some("whsec_short".into());
        });
        let expected = ["url", "uid", "filterTypes", "filterChannels", "filterSources", "signatureScheme", "secret"];
        assert_eq!(fields, expected);
    }

    #[test]
    fn addresses_that_are_not_public_are_refused_when_they_are_configured() {
        for url in
            ["http://127.0.0.1/", "http://2130706433/", "http://[::1]/", "http://169.254.169.254/", "http://localhost/"]
        {
            assert_eq!(faults_of(|input| input.url = url.into()), ["url"], "{url}");
        }
    }

    #[test]
    fn headers_that_hookreel_sets_itself_are_refused() {
        for name in [
            "Host",
            "connection",
            "Keep-Alive",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "upgrade",
            "Proxy-Authorization",
            "Content-Length",
            "content-type",
            "Webhook-Id",
            "webhook-signature",
            "svix-id",
            "X-Webhook-Timestamp",
            "Proxy-Connection",
        ] {
            assert_eq!(header(name, "x"), ["headers"], "{name}");
        }
    }

    #[test]
    fn headers_that_could_break_a_request_are_refused() {
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("a\r\nb", "x"),
            ("ä", "x"),
            ("x-a", "a\r\nHost: evil"),
            ("x-a", "a\nb"),
            ("x-a", "a\0b"),
            ("x-a", " a"),
            ("x-a", "a "),
            ("x-a", "ä"),
            ("x-a", "a\u{7f}"),
            ("x-a", &"a".repeat(4097)),
        ] {
            assert_eq!(header(name, value), ["headers"], "{name:?}: {value:?}");
        }
        let twice = |input: &mut EndpointInput| {
            input.headers = BTreeMap::from([("X-A".into(), "1".into()), ("x-a".into(), "2".into())]);
        };
        assert_eq!(faults_of(twice), ["headers"]);
    }

    #[test]
    fn filters_hold_each_entry_once() {
        let egress = Egress::new(EgressPolicy::new(vec![])).unwrap();
        let input = EndpointInput {
            url: "https://example.com/".into(),
            filter_types: Some(vec!["b".into(), "a".into(), "b".into()]),
            ..EndpointInput::default()
        };
        assert_eq!(checked(input, &egress).unwrap().filter_types.unwrap(), ["b", "a"]);
    }
}
