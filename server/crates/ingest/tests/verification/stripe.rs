use crate::support::{Received, headers, provider, rule};
use hookreel_ingest::{Refusal, RuleInput, SourceRule};

const SENT_AT: i64 = 1_763_892_600;
const MAC: &str = "c0c529ea4c2e9aad370ec8f2e1879f0a62041811f665df667338dd2ef666784a";

/// Signed by `webhooks.generateTestHeaderString` of Stripe's own npm package `stripe` 23.1.0.
fn vector() -> Received {
    Received {
        rule: rule(provider("stripe")),
        secrets: vec!["whsec_hookreel_test_secret".to_owned()],
        headers: headers(&[("Stripe-Signature", &format!("t={SENT_AT},v1={MAC}"))]),
        body: br#"{"id":"evt_1QxHookreel0001","object":"event","type":"invoice.paid","data":{"object":{"id":"in_1"}}}"#
            .to_vec(),
        now: SENT_AT + 3,
    }
}

fn with_signature(value: &str) -> Received {
    vector().with_header("stripe-signature", value)
}

#[test]
fn a_genuine_request_passes_and_no_other() {
    vector().check_common("whsec_another");
    vector().check_times(SENT_AT);
}

#[test]
fn id_and_type_come_from_the_body() {
    let verified = vector().verify().unwrap();
    assert_eq!(verified.event_id.as_deref(), Some("evt_1QxHookreel0001"));
    assert_eq!(verified.event_type.as_deref(), Some("invoice.paid"));
}

#[test]
fn one_of_several_signatures_is_enough() {
    let other = "0".repeat(64);
    for value in [
        format!("t={SENT_AT},v1={other},v1={MAC}"),
        format!("v1={MAC},v0={other},t={SENT_AT}"),
        format!("t={SENT_AT}, v1={MAC}"),
        format!("t={SENT_AT},v1={},scheme", MAC.to_uppercase()),
    ] {
        assert!(with_signature(&value).verify().is_ok(), "{value}");
    }
}

#[test]
fn the_old_scheme_does_not_count() {
    assert_eq!(with_signature(&format!("t={SENT_AT},v0={MAC}")).refusal(), "malformed_header");
}

#[test]
fn the_time_is_signed_with_the_body() {
    let moved = with_signature(&format!("t={},v1={MAC}", SENT_AT + 1));
    assert_eq!(moved.refusal(), "signature_mismatch");
}

#[test]
fn a_missing_or_repeated_header_is_said_to_be_so() {
    assert_eq!(
        vector().without_header("Stripe-Signature").verify(),
        Err(Refusal::MissingHeader { header: "Stripe-Signature".to_owned() })
    );
    let twice = vector().with_another("STRIPE-SIGNATURE", format!("t={SENT_AT},v1={MAC}"));
    assert_eq!(twice.refusal(), "repeated_header");
}

#[test]
fn a_malformed_header_is_said_to_be_so() {
    for value in [
        String::new(),
        MAC.to_owned(),
        format!("v1={MAC}"),
        format!("t=,v1={MAC}"),
        format!("t=-1,v1={MAC}"),
        format!("t=+{SENT_AT},v1={MAC}"),
        format!("t={SENT_AT}.0,v1={MAC}"),
        format!("t=9999999999999,v1={MAC}"),
        format!("t={SENT_AT},t={SENT_AT},v1={MAC}"),
        format!("t={SENT_AT},v1="),
        format!("t={SENT_AT},v1={}", &MAC[1..]),
        format!("t={SENT_AT},v1={MAC}00"),
        format!("t={SENT_AT},v1=g{}", &MAC[1..]),
    ] {
        assert_eq!(with_signature(&value).refusal(), "malformed_header", "{value}");
    }
    assert_eq!(vector().with_header("Stripe-Signature", [0xff, 0xfe]).refusal(), "malformed_header");
}

#[test]
fn the_tolerance_is_the_sources_own() {
    let input = RuleInput { tolerance_seconds: Some(10), ..RuleInput::default() };
    let strict = Received { rule: SourceRule::new(provider("stripe"), &input).unwrap(), ..vector() };
    assert!(strict.clone().at(SENT_AT + 10).verify().is_ok());
    assert_eq!(strict.at(SENT_AT + 11).refusal(), "stale_timestamp");
}
