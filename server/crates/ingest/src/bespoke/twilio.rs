//! Twilio ("Security: validating requests"): an HMAC of the full URL and, for forms, the sorted
//! parameters. A JSON body is covered by its digest in the URL's query. It is HMAC-SHA1 with the auth
//! token, unless one of the account's webhook rules has another key and says so in a header.

use super::{BESPOKE, Bespoke, first_secret, is_mac};
use crate::hmac::hmac_of;
use crate::keyring::Case;
use crate::octets::{decode, encode};
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::rule::SourceRule;
use crate::sample::{FORM, Sample, SampleEvent, SignProblem};
use crate::scheme::{Digest, Encoding, EventPlaces, Items, KeyForm, Place};
use crate::token::equal;
use crate::verify::{Proof, Verdict};
use hookreel_kernel::Timestamp;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const HEADER: &str = "X-Twilio-Signature";
/// `key=…,algorithm=HMAC_SHA256`.
const SETTINGS: &str = "X-Twilio-Webhooks-Signature-Settings";

const MESSAGE: Place<'static> = Place::Joined(&[Place::Form("MessageSid"), Place::Form("MessageStatus")], ":");
/// A call that is under way asks again and again under the same status: only reports are numbered.
const CALL: Place<'static> =
    Place::Joined(&[Place::Form("CallSid"), Place::Form("CallStatus"), Place::Form("SequenceNumber")], ":");

pub(crate) const TWILIO: Bespoke = Bespoke {
    title: "HMAC of the URL and the parameters in X-Twilio-Signature",
    headers: &[HEADER, SETTINGS],
    judge,
    signed: |case| Ok(message(case.request.public_url, &parameters(case.request)?)),
    play: Some(play),
    key: Some(KeyForm::Verbatim),
    signs_url: true,
    event: EventPlaces {
        id: Some(Place::FirstOf(&[
            Place::Header("I-Twilio-Idempotency-Token"),
            MESSAGE,
            CALL,
            Place::Form("MessageSid"),
        ])),
        kind: Some(Place::FirstOf(&[
            Place::Form("MessageStatus"),
            Place::Form("CallStatus"),
            Place::Form("SmsStatus"),
            Place::Form("EventType"),
        ])),
        // Event Streams send CloudEvents in a list.
        items: Some(Items { lists: &[""], id: Some(Place::Body("/id")), kind: Some(Place::Body("/type")) }),
        nonce: None,
    },
    ..BESPOKE
};

fn judge(case: &Case<'_>) -> Result<Proof, Refusal> {
    let (digest, mac_bytes, expected) = algorithm(case.request)?;
    let text = case.request.the_header(HEADER)?;
    let mac = decode(Encoding::Base64, text).filter(|mac| mac.len() == mac_bytes);
    let mac = mac.ok_or_else(|| Refusal::malformed_header(HEADER, expected))?;
    let parameters = parameters(case.request)?;
    let messages: Vec<_> = spellings(case.request.public_url).iter().map(|url| message(url, &parameters)).collect();
    let secret_index =
        first_secret(case, KeyForm::Verbatim, |key| messages.iter().any(|message| is_mac(digest, key, message, &mac)))?;
    Ok(Proof { verdict: Verdict::Verified, secret_index: Some(secret_index), rule: TWILIO.title.to_owned() })
}

/// The digest, how long its MAC is, and how that is written.
fn algorithm(request: &Inbound<'_>) -> Result<(Digest, usize, &'static str), Refusal> {
    let settings = if request.has_header(SETTINGS) { request.the_header(SETTINGS)? } else { "algorithm=HMAC_SHA1" };
    let mut algorithms = settings.split(',').filter_map(|pair| pair.trim_ascii().strip_prefix("algorithm="));
    match (algorithms.next(), algorithms.next()) {
        (Some("HMAC_SHA1"), None) => Ok((Digest::Sha1, 20, "<28 characters of Base64>")),
        (Some("HMAC_SHA256"), None) => Ok((Digest::Sha256, 32, "<44 characters of Base64>")),
        _ => Err(Refusal::malformed_header(SETTINGS, "key=…,algorithm=HMAC_SHA256")),
    }
}

fn message(url: &str, parameters: &str) -> Vec<u8> {
    [url.as_bytes(), parameters.as_bytes()].concat()
}

/// What is signed beside the URL. Nothing, if the URL covers the body by its digest.
fn parameters(request: &Inbound<'_>) -> Result<String, Refusal> {
    if request.is_form() {
        return Ok(sorted(request.body));
    }
    if let Some(expected) = request.query("bodySHA256") {
        let digest = hex::encode(Sha256::digest(request.body));
        let is_equal = equal(expected.to_ascii_lowercase().as_bytes(), digest.as_bytes());
        return if is_equal { Ok(String::new()) } else { Err(Refusal::SignatureMismatch) };
    }
    // A signed URL alone would let any body pass.
    if request.body.is_empty() {
        return Ok(String::new());
    }
    Err(Refusal::MalformedBody { expected: "a form, or its SHA-256 as bodySHA256 in the URL" })
}

