//! Whatever arrives: no panic, and nothing passes that was not signed.

use crate::corpus::entry;
use crate::support::{inbound, provider, rule};
use hookreel_ingest::{Keyring, RuleInput, SampleEvent, SourceRule, sign, validate_secret, verify};
use hookreel_kernel::{Secret, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const NOW: i64 = 1_763_892_600;

fn any_rule() -> impl Strategy<Value = SourceRule> {
    let generic = |encoding: &str, prefix: &str| {
        let input = RuleInput {
            header: Some("X-Signature".to_owned()),
            prefix: Some(prefix.to_owned()),
            encoding: Some(encoding.to_owned()),
            event_id_header: Some("X-Event-Id".to_owned()),
            event_type_pointer: Some("/data/0/type".to_owned()),
            ..RuleInput::default()
        };
        SourceRule::new(provider("generic_hmac"), &input).unwrap()
    };
    prop_oneof![
        Just(rule(provider("stripe"))),
        Just(rule(provider("github"))),
        Just(rule(provider("standard_webhooks"))),
        Just(generic("hex", "")),
        Just(generic("base64", "sha256=")),
    ]
}

/// Names that matter, with values that look as if they did.
fn any_header() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name = prop::sample::select(vec![
        "Stripe-Signature",
        "X-Hub-Signature-256",
        "X-GitHub-Delivery",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "svix-id",
        "svix-timestamp",
        "svix-signature",
        "X-Signature",
        "X-Event-Id",
    ]);
    let value = prop_oneof![
        vec(any::<u8>(), 0..80),
        "[tv]1?=[0-9]{1,14},?(v1=[0-9a-fA-F]{60,68},?){0,4}".prop_map(String::into_bytes),
        "(v1,[A-Za-z0-9+/]{42,44}=? ?){0,4}".prop_map(String::into_bytes),
        "sha256=[0-9a-f]{63,65}".prop_map(String::into_bytes),
        "[0-9]{0,20}".prop_map(String::into_bytes),
    ];
    (name.prop_map(str::to_owned), value)
}

fn now() -> Timestamp {
    Timestamp::from_unix_timestamp(NOW).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_nobody_signed_is_refused_without_a_panic(
        rule in any_rule(),
        headers in vec(any_header(), 0..8),
        body in vec(any::<u8>(), 0..200),
    ) {
        let request = inbound(&headers, &body);
        prop_assert!(verify(&rule, &Keyring::of(&[Secret::new(SECRET.to_owned())]), &request, now()).is_err());
    }

    #[test]
    fn what_was_signed_is_verified_until_an_octet_changes(
        rule in any_rule(),
        body in prop_oneof![
            vec(any::<u8>(), 0..400),
            Just(br#"{"id":"evt_1","type":"a.b","data":[{"type":"a.b"}]}"#.to_vec()),
        ],
        id in "[A-Za-z0-9_-]{1,40}",
        skew in -300_i64..=300,
        flip in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let secret = Secret::new(SECRET.to_owned());
        let event = SampleEvent { id: &id, event_type: "a.b", public_url: "", body: &body };
        let signed = sign(&rule, &secret, event, now()).unwrap();
        let headers: Vec<_> = signed.headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
        let later = Timestamp::from_unix_timestamp(NOW + skew).unwrap();

        let request = inbound(&headers, &body);
        let verified = verify(&rule, &Keyring::of(std::slice::from_ref(&secret)), &request, later).unwrap();
        if rule.provider() != provider("stripe") {
            prop_assert_eq!(verified.event_id, Some(id));
        }

        if !body.is_empty() {
            let mut changed = body.clone();
            changed[flip.index(body.len())] ^= 1 << bit;
            let request = inbound(&headers, &changed);
            prop_assert!(verify(&rule, &Keyring::of(&[secret]), &request, later).is_err());
        }
    }

    #[test]
    fn any_text_is_judged_as_a_secret_without_a_panic(rule in any_rule(), secret in any::<String>()) {
        let verdict = validate_secret(&rule, &secret);
        if secret.is_empty() {
            prop_assert!(verdict.is_err());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_provider_panics_on_any_octets(data in vec(any::<u8>(), 0..300)) {
        entry::header(&data);
        entry::body(&data);
    }

    #[test]
    fn no_provider_panics_on_any_json(json in r#"\{"(type|events|value|signature|notificationItems|event)":(\[|\{|"|[0-9]{1,20}|null|\[\{\}\]|\{"a":1\})\]?\}"#) {
        entry::body(json.as_bytes());
    }
}

#[test]
fn a_body_of_any_depth_is_verified() {
    let rule = rule(provider("stripe"));
    let secret = Secret::new(SECRET.to_owned());
    let deep = "[".repeat(400_000);
    let event = SampleEvent { id: "", event_type: "", public_url: "", body: deep.as_bytes() };
    let headers: Vec<_> = sign(&rule, &secret, event, now())
        .unwrap()
        .headers
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    let request = inbound(&headers, deep.as_bytes());
    let verified = verify(&rule, &Keyring::of(&[secret]), &request, now()).unwrap();
    assert_eq!((verified.event_id, verified.event_type), (None, None));
}
