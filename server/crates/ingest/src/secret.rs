//! Secrets of providers: which are plausible, and the keys they stand for.

use crate::rule::SourceRule;
use crate::scheme::KeyForm;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// A secret longer than this is refused, in octets.
pub const SECRET_BYTES_MAX: usize = 512;

/// What Stripe's other credentials start with. They are pasted by mistake, and one of them is a
/// credential that must not lie around in a second place.
const STRIPE_OTHERS: &[&str] = &["sk_", "rk_", "pk_", "we_"];

/// Base64 of the standard alphabet that does not insist on padding.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

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
    /// Stripe's, but not a signing secret.
    #[error("This is another of Stripe's credentials. The signing secret of a webhook endpoint starts with whsec_.")]
    NotASigningSecret,
    /// Not what Standard Webhooks calls a secret.
    #[error("The secret must be Base64, usually after whsec_.")]
    NotBase64,
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
        }
    }
}

/// Checks a secret when it is configured, so that a typing error is not found out by lost webhooks.
pub fn validate_secret(rule: &SourceRule, secret: &str) -> Result<(), SecretRefusal> {
    if secret.is_empty() {
        return Err(SecretRefusal::Empty);
    }
    if secret.len() > SECRET_BYTES_MAX {
        return Err(SecretRefusal::TooLong);
    }
    if secret.trim() != secret || secret.contains(char::is_control) {
        return Err(SecretRefusal::WhiteSpace);
    }
    rule.check_secret_kind(secret)?;
    rule.with_schemes(|schemes| schemes.iter().try_for_each(|scheme| key_of(scheme.key, secret).map(drop)))
}

/// Refuses what is recognisably another credential of Stripe's.
pub(crate) fn refuse_stripe_others(secret: &str) -> Result<(), SecretRefusal> {
    if STRIPE_OTHERS.iter().any(|prefix| secret.starts_with(prefix)) {
        return Err(SecretRefusal::NotASigningSecret);
    }
    Ok(())
}

/// The key that a secret stands for.
pub(crate) fn key_of(form: KeyForm, secret: &str) -> Result<Zeroizing<Vec<u8>>, SecretRefusal> {
    let key = match form {
        KeyForm::Verbatim => secret.as_bytes().to_vec(),
        KeyForm::WhsecBase64 => {
            let encoded = secret.strip_prefix("whsec_").unwrap_or(secret);
            BASE64.decode(encoded).map_err(|_| SecretRefusal::NotBase64)?
        }
    };
    if key.is_empty() {
        return Err(SecretRefusal::Empty);
    }
    Ok(Zeroizing::new(key))
}
