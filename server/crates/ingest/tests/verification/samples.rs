//! What is signed here is what is verified here.

use crate::support::provider;
use crate::vectors::vectors;
use hookreel_ingest::{Inbound, Keyring, Refusal, SampleEvent, SignProblem, SourceRule, Verified, sign, verify};
use hookreel_kernel::{Secret, Timestamp};

const URL: &str = "https://hooks.example.com/in/abc";
const CANNOT_BE_PLAYED: &[&str] =
    &["sendgrid", "discord", "telnyx", "paypal", "amazon_sns", "plaid", "adobe_io", "ebay"];

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
    for vector in vectors() {
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
fn a_body_without_a_place_for_the_signature_is_refused() {
    for name in ["mailgun", "adyen", "linear", "microsoft_graph"] {
        let rule: SourceRule = serde_json::from_value(serde_json::json!({ "provider": name })).unwrap();
        let problem = play(&rule, "00ff", b"[]").unwrap_err();
        assert!(matches!(problem, SignProblem::Body(_)), "{name}: {problem:?}");
    }
    assert!(!provider("paypal").setup().is_empty());
}
