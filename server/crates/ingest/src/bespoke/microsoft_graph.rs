//! Microsoft Graph ("Set up change notifications that include resource data: validating the authenticity of
//! notifications"): every notification carries the subscription's `clientState`. Those with resource data come
//! with JSON Web Tokens beside it, which name the app they are for and Graph as their maker. Neither covers
//! the body. The data itself is encrypted for the subscriber, and is passed on as it is.

use super::jwt::Token;
use super::{BESPOKE, Bespoke, is_plain_name};
use crate::events::graph_type;
use crate::keyring::{Case, KeyDocument, KeyRequest, Keyring};
use crate::octets::decode;
use crate::pinned;
use crate::pointer::{list_at, scalar, scalar_at, value_at};
use crate::public_key::is_signed_with_rsa;
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::rule::SourceRule;
use crate::sample::{JSON, Sample, SampleEvent, SignProblem, with_token};
use crate::scheme::{Encoding, EventPlaces, Items, KeyForm, Place};
use crate::token::{self, TokenPlace, TokenScheme};
use crate::verify::Proof;
use hookreel_kernel::{Secret, Timestamp};
use serde::Deserialize;

const NOTIFICATIONS: &str = "/value";
const TOKENS: &str = "/validationTokens";
/// There is one for each app and tenant.
const TOKENS_MAX: usize = 100;
/// What publishes Graph's notifications: the same in every token.
const PUBLISHER: &str = "0bf30f3b-4a52-48df-9a82-234910c4a086";

const EVENT: EventPlaces<'static> = EventPlaces::items(Items {
    lists: &[NOTIFICATIONS],
    id: Some(Place::Body("/id")),
    kind: Some(Place::Found(graph_type)),
});
const CLIENT_STATE: TokenScheme =
    TokenScheme { place: TokenPlace::EachItem { list: NOTIFICATIONS, token: "/clientState" }, event: EVENT };

pub(crate) const MICROSOFT_GRAPH: Bespoke = Bespoke {
    title: "clientState of every notification, and the validation tokens of those with resource data",
    judge,
    signed,
    needed_key: Some(needed_key),
    play: Some(play),
    key: Some(KeyForm::Verbatim),
    best_verdict: crate::verify::Verdict::Authenticated,
    event: EVENT,
    ..BESPOKE
};

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    tid: String,
    appid: String,
    exp: i64,
    nbf: i64,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kid: String,
    kty: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

/// The tokens, as they are written.
fn tokens_of(request: &Inbound<'_>) -> Vec<String> {
    let tokens = list_at(request.body, TOKENS).unwrap_or_default();
    tokens.iter().filter_map(|token| scalar(token.get())).take(TOKENS_MAX).collect()
}

fn read(text: &str) -> Result<Token<'_>, Refusal> {
    let token = Token::read(text, "RS256").filter(|token| is_plain_name(&token.header.kid));
    token.ok_or(Refusal::MalformedBody { expected: "JSON Web Tokens of RS256 in validationTokens" })
}

/// The key's id is part of the name: Microsoft changes keys every day, and an older document has not the new one.
fn cache_key(kid: &str) -> String {
    format!("{}#{kid}", pinned::MICROSOFT)
}

/// Asked only for what carries the source's own client state, and only if the tokens are to be checked.
fn needed_key(rule: &SourceRule, secrets: &[Secret<String>], request: &Inbound<'_>) -> Option<KeyRequest> {
    rule.field("client_id")?;
    let case = Case { rule, keys: &Keyring::of(secrets), request, now: Timestamp::UNIX_EPOCH };
    token::judge(CLIENT_STATE, &case).ok()?;
    let first = tokens_of(request).into_iter().next()?;
    let kid = read(&first).ok()?.header.kid;
    Some(KeyRequest {
        cache_key: cache_key(&kid),
        url: pinned::MICROSOFT.to_owned(),
        body: None,
        document: KeyDocument::Named(kid),
    })
}

