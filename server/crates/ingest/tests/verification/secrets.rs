use crate::support::{provider, rule};
use hookreel_ingest::{RuleInput, SECRET_BYTES_MAX, SecretRefusal, SourceRule, validate_secret};

fn rules() -> Vec<SourceRule> {
    let input = RuleInput { header: Some("X-Sig".to_owned()), ..RuleInput::default() };
    let generic = SourceRule::new(provider("generic_hmac"), &input).unwrap();
    vec![rule(provider("stripe")), rule(provider("github")), rule(provider("standard_webhooks")), generic]
}

#[test]
fn plausible_secrets_are_accepted() {
    for rule in rules() {
        assert_eq!(validate_secret(&rule, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), Ok(()), "{:?}", rule.provider());
    }
    assert_eq!(validate_secret(&rule(provider("github")), "It's a Secret to Everybody"), Ok(()));
    assert_eq!(validate_secret(&rule(provider("standard_webhooks")), "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), Ok(()));
}

#[test]
fn no_provider_has_an_empty_endless_or_badly_copied_secret() {
    let long = "a".repeat(SECRET_BYTES_MAX + 1);
    for rule in rules() {
        assert_eq!(validate_secret(&rule, ""), Err(SecretRefusal::Empty));
        assert_eq!(validate_secret(&rule, &long), Err(SecretRefusal::TooLong));
        for bad in [" secret", "secret\n", "sec\nret", "sec\0ret"] {
            assert_eq!(validate_secret(&rule, bad), Err(SecretRefusal::WhiteSpace), "{bad:?}");
        }
    }
}

#[test]
fn standard_webhooks_secrets_are_base64() {
    let rule = rule(provider("standard_webhooks"));
    for bad in ["whsec_hello world", "whsec_@@@@", "It's a secret", "whpk_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whpk_"] {
        assert_eq!(validate_secret(&rule, bad), Err(SecretRefusal::NotBase64), "{bad}");
    }
    assert_eq!(validate_secret(&rule, "whsec_"), Err(SecretRefusal::Empty));
}

#[test]
fn another_of_stripes_credentials_is_recognised() {
    for bad in ["sk_live_1", "sk_test_1", "rk_live_1", "pk_live_1", "we_1"] {
        let verdict = validate_secret(&rule(provider("stripe")), bad);
        assert_eq!(verdict, Err(SecretRefusal::NotASigningSecret), "{bad}");
        assert_eq!(validate_secret(&rule(provider("github")), bad), Ok(()), "{bad}");
    }
}

#[test]
fn keys_of_other_kinds_are_told_apart() {
    for (name, secret, expected) in [
        ("discord", "not hex", SecretRefusal::NotHexadecimal),
        ("discord", "00ff", SecretRefusal::NotAPublicKey),
        ("telnyx", "AAAA", SecretRefusal::NotAPublicKey),
        ("sendgrid", "AAAA", SecretRefusal::NotAPublicKey),
        ("sendgrid", "SG.abc", SecretRefusal::NotASigningSecret),
        ("adyen", "no hex", SecretRefusal::NotHexadecimal),
        ("postmark", "user", SecretRefusal::NotUserAndPassword),
        ("github", "ghp_abc", SecretRefusal::NotASigningSecret),
        ("slack", "xoxb-1", SecretRefusal::NotASigningSecret),
        ("asana", "", SecretRefusal::Empty),
    ] {
        let verdict = validate_secret(&rule(provider(name)), secret);
        if name == "asana" {
            assert_eq!(verdict, Ok(()), "it comes by itself");
        } else {
            assert_eq!(verdict, Err(expected), "{name} {secret}");
        }
    }
    let paypal = serde_json::from_str(r#"{"provider":"paypal","webhook_id":"x"}"#).unwrap();
    assert_eq!(validate_secret(&paypal, ""), Ok(()));
    assert_eq!(validate_secret(&paypal, "x"), Err(SecretRefusal::NoneNeeded));
}
