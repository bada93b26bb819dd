//! Plaid ("Webhook verification"): a JSON Web Token with the digest of the body, signed with a key
//! that Plaid's API hands out by its id.

use super::jwt::Token;
use super::{BESPOKE, Bespoke, is_plain_name};
use crate::keyring::{Case, KeyDocument, KeyRequest};
use crate::octets::decode;
use crate::pinned;
use crate::public_key::{Made, is_signed};
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::rule::SourceRule;
use crate::scheme::{Encoding, EventPlaces, Place};
use crate::token::equal;
use crate::verify::{Proof, Verdict, check_time};
use hookreel_kernel::Secret;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

const HEADER: &str = "Plaid-Verification";
/// What stands before a point that is written as its two coordinates (SEC 1).
const UNCOMPRESSED: u8 = 4;

pub(crate) const PLAID: Bespoke = Bespoke {
    title: "JSON Web Token (ES256) over the body's SHA-256 in Plaid-Verification",
    headers: &[HEADER],
    judge,
    signed: |case| token(case.request).map(|token| token.signed.as_bytes().to_vec()),
    needed_key: Some(needed_key),
    signs_time: true,
    event: EventPlaces::kind_at(Place::Joined(&[Place::Body("/webhook_type"), Place::Body("/webhook_code")], ".")),
    ..BESPOKE
};

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    request_body_sha256: String,
}

/// The answer of `/webhook_verification_key/get`.
#[derive(Deserialize)]
struct Document {
    key: Key,
}

#[derive(Deserialize)]
struct Key {
    kid: String,
    crv: String,
    x: String,
    y: String,
    expired_at: Option<i64>,
}

fn token<'r>(request: &Inbound<'r>) -> Result<Token<'r>, Refusal> {
    let token = Token::read(request.the_header(HEADER)?, "ES256").filter(|token| is_plain_name(&token.header.kid));
    token.ok_or_else(|| Refusal::malformed_header(HEADER, "<a JSON Web Token of ES256>"))
}

fn cache_key(rule: &SourceRule, kid: &str) -> String {
    format!("plaid/{}/{kid}", environment(rule))
}

fn environment(rule: &SourceRule) -> &str {
    rule.field("environment").unwrap_or("production")
}

fn needed_key(rule: &SourceRule, secrets: &[Secret<String>], request: &Inbound<'_>) -> Option<KeyRequest> {
    let token = token(request).ok()?;
    let kid = &token.header.kid;
    let (_, url) = pinned::PLAID.into_iter().find(|(name, _)| *name == environment(rule))?;
    let credentials = json!({
        "client_id": rule.field("client_id")?,
        "secret": secrets.first()?.expose(),
        "key_id": kid,
    });
    Some(KeyRequest {
        cache_key: cache_key(rule, kid),
        url: url.to_owned(),
        body: Some(Secret::new(credentials.to_string())),
        document: KeyDocument::Named(kid.clone()),
    })
}

fn judge(case: &Case<'_>) -> Result<Proof, Refusal> {
    let token = token(case.request)?;
    let document = case.keys.document(&cache_key(case.rule, &token.header.kid)).ok_or(Refusal::KeyNotFetched)?;
    let key = point(document, &token.header.kid, case.now.unix_timestamp()).ok_or(Refusal::UnusableKey)?;
    if !is_signed(Made::EcdsaFixed, &key, token.signed.as_bytes(), &token.signature) {
        return Err(Refusal::SignatureMismatch);
    }
    let claims: Option<Claims> = token.claims();
    let claims = claims.ok_or_else(|| Refusal::malformed_header(HEADER, "<a token with request_body_sha256>"))?;
    let digest = hex::encode(Sha256::digest(case.request.body));
    if !equal(claims.request_body_sha256.to_ascii_lowercase().as_bytes(), digest.as_bytes()) {
        return Err(Refusal::SignatureMismatch);
    }
    check_time(claims.iat, case.now, case.rule.tolerance_seconds())?;
    Ok(Proof { verdict: Verdict::Verified, secret_index: None, rule: PLAID.title.to_owned() })
}

/// The public key in what Plaid answered, if it is that key and still in use.
fn point(document: &[u8], kid: &str, now_seconds: i64) -> Option<Vec<u8>> {
    let Document { key } = serde_json::from_slice(document).ok()?;
    let is_in_use = key.expired_at.is_none_or(|expired_at| expired_at > now_seconds);
    if key.kid != kid || key.crv != "P-256" || !is_in_use {
        return None;
    }
    let coordinates = [decode(Encoding::Base64Url, &key.x)?, decode(Encoding::Base64Url, &key.y)?];
    Some([&[UNCOMPRESSED][..], &coordinates[0], &coordinates[1]].concat())
}
