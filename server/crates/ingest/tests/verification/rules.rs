use crate::support::provider;
use hookreel_ingest::{Encoding, Provider, RuleInput, RuleProblem, SourceRule};
use serde_json::{from_value, json};

fn problems(provider: Provider, input: &RuleInput) -> Vec<&'static str> {
    SourceRule::new(provider, input).unwrap_err().into_iter().map(RuleProblem::field).collect()
}

#[test]
fn a_rule_survives_its_storage() {
    let stored = json!({
        "provider": "generic_hmac", "header": "X-Sig", "prefix": "v1=", "encoding": "base64",
        "event_id_header": "X-Id", "event_type_pointer": "/type",
    });
    let rule: SourceRule = from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&rule).unwrap(), stored);
    assert_eq!(SourceRule::new(rule.provider(), &rule.to_input()), Ok(rule));

    for (provider, stored) in [
        (provider("stripe"), json!({"provider": "stripe", "tolerance_seconds": 300})),
        (provider("standard_webhooks"), json!({"provider": "standard_webhooks", "tolerance_seconds": 300})),
        (provider("github"), json!({"provider": "github"})),
    ] {
        let rule = SourceRule::new(provider, &RuleInput::default()).unwrap();
        assert_eq!(serde_json::to_value(&rule).unwrap(), stored);
        assert_eq!(from_value::<SourceRule>(json!({"provider": provider})).unwrap(), rule);
    }
}

