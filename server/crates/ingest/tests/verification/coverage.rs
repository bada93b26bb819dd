//! What every provider is tested with. Each test of `vectors` passes over the vectors that have nothing for
//! it: here it is said which may.

use crate::vectors::{Named, Tamper, Vector, vectors};
use hookreel_ingest::{Provider, SecretKind, Verdict};

/// What the source is given is no key of the signature: another one cannot be wrong.
const VERIFIED_WITHOUT_ITS_SECRET: &[&str] = &["plaid"];
/// The time is one of a token that says itself how long it is good: `bespoke` has the tests.
const TIMED_BY_A_TOKEN: &[&str] = &["monday"];
/// Where the libraries are that a row, or the origin of a vector, names.
const REGISTRIES: [&str; 2] = ["npm", "PyPI"];

fn own(provider: Provider) -> Vec<Vector> {
    vectors().into_iter().filter(|vector| vector.rule.provider() == provider).collect()
}

#[test]
fn every_provider_is_tested_with_a_good_request_and_a_changed_one() {
    for provider in Provider::all() {
        let own = own(provider);
        assert!(own.iter().any(|vector| vector.expect.verdict == provider.best_verdict()), "{provider}");
        let is_changed = |vector: &Vector| !matches!(vector.tamper, Tamper::Named(Named::NotCovered));
        assert_eq!(own.iter().any(is_changed), provider.best_verdict() == Verdict::Verified, "{provider}");
    }
}

#[test]
fn every_provider_with_a_secret_is_tested_with_a_wrong_one_and_as_the_second_of_two() {
    for provider in Provider::all() {
        let has_none = provider.secret().kind == SecretKind::None || provider.best_verdict() == Verdict::Unattempted;
        let is_exempt = has_none || VERIFIED_WITHOUT_ITS_SECRET.contains(&provider.name());
        let is_tested = own(provider).iter().any(|vector| vector.secret.is_some() && vector.another_secret.is_some());
        assert_eq!(is_tested, !is_exempt, "{provider}");
    }
}

#[test]
fn every_provider_that_signs_the_time_is_tested_too_early_and_too_late() {
    for provider in Provider::all() {
        let signs_time = own(provider).iter().any(|vector| vector.rule.signs_time());
        let is_exempt = !signs_time || TIMED_BY_A_TOKEN.contains(&provider.name());
        assert_eq!(own(provider).iter().any(|vector| vector.signed_at.is_some()), !is_exempt, "{provider}");
    }
}

#[test]
fn every_provider_is_tested_without_its_signature_and_with_a_malformed_one() {
    for provider in Provider::all().filter(|provider| provider.best_verdict() != Verdict::Unattempted) {
        let in_header = own(provider).iter().any(|vector| vector.signature_header.is_some());
        let in_body = own(provider).iter().any(|vector| vector.signature_header.is_none());
        assert!(in_header || in_body, "{provider}");
        for name in own(provider).iter().filter_map(|vector| vector.signature_header.clone()) {
            let has_it = own(provider).iter().any(|vector| {
                vector
                    .request
                    .headers
                    .iter()
                    .any(|(header, _)| name == "numbered" || header.eq_ignore_ascii_case(&name))
            });
            assert!(has_it, "{provider}: no request has {name}, so that taking it away changes nothing");
        }
    }
}

#[test]
fn what_a_row_was_checked_by_is_the_providers_own() {
    let is_library = |text: &&str| REGISTRIES.iter().any(|registry| text.starts_with(&format!("{registry} ")));
    for provider in Provider::all() {
        let is_source = |text: &&str| text.starts_with("https://") || is_library(text);
        assert!(provider.checked().iter().all(is_source), "{provider}: {:?}", provider.checked());
    }
    // What names a library has a vector that one signed or accepted, and the other way round: the pages say so.
    for provider in Provider::all() {
        let names_a_library = provider.checked().iter().any(is_library);
        let is_by_a_library =
            |vector: &Vector| REGISTRIES.iter().any(|registry| vector.origin.contains(&format!("by {registry} ")));
        assert_eq!(names_a_library, own(provider).iter().any(is_by_a_library), "{provider}");
    }
    // The vectors of these were accepted by a library of the provider's.
    for vector in vectors() {
        for registry in REGISTRIES {
            let Some((_, accepted)) = vector.origin.split_once(&format!("accepted by {registry} ")) else { continue };
            let provider = vector.rule.provider();
            let is_generic = ["standardwebhooks", "svix", "jose", "jsonwebtoken", "sns-validator"];
            let library = accepted.split(' ').next().unwrap();
            let is_named = provider.checked().iter().any(|text| *text == format!("{registry} {library}"));
            assert!(is_named || is_generic.contains(&library), "{provider}: {library}");
        }
    }
}
