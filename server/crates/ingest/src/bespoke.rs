//! What a provider implements that no row describes.

pub(crate) mod adobe_io;
pub(crate) mod adyen;
pub(crate) mod amazon_sns;
pub(crate) mod braintree;
mod jwt;
pub(crate) mod microsoft_graph;
pub(crate) mod monday;
pub(crate) mod paypal;
pub(crate) mod plaid;
pub(crate) mod twilio;

use crate::hmac::hmac_of;
use crate::keyring::{Case, KeyRequest};
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::rule::SourceRule;
use crate::sample::{Sample, SampleEvent, SignProblem};
use crate::scheme::{Digest, EventPlaces, KeyForm};
use crate::secret::key_of;
use crate::verify::{Proof, Verdict};
use hookreel_kernel::{Secret, Timestamp};
use subtle::ConstantTimeEq;

/// The functions of a provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bespoke {
    /// The way of signing, for a person.
    pub(crate) title: &'static str,
    /// The headers that decide, as far as they may be shown.
    pub(crate) headers: &'static [&'static str],
    /// Those that decide and may not be shown, because they hold a token.
    pub(crate) unshown: &'static [&'static str],
    /// Whether the request is genuine.
    pub(crate) judge: fn(&Case<'_>) -> Result<Proof, Refusal>,
    /// The octets that are signed, for a person to compare.
    pub(crate) signed: fn(&Case<'_>) -> Result<Vec<u8>, Refusal>,
    /// The document that must be fetched first.
    pub(crate) needed_key: Option<NeededKey>,
    /// Signs a sample, if the secret allows that.
    pub(crate) play: Option<Play>,
    /// How the secret becomes a key, if it does.
    pub(crate) key: Option<KeyForm>,
    /// Whether the time is signed.
    pub(crate) signs_time: bool,
    /// Whether a time is signed that is compared only if the source says so, because what the provider sends again
    /// may have the time of the first.
    pub(crate) may_compare_time: bool,
    /// Whether the URL is.
    pub(crate) signs_url: bool,
    /// The most that can be known about the origin of a request.
    pub(crate) best_verdict: Verdict,
    /// What the request says about its event.
    pub(crate) event: EventPlaces<'static>,
}

pub(crate) type NeededKey = fn(&SourceRule, &[Secret<String>], &Inbound<'_>) -> Option<KeyRequest>;
pub(crate) type Play = fn(&SourceRule, &str, SampleEvent<'_>, Timestamp) -> Result<Sample, SignProblem>;

/// What most have in common.
pub(crate) const BESPOKE: Bespoke = Bespoke {
    title: "",
    headers: &[],
    unshown: &[],
    judge: |_| Err(Refusal::SignatureMismatch),
    signed: |case| Ok(case.request.body.to_vec()),
    needed_key: None,
    play: None,
    key: None,
    signs_time: false,
    may_compare_time: false,
    signs_url: false,
    best_verdict: Verdict::Verified,
    event: EventPlaces::NONE,
};

/// The secret of the source that does it, or why none does. A secret that makes no key is passed over.
pub(crate) fn first_secret(
    case: &Case<'_>,
    form: KeyForm,
    mut is_signed_with: impl FnMut(&[u8]) -> bool,
) -> Result<usize, Refusal> {
    let mut refusal = Refusal::NoSecret;
    for (index, secret) in case.keys.secrets.iter().enumerate() {
        match key_of(form, secret.expose()) {
            Ok(key) if is_signed_with(&key) => return Ok(index),
            Ok(_) => refusal = Refusal::SignatureMismatch,
            Err(_) if refusal == Refusal::NoSecret => refusal = Refusal::UnusableSecret,
            Err(_) => {}
        }
    }
    Err(refusal)
}

/// Whether an HMAC is the one that a key makes.
pub(crate) fn is_mac(digest: Digest, key: &[u8], message: &[u8], mac: &[u8]) -> bool {
    hmac_of(digest, key, message).is_some_and(|expected| expected.ct_eq(mac).into())
}

/// A name that is part of a key's address: short, and nothing that could change the address.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
