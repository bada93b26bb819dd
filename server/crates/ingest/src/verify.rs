//! The one question of this crate: did the provider send this, just now?

use crate::identity::{Item, digest_of_ids, identity_of};
use crate::keyring::{Case, Keyring};
use crate::provider::Method;
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::rule::SourceRule;
use crate::scheme::{EventPlaces, named};
use crate::{rows, token};
use hookreel_kernel::Timestamp;

named! {
    /// What is known about the origin of a request.
    pub enum Verdict {
        /// The provider signed exactly this.
        Verified = "verified",
        /// The sender knows the source's secret, but nothing binds it to this body.
        Authenticated = "authenticated",
        /// It was tried, and it is not the provider's.
        Failed = "failed",
        /// There was nothing to try.
        Unattempted = "unattempted",
    }
}

/// A request that the provider sent, as far as that can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How far: never [`Verdict::Failed`], and [`Verdict::Unattempted`] only of a provider whose
    /// signatures cannot be verified.
    pub verdict: Verdict,
    /// The provider's id of the event: at most 256 octets, no control characters. Absent if the
    /// provider has none, or sent something that cannot be one.
    pub event_id: Option<String>,
    /// The provider's type of the event, under the same rules.
    pub event_type: Option<String>,
    /// The events of a body that is a list of them, the first 1,000. Empty for all other bodies.
    pub items: Vec<Item>,
    /// What comes in one request only, of a provider that does not sign the body: a second request with it is no other
    /// event, whatever its body says.
    pub nonce: Option<String>,
    /// Which of the secrets it was signed with, if with one.
    pub secret_index: Option<usize>,
    /// The scheme that says so, for a person.
    pub rule: String,
}

impl Verified {
    /// By what a list of several events is recognised when it comes again: a digest of their ids in their order. Absent
    /// if the body is no list, one of them has no id, or there are 1,000 and more.
    pub fn event_ids_digest(&self) -> Option<String> {
        digest_of_ids(&self.items)
    }
}

/// That a request is genuine, and how that was found.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) verdict: Verdict,
    pub(crate) secret_index: Option<usize>,
    pub(crate) rule: String,
}

/// Verifies a request.
pub fn verify(
    rule: &SourceRule,
    keys: &Keyring<'_>,
    request: &Inbound<'_>,
    now: Timestamp,
) -> Result<Verified, Refusal> {
    let case = Case { rule, keys, request, now };
    match rule.provider().method() {
        Method::Rows(_) | Method::Configured(_) => rule.with_schemes(|schemes| {
            let (proof, scheme) = rows::judge(schemes, &case)?;
            Ok(found(proof, request, &scheme.event))
        }),
        Method::Token(scheme) => Ok(found(token::judge(scheme, &case)?, request, &scheme.event)),
        Method::Bespoke(bespoke) => Ok(found((bespoke.judge)(&case)?, request, &bespoke.event)),
        Method::Unverifiable => {
            let rule = "the provider's signature cannot be verified".to_owned();
            let proof = Proof { verdict: Verdict::Unattempted, secret_index: None, rule };
            Ok(found(proof, request, &EventPlaces::NONE))
        }
    }
}

fn found(proof: Proof, request: &Inbound<'_>, places: &EventPlaces<'_>) -> Verified {
    let identity = identity_of(request, places);
    Verified {
        verdict: proof.verdict,
        event_id: identity.event_id,
        event_type: identity.event_type,
        items: identity.items,
        nonce: identity.nonce,
        secret_index: proof.secret_index,
        rule: proof.rule,
    }
}

/// Whether a time is near enough to now.
pub(crate) fn check_time(sent_at_seconds: i64, now: Timestamp, tolerance_seconds: u32) -> Result<(), Refusal> {
    let age_seconds = now.unix_timestamp().saturating_sub(sent_at_seconds);
    if age_seconds > i64::from(tolerance_seconds) {
        return Err(Refusal::StaleTimestamp { age_seconds, tolerance_seconds });
    }
    let ahead_seconds = age_seconds.saturating_neg();
    if ahead_seconds > i64::from(tolerance_seconds) {
        return Err(Refusal::FutureTimestamp { ahead_seconds, tolerance_seconds });
    }
    Ok(())
}
