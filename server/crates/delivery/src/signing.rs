//! Signatures of what goes out.
//!
//! Source: Standard Webhooks specification, "Signature scheme" (<https://www.standardwebhooks.com>): the signed content
//! is `{id}.{timestamp}.{body}`, the key is what follows `whsec_`, base64-decoded, and every valid secret contributes
//! one `v1,<base64>`, separated by spaces.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use hookreel_domain::endpoint::SignatureScheme;
use hookreel_kernel::{Secret, Timestamp};
use hookreel_secrets::signing_key;
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;

/// A secret, ready to sign with.
#[derive(Debug, Clone)]
pub(crate) struct SigningKey {
    text: Secret<String>,
    bytes: Secret<Vec<u8>>,
    /// `None`: the current one. Otherwise it signs too until then, so that receivers can change over.
    expires_at: Option<Timestamp>,
}

impl SigningKey {
    /// Takes a secret apart; one that is not `whsec_` and base64 signs with its bytes as they are.
    pub(crate) fn new(text: Secret<String>, expires_at: Option<Timestamp>) -> Self {
        let bytes = signing_key(text.expose()).map_or_else(|| text.expose().as_bytes().to_vec(), |key| key.to_vec());
        Self { bytes: Secret::new(bytes), text, expires_at }
    }

    fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// Puts id, timestamp and signature into the headers of one attempt.
pub(crate) fn sign(
    headers: &mut HeaderMap,
    scheme: SignatureScheme,
    keys: &[SigningKey],
    message_id: &str,
    now: Timestamp,
    body: &[u8],
) {
    let timestamp = now.unix_timestamp().to_string();
    let valid = keys.iter().filter(|key| key.is_valid(now));
    let (names, signature) = match scheme {
        SignatureScheme::Standard => (STANDARD_NAMES, standard_signature(valid, message_id, &timestamp, body)),
        SignatureScheme::Svix => (SVIX_NAMES, standard_signature(valid, message_id, &timestamp, body)),
        SignatureScheme::Legacy => (LEGACY_NAMES, legacy_signature(valid, &timestamp, body)),
    };
    for (name, value) in names.into_iter().zip([message_id, &timestamp, &signature]) {
        // Ids, digits, base64 and hex are always valid header values.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
}

const STANDARD_NAMES: [HeaderName; 3] = [
    HeaderName::from_static("webhook-id"),
    HeaderName::from_static("webhook-timestamp"),
    HeaderName::from_static("webhook-signature"),
];
const SVIX_NAMES: [HeaderName; 3] = [
    HeaderName::from_static("svix-id"),
    HeaderName::from_static("svix-timestamp"),
    HeaderName::from_static("svix-signature"),
];
const LEGACY_NAMES: [HeaderName; 3] = [
    HeaderName::from_static("x-webhook-id"),
    HeaderName::from_static("x-webhook-timestamp"),
    HeaderName::from_static("x-webhook-signature"),
];

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length; the error cannot happen.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn standard_signature<'a>(
    keys: impl Iterator<Item = &'a SigningKey>,
    message_id: &str,
    timestamp: &str,
    body: &[u8],
) -> String {
    let mut signatures = String::new();
    for key in keys {
        if !signatures.is_empty() {
            signatures.push(' ');
        }
        signatures.push_str("v1,");
        let parts = [message_id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        STANDARD.encode_string(mac(key.bytes.expose(), &parts), &mut signatures);
    }
    signatures
}

fn legacy_signature<'a>(keys: impl Iterator<Item = &'a SigningKey>, timestamp: &str, body: &[u8]) -> String {
    keys.map(|key| {
        let parts = [timestamp.as_bytes(), b".", body];
        format!("v1={}", hex::encode(mac(key.text.expose().as_bytes(), &parts)))
    })
    .collect::<Vec<_>>()
    .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// The example of the Standard Webhooks specification's reference libraries.
    #[test]
    fn the_specifications_example_is_signed_the_same() {
        let key = SigningKey::new(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()), None);
        let mut headers = HeaderMap::new();
        let now = Timestamp::from_unix_timestamp(1_614_265_330).unwrap();
        let body = br#"{"test": 2432232314}"#;
        sign(&mut headers, SignatureScheme::Standard, &[key], "msg_p5jXN8AQM9LWM0D4loKWxJek", now, body);
        assert_eq!(headers["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(headers["webhook-timestamp"], "1614265330");
        assert_eq!(headers["webhook-id"], "msg_p5jXN8AQM9LWM0D4loKWxJek");
    }

    #[test]
    fn both_secrets_sign_during_a_rotation_and_the_old_one_ends() {
        let now = Timestamp::from_unix_timestamp(1_700_000_000).unwrap();
        let old = SigningKey::new(Secret::new("whsec_b2xkIG9sZCBvbGQ=".to_owned()), Some(now + Duration::from_mins(1)));
        let new = SigningKey::new(Secret::new("whsec_bmV3IG5ldyBuZXc=".to_owned()), None);
        let keys = [new, old];
        let signatures_at = |at| {
            let mut headers = HeaderMap::new();
            sign(&mut headers, SignatureScheme::Svix, &keys, "msg_1", at, b"{}");
            headers["svix-signature"].to_str().unwrap().split(' ').count()
        };
        assert_eq!(signatures_at(now), 2);
        assert_eq!(signatures_at(now + Duration::from_mins(1)), 1);
    }

    /// Computed by Node: createHmac("sha256", "whsec_c2VjcmV0").update("1700000000.{}").digest("hex").
    #[test]
    fn the_legacy_scheme_signs_timestamp_and_body_with_the_secrets_text() {
        let key = SigningKey::new(Secret::new("whsec_c2VjcmV0".to_owned()), None);
        let mut headers = HeaderMap::new();
        let now = Timestamp::from_unix_timestamp(1_700_000_000).unwrap();
        sign(&mut headers, SignatureScheme::Legacy, &[key], "msg_1", now, b"{}");
        assert_eq!(
            headers["x-webhook-signature"],
            "v1=364c5930136b64e55f7f7a0228b53cdcdcfe48ee68e73fa94d7a3e529cec1c38"
        );
    }
}
