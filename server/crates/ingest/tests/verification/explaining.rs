//! What a person is told about a request, and what never.

use crate::vectors::{Vector, vectors};
use hookreel_ingest::{Finding, Inbound, Keyring, SecretOutcome, SourceRule, content_hash, explain};
use hookreel_kernel::{Secret, Timestamp};

fn findings(vector: &Vector, secrets: &[&str]) -> Vec<Finding> {
    let secrets: Vec<_> = secrets.iter().map(|secret| Secret::new((*secret).to_owned())).collect();
    let (headers, fetched) = (vector.headers(), vector.fetched());
    let request = Inbound {
        method: &vector.request.method,
        public_url: &vector.request.url,
        headers: &headers,
        body: vector.request.body.as_bytes(),
    };
    let keys = Keyring { secrets: &secrets, fetched: &fetched };
    explain(&vector.rule, &keys, &request, Timestamp::from_unix_timestamp(vector.now).unwrap())
}

#[test]
fn a_genuine_request_is_explained_to_the_end() {
    for vector in vectors() {
        let own: Vec<_> = vector.secret.iter().map(String::as_str).collect();
        let findings = findings(&vector, &own);
        assert!(matches!(findings.last(), Some(Finding::Accepted { .. })), "{findings:?}");
    }
}

#[test]
fn what_was_signed_is_shown_and_which_secret_did_not_match() {
    let stripe = vectors().into_iter().find(|vector| vector.rule.provider().name() == "stripe").unwrap();
    let findings = findings(&stripe, &["whsec_wrong", stripe.secret.as_deref().unwrap()]);
    let signed = findings.iter().find_map(|finding| match finding {
        Finding::Signed { excerpt, length_bytes, is_shortened: false, .. } => Some((excerpt.clone(), *length_bytes)),
        _ => None,
    });
    let expected = format!("1763892600.{}", stripe.request.body);
    assert_eq!(signed, Some((expected.clone(), expected.len())));
    let outcomes: Vec<_> = findings
        .iter()
        .filter_map(|finding| match finding {
            Finding::Secret { index, outcome } => Some((*index, *outcome)),
            _ => None,
        })
        .collect();
    assert_eq!(outcomes, [(0, SecretOutcome::DoesNotMatch), (1, SecretOutcome::Matches)]);
    let is_near =
        findings.iter().any(|finding| matches!(finding, Finding::Time { age_seconds: 3, is_near_enough: true, .. }));
    assert!(is_near, "{findings:?}");
}

#[test]
fn of_a_body_that_is_signed_many_times_the_beginning_is_shown() {
    let rule = serde_json::json!({ "provider": "custom", "header": "X-Sig", "signed": "{body}".repeat(85) });
    let rule: SourceRule = serde_json::from_value(rule).unwrap();
    let headers = [("X-Sig".to_owned(), "0f".repeat(32).into_bytes())];
    let body = "ab".repeat(500).into_bytes();
    let request = Inbound { method: "POST", public_url: "", headers: &headers, body: &body };
    let findings = explain(&rule, &Keyring::default(), &request, Timestamp::UNIX_EPOCH);
    let whole = body.repeat(85);
    let signed = Finding::Signed {
        length_bytes: whole.len(),
        sha256: content_hash(&Inbound { body: &whole, ..request }),
        excerpt: "ab".repeat(2_048),
        is_shortened: true,
    };
    assert!(findings.contains(&signed), "{findings:?}");
}

#[test]
fn neither_secret_nor_token_nor_an_expected_signature_is_shown() {
    let wrong = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    for mut vector in vectors() {
        let Some(secret) = vector.secret.clone() else { continue };
        // The right signature would be found if it were shown although the request has none.
        let sent: Vec<_> = vector.request.headers.iter().map(|(_, value)| value.clone()).collect();
        let own = serde_json::to_string(&findings(&vector, &[&secret])).unwrap();
        assert!(!own.contains(&secret), "{own}");
        vector.request.headers.clear();
        let without = serde_json::to_string(&findings(&vector, &[&secret, wrong])).unwrap();
        assert!(!without.contains(&secret) && !without.contains(wrong), "{without}");
        assert!(sent.iter().filter(|value| value.len() > 20).all(|value| !without.contains(value)), "{without}");
    }
}

#[test]
fn equal_bodies_have_equal_hashes() {
    let of = |body: &[u8]| content_hash(&Inbound { method: "POST", public_url: "", headers: &[], body });
    assert_eq!(of(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_ne!(of(b"a"), of(b"b"));
}
