//! Verification by rows.

use crate::hmac::Hmacs;
use crate::keyring::Case;
use crate::public_key::{Made, is_signed};
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::scheme::{Algorithm, Digest, Scheme};
use crate::secret::scheme_key;
use crate::signature::{Claim, is_present, read_claim};
use crate::signed::{each_signed, signed_octets, template_of};
use crate::verify::{Proof, Verdict, check_time};
use subtle::ConstantTimeEq;

/// The first row under which a request is genuine, and how that was found. If there is none: the
/// refusal that says most, of the first row that came to it.
pub(crate) fn judge<'s, 'a>(schemes: &'s [Scheme<'a>], case: &Case<'_>) -> Result<(Proof, &'s Scheme<'a>), Refusal> {
    let mut refusal: Option<Refusal> = None;
    for scheme in schemes.iter().filter(|scheme| is_present(scheme.signature, case.request)) {
        match judge_by(scheme, case) {
            Ok(proof) => return Ok((proof, scheme)),
            Err(other) if refusal.as_ref().is_none_or(|first| first.weight() < other.weight()) => {
                refusal = Some(other);
            }
            Err(_) => {}
        }
    }
    Err(refusal.unwrap_or_else(|| {
        let header = schemes.first().map_or("", |scheme| scheme.signature.name()).to_owned();
        Refusal::MissingHeader { header }
    }))
}

/// The signature is judged before the time, so that "stale" is only ever said of a genuine request.
fn judge_by(scheme: &Scheme<'_>, case: &Case<'_>) -> Result<Proof, Refusal> {
    if scheme.handshake_body.is_some_and(|is_one| is_one(case.request.body)) {
        return Err(Refusal::MalformedBody { expected: "an event" });
    }
    let claim = read_claim(scheme, case.request)?;
    let secret_index = signer(scheme, case, &claim)?;
    if let Some(sent_at) = &claim.sent_at {
        check_time(sent_at.seconds, case.now, case.rule.tolerance_seconds())?;
    }
    let verdict = if scheme.covers_body() { Verdict::Verified } else { Verdict::Authenticated };
    Ok(Proof { verdict, secret_index: Some(secret_index), rule: describe(scheme) })
}

/// The secret that one of the signatures was made with.
fn signer(scheme: &Scheme<'_>, case: &Case<'_>, claim: &Claim<'_>) -> Result<usize, Refusal> {
    let sent_at = claim.sent_at.as_ref().map_or("", |sent_at| &sent_at.text);
    let mut refusal = Refusal::NoSecret;
    for (index, secret) in case.keys.secrets.iter().enumerate() {
        let Ok(key) = scheme_key(scheme, secret.expose()) else {
            if refusal == Refusal::NoSecret {
                refusal = Refusal::UnusableSecret;
            }
            continue;
        };
        if is_signed_with(scheme, &key, case.request, sent_at, &claim.signatures)? {
            return Ok(index);
        }
        refusal = Refusal::SignatureMismatch;
    }
    Err(refusal)
}

/// Whether one of the signatures is what the key makes of the signed parts.
fn is_signed_with(
    scheme: &Scheme<'_>,
    key: &[u8],
    request: &Inbound<'_>,
    sent_at: &str,
    signatures: &[Vec<u8>],
) -> Result<bool, Refusal> {
    let made = match scheme.algorithm {
        Algorithm::Hmac(digest) => {
            let expected = mac_of(scheme, digest, key, request, sent_at)?;
            return Ok(signatures.iter().any(|signature| bool::from(signature.ct_eq(&expected))));
        }
        Algorithm::Ed25519 => Made::Ed25519,
        Algorithm::EcdsaP256 => Made::EcdsaDer,
    };
    let message = signed_octets(scheme, request, sent_at)?;
    Ok(signatures.iter().any(|signature| is_signed(made, key, &message, signature)))
}

/// The MAC that a key makes of the signed parts of a request.
pub(crate) fn mac_of(
    scheme: &Scheme<'_>,
    digest: Digest,
    key: &[u8],
    request: &Inbound<'_>,
    sent_at: &str,
) -> Result<Vec<u8>, Refusal> {
    let mut hmac = Hmacs::new(digest, key).ok_or(Refusal::UnusableSecret)?;
    each_signed(scheme, request, sent_at, |part| hmac.update(part))?;
    Ok(hmac.finish())
}

/// The row in a few words.
pub(crate) fn describe(scheme: &Scheme<'_>) -> String {
    format!("{} of {} in {}", scheme.algorithm.name(), template_of(scheme.signed), scheme.signature.name())
}
