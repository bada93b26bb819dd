//! Whatever arrives: no panic, and nothing passes that was not signed.

use crate::corpus::{REQUESTS, entry};
use crate::support::{inbound, provider, rule};
use hookreel_ingest::{Keyring, RuleInput, SampleEvent, SourceRule, Verdict, sign, validate_secret, verify};
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

/// What a header says: what it says in a request of the corpus, nothing, or anything.
#[derive(Debug, Clone)]
enum Said {
    Usual,
    Nothing,
    Anything(Vec<u8>),
}

impl Said {
    fn value(&self, rule: &SourceRule, name: &str) -> Option<Vec<u8>> {
        match self {
            Self::Usual => {
                let own = REQUESTS.iter().filter(|request| request.rule.provider() == rule.provider());
                let mut headers = own.flat_map(|request| &request.headers);
                headers.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
            }
            Self::Nothing => None,
            Self::Anything(value) => Some(value.clone()),
        }
    }
}

/// Values that look like one provider's or another's: signatures, times, tokens, addresses.
fn any_said() -> impl Strategy<Value = Said> {
    let text = prop_oneof![
        "[0-9]{0,20}",
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,12})?(Z|[+-][0-9]{2}:[0-9]{2})",
        "(sha1=|sha256=|v0=|v1=|k=)?([0-9a-f]{40}|[0-9a-fA-F]{63,65}|[0-9a-f]{128})",
        "(sha256=|v0=|k=)?([A-Za-z0-9+/]{27}=|[A-Za-z0-9+/_-]{43}=?|[A-Za-z0-9+/]{86}==)",
        "((t|ts|when|v1|h1|sig) ?= ?([0-9]{1,16}|[0-9a-f]{64})[,;] ?){0,5}",
        "((v1|v1a|v3|)[,=][A-Za-z0-9+/]{42,44}=?[ ,]?){0,4}",
        r"(Bearer )?eyJhbGciOiJ[A-Za-z0-9_-]{2,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,86}",
        r"(https://api\.paypal\.com/v1/notifications/certs/|/prod/keys/)[A-Za-z0-9./_-]{0,20}(\.pem)?",
        "(Basic|basic|bearer) {0,2}[A-Za-z0-9+/]{0,20}={0,2}",
        "(key=[a-z]{0,4}, ?)?(algorithm=(HMAC_SHA1|HMAC_SHA256|),?){0,2}",
    ];
    let anything = prop_oneof![vec(any::<u8>(), 0..80), text.prop_map(String::into_bytes)];
    prop_oneof![3 => Just(Said::Usual), 1 => Just(Said::Nothing), 6 => anything.prop_map(Said::Anything)]
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

    /// Each header of each provider has a value of its own, and often the usual one: so the second is reached behind a
    /// first that is well written.
    #[test]
    fn whatever_the_headers_of_any_provider_say_a_stranger_is_refused_with_a_reason(
        said in vec(any_said(), 12),
        body in prop_oneof![vec(any::<u8>(), 0..60), Just(b"{}".to_vec()), Just(b"a=1&b=2".to_vec())],
    ) {
        for rule in entry::rules() {
            let names = rule.headers();
            prop_assert!(names.len() <= said.len(), "{rule:?}");
            let told = names.into_iter().zip(&said);
            let headers: Vec<_> =
                told.filter_map(|(name, said)| said.value(&rule, &name).map(|value| (name, value))).collect();
            let request = inbound(&headers, &body);
            entry::judge(&rule, &request, &[]);
            match verify(&rule, &Keyring::of(&entry::secrets_of(&rule)), &request, now()) {
                Ok(verified) => prop_assert_eq!(verified.verdict, Verdict::Unattempted, "{:?}", rule),
                Err(refusal) => {
                    let reason = refusal.to_string();
                    let is_line = !reason.is_empty() && !reason.contains(char::is_control);
                    prop_assert!(is_line && !refusal.code().is_empty(), "{rule:?}: {reason}");
                }
            }
        }
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