/// Each parameter's name and value, sorted, without separators. Equal pairs count once.
fn sorted(form: &[u8]) -> String {
    let mut parameters: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(form) {
        parameters.entry(name).or_default().insert(value);
    }
    let pairs = parameters.iter().flat_map(|(name, values)| values.iter().map(move |value| [name, value]));
    pairs.flatten().map(AsRef::as_ref).collect()
}

/// The ways in which Twilio has written a URL before it signed it: with the default port and without, and
/// with the query as it is, as a browser escapes it, and as its older systems do.
fn spellings(url: &str) -> Vec<String> {
    let mut spellings = with_and_without_port(url);
    if let Some((address, query)) = url.split_once('?').filter(|(_, query)| !query.is_empty()) {
        for query in [escaped(query), written_anew(query)] {
            spellings.extend(with_and_without_port(&format!("{address}?{query}")));
        }
        spellings.sort_unstable();
        spellings.dedup();
    }
    spellings
}

fn with_and_without_port(url: &str) -> Vec<String> {
    let mut spellings = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return spellings };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let port = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    match (port, scheme) {
        (Some((host, _)), _) => spellings.push(format!("{scheme}://{host}{path}")),
        (None, "https") => spellings.push(format!("{scheme}://{authority}:443{path}")),
        (None, "http") => spellings.push(format!("{scheme}://{authority}:80{path}")),
        (None, _) => {}
    }
    spellings
}

/// A query with that escaped which the standard of URLs wants escaped in the query of an address of the web.
fn escaped(query: &str) -> String {
    escape_all_but(query, |byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b'#' | b'\'' | b'<' | b'>'))
}

/// A query taken apart and put together again: everything unescaped, and then escaped but for letters, digits
/// and a few marks. Equal names come together.
fn written_anew(query: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!'()*-._~".contains(&byte);
    let mut names: Vec<String> = Vec::new();
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !values.contains_key(name.as_ref()) {
            names.push(name.clone().into_owned());
        }
        values.entry(name.into_owned()).or_default().push(escape_all_but(&value, is_plain));
    }
    let pairs = names.iter().flat_map(|name| {
        let escaped = escape_all_but(name, is_plain);
        values.get(name).into_iter().flatten().map(move |value| format!("{escaped}={value}"))
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn escape_all_but(text: &str, is_plain: impl Fn(u8) -> bool) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        if is_plain(byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing into a text does not fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

fn play(_: &SourceRule, secret: &str, event: SampleEvent<'_>, _: Timestamp) -> Result<Sample, SignProblem> {
    let message = message(event.public_url, &sorted(event.body));
    let mac = hmac_of(Digest::Sha1, secret.as_bytes(), &message).ok_or(SignProblem::CannotBePlayed)?;
    let mut headers = vec![(HEADER.to_owned(), encode(Encoding::Base64, &mac))];
    if !event.id.is_empty() {
        headers.push(("I-Twilio-Idempotency-Token".to_owned(), event.id.to_owned()));
    }
    Ok(Sample { content_type: FORM, headers, body: event.body.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_port_is_written_both_ways() {
        assert_eq!(spellings("https://h/a"), ["https://h/a", "https://h:443/a"]);
        assert_eq!(spellings("http://h"), ["http://h", "http://h:80"]);
        assert_eq!(spellings("http://h?b=1"), ["http://h:80?b=1", "http://h?b=1"]);
        assert_eq!(spellings("https://h:8443/a"), ["https://h:8443/a", "https://h/a"]);
        assert_eq!(spellings("https://[::1]/a"), ["https://[::1]/a", "https://[::1]:443/a"]);
        assert_eq!(spellings("nothing"), ["nothing"]);
    }

    #[test]
    fn a_query_is_written_in_three_ways() {
        let query = "q=O'Brien+%26+co&b=%C3%A4 x&b=2&q=%2F";
        assert_eq!(escaped(query), "q=O%27Brien+%26+co&b=%C3%A4%20x&b=2&q=%2F");
        assert_eq!(written_anew(query), "q=O'Brien%20%26%20co&q=%2F&b=%C3%A4%20x&b=2");
        assert_eq!(spellings("https://h/a?b=1").len(), 2);
        assert_eq!(spellings("https://h/a?b='").len(), 4);
    }

    #[test]
    fn parameters_are_sorted_and_equal_pairs_count_once() {
        assert_eq!(sorted(b"b=2&a=1&b=1&b=2&c="), "a1b1b2c");
    }
}
