//! What a request is verified with: the source's secrets, and keys that the provider publishes.

use crate::pinned::is_pinned;
use crate::provider::Method;
use crate::public_key::{has_certificate, key_in_pem};
use crate::request::Inbound;
use crate::rule::SourceRule;
use hookreel_kernel::{Secret, Timestamp};
use serde::Deserialize;

/// The secrets of a source, and the provider's keys that were fetched for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keyring<'k> {
    /// Tried in order: during a rotation there are several.
    pub secrets: &'k [Secret<String>],
    /// What [`needed_key`] asked for, as far as it could be had.
    pub fetched: &'k [FetchedKey],
}

impl<'k> Keyring<'k> {
    /// Secrets alone: enough for every provider of which [`needed_key`] asks nothing.
    pub const fn of(secrets: &'k [Secret<String>]) -> Self {
        Self { secrets, fetched: &[] }
    }

    /// The document that was fetched for a request.
    pub(crate) fn document(&self, cache_key: &str) -> Option<&'k [u8]> {
        self.fetched.iter().find(|key| key.cache_key == cache_key).map(|key| &key.document[..])
    }
}

/// A document that holds a key of the provider's, as it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedKey {
    /// [`KeyRequest::cache_key`].
    pub cache_key: String,
    /// The body of the answer.
    pub document: Vec<u8>,
}

/// A document to fetch before a request can be verified.
///
/// The address is one of [`crate::PINNED_URLS`]: scheme, host and path were compared with what the provider
/// documents, so that nobody else's request can send this installation anywhere. Redirects must not
/// be followed. The answer may be kept for a day; a negative one for a minute at least, because the
/// request that asks for it is not yet believed. No answer (nobody there, 429, 5xx) says nothing about
/// the key, and is worth a pause of seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRequest {
    /// Names the document: equal for equal documents.
    pub cache_key: String,
    /// Where it is.
    pub url: String,
    /// If there: to be sent by POST as `application/json`. It holds the source's secret.
    pub body: Option<Secret<String>>,
    /// What has to be in it.
    pub document: KeyDocument,
}

/// What a document has to hold to be the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyDocument {
    /// A public key in PEM.
    PublicKey,
    /// A certificate in PEM.
    Certificate,
    /// A key of this id in JSON, by itself or in a list.
    Named(String),
}

impl KeyRequest {
    /// Whether a document holds the key, as far as can be seen before anything is verified with it. One that does not is
    /// not to be kept: it may be a page that says something else, or a list from before the key was made.
    pub fn is_answered_by(&self, document: &[u8]) -> bool {
        match &self.document {
            KeyDocument::PublicKey => key_in_pem(document).is_some(),
            KeyDocument::Certificate => has_certificate(document),
            KeyDocument::Named(kid) => names_key(document, kid),
        }
    }
}

#[derive(Deserialize)]
struct NamedKeys {
    key: Option<NamedKey>,
    #[serde(default)]
    keys: Vec<NamedKey>,
}

#[derive(Deserialize)]
struct NamedKey {
    kid: String,
}

fn names_key(document: &[u8], kid: &str) -> bool {
    let Ok(NamedKeys { key, keys }) = serde_json::from_slice(document) else { return false };
    key.into_iter().chain(keys).any(|key| key.kid == kid)
}

/// The document that has to be fetched before a request can be verified. Most need none; a request
/// whose key is not at the provider's address gets none, and is refused by [`crate::verify()`].
pub fn needed_key(rule: &SourceRule, secrets: &[Secret<String>], request: &Inbound<'_>) -> Option<KeyRequest> {
    match rule.provider().method() {
        Method::Bespoke(bespoke) => {
            let wanted = (bespoke.needed_key?)(rule, secrets, request);
            wanted.filter(|wanted| is_pinned(rule.provider().name(), &wanted.url))
        }
        Method::Rows(_) | Method::Configured(_) | Method::Token(_) | Method::Unverifiable => None,
    }
}

/// Everything that a request is judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'c> {
    pub(crate) rule: &'c SourceRule,
    pub(crate) keys: &'c Keyring<'c>,
    pub(crate) request: &'c Inbound<'c>,
    pub(crate) now: Timestamp,
}
