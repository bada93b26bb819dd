//! The one key that everything is encrypted with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::RngCore;
use zeroize::Zeroizing;

/// The key's length, in bytes.
pub(crate) const KEY_BYTES: usize = 32;

/// The encryption key of an installation. Whoever has it and the database can read every secret; whoever loses it
/// has to set every secret anew.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; KEY_BYTES]>);

/// The text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the encryption key must be 32 bytes in Base64 (44 characters), as `openssl rand -base64 32` prints it")]
pub struct SecretKeyError;

impl SecretKey {
    /// A new key.
    pub fn generate() -> Self {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        rand::rng().fill_bytes(key.as_mut_slice());
        Self(key)
    }

    /// The key in its textual form; white space around it is ignored.
    ///
    /// # Errors
    /// When it is not Base64 or not 32 bytes long.
    pub fn from_base64(text: &str) -> Result<Self, SecretKeyError> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| SecretKeyError)?);
        let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| SecretKeyError)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The textual form, to be kept somewhere safe.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice()))
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_round_trips_as_text() {
        let key = SecretKey::generate();
        let text = format!(" {}\n", key.to_base64().as_str());
        assert_eq!(SecretKey::from_base64(&text).unwrap().bytes(), key.bytes());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "short", "AAAA", &"A".repeat(64)] {
            assert_eq!(SecretKey::from_base64(text).unwrap_err(), SecretKeyError);
        }
    }
}
