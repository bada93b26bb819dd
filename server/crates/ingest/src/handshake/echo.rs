//! Handshakes that are answered with what was asked. No key is used.

use super::{Effect, Reply};
use crate::keyring::{Case, Keyring};
use crate::pointer::{key_other_than, scalar_at};
use crate::request::Inbound;
use crate::token::equal;
use hookreel_kernel::Secret;
use serde_json::json;

/// A longer text is not sent back.
const ECHO_BYTES_MAX: usize = 1_024;

pub(super) const CLIENT_ID: &str = "X-AdobeSign-ClientId";
pub(super) const HOOK_SECRET: &str = "X-Hook-Secret";
pub(super) const OKTA_CHALLENGE: &str = "X-Okta-Verification-Challenge";

/// A text that may be sent back: short, and of printable ASCII.
fn echoable(text: Option<String>) -> Option<String> {
    text.filter(|text| {
        !text.is_empty() && text.len() <= ECHO_BYTES_MAX && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
    })
}

/// `{"type":"url_verification","challenge":…}`, or the form `ssl_check=1` by which Slack looks at the
/// certificate of an address for slash commands.
pub(super) fn slack(case: &Case<'_>) -> Option<Reply> {
    let is_check = case.request.form_field("ssl_check").is_some_and(|flag| flag == "1");
    if case.request.is_post() && is_check && case.request.form_field("command").is_none() {
        return Some(Reply::empty(200).with(Effect::Ping));
    }
    let kind = scalar_at(case.request.body, "/type")?;
    let challenge = echoable(scalar_at(case.request.body, "/challenge"))?;
    (case.request.is_post() && kind == "url_verification").then(|| Reply::text(challenge))
}

/// `?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…`: only whoever knows the token is answered.
pub(super) fn meta(case: &Case<'_>) -> Option<Reply> {
    let mode = case.request.query("hub.mode")?;
    if !case.request.is_get() || mode != "subscribe" {
        return None;
    }
    let token = case.request.query("hub.verify_token").unwrap_or_default();
    let expected = case.rule.field("verify_token").unwrap_or_default();
    let is_ours = !expected.is_empty() && equal(token.as_bytes(), expected.as_bytes());
    let challenge = echoable(case.request.query("hub.challenge"));
    Some(challenge.filter(|_| is_ours).map_or(Reply::empty(403), |challenge| Reply::text(challenge).proven()))
}

/// `?challenge=`.
pub(super) fn challenge(case: &Case<'_>) -> Option<Reply> {
    let challenge = echoable(case.request.query("challenge"))?;
    case.request.is_get().then(|| Reply::text(challenge))
}

/// The header `X-Okta-Verification-Challenge`.
pub(super) fn okta(case: &Case<'_>) -> Option<Reply> {
    let challenge = case.request.the_header(OKTA_CHALLENGE).ok()?;
    let challenge = echoable(Some(challenge.to_owned()))?;
    case.request.is_get().then(|| Reply::json(&json!({ "verification": challenge })))
}

/// `?validationToken=`, which is answered within ten seconds or the subscription fails.
pub(super) fn microsoft_graph(case: &Case<'_>) -> Option<Reply> {
    echoable(case.request.query("validationToken")).map(Reply::text)
}

/// A body that is `{"challenge":…}` and nothing else.
pub(super) fn monday(case: &Case<'_>) -> Option<Reply> {
    let challenge = echoable(scalar_at(case.request.body, "/challenge"))?;
    let is_alone = key_other_than(case.request.body, &["challenge"]).is_none();
    (case.request.is_post() && is_alone).then(|| Reply::json(&json!({ "challenge": challenge })))
}

/// A new webhook's secret, which is sent back and kept. A source that has one takes no other: or else
/// anybody who learns the address could replace it.
pub(super) fn asana(case: &Case<'_>) -> Option<Reply> {
    let secret = case.request.the_header(HOOK_SECRET).ok()?;
    let secret = echoable(Some(secret.to_owned())).filter(|secret| !secret.contains(' '))?;
    if !case.request.is_post() || !case.keys.secrets.is_empty() {
        return None;
    }
    let reply = Reply { header: Some((HOOK_SECRET, secret.clone())), ..Reply::empty(200) };
    Some(reply.with(Effect::NewSecret(Secret::new(secret))))
}

/// The client's id in a header, which is sent back if it is the source's.
pub(super) fn adobe_sign(case: &Case<'_>) -> Option<Reply> {
    let id = own_client_id(case.keys, case.request)?.to_owned();
    case.request.is_get().then(|| Reply { header: Some((CLIENT_ID, id)), ..Reply::empty(200) }.proven())
}

pub(super) fn own_client_id<'r>(keys: &Keyring<'_>, request: &Inbound<'r>) -> Option<&'r str> {
    let id = request.the_header(CLIENT_ID).ok()?;
    let is_own = keys.secrets.iter().any(|secret| equal(secret.expose().as_bytes(), id.as_bytes()));
    (is_own && !id.is_empty()).then_some(id)
}

/// The form that a new webhook is tried with: one field, unsigned.
pub(super) fn woocommerce(case: &Case<'_>) -> Option<Reply> {
    let id = case.request.body.strip_prefix(b"webhook_id=")?;
    let is_number = !id.is_empty() && id.len() <= 20 && id.iter().all(u8::is_ascii_digit);
    let is_ping = case.request.is_post() && is_number && !case.request.has_header("X-WC-Webhook-Signature");
    is_ping.then(|| Reply::empty(200).with(Effect::Ping))
}
