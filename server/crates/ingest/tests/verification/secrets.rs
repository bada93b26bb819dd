use crate::support::rule;
use hookreel_ingest::{Provider, RuleInput, SECRET_BYTES_MAX, SecretRefusal, SourceRule, validate_secret};

fn rules() -> Vec<SourceRule> {
    let input = RuleInput { header: Some("X-Sig".to_owned()), ..RuleInput::default() };
    let generic = SourceRule::new(Provider::GenericHmac, &input).unwrap();
    vec![rule(Provider::Stripe), rule(Provider::Github), rule(Provider::StandardWebhooks), generic]
}

#[test]
fn plausible_secrets_are_accepted() {
    for rule in rules() {
        assert_eq!(validate_secret(&rule, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), Ok(()), "{:?}", rule.provider());
    }
    assert_eq!(validate_secret(&rule(Provider::Github), "It's a Secret to Everybody"), Ok(()));
    assert_eq!(validate_secret(&rule(Provider::StandardWebhooks), "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), Ok(()));
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
    let rule = rule(Provider::StandardWebhooks);
    for bad in ["whsec_hello world", "whsec_@@@@", "It's a secret", "whpk_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"] {
        assert_eq!(validate_secret(&rule, bad), Err(SecretRefusal::NotBase64), "{bad}");
    }
    assert_eq!(validate_secret(&rule, "whsec_"), Err(SecretRefusal::Empty));
}

#[test]
fn another_of_stripes_credentials_is_recognised() {
    for bad in ["sk_live_1", "sk_test_1", "rk_live_1", "pk_live_1", "we_1"] {
        let verdict = validate_secret(&rule(Provider::Stripe), bad);
        assert_eq!(verdict, Err(SecretRefusal::NotASigningSecret), "{bad}");
        assert_eq!(validate_secret(&rule(Provider::Github), bad), Ok(()), "{bad}");
    }
}
