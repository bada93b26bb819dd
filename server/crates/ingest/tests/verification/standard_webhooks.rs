use crate::support::{Received, headers, provider, rule};
use crate::vectors::vectors;
use hookreel_ingest::Refusal;

const ID: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
const SENT_AT: i64 = 1_674_087_231;
const MAC: &str = "+CHivt2qd7yTEed0FHAuomz251LSZylcoQU5MuecUV8=";
const ANOTHER_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn trio(family: &str, id: &str, sent_at: i64, signature: &str) -> Vec<(String, Vec<u8>)> {
    headers(&[
        (&format!("{family}-id"), id),
        (&format!("{family}-timestamp"), &sent_at.to_string()),
        (&format!("{family}-signature"), signature),
    ])
}

/// Signed by `Webhook.sign` of the npm packages `standardwebhooks` 1.1.1 and `svix` 1.99.1, which
/// agree.
fn vector(family: &str) -> Received {
    Received {
        rule: rule(provider("standard_webhooks")),
        secrets: vec!["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned()],
        headers: trio(family, ID, SENT_AT, &format!("v1,{MAC}")),
        body: br#"{"type":"contact.created","data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}"#.to_vec(),
        now: SENT_AT,
    }
}

/// The example that the libraries of Standard Webhooks test themselves with.
fn published() -> Received {
    Received {
        rule: rule(provider("standard_webhooks")),
        secrets: vec![ANOTHER_SECRET.to_owned()],
        headers: trio(
            "webhook",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        body: br#"{"test": 2432232314}"#.to_vec(),
        now: 1_614_265_330,
    }
}

#[test]
fn a_genuine_request_passes_and_no_other() {
    for family in ["webhook", "svix", "Webhook", "SVIX"] {
        vector(family).check_common(ANOTHER_SECRET);
        vector(family).check_times(SENT_AT);
    }
    published().check_common("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    published().check_times(1_614_265_330);
}

#[test]
fn the_id_comes_from_the_header_and_the_type_from_the_body() {
    for family in ["webhook", "svix"] {
        let verified = vector(family).verify().unwrap();
        assert_eq!(verified.event_id.as_deref(), Some(ID));
        assert_eq!(verified.event_type.as_deref(), Some("contact.created"));
    }
    assert_eq!(published().verify().unwrap().event_type, None);
}

#[test]
fn the_secret_may_come_without_its_prefix() {
    assert!(vector("webhook").with_secrets(&["C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]).verify().is_ok());
}

#[test]
fn one_of_several_signatures_is_enough() {
    let other = "A".repeat(43) + "=";
    for value in [
        format!("v1,{other} v1,{MAC}"),
        format!("v1a,{MAC} v1,{MAC} v2,{MAC}"),
        format!("v1,{MAC} v1,{other}"),
        format!("v1,short v1,{MAC}"),
    ] {
        assert!(vector("webhook").with_header("webhook-signature", &value).verify().is_ok(), "{value}");
    }
}

/// Anybody may send a hundred of them with a body of any size, and has them all tried.
#[test]
fn of_signatures_with_a_private_key_only_the_first_ten_are_tried() {
    let has_public_key = |secret: &String| secret.starts_with("whpk_");
    let signed = vectors().into_iter().find(|vector| vector.secret.as_ref().is_some_and(has_public_key)).unwrap();
    let received = Received {
        rule: signed.rule.clone(),
        secrets: signed.secret.iter().cloned().collect(),
        headers: signed.headers(),
        body: signed.request.body.clone().into_bytes(),
        now: signed.now,
    };
    let (_, own) = signed.request.headers.iter().find(|(name, _)| name == "webhook-signature").unwrap();
    let other = format!("v1a,{}== ", "A".repeat(86));
    let behind = |others| received.clone().with_header("webhook-signature", other.repeat(others) + own);
    assert!(behind(9).verify().is_ok());
    assert_eq!(behind(10).refusal(), "signature_mismatch");
}

#[test]
fn id_and_time_are_signed_with_the_body() {
    assert_eq!(vector("webhook").with_header("webhook-id", "msg_other").refusal(), "signature_mismatch");
    let moved = vector("webhook").with_header("webhook-timestamp", (SENT_AT + 1).to_string());
    assert_eq!(moved.refusal(), "signature_mismatch");
}

#[test]
fn each_missing_header_is_named() {
    for family in ["webhook", "svix"] {
        for part in ["id", "timestamp"] {
            let header = format!("{family}-{part}");
            let verdict = vector(family).without_header(&header).verify();
            assert_eq!(verdict, Err(Refusal::MissingHeader { header }));
        }
        let verdict = vector(family).without_header(&format!("{family}-signature")).verify();
        assert_eq!(verdict, Err(Refusal::MissingHeader { header: "webhook-signature".to_owned() }));
    }
}

#[test]
fn the_two_families_do_not_mix() {
    let mixed = vector("webhook").without_header("webhook-id").with_header("svix-id", ID);
    assert_eq!(mixed.verify(), Err(Refusal::MissingHeader { header: "webhook-id".to_owned() }));
}

#[test]
fn a_malformed_header_is_said_to_be_so() {
    for value in ["", "v1", "v1,", &format!("v1a,{MAC}"), MAC, &format!("v1={MAC}"), "v1,AAAA", "v1,!!!!"] {
        let bent = vector("webhook").with_header("webhook-signature", value);
        assert_eq!(bent.refusal(), "malformed_header", "{value}");
    }
    for value in ["", "soon", "-1", "1674087231.5", "2023-01-19T00:13:51Z", "99999999999999999999"] {
        let bent = vector("webhook").with_header("webhook-timestamp", value);
        assert_eq!(bent.refusal(), "malformed_header", "{value}");
    }
    for header in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        assert_eq!(vector("webhook").with_another(header, "1").refusal(), "repeated_header", "{header}");
    }
}

#[test]
fn a_secret_that_is_none_is_passed_over() {
    assert_eq!(vector("webhook").with_secrets(&["not base64!"]).refusal(), "unusable_secret");
    let own = vector("webhook").secrets[0].clone();
    let verdict = vector("webhook").with_secrets(&["not base64!", &own]).verify();
    assert_eq!(verdict.map(|verified| verified.secret_index), Ok(Some(1)));
}
