//! The one question of this crate: did the provider send this, just now?

use crate::identity::text_at;
use crate::refusal::Refusal;
use crate::rule::SourceRule;
use crate::scheme::{Part, Scheme};
use crate::secret::key_of;
use crate::signature::{Mac, SentAt, read_claim, the_header};
use hmac::{Hmac, KeyInit, Mac as _};
use hookreel_kernel::{Secret, Timestamp};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// A request as it was received.
#[derive(Debug, Clone, Copy)]
pub struct Inbound<'r> {
    /// The method.
    pub method: &'r str,
    /// The headers, in the order and as often as they came.
    pub headers: &'r [(String, Vec<u8>)],
    /// The body, octet for octet.
    pub body: &'r [u8],
}

impl<'r> Inbound<'r> {
    /// The values of a header, whatever the case of its name.
    pub(crate) fn header_values(&self, name: &str) -> impl Iterator<Item = &'r [u8]> {
        self.headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| &value[..])
    }
}

/// A request that the provider sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The provider's id of the event: at most 256 octets, no control characters. Absent if the
    /// provider has none, or sent something that cannot be one.
    pub event_id: Option<String>,
    /// The provider's type of the event, under the same rules.
    pub event_type: Option<String>,
    /// Which of the secrets it was signed with.
    pub secret_index: usize,
}

/// Verifies a request. Secrets are tried in order: during a rotation there are several.
///
/// The signature is judged before the time, so that "stale" is only ever said of a genuine request.
pub fn verify(
    rule: &SourceRule,
    secrets: &[Secret<String>],
    request: &Inbound<'_>,
    now: Timestamp,
) -> Result<Verified, Refusal> {
    rule.with_schemes(|schemes| {
        let scheme = scheme_in_use(schemes, request)?;
        let claim = read_claim(scheme, request)?;
        let secret_index = signer(scheme, secrets, request, &claim.macs, claim.timestamp)?;
        if let Some(sent_at) = claim.timestamp {
            check_time(sent_at, now, rule.tolerance_seconds())?;
        }
        Ok(Verified {
            event_id: text_at(request, scheme.event_id),
            event_type: text_at(request, scheme.event_type),
            secret_index,
        })
    })
}

/// The first row whose signature header is there.
fn scheme_in_use<'s, 'a>(schemes: &'s [Scheme<'a>], request: &Inbound<'_>) -> Result<&'s Scheme<'a>, Refusal> {
    let in_use = schemes.iter().find(|scheme| request.header_values(scheme.signature_header).next().is_some());
    in_use.ok_or_else(|| {
        let header = schemes.first().map_or("", |scheme| scheme.signature_header).to_owned();
        Refusal::MissingHeader { header }
    })
}

/// The secret that one of the MACs was made with.
fn signer(
    scheme: &Scheme<'_>,
    secrets: &[Secret<String>],
    request: &Inbound<'_>,
    macs: &[Mac],
    sent_at: Option<SentAt<'_>>,
) -> Result<usize, Refusal> {
    let mut refusal = Refusal::NoSecret;
    for (index, secret) in secrets.iter().enumerate() {
        let Ok(key) = key_of(scheme.key, secret.expose()) else {
            if refusal == Refusal::NoSecret {
                refusal = Refusal::UnusableSecret;
            }
            continue;
        };
        let expected = mac_of(scheme, &key, request, sent_at.map(|sent_at| sent_at.text))?;
        if macs.iter().any(|mac| bool::from(mac.ct_eq(&expected))) {
            return Ok(index);
        }
        refusal = Refusal::SignatureMismatch;
    }
    Err(refusal)
}

/// The MAC that a key makes of the signed parts of a request.
pub(crate) fn mac_of(
    scheme: &Scheme<'_>,
    key: &[u8],
    request: &Inbound<'_>,
    sent_at: Option<&str>,
) -> Result<Mac, Refusal> {
    // HMAC takes keys of any length.
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Refusal::UnusableSecret)?;
    for part in scheme.signed {
        match part {
            Part::Literal(text) => hmac.update(text.as_bytes()),
            Part::Timestamp => hmac.update(sent_at.unwrap_or_default().as_bytes()),
            Part::Header(name) => hmac.update(the_header(request, name)?.as_bytes()),
            Part::Body => hmac.update(request.body),
        }
    }
    Ok(hmac.finalize().into_bytes().into())
}

fn check_time(sent_at: SentAt<'_>, now: Timestamp, tolerance_seconds: u32) -> Result<(), Refusal> {
    let age_seconds = now.unix_timestamp().saturating_sub(sent_at.seconds);
    if age_seconds > i64::from(tolerance_seconds) {
        return Err(Refusal::StaleTimestamp { age_seconds, tolerance_seconds });
    }
    let ahead_seconds = age_seconds.saturating_neg();
    if ahead_seconds > i64::from(tolerance_seconds) {
        return Err(Refusal::FutureTimestamp { ahead_seconds, tolerance_seconds });
    }
    Ok(())
}