#[test]
fn a_stored_rule_that_is_none_is_refused() {
    for bad in [
        json!({"provider": "generic_hmac"}),
        json!({"provider": "stripe", "tolerance_seconds": 0}),
        json!({"provider": "nobody"}),
        json!({"header": "X"}),
    ] {
        assert!(from_value::<SourceRule>(bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn everything_wrong_is_said_at_once_and_beside_its_field() {
    let input = RuleInput {
        header: Some("X Sig:".into()),
        prefix: Some("sha\n".into()),
        encoding: Some("base32".into()),
        event_id_header: Some("X-Id".into()),
        event_id_pointer: Some("/id".into()),
        event_type_pointer: Some("$.type".into()),
        tolerance_seconds: Some(5),
        ..RuleInput::default()
    };
    assert_eq!(
        problems(provider("generic_hmac"), &input),
        ["header", "prefix", "encoding", "event_id_pointer", "event_type_pointer", "tolerance_seconds"]
    );
    assert_eq!(problems(provider("generic_hmac"), &RuleInput::default()), ["header"]);
}

#[test]
fn what_a_provider_decides_itself_cannot_be_configured() {
    let input =
        RuleInput { header: Some("X-Sig".into()), event_id_pointer: Some("/id".into()), ..RuleInput::default() };
    for provider in [provider("stripe"), provider("github"), provider("standard_webhooks")] {
        assert_eq!(problems(provider, &input), ["header", "event_id_pointer"]);
    }
    let input = RuleInput { tolerance_seconds: Some(60), ..RuleInput::default() };
    assert_eq!(problems(provider("github"), &input), ["tolerance_seconds"]);
}

#[test]
fn what_a_provider_needs_beside_a_secret_is_asked_for() {
    for (name, field) in [
        ("paypal", "webhook_id"),
        ("amazon_sns", "topic_arn"),
        ("braintree", "public_key"),
        ("meta", "verify_token"),
        ("plaid", "client_id"),
        ("adobe_io", "client_id"),
    ] {
        assert_eq!(problems(provider(name), &RuleInput::default()), [field], "{name}");
        let stored = json!({ "provider": name, field: "abc" });
        let rule: SourceRule = from_value(stored).unwrap();
        assert_eq!(SourceRule::new(rule.provider(), &rule.to_input()), Ok(rule));
    }
    let rule: SourceRule = from_value(json!({"provider": "plaid", "client_id": "a"})).unwrap();
    assert_eq!(rule.to_input().environment.as_deref(), Some("production"));
    let input = RuleInput { client_id: Some("a".into()), environment: Some("x.evil".into()), ..RuleInput::default() };
    assert_eq!(problems(provider("plaid"), &input), ["environment"]);
    let input = RuleInput { header: Some("X Y".into()), ..RuleInput::default() };
    assert_eq!(problems(provider("okta"), &input), ["header"]);
}

#[test]
fn a_custom_row_says_what_is_wrong_with_it() {
    let text = |text: &str| Some(text.to_owned());
    let valid = || RuleInput { header: text("X-Sig"), ..RuleInput::default() };
    let custom = provider("custom");
    assert!(SourceRule::new(custom, &valid()).is_ok());
    for (input, field) in [
        (RuleInput { format: text("xml"), ..valid() }, "format"),
        (RuleInput { format: text("fields"), ..valid() }, "signature_field"),
        (RuleInput { signature_field: text("v1"), ..valid() }, "signature_field"),
        (RuleInput { digest: text("md5"), ..valid() }, "digest"),
        (RuleInput { key_form: text("spki"), ..valid() }, "key_form"),
        (RuleInput { separator: text("&"), ..valid() }, "separator"),
        (RuleInput { encoding: text("base32"), ..valid() }, "encoding"),
        (RuleInput { signed: text("{nothing}"), ..valid() }, "signed"),
        (RuleInput { signed: text("always"), ..valid() }, "signed"),
        (RuleInput { signed: text("{header:X Y}{body}"), ..valid() }, "signed"),
        (RuleInput { signed: text("{timestamp}.{body}"), ..valid() }, "signed"),
        (RuleInput { timestamp_header: text("X-Time"), ..valid() }, "signed"),
        (RuleInput { timestamp_field: text("t"), ..valid() }, "timestamp_field"),
        (RuleInput { timestamp_unit: text("fortnights"), ..valid() }, "timestamp_unit"),
        (RuleInput { timestamp_pointer: text("at"), ..valid() }, "timestamp_pointer"),
        (RuleInput { timestamp_pointer: text("/at"), timestamp_header: text("X-T"), ..valid() }, "timestamp_pointer"),
        (RuleInput { tolerance_seconds: Some(0), ..valid() }, "tolerance_seconds"),
        (RuleInput { tolerance_seconds: Some(60), ..valid() }, "tolerance_seconds"),
        (RuleInput { webhook_id: text("x"), ..valid() }, "webhook_id"),
    ] {
        let found = SourceRule::new(custom, &input).unwrap_err();
        assert!(found.iter().any(|problem| problem.field() == field), "{input:?}: {found:?}");
        assert!(found.iter().all(|problem| !problem.to_string().is_empty()));
    }
}

#[test]
fn a_custom_row_survives_its_storage() {
    let stored = json!({
        "provider": "custom", "header": "X-Sig", "encoding": "base64", "format": "fields", "signature_field": "v1",
        "separator": ";", "digest": "sha512", "key_form": "hex", "timestamp_field": "t", "timestamp_unit": "ms",
        "signed": "{timestamp}.{body}", "tolerance_seconds": 60, "event_id_pointer": "/id",
    });
    let rule: SourceRule = from_value(stored.clone()).unwrap();
    assert!(rule.signs_time());
    assert_eq!(serde_json::to_value(&rule).unwrap(), stored);
}

#[test]
fn a_form_that_was_left_empty_asks_for_nothing() {
    let empty = Some(String::new());
    let input = RuleInput {
        header: empty.clone(),
        prefix: empty.clone(),
        encoding: empty.clone(),
        event_id_header: empty.clone(),
        event_id_pointer: Some("  ".into()),
        event_type_header: empty.clone(),
        event_type_pointer: empty,
        ..RuleInput::default()
    };
    assert!(SourceRule::new(provider("stripe"), &input).is_ok());
    let named = RuleInput { header: Some(" X-Sig ".into()), ..input };
    let rule = SourceRule::new(provider("generic_hmac"), &named).unwrap();
    assert_eq!(rule.to_input().header.as_deref(), Some("X-Sig"));
    assert_eq!(rule.to_input().encoding.as_deref(), Some(Encoding::Hex.name()));
}

#[test]
fn the_tolerance_has_limits() {
    for (seconds, is_fine) in [(0, false), (1, true), (86_400, true), (86_401, false)] {
        let input = RuleInput { tolerance_seconds: Some(seconds), ..RuleInput::default() };
        assert_eq!(SourceRule::new(provider("stripe"), &input).is_ok(), is_fine, "{seconds}");
    }
}
