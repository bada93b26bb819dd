use crate::support::{Received, headers, provider, rule};
use hookreel_ingest::Refusal;

const MAC: &str = "sha256=4d89e62fc3c9ebc92dd3b4e1c6cd4018702d27c0513ef1682dfd9561ed861283";

/// Signed by `sign` of GitHub's own npm package `@octokit/webhooks-methods` 6.0.0.
fn vector() -> Received {
    Received {
        rule: rule(provider("github")),
        secrets: vec!["hookreel-github-secret".to_owned()],
        headers: headers(&[
            ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
            ("X-GitHub-Event", "pull_request"),
            ("X-Hub-Signature-256", MAC),
        ]),
        body: r#"{"action":"opened","number":7,"pull_request":{"title":"Grüße 🪝"}}"#.as_bytes().to_vec(),
        now: 0,
    }
}

/// The example of GitHub's documentation, "Validating webhook deliveries".
fn documented() -> Received {
    Received {
        rule: rule(provider("github")),
        secrets: vec!["It's a Secret to Everybody".to_owned()],
        headers: headers(&[(
            "X-Hub-Signature-256",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        )]),
        body: b"Hello, World!".to_vec(),
        now: 0,
    }
}

#[test]
fn a_genuine_request_passes_and_no_other() {
    vector().check_common("another");
    documented().check_common("another");
}

#[test]
fn id_and_type_come_from_the_headers() {
    let verified = vector().verify().unwrap();
    assert_eq!(verified.event_id.as_deref(), Some("72d3162e-cc78-11e3-81ab-4c9367dc0958"));
    assert_eq!(verified.event_type.as_deref(), Some("pull_request"));
    let bare = documented().verify().unwrap();
    assert_eq!((bare.event_id, bare.event_type), (None, None));
}

#[test]
fn a_ping_is_an_event_like_any_other() {
    let ping = vector().with_header("X-GitHub-Event", "ping").verify().unwrap();
    assert_eq!(ping.event_type.as_deref(), Some("ping"));
}

#[test]
fn there_is_no_time_to_be_stale() {
    assert!(vector().at(4_000_000_000).verify().is_ok());
}

#[test]
fn the_old_signature_is_not_looked_at() {
    let old = vector().without_header("X-Hub-Signature-256").with_header("X-Hub-Signature", "sha1=00");
    assert_eq!(old.verify(), Err(Refusal::MissingHeader { header: "X-Hub-Signature-256".to_owned() }));
}

#[test]
fn a_malformed_header_is_said_to_be_so() {
    for value in ["", "sha256=", "sha1=00", &MAC["sha256=".len()..], &MAC.replace("sha256", "SHA256"), &MAC[..70]] {
        assert_eq!(vector().with_header("X-Hub-Signature-256", value).refusal(), "malformed_header", "{value}");
    }
    assert_eq!(vector().with_another("X-Hub-Signature-256", MAC).refusal(), "repeated_header");
}

#[test]
fn an_id_that_cannot_be_one_is_left_out() {
    let long = "a".repeat(257);
    for value in ["", "a\tb", "a\u{7}", long.as_str()] {
        assert_eq!(vector().with_header("X-GitHub-Delivery", value).verify().unwrap().event_id, None, "{value:?}");
    }
    assert_eq!(vector().with_header("X-GitHub-Delivery", [0xc3, 0x28]).verify().unwrap().event_id, None);
}
