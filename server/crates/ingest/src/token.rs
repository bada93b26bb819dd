//! Providers that sign nothing, and send a token along that only the two sides know.

use crate::keyring::Case;
use crate::octets::decode;
use crate::pointer::{list_at, scalar_at};
use crate::refusal::Refusal;
use crate::rule::SourceRule;
use crate::scheme::{Encoding, EventPlaces};
use crate::verify::{Proof, Verdict};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

/// Where the token is, and what else the request says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenScheme {
    pub(crate) place: TokenPlace,
    pub(crate) event: EventPlaces<'static>,
}

/// Where a token is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TokenPlace {
    /// In a header.
    Header(&'static str),
    /// In the header that the source names, or in this one.
    NamedHeader(&'static str),
    /// In `Authorization`, as user and password (RFC 7617).
    Basic,
    /// In every item of a list in the body.
    EachItem {
        /// JSON pointer to the list.
        list: &'static str,
        /// JSON pointer to the token in an item.
        token: &'static str,
    },
}

impl TokenPlace {
    /// The header with the token, if it is in one.
    pub(crate) fn header(self, rule: &SourceRule) -> Option<&str> {
        match self {
            Self::Header(name) => Some(name),
            Self::NamedHeader(default) => Some(rule.field("header").unwrap_or(default)),
            Self::Basic => Some("Authorization"),
            Self::EachItem { .. } => None,
        }
    }
}

/// Whether the request carries one of the source's secrets.
pub(crate) fn judge(scheme: TokenScheme, case: &Case<'_>) -> Result<Proof, Refusal> {
    let tokens = tokens_of(scheme.place, case)?;
    if case.keys.secrets.is_empty() {
        return Err(Refusal::NoSecret);
    }
    // An empty secret is none: or else an empty header would be enough.
    let is_in_all = |secret: &[u8]| !secret.is_empty() && tokens.iter().all(|token| equal(token, secret));
    let secret_index = case.keys.secrets.iter().position(|secret| is_in_all(secret.expose().as_bytes()));
    let secret_index = Some(secret_index.ok_or(Refusal::TokenMismatch)?);
    Ok(Proof { verdict: Verdict::Authenticated, secret_index, rule: describe(scheme.place, case) })
}

/// The tokens that the request carries, at least one.
fn tokens_of(place: TokenPlace, case: &Case<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
    if let TokenPlace::EachItem { list, token } = place {
        let items = list_at(case.request.body, list).unwrap_or_default();
        let tokens: Option<Vec<_>> =
            items.iter().map(|item| scalar_at(item.get().as_bytes(), token).map(String::into_bytes)).collect();
        let tokens = tokens.filter(|tokens| !tokens.is_empty());
        return tokens.ok_or(Refusal::MalformedBody { expected: "the source's token in every item" });
    }
    let name = place.header(case.rule).unwrap_or_default();
    let value = case.request.the_header(name)?;
    if !matches!(place, TokenPlace::Basic) {
        return Ok(vec![value.as_bytes().to_vec()]);
    }
    let credentials = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let decoded = credentials.and_then(|(_, encoded)| decode(Encoding::Base64, encoded.trim_ascii()));
    decoded.map(|token| vec![token]).ok_or_else(|| Refusal::malformed_header(name, "Basic <Base64 of user:password>"))
}

/// Compares digests, so that neither content nor length of the secret shows in the time it takes.
pub(crate) fn equal(one: &[u8], other: &[u8]) -> bool {
    Sha256::digest(one).ct_eq(&Sha256::digest(other)).into()
}

pub(crate) fn describe(place: TokenPlace, case: &Case<'_>) -> String {
    match place {
        TokenPlace::Basic => "user and password in Authorization".to_owned(),
        TokenPlace::EachItem { token, .. } => format!("token at {token} of every item"),
        TokenPlace::Header(_) | TokenPlace::NamedHeader(_) => {
            format!("token in {}", place.header(case.rule).unwrap_or_default())
        }
    }
}
