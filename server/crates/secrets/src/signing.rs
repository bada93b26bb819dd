//! The form of signing secrets: `whsec_` and the key in Base64, as Standard Webhooks specifies.

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use hookreel_kernel::Secret;
use rand::RngCore;
use zeroize::Zeroizing;

const PREFIX: &str = "whsec_";
/// The key of a generated secret, in bytes.
pub const SIGNING_SECRET_BYTES: usize = 24;
/// The shortest key that is accepted, in bytes.
pub const SIGNING_SECRET_BYTES_MIN: usize = 24;
/// The longest key that is accepted, in bytes.
pub const SIGNING_SECRET_BYTES_MAX: usize = 64;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The text cannot be a signing secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ followed by {SIGNING_SECRET_BYTES_MIN} to {SIGNING_SECRET_BYTES_MAX} random bytes in Base64")]
pub struct SigningSecretError;

/// A new secret.
pub fn generate_signing_secret() -> Secret<String> {
    let mut key = Zeroizing::new([0; SIGNING_SECRET_BYTES]);
    rand::rng().fill_bytes(key.as_mut_slice());
    Secret::new(format!("{PREFIX}{}", BASE64.encode(key.as_slice())))
}

/// Checks a secret that a tenant brings; the prefix may be missing. Returns its full form.
///
/// # Errors
/// When it is not Base64, too short or too long.
pub fn parse_signing_secret(text: &str) -> Result<Secret<String>, SigningSecretError> {
    let secret = text.trim();
    let key = signing_key(secret).ok_or(SigningSecretError)?;
    if !(SIGNING_SECRET_BYTES_MIN..=SIGNING_SECRET_BYTES_MAX).contains(&key.len()) {
        return Err(SigningSecretError);
    }
    Ok(Secret::new(format!("{PREFIX}{}", BASE64.encode(key.as_slice()))))
}

/// The key that a secret stands for. `None` when it is not Base64.
pub fn signing_key(secret: &str) -> Option<Zeroizing<Vec<u8>>> {
    BASE64.decode(secret.strip_prefix(PREFIX).unwrap_or(secret)).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_secrets_are_accepted_and_differ() {
        let secret = generate_signing_secret();
        assert_eq!(parse_signing_secret(secret.expose()).unwrap(), secret);
        assert_ne!(generate_signing_secret(), secret);
        assert_eq!(signing_key(secret.expose()).unwrap().len(), SIGNING_SECRET_BYTES);
    }

    #[test]
    fn padding_and_prefix_are_optional() {
        let full = parse_signing_secret(&format!(" whsec_{}= ", "A".repeat(43))).unwrap();
        assert_eq!(parse_signing_secret(&"A".repeat(43)).unwrap(), full);
        assert!(full.expose().ends_with('='));
    }

    #[test]
    fn secrets_that_are_too_short_too_long_or_no_base64_are_refused() {
        for text in ["", "whsec_", "whsec_AAAA", &format!("whsec_{}", "A".repeat(88)), "whsec_!!!"] {
            assert_eq!(parse_signing_secret(text).unwrap_err(), SigningSecretError, "{text}");
        }
    }
}
