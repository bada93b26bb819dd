//! Handshakes that prove something: that the receiver has the key, or that the asker has it.

use super::{Effect, Reply};
use crate::bespoke::{amazon_sns as sns, braintree as bt};
use crate::hmac::hmac_of;
use crate::keyring::Case;
use crate::octets::encode;
use crate::pointer::{list_at, scalar_at, value_at};
use crate::scheme::{Digest, Encoding};
use crate::verify::verify;
use serde_json::json;
use sha2::{Digest as _, Sha256};

pub(super) const TWITCH_TYPE: &str = "Twitch-Eventsub-Message-Type";
pub(super) const GITHUB_EVENT: &str = "X-GitHub-Event";

/// A longer text is not signed.
const TOKEN_BYTES_MAX: usize = 512;

/// Whether the source's provider sent the request.
fn is_genuine(case: &Case<'_>) -> bool {
    verify(case.rule, case.keys, case.request, case.now).is_ok()
}

fn mac(case: &Case<'_>, message: &str) -> Option<Vec<u8>> {
    hmac_of(Digest::Sha256, newest_secret(case)?.as_bytes(), message.as_bytes())
}

/// While two secrets are valid, a provider expects the newest to be used, which is the first.
fn newest_secret<'c>(case: &Case<'c>) -> Option<&'c str> {
    case.keys.secrets.first().map(|secret| secret.expose().as_str()).filter(|secret| !secret.is_empty())
}

/// Whether a text is a token of X. An event is a JSON object and has a brace, which a token has not; a
/// body of this form is refused as an event, because anybody can have it signed.
pub(crate) fn is_crc_token(text: &[u8]) -> bool {
    let is_token_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"._~+/=-".contains(byte);
    !text.is_empty() && text.len() <= TOKEN_BYTES_MAX && text.iter().all(is_token_byte)
}

/// `?crc_token=`.
pub(super) fn x(case: &Case<'_>) -> Option<Reply> {
    let token = case.request.query("crc_token").filter(|token| is_crc_token(token.as_bytes()))?;
    if !case.request.is_get() {
        return None;
    }
    let mac = mac(case, &token)?;
    Some(Reply::json(&json!({ "response_token": format!("sha256={}", encode(Encoding::Base64, &mac)) })))
}

/// `endpoint.url_validation`. What is signed for an event has colons, and a token has none.
pub(super) fn zoom(case: &Case<'_>) -> Option<Reply> {
    let event = scalar_at(case.request.body, "/event")?;
    let token = scalar_at(case.request.body, "/payload/plainToken")?;
    let is_token = !token.is_empty()
        && token.len() <= TOKEN_BYTES_MAX
        && token.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b':');
    if event != "endpoint.url_validation" || !is_token {
        return None;
    }
    let mac = mac(case, &token)?;
    Some(Reply::json(&json!({ "plainToken": token, "encryptedToken": encode(Encoding::Hex, &mac) })))
}

/// `?bt_challenge=`. A payload that could be a challenge is refused as an event.
pub(super) fn braintree(case: &Case<'_>) -> Option<Reply> {
    let challenge = case.request.query("bt_challenge").filter(|text| text.trim() == text && bt::is_challenge(text))?;
    if !case.request.is_get() {
        return None;
    }
    bt::answer_to(&challenge, case.rule.field("public_key")?, newest_secret(case)?).map(Reply::text)
}

/// `?challenge_code=`: a digest over code, token and address.
pub(super) fn ebay(case: &Case<'_>) -> Option<Reply> {
    let code = case.request.query("challenge_code").filter(|code| !code.is_empty() && code.len() <= TOKEN_BYTES_MAX)?;
    let token = newest_secret(case)?;
    let address = case.request.public_url.split('?').next().unwrap_or_default();
    let digest = Sha256::new().chain_update(code).chain_update(token).chain_update(address).finalize();
    (case.request.is_get()).then(|| Reply::json(&json!({ "challengeResponse": hex::encode(digest) })))
}

/// A ping of the events (type 0) or of the interactions (type 1, without an event). Discord tries with
/// a bad signature too, and wants that refused.
pub(super) fn discord(case: &Case<'_>) -> Option<Reply> {
    let kind = scalar_at(case.request.body, "/type")?;
    let has_event = value_at(case.request.body, "/event").is_some();
    let reply = match kind.as_str() {
        "0" => Reply::empty(204),
        "1" if !has_event => Reply::json(&json!({ "type": 1 })),
        _ => return None,
    };
    Some(if is_genuine(case) { reply.proven() } else { Reply::empty(401) })
}

/// A subscription's verification, or its end. Both are signed.
pub(super) fn twitch(case: &Case<'_>) -> Option<Reply> {
    let kind = case.request.the_header(TWITCH_TYPE).ok()?;
    let reply = match kind {
        "webhook_callback_verification" => Reply::text(scalar_at(case.request.body, "/challenge")?),
        "revocation" => Reply::empty(204).with(Effect::Revoked),
        _ => return None,
    };
    is_genuine(case).then(|| reply.proven())
}

/// No events: Xero tries whether good signatures are told from bad ones.
pub(super) fn xero(case: &Case<'_>) -> Option<Reply> {
    let is_empty = match list_at(case.request.body, "/events") {
        Some(events) => events.is_empty(),
        None => value_at(case.request.body, "/events").is_some_and(|events| events.get() == "null"),
    };
    if !is_empty {
        return None;
    }
    Some(if is_genuine(case) { Reply::empty(200).proven() } else { Reply::empty(401) })
}

/// A subscription that a person has to confirm. Its address came with a genuine message, and is
/// Amazon's; it is shown, and not fetched, because whoever may publish could choose what it does.
pub(super) fn amazon_sns(case: &Case<'_>) -> Option<Reply> {
    let message = sns::read(case.request).ok().filter(|message| message.kind == "SubscriptionConfirmation")?;
    let subscribe_url = message.subscribe_url.filter(|url| sns::is_at_sns(url))?;
    is_genuine(case).then(|| Reply::empty(200).with(Effect::Surfaced { subscribe_url }).proven())
}

/// The first request of a new webhook.
pub(super) fn github(case: &Case<'_>) -> Option<Reply> {
    let event = case.request.the_header(GITHUB_EVENT).ok()?;
    (event == "ping" && is_genuine(case)).then(|| Reply::empty(200).with(Effect::Ping).proven())
}
