//! What is signed here is what is verified here.

use crate::support::provider;
use crate::vectors::vectors;
use hookreel_ingest::{
    Inbound, Keyring, Provider, Refusal, SampleEvent, SignProblem, SourceRule, Verified, sign, specimen, verify,
};
use hookreel_kernel::{Secret, Timestamp};

const URL: &str = "https://hooks.example.com/in/abc";
/// The provider signs with a key of its own, or in a way that nobody can check.
const CANNOT_BE_PLAYED: &[&str] =
    &["sendgrid", "discord", "telnyx", "paypal", "amazon_sns", "plaid", "adobe_io", "ebay"];
/// The provider sends no id, or none that a specimen can have.
const WITHOUT_ID: &[&str] = &[
    "zoom",
    "webflow",
    "dropbox",
    "paystack",
    "woocommerce",
    "x",
    "asana",
    "braintree",
    "generic_hmac",
    "custom",
    "slack",
];

/// Signs an event and verifies it a second later.
fn play(rule: &SourceRule, secret: &str, body: &[u8]) -> Result<Result<Verified, Refusal>, SignProblem> {
    let now = Timestamp::from_unix_timestamp(1_763_892_600).unwrap();
    let secret = Secret::new(secret.to_owned());
    let event = SampleEvent { id: "evt_1", event_type: "order.created", public_url: URL, body };
    let sample = sign(rule, &secret, event, now)?;
    let mut headers = vec![("Content-Type".to_owned(), sample.content_type.as_bytes().to_vec())];
    headers.extend(sample.headers.into_iter().map(|(name, value)| (name, value.into_bytes())));
    let request = Inbound { method: "POST", public_url: URL, headers: &headers, body: &sample.body };
    let secrets = [secret];
    let later = Timestamp::from_unix_timestamp(1_763_892_601).unwrap();
    Ok(verify(rule, &Keyring::of(&secrets), &request, later))
}

#[test]
fn every_provider_whose_key_is_shared_can_be_played() {
    // What comes with a token of the provider's own is more than the source's secret can make.
    for vector in vectors().into_iter().filter(|vector| vector.fetched().is_empty() || vector.secret.is_none()) {
        let name = vector.rule.provider().name();
        let secret = vector.secret.clone().unwrap_or_default();
        let played = play(&vector.rule, &secret, vector.request.body.as_bytes());
        if CANNOT_BE_PLAYED.contains(&name) || secret.starts_with("whpk_") {
            assert_eq!(played.unwrap_err(), SignProblem::CannotBePlayed, "{name}");
            continue;
        }
        let verified = played.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let verified = verified.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(verified.secret_index, Some(0), "{name}");
    }
}

#[test]
fn a_specimen_is_read_like_what_the_provider_sends() {
    for provider in Provider::all() {
        let name = provider.name();
        assert_eq!(provider.can_be_played(), !CANNOT_BE_PLAYED.contains(&name), "{name}");
        let vector = vectors().into_iter().find(|vector| vector.rule.provider() == provider).unwrap();
        if !provider.can_be_played() {
            continue;
        }
        let body = specimen(&vector.rule, "sample_1", "hookreel.sample");
        let secret = vector.secret.clone().unwrap_or_default();
        let verified = play(&vector.rule, &secret, &body).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let verified = verified.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert!(verified.event_type.is_some() || provider.is_configurable(), "{name}");
        let has_id = verified.event_id.is_some_and(|id| !id.is_empty());
        assert!(has_id || WITHOUT_ID.contains(&name), "{name}: {}", String::from_utf8_lossy(&body));
        assert!(verified.items.len() <= 1, "{name}");
    }
}

#[test]
fn a_body_without_a_place_for_the_signature_is_refused() {
    for name in ["mailgun", "adyen", "linear", "microsoft_graph"] {
        let rule: SourceRule = serde_json::from_value(serde_json::json!({ "provider": name })).unwrap();
        let problem = play(&rule, "00ff", b"[]").unwrap_err();
        assert!(matches!(problem, SignProblem::Body(_)), "{name}: {problem:?}");
    }
    assert!(!provider("paypal").setup().is_empty());
}