/// What the tokens are signed over: nothing that Graph reports.
fn signed(case: &Case<'_>) -> Result<Vec<u8>, Refusal> {
    let tokens = tokens_of(case.request);
    let signed = tokens.iter().map(|text| read(text).map(|token| token.signed)).collect::<Result<Vec<_>, _>>()?;
    let none = Refusal::MalformedBody { expected: "validationTokens" };
    if signed.is_empty() { Err(none) } else { Ok(signed.join("\n").into_bytes()) }
}

fn judge(case: &Case<'_>) -> Result<Proof, Refusal> {
    let proof = token::judge(CLIENT_STATE, case)?;
    let Some(client_id) = case.rule.field("client_id") else { return Ok(proof) };
    let tokens = tokens_of(case.request);
    let tenants = tokens.iter().map(|text| tenant_of(text, client_id, &tokens, case)).collect::<Result<Vec<_>, _>>()?;
    let notifications = list_at(case.request.body, NOTIFICATIONS).unwrap_or_default();
    let is_vouched_for = notifications.iter().map(|item| item.get().as_bytes()).all(|item| {
        let is_rich = value_at(item, "/encryptedContent").is_some_and(|content| content.get() != "null");
        !is_rich || scalar_at(item, "/tenantId").is_some_and(|tenant| tenants.contains(&tenant))
    });
    if !is_vouched_for {
        return Err(Refusal::MalformedBody { expected: "a validation token for the tenant of every encrypted item" });
    }
    let rule = if tokens.is_empty() { proof.rule } else { MICROSOFT_GRAPH.title.to_owned() };
    Ok(Proof { rule, ..proof })
}

/// The tenant that a genuine token is about.
fn tenant_of(text: &str, client_id: &str, all: &[String], case: &Case<'_>) -> Result<String, Refusal> {
    let token = read(text)?;
    // The document was asked for by the first token's key, and has those of the others too.
    let first = read(all.first().map_or(text, String::as_str))?;
    let document = case.keys.document(&cache_key(&first.header.kid)).ok_or(Refusal::KeyNotFetched)?;
    let (modulus, exponent) = key(document, &token.header.kid).ok_or(Refusal::UnusableKey)?;
    if !is_signed_with_rsa(&modulus, &exponent, token.signed.as_bytes(), &token.signature) {
        return Err(Refusal::SignatureMismatch);
    }
    let claims: Option<Claims> = token.claims();
    let claims = claims.ok_or(Refusal::MalformedBody { expected: "what Microsoft's tokens claim" })?;
    let now = case.now.unix_timestamp();
    let expired_seconds_ago = now.saturating_sub(claims.exp);
    if expired_seconds_ago > 0 {
        return Err(Refusal::Expired { expired_seconds_ago });
    }
    let (ahead_seconds, tolerance_seconds) = (claims.nbf.saturating_sub(now), case.rule.tolerance_seconds());
    if ahead_seconds > i64::from(tolerance_seconds) {
        return Err(Refusal::FutureTimestamp { ahead_seconds, tolerance_seconds });
    }
    if claims.aud != client_id {
        return Err(Refusal::OtherReceiver { expected: "the token's audience is this source's application" });
    }
    let is_graphs = claims.appid == PUBLISHER && claims.iss == format!("{}{}/", pinned::MICROSOFT_ISSUER, claims.tid);
    if is_graphs {
        Ok(claims.tid)
    } else {
        Err(Refusal::MalformedBody { expected: "tokens of Microsoft Graph itself" })
    }
}

/// The RSA key of that id, if it is in Microsoft's document.
fn key(document: &[u8], kid: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let Keys { keys } = serde_json::from_slice(document).ok()?;
    let key = keys.into_iter().find(|key| key.kid == kid && key.kty == "RSA")?;
    Some((decode(Encoding::Base64Url, &key.n)?, decode(Encoding::Base64Url, &key.e)?))
}

fn play(_: &SourceRule, secret: &str, event: SampleEvent<'_>, _: Timestamp) -> Result<Sample, SignProblem> {
    let body = with_token(event.body, NOTIFICATIONS, "/clientState", secret);
    let body = body.ok_or(SignProblem::Body("it has no list of notifications"))?;
    Ok(Sample { content_type: JSON, headers: Vec::new(), body })
}
