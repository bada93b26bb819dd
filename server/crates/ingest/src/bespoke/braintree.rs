//! Braintree ("Webhooks: parse"): a form with a payload and its HMAC-SHA1 under the SHA-1 of the
//! private key. The check of a new address is signed with the same key.

use super::{BESPOKE, Bespoke, first_secret, is_mac};
use crate::hmac::hmac_of;
use crate::keyring::Case;
use crate::octets::{decode, encode};
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::rule::SourceRule;
use crate::sample::{FORM, Sample, SampleEvent, SignProblem};
use crate::scheme::{Digest, Encoding, EventPlaces, KeyForm, Place};
use crate::secret::key_of;
use crate::verify::{Proof, Verdict};
use hookreel_kernel::Timestamp;

/// Lengths of a challenge, in characters.
const CHALLENGE_BYTES: std::ops::RangeInclusive<usize> = 20..=32;
const MAC_BYTES: usize = 20;

pub(crate) const BRAINTREE: Bespoke = Bespoke {
    title: "HMAC-SHA1 of bt_payload in bt_signature",
    judge,
    signed: |case| Ok(payload(case.request)?.into_bytes()),
    play: Some(play),
    key: Some(KeyForm::Sha1),
    event: EventPlaces::kind_at(Place::Found(kind)),
    ..BESPOKE
};

fn judge(case: &Case<'_>) -> Result<Proof, Refusal> {
    let payload = payload(case.request)?;
    let macs = macs(&case.request.form_field("bt_signature").unwrap_or_default());
    if macs.is_empty() {
        return Err(Refusal::MalformedBody { expected: "bt_signature in a form" });
    }
    let secret_index = first_secret(case, KeyForm::Sha1, |key| {
        macs.iter().any(|mac| is_mac(Digest::Sha1, key, payload.as_bytes(), mac))
    })?;
    Ok(Proof { verdict: Verdict::Verified, secret_index: Some(secret_index), rule: BRAINTREE.title.to_owned() })
}

/// What is signed. A text that could be a challenge is no payload: the answer to a challenge would be
/// its signature, and anybody can ask for that.
fn payload(request: &Inbound<'_>) -> Result<String, Refusal> {
    let payload = request.form_field("bt_payload").filter(|payload| !payload.is_empty() && !is_challenge(payload));
    payload.ok_or(Refusal::MalformedBody { expected: "bt_payload in a form" })
}

/// Whether a text is a challenge: short, and lower-case hexadecimal.
pub(crate) fn is_challenge(text: &str) -> bool {
    // Payloads are Base64 of at least a document's frame, so that the domains do not meet; white space
    // at an end would not make a challenge a payload either.
    let text = text.trim();
    CHALLENGE_BYTES.contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The answer to a challenge.
pub(crate) fn answer_to(challenge: &str, public_key: &str, private_key: &str) -> Option<String> {
    let key = key_of(KeyForm::Sha1, private_key).ok()?;
    let mac = hmac_of(Digest::Sha1, &key, challenge.as_bytes())?;
    Some(format!("{public_key}|{}", encode(Encoding::Hex, &mac)))
}

/// The MACs in `public_key|mac&public_key|mac`. Whose they are said to be proves nothing.
fn macs(signatures: &str) -> Vec<Vec<u8>> {
    let texts = signatures.split('&').take(10).filter_map(|pair| pair.split_once('|')).map(|(_, mac)| mac);
    texts.filter_map(|text| decode(Encoding::Hex, text)).filter(|mac| mac.len() == MAC_BYTES).collect()
}

/// The kind of the notification, in the XML that the payload is Base64 of.
fn kind(request: &Inbound<'_>) -> Option<String> {
    let payload: String = request.form_field("bt_payload")?.split_ascii_whitespace().collect();
    let xml = String::from_utf8(decode(Encoding::Base64, &payload)?).ok()?;
    let (_, rest) = xml.split_once("<kind>")?;
    rest.split_once("</kind>").map(|(kind, _)| kind.to_owned())
}

fn play(rule: &SourceRule, secret: &str, event: SampleEvent<'_>, _: Timestamp) -> Result<Sample, SignProblem> {
    let key = key_of(KeyForm::Sha1, secret)?;
    let payload = format!("{}\n", encode(Encoding::Base64, event.body));
    let mac = hmac_of(Digest::Sha1, &key, payload.as_bytes()).ok_or(SignProblem::CannotBePlayed)?;
    let public_key = rule.field("public_key").unwrap_or_default();
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("bt_signature", &format!("{public_key}|{}", encode(Encoding::Hex, &mac)))
        .append_pair("bt_payload", &payload)
        .finish();
    Ok(Sample { content_type: FORM, headers: Vec::new(), body: body.into_bytes() })
}
