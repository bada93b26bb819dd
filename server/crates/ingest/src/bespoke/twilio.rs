//! Twilio ("Security: validating requests"): HMAC-SHA1 of the full URL and, for forms, the sorted
//! parameters. A JSON body is covered by its digest in the URL's query.

use super::{BESPOKE, Bespoke, first_secret, is_mac};
use crate::hmac::hmac_of;
use crate::keyring::Case;
use crate::octets::{decode, encode};
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::rule::SourceRule;
use crate::sample::{FORM, Sample, SampleEvent, SignProblem};
use crate::scheme::{Digest, Encoding, EventPlaces, KeyForm, Place};
use crate::token::equal;
use crate::verify::{Proof, Verdict};
use hookreel_kernel::Timestamp;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

const HEADER: &str = "X-Twilio-Signature";
const MAC_BYTES: usize = 20;

const MESSAGE: Place<'static> = Place::Joined(&[Place::Form("MessageSid"), Place::Form("MessageStatus")], ":");
const CALL: Place<'static> = Place::Joined(&[Place::Form("CallSid"), Place::Form("CallStatus")], ":");

pub(crate) const TWILIO: Bespoke = Bespoke {
    title: "HMAC-SHA1 of the URL and the parameters in X-Twilio-Signature",
    headers: &[HEADER],
    judge,
    signed: |case| Ok(message(case.request.public_url, &parameters(case.request)?)),
    play: Some(play),
    key: Some(KeyForm::Verbatim),
    signs_url: true,
    event: EventPlaces::at(
        Place::FirstOf(&[Place::Header("I-Twilio-Idempotency-Token"), MESSAGE, CALL, Place::Form("MessageSid")]),
        Place::FirstOf(&[
            Place::Form("MessageStatus"),
            Place::Form("CallStatus"),
            Place::Form("SmsStatus"),
            Place::Form("EventType"),
        ]),
    ),
    ..BESPOKE
};

fn judge(case: &Case<'_>) -> Result<Proof, Refusal> {
    let text = case.request.the_header(HEADER)?;
    let mac = decode(Encoding::Base64, text).filter(|mac| mac.len() == MAC_BYTES);
    let mac = mac.ok_or_else(|| Refusal::malformed_header(HEADER, "<28 characters of Base64>"))?;
    let parameters = parameters(case.request)?;
    let messages: Vec<_> = spellings(case.request.public_url).iter().map(|url| message(url, &parameters)).collect();
    let secret_index = first_secret(case, KeyForm::Verbatim, |key| {
        messages.iter().any(|message| is_mac(Digest::Sha1, key, message, &mac))
    })?;
    Ok(Proof { verdict: Verdict::Verified, secret_index: Some(secret_index), rule: TWILIO.title.to_owned() })
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

/// The URL as it is, and with the default port written the other way: Twilio has done both.
fn spellings(url: &str) -> Vec<String> {
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
        assert_eq!(spellings("https://h/a?b"), ["https://h/a?b", "https://h:443/a?b"]);
        assert_eq!(spellings("http://h?b"), ["http://h?b", "http://h:80?b"]);
        assert_eq!(spellings("https://h:8443/a"), ["https://h:8443/a", "https://h/a"]);
        assert_eq!(spellings("https://[::1]/a"), ["https://[::1]/a", "https://[::1]:443/a"]);
        assert_eq!(spellings("nothing"), ["nothing"]);
    }

    #[test]
    fn parameters_are_sorted_and_equal_pairs_count_once() {
        assert_eq!(sorted(b"b=2&a=1&b=1&b=2&c="), "a1b1b2c");
    }
}
