use crate::support::{Received, headers, provider};
use hookreel_ingest::{Refusal, RuleInput, SourceRule};

const BODY: &[u8] = br#"{"event":{"id":42,"kind":"order.created"}}"#;

fn rule(input: RuleInput) -> SourceRule {
    SourceRule::new(provider("generic_hmac"), &input).unwrap()
}

/// The MAC was computed by Node.js: `createHmac('sha256', secret).update(body).digest('base64')`.
fn in_base64() -> Received {
    Received {
        rule: rule(RuleInput {
            header: Some("X-Shop-Signature".into()),
            encoding: Some("base64".into()),
            event_id_pointer: Some("/event/id".into()),
            event_type_pointer: Some("/event/kind".into()),
            ..RuleInput::default()
        }),
        secrets: vec!["shared secret".to_owned()],
        headers: headers(&[("x-shop-signature", "JBbUMe4ljKdYpSg/pk2ip4xovkXrt6x68XMuD/u089M=")]),
        body: BODY.to_vec(),
        now: 0,
    }
}

/// Test case 2 of RFC 4231.
fn in_hex() -> Received {
    Received {
        rule: rule(RuleInput {
            header: Some("Authorization".into()),
            prefix: Some("HMAC ".into()),
            event_id_header: Some("X-Id".into()),
            event_type_header: Some("X-Type".into()),
            ..RuleInput::default()
        }),
        secrets: vec!["Jefe".to_owned()],
        headers: headers(&[
            ("Authorization", "HMAC 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            ("X-ID", "7"),
            ("x-type", "question"),
        ]),
        body: b"what do ya want for nothing?".to_vec(),
        now: 0,
    }
}

#[test]
fn a_genuine_request_passes_and_no_other() {
    in_base64().check_common("another");
    in_hex().check_common("another");
}

#[test]
fn id_and_type_come_from_where_the_source_says() {
    let by_pointer = in_base64().verify().unwrap();
    assert_eq!(by_pointer.event_id.as_deref(), Some("42"));
    assert_eq!(by_pointer.event_type.as_deref(), Some("order.created"));
    let by_header = in_hex().verify().unwrap();
    assert_eq!(by_header.event_id.as_deref(), Some("7"));
    assert_eq!(by_header.event_type.as_deref(), Some("question"));
}

#[test]
fn base64_may_come_without_padding() {
    let unpadded = in_base64().with_header("X-Shop-Signature", "JBbUMe4ljKdYpSg/pk2ip4xovkXrt6x68XMuD/u089M");
    assert!(unpadded.verify().is_ok());
}

#[test]
fn missing_repeated_and_malformed_headers_are_said_to_be_so() {
    assert_eq!(
        in_hex().without_header("Authorization").verify(),
        Err(Refusal::MissingHeader { header: "Authorization".to_owned() })
    );
    assert_eq!(in_hex().with_another("authorization", "HMAC 00").refusal(), "repeated_header");
    for value in ["", "HMAC", "HMAC 00", "Bearer x", "JBbUMe4ljKdYpSg/pk2ip4xovkXrt6x68XMuD/u089M="] {
        assert_eq!(in_hex().with_header("Authorization", value).refusal(), "malformed_header", "{value}");
    }
}

#[test]
fn a_body_need_not_be_json() {
    let mut received = in_hex();
    received.rule = rule(RuleInput {
        header: Some("Authorization".into()),
        prefix: Some("HMAC ".into()),
        event_id_pointer: Some("/id".into()),
        ..RuleInput::default()
    });
    assert_eq!(received.verify().unwrap().event_id, None);
}
