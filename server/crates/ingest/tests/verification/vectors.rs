//! Every provider against the requests in `tests/vectors`, each of which says where it comes from.

use hookreel_ingest::{
    FetchedKey, Inbound, Keyring, Provider, Refusal, SourceRule, Verdict, Verified, needed_key, validate_secret, verify,
};
use hookreel_kernel::{Secret, Timestamp};
use serde::Deserialize;
use std::collections::HashSet;
use std::path::Path;

/// The headers beside the signature without which a request is not believed, and what is said of one that is not as the
/// provider writes it: a time is read, anything else is only signed, or leads to a key.
const DECIDING: &[(&str, &str)] = &[
    ("webhook-id", "signature_mismatch"),
    ("webhook-timestamp", "malformed_header"),
    ("svix-id", "signature_mismatch"),
    ("svix-timestamp", "malformed_header"),
    ("finch-event-id", "signature_mismatch"),
    ("finch-timestamp", "malformed_header"),
    ("X-Slack-Request-Timestamp", "malformed_header"),
    ("X-Zendesk-Webhook-Signature-Timestamp", "malformed_header"),
    ("x-zm-request-timestamp", "malformed_header"),
    ("Twitch-Eventsub-Message-Id", "signature_mismatch"),
    ("Twitch-Eventsub-Message-Timestamp", "malformed_header"),
    ("x-webflow-timestamp", "malformed_header"),
    ("X-HubSpot-Request-Timestamp", "malformed_header"),
    ("X-Twilio-Email-Event-Webhook-Timestamp", "malformed_header"),
    ("X-Signature-Timestamp", "malformed_header"),
    ("telnyx-timestamp", "malformed_header"),
    ("PAYPAL-TRANSMISSION-ID", "signature_mismatch"),
    ("PAYPAL-TRANSMISSION-TIME", "signature_mismatch"),
    ("PAYPAL-CERT-URL", "untrusted_key"),
    ("PAYPAL-AUTH-ALGO", "malformed_header"),
    ("x-adobe-public-key1-path", "untrusted_key"),
    // Of the custom rule that signs it.
    ("X-Id", "signature_mismatch"),
];

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Vector {
    pub(crate) origin: String,
    pub(crate) rule: SourceRule,
    pub(crate) secret: Option<String>,
    pub(crate) another_secret: Option<String>,
    pub(crate) now: i64,
    /// Absent if the time is not signed.
    pub(crate) signed_at: Option<i64>,
    tolerance_seconds: i64,
    /// Absent if the signature is in the body.
    pub(crate) signature_header: Option<String>,
    pub(crate) tamper: Tamper,
    pub(crate) request: Request,
    keys: Vec<(String, String)>,
    pub(crate) expect: Expected,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// How a body is changed that the signature covers.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Tamper {
    Named(Named),
    Replacing(String, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Named {
    EveryOctet,
    NotCovered,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Expected {
    pub(crate) verdict: Verdict,
    event_id: Option<String>,
    event_type: Option<String>,
    items: Vec<(Option<String>, Option<String>)>,
}

pub(crate) fn vectors() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    Provider::all().flat_map(|provider| read(&folder.join(format!("{provider}.json")))).collect()
}

fn read(file: &Path) -> Vec<Vector> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

impl Vector {
    fn name(&self) -> &'static str {
        self.rule.provider().name()
    }

    fn verify_with(&self, secrets: &[&str]) -> Result<Verified, Refusal> {
        self.judge(secrets, self.now, &self.headers(), self.request.body.as_bytes())
    }

    fn own(&self) -> Vec<&str> {
        self.secret.iter().map(String::as_str).collect()
    }

    fn verify_at(&self, now: i64) -> Result<Verified, Refusal> {
        self.judge(&self.own(), now, &self.headers(), self.request.body.as_bytes())
    }

    fn verify_headers(&self, headers: &[(String, Vec<u8>)]) -> Result<Verified, Refusal> {
        self.judge(&self.own(), self.now, headers, self.request.body.as_bytes())
    }

    fn verify_body(&self, body: &[u8]) -> Result<Verified, Refusal> {
        self.judge(&self.own(), self.now, &self.headers(), body)
    }

    pub(crate) fn headers(&self) -> Vec<(String, Vec<u8>)> {
        self.request.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect()
    }

    pub(crate) fn fetched(&self) -> Vec<FetchedKey> {
        let key = |(cache_key, document): &(String, String)| FetchedKey {
            cache_key: cache_key.clone(),
            document: document.clone().into_bytes(),
        };
        self.keys.iter().map(key).collect()
    }

    pub(crate) fn secrets(&self) -> Vec<Secret<String>> {
        self.secret.iter().cloned().map(Secret::new).collect()
    }

    fn judge(
        &self,
        secrets: &[&str],
        now: i64,
        headers: &[(String, Vec<u8>)],
        body: &[u8],
    ) -> Result<Verified, Refusal> {
        let secrets: Vec<_> = secrets.iter().map(|secret| Secret::new((*secret).to_owned())).collect();
        let request = Inbound { method: &self.request.method, public_url: &self.request.url, headers, body };
        let keys = Keyring { secrets: &secrets, fetched: &self.fetched() };
        verify(&self.rule, &keys, &request, Timestamp::from_unix_timestamp(now).unwrap())
    }

    /// The document of the key that was fetched.
    pub(crate) fn key_document(&self) -> &str {
        &self.keys[0].1
    }

    /// Changes the document of the key.
    pub(crate) fn expire_key(&mut self, from: &str, to: &str) {
        assert!(self.keys[0].1.contains(from), "{}", self.keys[0].1);
        self.keys[0].1 = self.keys[0].1.replace(from, to);
    }

    fn is_signature(&self, header: &str) -> bool {
        match self.signature_header.as_deref() {
            Some("numbered") => header.starts_with("X-DocuSign-Signature-"),
            Some(name) => header.eq_ignore_ascii_case(name),
            None => false,
        }
    }

    /// The headers with another value of one of them, or without it.
    fn headers_where(&self, header: &str, value: Option<&[u8]>) -> Vec<(String, Vec<u8>)> {
        let changed = |(name, own): (String, Vec<u8>)| {
            if name.eq_ignore_ascii_case(header) { Some((name, value?.to_vec())) } else { Some((name, own)) }
        };
        self.headers().into_iter().filter_map(changed).collect()
    }

    /// The headers with something done to the signature.
    fn headers_with(&self, change: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
        let changed = |(name, value): (String, Vec<u8>)| {
            if self.is_signature(&name) { change(&value).map(|value| (name, value)) } else { Some((name, value)) }
        };
        self.headers().into_iter().filter_map(changed).collect()
    }
}

/// Handshakes and tokens aside, what is in the table is tested here: a provider cannot be added without.
#[test]
fn every_provider_has_a_vector_that_says_where_it_comes_from() {
    for provider in Provider::all() {
        let own = vectors().into_iter().filter(|vector| vector.rule.provider() == provider);
        let origins: Vec<_> = own.map(|vector| vector.origin).collect();
        assert!(!origins.is_empty() && origins.iter().all(|origin| origin.len() > 10), "{provider}: {origins:?}");
    }
}

#[test]
fn a_genuine_request_is_recognised_with_its_event() {
    for vector in vectors() {
        let verified =
            vector.verify_with(&vector.own()).unwrap_or_else(|refusal| panic!("{}: {refusal}", vector.name()));
        let expect = &vector.expect;
        assert_eq!(verified.verdict, expect.verdict, "{}", vector.name());
        assert_eq!(verified.event_id, expect.event_id, "{}", vector.name());
        assert_eq!(verified.event_type, expect.event_type, "{}", vector.name());
        let items: Vec<_> = verified.items.into_iter().map(|item| (item.event_id, item.event_type)).collect();
        assert_eq!(items, expect.items, "{}", vector.name());
        assert!(!verified.rule.is_empty());
        if let Some(secret) = &vector.secret {
            assert_eq!(validate_secret(&vector.rule, secret), Ok(()), "{}", vector.name());
        }
    }
}

#[test]
fn a_body_that_was_changed_is_refused_where_it_is_covered() {
    for vector in vectors() {
        let body = vector.request.body.as_bytes();
        match &vector.tamper {
            Tamper::Named(Named::NotCovered) => {
                assert_ne!(vector.expect.verdict, Verdict::Verified, "{}", vector.name());
            }
            Tamper::Replacing(from, to) => {
                assert!(vector.request.body.contains(from), "{}", vector.name());
                let changed = vector.request.body.replacen(from, to, 1);
                assert!(vector.verify_body(changed.as_bytes()).is_err(), "{}", vector.name());
            }
            Tamper::Named(Named::EveryOctet) => {
                for index in 0..body.len() {
                    let mut changed = body.to_vec();
                    changed[index] ^= 1;
                    assert!(vector.verify_body(&changed).is_err(), "{}: octet {index}", vector.name());
                }
                assert!(vector.verify_body(&[body, b" "].concat()).is_err(), "{}", vector.name());
            }
        }
    }
}

#[test]
fn only_the_own_secret_counts_and_it_may_be_the_second() {
    for vector in vectors() {
        let (Some(own), Some(other)) = (&vector.secret, &vector.another_secret) else { continue };
        let code = vector.verify_with(&[other]).unwrap_err().code();
        assert!(matches!(code, "signature_mismatch" | "token_mismatch"), "{}: {code}", vector.name());
        assert_eq!(vector.verify_with(&[]).unwrap_err().code(), "no_secret", "{}", vector.name());
        let rotated = vector.verify_with(&[other, own]).map(|verified| verified.secret_index);
        assert_eq!(rotated, Ok(Some(1)), "{}", vector.name());
    }
}

#[test]
fn a_signed_time_must_be_near() {
    for vector in vectors() {
        let Some(signed_at) = vector.signed_at else { continue };
        let tolerance = vector.tolerance_seconds;
        for near in [signed_at - tolerance, signed_at + tolerance] {
            assert!(vector.verify_at(near).is_ok(), "{}", vector.name());
        }
        let stale = vector.verify_at(signed_at + tolerance + 1).unwrap_err();
        assert_eq!(stale.code(), "stale_timestamp", "{}", vector.name());
        let future = vector.verify_at(signed_at - tolerance - 1).unwrap_err();
        assert_eq!(future.code(), "future_timestamp", "{}", vector.name());
    }
}

#[test]
fn a_missing_or_malformed_signature_is_said_to_be_so() {
    for vector in vectors().iter().filter(|vector| vector.expect.verdict != Verdict::Unattempted) {
        if vector.signature_header.is_none() {
            for body in ["", "{}", "[]", "null", r#"{"signature":{"signature":"zz"}}"#, "bt_signature=x&bt_payload=y"] {
                let refusal = vector.verify_body(body.as_bytes()).unwrap_err();
                assert_eq!(refusal.code(), "malformed_body", "{}: {body}", vector.name());
            }
            continue;
        }
        let missing = vector.verify_headers(&vector.headers_with(|_| None)).unwrap_err();
        assert_eq!(missing.code(), "missing_header", "{}", vector.name());
        for value in [&b""[..], b"?", b"\xff\xfe", b"=,;=|.."] {
            let refusal = vector.verify_headers(&vector.headers_with(|_| Some(value.to_vec()))).unwrap_err();
            let code = refusal.code();
            // To a plain token nothing is malformed.
            let is_refused = matches!(code, "malformed_header" | "token_mismatch");
            assert!(is_refused, "{}: {value:?} is {code}", vector.name());
        }
        let mut twice = vector.headers();
        twice.extend(vector.headers_with(|value| Some(value.to_vec())));
        if vector.signature_header.as_deref() != Some("numbered") {
            assert_eq!(vector.verify_headers(&twice).unwrap_err().code(), "repeated_header", "{}", vector.name());
        }
    }
}

#[test]
fn a_missing_or_malformed_header_that_decides_is_said_to_be_so() {
    let mut seen = HashSet::new();
    // Of what is signed with Ed25519, the row of the HMAC, which is tried first, says that it is no signature of its own.
    let is_hmac_or_alone = |vector: &Vector| !vector.own().iter().any(|secret| secret.starts_with("whpk_"));
    for vector in vectors().into_iter().filter(is_hmac_or_alone) {
        let headers = vector.headers();
        for (name, value) in headers.iter().filter(|(name, _)| !vector.is_signature(name)) {
            let missing = vector.verify_headers(&vector.headers_where(name, None));
            let is_missed = matches!(
                &missing,
                Err(Refusal::MissingHeader { header }) if header.eq_ignore_ascii_case(name)
            );
            let row = DECIDING.iter().find(|(deciding, _)| deciding.eq_ignore_ascii_case(name));
            assert_eq!(is_missed, row.is_some(), "{}: without {name}: {missing:?}", vector.name());
            let Some((deciding, code)) = row else { continue };
            seen.insert(*deciding);
            for (value, code) in [(&b""[..], *code), (&b"?"[..], *code), (&b"\xff\xfe"[..], "malformed_header")] {
                let refusal = vector.verify_headers(&vector.headers_where(name, Some(value))).unwrap_err();
                assert_eq!(refusal.code(), code, "{}: {name}: {value:?}", vector.name());
            }
            let mut twice = headers.clone();
            twice.push((name.clone(), value.clone()));
            assert_eq!(
                vector.verify_headers(&twice).unwrap_err().code(),
                "repeated_header",
                "{}: {name}",
                vector.name()
            );
        }
    }
    let unseen: Vec<_> = DECIDING.iter().filter(|(name, _)| !seen.contains(name)).collect();
    assert!(unseen.is_empty(), "no vector has them: {unseen:?}");
}

#[test]
fn a_key_is_asked_for_and_without_it_nothing_passes() {
    for mut vector in vectors().into_iter().filter(|vector| !vector.keys.is_empty()) {
        let (secrets, headers) = (vector.secrets(), vector.headers());
        let request = Inbound {
            method: &vector.request.method,
            public_url: &vector.request.url,
            headers: &headers,
            body: vector.request.body.as_bytes(),
        };
        let needed = needed_key(&vector.rule, &secrets, &request).unwrap();
        assert_eq!(needed.cache_key, vector.keys[0].0, "{}", vector.name());
        assert!(needed.url.starts_with("https://"), "{}", needed.url);
        assert!(needed.is_answered_by(vector.keys[0].1.as_bytes()), "{}", vector.name());

        for document in ["", "{}", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(!needed.is_answered_by(document.as_bytes()), "{}", vector.name());
            vector.keys[0].1 = document.to_owned();
            assert_eq!(vector.verify_at(vector.now).unwrap_err().code(), "unusable_key", "{}", vector.name());
        }
        vector.keys.clear();
        assert_eq!(vector.verify_at(vector.now).unwrap_err().code(), "key_not_fetched", "{}", vector.name());
    }
}
