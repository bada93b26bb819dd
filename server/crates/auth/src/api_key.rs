//! What an API key looks like: `hk_<id>_<secret>_<check>`.
//!
//! The id tells people and secret scanners which key it is, the secret is 256 random bits in base62, and the check
//! (the start of the SHA-256 of what stands before it) tells a typing error from a key without asking anybody.
//! Only the SHA-256 of the whole key is stored.

use hookreel_kernel::{ApiKeyId, Secret};
use rand::Rng as _;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// What every key starts with.
pub const PREFIX: &str = "hk_";
/// 43 digits of base62 carry 256 bits.
const SECRET_CHARS: usize = 43;
/// Six digits of base62 carry 32 bits.
const CHECK_CHARS: usize = 6;
const HINT_CHARS: usize = 4;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The SHA-256 of a key: what is stored and looked up.
pub type KeyHash = [u8; 32];

/// A key that was just made.
#[derive(Debug)]
pub struct FreshKey {
    /// Names it; part of its text.
    pub id: ApiKeyId,
    /// The key: shown once, never stored.
    pub text: Secret<String>,
    /// What is stored.
    pub hash: KeyHash,
    /// Its last characters, for people.
    pub hint: String,
}

impl FreshKey {
    /// Makes a key from the operating system's seeded generator.
    pub fn generate() -> Self {
        let id = ApiKeyId::generate();
        let id_text = id.to_string();
        let id_part = id_text.rsplit('_').next().unwrap_or_default();
        let mut text = String::with_capacity(PREFIX.len() + 26 + SECRET_CHARS + CHECK_CHARS + 2);
        let _ = write!(text, "{PREFIX}{id_part}_");
        let mut random = rand::rng();
        text.extend((0..SECRET_CHARS).map(|_| char::from(BASE62[random.random_range(0..BASE62.len())])));
        let check = check_of(&text);
        let _ = write!(text, "_{check}");
        let hint = text[text.len() - HINT_CHARS..].to_owned();
        Self { id, hash: hash_of(&text), hint, text: Secret::new(text) }
    }
}

/// The hash of a text that has a key's form and a right check; `None` for everything else.
pub fn parse(text: &str) -> Option<KeyHash> {
    let (checked, check) = text.rsplit_once('_')?;
    let (id, secret) = checked.strip_prefix(PREFIX)?.split_once('_')?;
    let well_formed = id.len() == 26 && secret.len() == SECRET_CHARS && check.len() == CHECK_CHARS;
    (well_formed && check_of(checked) == check).then(|| hash_of(text))
}

fn hash_of(text: &str) -> KeyHash {
    Sha256::digest(text.as_bytes()).into()
}

fn check_of(text: &str) -> String {
    let [a, b, c, d, ..] = hash_of(text);
    let mut rest = u32::from_be_bytes([a, b, c, d]) as usize;
    (0..CHECK_CHARS)
        .map(|_| {
            let digit = BASE62[rest % BASE62.len()];
            rest /= BASE62.len();
            char::from(digit)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_key_is_recognised_by_its_hash() {
        let key = FreshKey::generate();
        assert_eq!(parse(key.text.expose()), Some(key.hash));
        assert!(key.text.expose().ends_with(&key.hint));
        assert_eq!(key.text.expose().len(), 3 + 26 + 1 + 43 + 1 + 6);
    }

    #[test]
    fn a_key_with_one_wrong_character_is_refused_by_its_check() {
        let key = FreshKey::generate();
        for at in 0..key.text.expose().len() {
            let mut typo = key.text.expose().clone().into_bytes();
            typo[at] = if typo[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(parse(std::str::from_utf8(&typo).unwrap()), None, "position {at}");
        }
    }

    #[test]
    fn arbitrary_text_is_no_key() {
        for text in ["", "hk_", "hk___", "Bearer", "hk_1_2_3", "hk_ä_ö_ü"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn debug_does_not_show_the_key() {
        let key = FreshKey::generate();
        assert!(!format!("{key:?}").contains(key.text.expose().as_str()));
    }
}
