//! The table of providers, one file a family. The dashboard's list, the pages of the documentation and
//! the tests are made from it.

mod body_signed;
mod configured;
mod hmac_base64;
mod hmac_hex;
mod public_keys;
mod standard_webhooks;
mod timed_hmac;
mod tokens;
mod url_signed;

use crate::provider::ProviderRow;

/// Every provider, by family.
pub(crate) static FAMILIES: [&[ProviderRow]; 9] = [
    timed_hmac::ROWS,
    hmac_hex::ROWS,
    hmac_base64::ROWS,
    standard_webhooks::ROWS,
    url_signed::ROWS,
    public_keys::ROWS,
    body_signed::ROWS,
    tokens::ROWS,
    configured::ROWS,
];

#[cfg(test)]
mod tests {
    use crate::provider::{Category, Provider, UnknownProvider};
    use std::collections::HashSet;

    #[test]
    fn names_round_trip_in_text_and_json() {
        for provider in Provider::all() {
            assert_eq!(Provider::parse(provider.name()), Ok(provider));
            let json = serde_json::to_value(provider).unwrap();
            assert_eq!(json, provider.name());
            assert_eq!(serde_json::from_value::<Provider>(json).unwrap(), provider);
        }
        assert_eq!(Provider::parse("Stripe"), Err(UnknownProvider));
    }

    #[test]
    fn every_row_is_complete_and_named_once() {
        let mut names = HashSet::new();
        for provider in Provider::all() {
            let name = provider.name();
            assert!(names.insert(name), "{name} twice");
            assert!(name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')), "{name}");
            assert!(!provider.display_name().is_empty(), "{name}");
            let says_more = |alias: &&str| !alias.is_empty() && !provider.display_name().contains(alias);
            assert!(provider.aliases().iter().all(says_more), "{name}: {:?}", provider.aliases());
            assert!(provider.setup().matches(". ").count() >= 1, "{name}: two sentences at least");
            let has_page = provider.docs_url().starts_with("https://");
            assert!(has_page || provider.category() == Category::Generic, "{name}");
        }
        assert!(names.len() > 70, "{}", names.len());
    }
}
