//! Adobe I/O Events ("Introduction to webhooks: security"): RSA with SHA-256 over the body, with keys
//! whose paths the request names. Every receiver's events are signed alike: the event must be for the
//! source's client.

use super::{BESPOKE, Bespoke, is_plain_name};
use crate::keyring::{Case, KeyDocument, KeyRequest};
use crate::octets::decode;
use crate::pinned;
use crate::pointer::scalar_at;
use crate::public_key::{Made, is_signed, key_in_pem};
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::rule::SourceRule;
use crate::scheme::{Encoding, EventPlaces, Place};
use crate::verify::{Proof, Verdict};
use hookreel_kernel::Secret;

/// Of the two signatures, the first is used: both are there while keys are exchanged.
const SIGNATURE: &str = "x-adobe-digital-signature-1";
const KEY: &str = "x-adobe-public-key1-path";

pub(crate) const ADOBE_IO: Bespoke = Bespoke {
    title: "RSA-SHA256 of {body} in x-adobe-digital-signature-1",
    headers: &[SIGNATURE, KEY],
    judge,
    needed_key: Some(needed_key),
    event: EventPlaces::at(Place::Header("x-adobe-event-id"), Place::Header("x-adobe-event-code")),
    ..BESPOKE
};

fn key_url(request: &Inbound<'_>) -> Result<String, Refusal> {
    let path = request.the_header(KEY)?;
    let name = path.strip_prefix("/prod/keys/").and_then(|file| file.strip_suffix(".pem"));
    let name = name.filter(|name| is_plain_name(name)).ok_or(Refusal::UntrustedKey)?;
    Ok(format!("{}{name}.pem", pinned::ADOBE_IO))
}

fn needed_key(_: &SourceRule, _: &[Secret<String>], request: &Inbound<'_>) -> Option<KeyRequest> {
    let url = key_url(request).ok()?;
    Some(KeyRequest { cache_key: url.clone(), url, body: None, document: KeyDocument::PublicKey })
}

fn judge(case: &Case<'_>) -> Result<Proof, Refusal> {
    let signature = decode(Encoding::Base64, case.request.the_header(SIGNATURE)?);
    let signature = signature
        .filter(|octets| !octets.is_empty())
        .ok_or_else(|| Refusal::malformed_header(SIGNATURE, "<Base64>"))?;
    let document = case.keys.document(&key_url(case.request)?).ok_or(Refusal::KeyNotFetched)?;
    let key = key_in_pem(document).ok_or(Refusal::UnusableKey)?;
    if !is_signed(Made::RsaSha256, &key, case.request.body, &signature) {
        return Err(Refusal::SignatureMismatch);
    }
    let recipient = scalar_at(case.request.body, "/recipient_client_id");
    if recipient.as_deref() != case.rule.field("client_id") {
        return Err(Refusal::OtherReceiver { expected: "the recipient_client_id is this source's client id" });
    }
    Ok(Proof { verdict: Verdict::Verified, secret_index: None, rule: ADOBE_IO.title.to_owned() })
}
