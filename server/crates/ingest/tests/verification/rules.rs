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
        (Provider::Stripe, json!({"provider": "stripe", "tolerance_seconds": 300})),
        (Provider::StandardWebhooks, json!({"provider": "standard_webhooks", "tolerance_seconds": 300})),
        (Provider::Github, json!({"provider": "github"})),
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
        event_type_header: None,
    };
    assert_eq!(
        problems(Provider::GenericHmac, &input),
        ["tolerance_seconds", "header", "prefix", "encoding", "event_id_pointer", "event_type_pointer"]
    );
    assert_eq!(problems(Provider::GenericHmac, &RuleInput::default()), ["header"]);
}

#[test]
fn what_a_provider_decides_itself_cannot_be_configured() {
    let input =
        RuleInput { header: Some("X-Sig".into()), event_id_pointer: Some("/id".into()), ..RuleInput::default() };
    for provider in [Provider::Stripe, Provider::Github, Provider::StandardWebhooks] {
        assert_eq!(problems(provider, &input), ["header", "event_id_pointer"]);
    }
    let input = RuleInput { tolerance_seconds: Some(60), ..RuleInput::default() };
    assert_eq!(problems(Provider::Github, &input), ["tolerance_seconds"]);
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
        tolerance_seconds: None,
    };
    assert!(SourceRule::new(Provider::Stripe, &input).is_ok());
    let named = RuleInput { header: Some(" X-Sig ".into()), ..input };
    let rule = SourceRule::new(Provider::GenericHmac, &named).unwrap();
    assert_eq!(rule.to_input().header.as_deref(), Some("X-Sig"));
    assert_eq!(rule.to_input().encoding.as_deref(), Some(Encoding::Hex.name()));
}

#[test]
fn the_tolerance_has_limits() {
    for (seconds, is_fine) in [(0, false), (1, true), (86_400, true), (86_401, false)] {
        let input = RuleInput { tolerance_seconds: Some(seconds), ..RuleInput::default() };
        assert_eq!(SourceRule::new(Provider::Stripe, &input).is_ok(), is_fine, "{seconds}");
    }
}
