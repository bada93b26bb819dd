//! What a request is verified with: the source's secrets, and keys that the provider publishes.

use crate::pinned::is_pinned;
use crate::provider::Method;
use crate::request::Inbound;
use crate::rule::SourceRule;
use hookreel_kernel::{Secret, Timestamp};

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
