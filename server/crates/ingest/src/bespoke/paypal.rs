//! PayPal ("Webhooks: self-verification"): RSA with SHA-256 over id, time, the webhook's id and the
//! body's CRC-32, with a certificate that the request names.

use super::{BESPOKE, Bespoke, is_plain_name};
use crate::keyring::{Case, KeyDocument, KeyRequest};
use crate::octets::decode;
use crate::pinned;
use crate::public_key::{Made, is_signed, key_in_certificate};
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::rule::SourceRule;
use crate::scheme::{Encoding, EventPlaces, Place, TimeUnit};
use crate::signature::seconds_of;
use crate::verify::{Proof, Verdict, check_time};
use hookreel_kernel::Secret;

const ID: &str = "PAYPAL-TRANSMISSION-ID";
const TIME: &str = "PAYPAL-TRANSMISSION-TIME";
const SIGNATURE: &str = "PAYPAL-TRANSMISSION-SIG";
const CERTIFICATE: &str = "PAYPAL-CERT-URL";
const ALGORITHM: &str = "PAYPAL-AUTH-ALGO";

pub(crate) const PAYPAL: Bespoke = Bespoke {
    title: "RSA-SHA256 over transmission, webhook id and the body's CRC-32 in PAYPAL-TRANSMISSION-SIG",
    headers: &[SIGNATURE, ID, TIME, CERTIFICATE, ALGORITHM],
    judge,
    signed,
    needed_key: Some(needed_key),
    may_compare_time: true,
    event: EventPlaces::at(Place::Body("/id"), Place::Body("/event_type")),
    ..BESPOKE
};

fn certificate_url<'r>(request: &Inbound<'r>) -> Result<&'r str, Refusal> {
    let url = request.the_header(CERTIFICATE)?;
    let name = pinned::PAYPAL.iter().find_map(|start| url.strip_prefix(start));
    name.filter(|name| is_plain_name(name)).map(|_| url).ok_or(Refusal::UntrustedKey)
}

fn needed_key(_: &SourceRule, _: &[Secret<String>], request: &Inbound<'_>) -> Option<KeyRequest> {
    let url = certificate_url(request).ok()?.to_owned();
    Some(KeyRequest { cache_key: url.clone(), url, body: None, document: KeyDocument::Certificate })
}

fn signed(case: &Case<'_>) -> Result<Vec<u8>, Refusal> {
    let id = case.request.the_header(ID)?;
    let time = case.request.the_header(TIME)?;
    let webhook_id = case.rule.field("webhook_id").unwrap_or_default();
    let checksum = crc32fast::hash(case.request.body);
    Ok(format!("{id}|{time}|{webhook_id}|{checksum}").into_bytes())
}

fn judge(case: &Case<'_>) -> Result<Proof, Refusal> {
    let signature = decode(Encoding::Base64, case.request.the_header(SIGNATURE)?);
    let signature = signature
        .filter(|octets| !octets.is_empty())
        .ok_or_else(|| Refusal::malformed_header(SIGNATURE, "<Base64>"))?;
    if !case.request.the_header(ALGORITHM)?.eq_ignore_ascii_case("SHA256withRSA") {
        return Err(Refusal::malformed_header(ALGORITHM, "SHA256withRSA"));
    }
    let message = signed(case)?;
    let document = case.keys.document(certificate_url(case.request)?).ok_or(Refusal::KeyNotFetched)?;
    let key = key_in_certificate(document, case.now)?;
    if !is_signed(Made::RsaSha256, &key, &message, &signature) {
        return Err(Refusal::SignatureMismatch);
    }
    // PayPal tries for three days, and does not say whether what it sends again has a new time: it is compared with now
    // only where the source says so. Repetitions are recognised by the event's id.
    if let Some(tolerance_seconds) = case.rule.chosen_tolerance() {
        let sent_at = seconds_of(case.request.the_header(TIME)?, TimeUnit::Rfc3339);
        let sent_at = sent_at.ok_or_else(|| Refusal::malformed_header(TIME, "<a time of RFC 3339>"))?;
        check_time(sent_at, case.now, tolerance_seconds)?;
    }
    Ok(Proof { verdict: Verdict::Verified, secret_index: None, rule: PAYPAL.title.to_owned() })
}
