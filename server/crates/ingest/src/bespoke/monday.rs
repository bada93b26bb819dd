//! monday.com ("Webhooks: verifying"): a JSON Web Token in `Authorization`, of the app's signing
//! secret. It names receiver and validity, but not the body.

use super::jwt::Token;
use super::{BESPOKE, Bespoke, first_secret, is_mac};
use crate::hmac::hmac_of;
use crate::keyring::Case;
use crate::octets::encode;
use crate::refusal::Refusal;
use crate::rule::SourceRule;
use crate::sample::{JSON, Sample, SampleEvent, SignProblem};
use crate::scheme::{Digest, Encoding, EventPlaces, KeyForm, Place};
use crate::verify::{Proof, Verdict, check_time};
use hookreel_kernel::Timestamp;
use serde::Deserialize;
use serde_json::json;

const HEADER: &str = "Authorization";

pub(crate) const MONDAY: Bespoke = Bespoke {
    title: "JSON Web Token (HS256) in Authorization",
    unshown: &[HEADER],
    judge,
    signed: |case| token(case).map(|token| token.signed.as_bytes().to_vec()),
    play: Some(play),
    key: Some(KeyForm::Verbatim),
    signs_time: true,
    best_verdict: Verdict::Authenticated,
    event: EventPlaces::at(Place::Body("/event/triggerUuid"), Place::Body("/event/type")),
    ..BESPOKE
};

#[derive(Deserialize)]
struct Claims {
    exp: i64,
    iat: Option<i64>,
    aud: Option<String>,
}

fn token<'c>(case: &Case<'c>) -> Result<Token<'c>, Refusal> {
    let text = case.request.the_header(HEADER)?;
    let text = text.strip_prefix("Bearer ").unwrap_or(text);
    Token::read(text, "HS256").ok_or_else(|| Refusal::malformed_header(HEADER, "<a JSON Web Token of HS256>"))
}

fn judge(case: &Case<'_>) -> Result<Proof, Refusal> {
    let token = token(case)?;
    let secret_index = first_secret(case, KeyForm::Verbatim, |key| {
        is_mac(Digest::Sha256, key, token.signed.as_bytes(), &token.signature)
    })?;
    let claims: Claims = token.claims().ok_or_else(|| Refusal::malformed_header(HEADER, "<a token that expires>"))?;
    let expired_seconds_ago = case.now.unix_timestamp().saturating_sub(claims.exp);
    if expired_seconds_ago > 0 {
        return Err(Refusal::Expired { expired_seconds_ago });
    }
    if let Some(issued) = claims.iat {
        // A token may be older than the tolerance: it says itself how long it is good.
        check_time(issued.max(case.now.unix_timestamp()), case.now, case.rule.tolerance_seconds())?;
    }
    if claims.aud.is_some_and(|audience| !is_same_address(&audience, case.request.public_url)) {
        return Err(Refusal::OtherReceiver { expected: "the token's audience is this source's URL" });
    }
    Ok(Proof { verdict: Verdict::Authenticated, secret_index: Some(secret_index), rule: MONDAY.title.to_owned() })
}

/// Compares addresses without what is behind the path.
fn is_same_address(one: &str, other: &str) -> bool {
    let path = |url: &str| url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned();
    path(one) == path(other)
}

fn play(_: &SourceRule, secret: &str, event: SampleEvent<'_>, now: Timestamp) -> Result<Sample, SignProblem> {
    let part = |json: serde_json::Value| encode(Encoding::Base64Url, json.to_string().as_bytes());
    let part = |json| part(json).trim_end_matches('=').to_owned();
    let issued = now.unix_timestamp();
    let header = part(json!({"alg": "HS256", "typ": "JWT"}));
    let claims = part(json!({"aud": event.public_url, "iat": issued, "exp": issued.saturating_add(300)}));
    let signed = format!("{header}.{claims}");
    let mac = hmac_of(Digest::Sha256, secret.as_bytes(), signed.as_bytes()).ok_or(SignProblem::CannotBePlayed)?;
    let signature = encode(Encoding::Base64Url, &mac);
    let headers = vec![(HEADER.to_owned(), format!("{signed}.{}", signature.trim_end_matches('=')))];
    Ok(Sample { content_type: JSON, headers, body: event.body.to_vec() })
}
