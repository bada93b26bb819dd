//! Secrets of providers: which are plausible, and the keys they stand for.

use crate::octets::decode;
use crate::provider::{Method, SecretKind};
use crate::public_key::{ED25519_KEY_BYTES, key_in_spki};
use crate::rule::SourceRule;
use crate::scheme::{Algorithm, Encoding, KeyForm, Scheme};
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

/// A secret longer than this is refused, in octets.
pub const SECRET_BYTES_MAX: usize = 512;

/// Why a secret cannot be a source's. The text is for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefusal {
    /// Nothing was given.
    #[error("Enter the signing secret that the provider shows.")]
    Empty,
    /// Longer than any secret.
    #[error("The secret is longer than {SECRET_BYTES_MAX} characters.")]
    TooLong,
    /// White space at an end: pasted along.
    #[error("The secret starts or ends with white space, or contains a line break. Copy it without.")]
    WhiteSpace,
    /// The provider's, but for something else.
    #[error("This is another of the provider's credentials, not the one that its webhooks are signed with.")]
    NotASigningSecret,
    /// Not what a key in Base64 looks like.
    #[error("The secret must be Base64, usually after whsec_.")]
    NotBase64,
    /// Not what a key in hexadecimal looks like.
    #[error("The key must be hexadecimal: digits and the letters a to f, an even number of them.")]
    NotHexadecimal,
    /// Not a public key.
    #[error("This is not the public key that the provider shows. Copy it whole, without its BEGIN and END lines.")]
    NotAPublicKey,
    /// Not a user and a password.
    #[error("Enter user and password with a colon between them, as in user:password.")]
    NotUserAndPassword,
    /// The provider has no secret.
    #[error("This provider's webhooks are verified without a secret: leave it empty.")]
    NoneNeeded,
}

impl SecretRefusal {
    /// The stable name of the refusal.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::WhiteSpace => "white_space",
            Self::NotASigningSecret => "not_a_signing_secret",
            Self::NotBase64 => "not_base64",
            Self::NotHexadecimal => "not_hexadecimal",
            Self::NotAPublicKey => "not_a_public_key",
            Self::NotUserAndPassword => "not_user_and_password",
            Self::NoneNeeded => "none_needed",
        }
    }
}

/// Checks a secret when it is configured, so that a typing error is not found out by lost webhooks.
pub fn validate_secret(rule: &SourceRule, secret: &str) -> Result<(), SecretRefusal> {
    let expected = rule.provider().secret();
    if secret.is_empty() {
        let may_be_empty = expected.kind == SecretKind::None || expected.comes_by_handshake;
        return if may_be_empty { Ok(()) } else { Err(SecretRefusal::Empty) };
    }
    if secret.len() > SECRET_BYTES_MAX {
        return Err(SecretRefusal::TooLong);
    }
    if secret.trim() != secret || secret.contains(char::is_control) {
        return Err(SecretRefusal::WhiteSpace);
    }
    if expected.others.iter().any(|prefix| secret.starts_with(prefix)) {
        return Err(SecretRefusal::NotASigningSecret);
    }
    match expected.kind {
        SecretKind::None => Err(SecretRefusal::NoneNeeded),
        SecretKind::UserAndPassword if !secret.contains(':') => Err(SecretRefusal::NotUserAndPassword),
        SecretKind::SigningSecret | SecretKind::Token | SecretKind::PublicKey | SecretKind::UserAndPassword => {
            check_key(rule, secret)
        }
    }
}

/// Whether a key can be made of the secret, for one of the provider's ways of signing.
fn check_key(rule: &SourceRule, secret: &str) -> Result<(), SecretRefusal> {
    if let Method::Bespoke(bespoke) = rule.provider().method() {
        return bespoke.key.map_or(Ok(()), |form| key_of(form, secret).map(drop));
    }
    rule.with_schemes(|schemes| {
        let mut verdicts = schemes.iter().map(|scheme| scheme_key(scheme, secret).map(drop));
        let first = verdicts.next().unwrap_or(Ok(()));
        if first.is_err() && verdicts.any(|verdict| verdict.is_ok()) { Ok(()) } else { first }
    })
}

/// The key that a secret stands for in a scheme.
pub(crate) fn scheme_key(scheme: &Scheme<'_>, secret: &str) -> Result<Zeroizing<Vec<u8>>, SecretRefusal> {
    let key = key_of(scheme.key, secret)?;
    if scheme.algorithm == Algorithm::Ed25519 && key.len() != ED25519_KEY_BYTES {
        return Err(SecretRefusal::NotAPublicKey);
    }
    Ok(key)
}

/// The key that a secret stands for.
pub(crate) fn key_of(form: KeyForm, secret: &str) -> Result<Zeroizing<Vec<u8>>, SecretRefusal> {
    let base64 = |text| decode(Encoding::Base64, text).ok_or(SecretRefusal::NotBase64);
    let key = match form {
        KeyForm::Verbatim => secret.as_bytes().to_vec(),
        KeyForm::WhsecBase64 => {
            // Supabase shows the version along.
            let secret = secret.strip_prefix("v1,").unwrap_or(secret);
            base64(secret.strip_prefix("whsec_").unwrap_or(secret))?
        }
        KeyForm::Base64 => base64(secret)?,
        KeyForm::Hex => decode(Encoding::Hex, secret).ok_or(SecretRefusal::NotHexadecimal)?,
        KeyForm::Sha1 => Sha1::digest(secret).to_vec(),
        KeyForm::WhpkBase64 => base64(secret.strip_prefix("whpk_").ok_or(SecretRefusal::NotAPublicKey)?)?,
        KeyForm::Spki => key_in_spki(&base64(secret)?).ok_or(SecretRefusal::NotAPublicKey)?,
    };
    if key.is_empty() {
        return Err(SecretRefusal::Empty);
    }
    Ok(Zeroizing::new(key))
}
