//! One mail of each kind, with the same words wherever somebody else chooses them.

use hookreel_mail::{Instance, Mail, Quota, QuotaLevel};
use time::macros::datetime;

pub(crate) fn instance() -> Instance {
    Instance::new("https://hooks.example.com/").expect("the URL is absolute")
}

/// A link with everything in it that has a meaning in HTML or in a URL.
pub(crate) const LINK: &str = "https://hooks.example.com/go/ep_1?token=a-b_c~1&x='%22'&y=%3Cb%3E;z=(1)#part";

/// Every kind of mail, with these words for each value that people, providers or browsers choose.
pub(crate) fn with_words(words: &str) -> Vec<Mail> {
    let link = || LINK.to_owned();
    let words = || words.to_owned();
    let at = datetime!(2026-03-12 14:05 UTC);
    vec![
        Mail::VerifyAddress { link: link(), minutes_valid: 24 * 60 },
        Mail::AddressChange { new_address: words(), link: link() },
        Mail::Invitation { tenant: words(), invited_by: words(), link: link(), minutes_valid: 7 * 24 * 60 },
        Mail::ResetPassword { link: link(), minutes_valid: 30, asked_from: words() },
        Mail::Welcome { tenant: words(), link: link() },
        Mail::NewSignIn { at, browser: words(), address: words(), link: link() },
        Mail::EndpointFailing { url: words(), since: at, last_failure: words(), link: link() },
        Mail::EndpointDisabled { url: words(), why: words(), link: link() },
        Mail::SourceSilent { source: words(), last_received_at: at, usual_gap_max_seconds: 5400, link: link() },
        Mail::PaymentFailed { amount: Some(words()), link: link() },
        Mail::PlanChanged { from: words(), to: words(), link: link() },
        Mail::QuotaReached {
            what: Quota::Messages,
            percent: QuotaLevel::Near,
            used: 80_000,
            limit: 100_000,
            link: link(),
            what_now: words(),
        },
    ]
}

/// Every kind of mail as it may be.
pub(crate) fn likely() -> Vec<Mail> {
    let link = |path: &str| format!("https://hooks.example.com{path}");
    let at = datetime!(2026-03-12 14:05 UTC);
    let endpoint = "https://api.acme.example/webhooks/orders";
    vec![
        Mail::VerifyAddress { link: link("/verify-address?token=w3nZc0oQm1Xk"), minutes_valid: 24 * 60 },
        Mail::AddressChange { new_address: "ada.lovelace@example.org".to_owned(), link: link("/forgot-password") },
        Mail::Invitation {
            tenant: "Acme".to_owned(),
            invited_by: "ada@example.com".to_owned(),
            link: link("/accept-invitation?token=w3nZc0oQm1Xk"),
            minutes_valid: 7 * 24 * 60,
        },
        Mail::ResetPassword {
            link: link("/reset?token=w3nZc0oQm1Xk"),
            minutes_valid: 30,
            asked_from: "203.0.113.7".to_owned(),
        },
        Mail::Welcome { tenant: "Acme".to_owned(), link: link("/") },
        Mail::NewSignIn {
            at,
            browser: "Firefox 133 on Linux".to_owned(),
            address: "203.0.113.7".to_owned(),
            link: link("/sessions"),
        },
        Mail::EndpointFailing {
            url: endpoint.to_owned(),
            since: at,
            last_failure: "503 Service Unavailable".to_owned(),
            link: link("/endpoints/ep_1"),
        },
        Mail::EndpointDisabled {
            url: endpoint.to_owned(),
            why: "Every delivery failed for 5 days.".to_owned(),
            link: link("/endpoints/ep_1"),
        },
        Mail::SourceSilent {
            source: "Stripe, live".to_owned(),
            last_received_at: at,
            usual_gap_max_seconds: 5400,
            link: link("/sources/src_1"),
        },
        Mail::PaymentFailed { amount: Some("49.00 EUR".to_owned()), link: "https://pay.example.com/p/1".to_owned() },
        Mail::PlanChanged { from: "Starter".to_owned(), to: "Team".to_owned(), link: link("/plan") },
        Mail::QuotaReached {
            what: Quota::Messages,
            percent: QuotaLevel::Near,
            used: 80_000,
            limit: 100_000,
            link: link("/plan"),
            what_now: "Nothing changes yet. At 100,000, messages wait until the plan includes more.".to_owned(),
        },
        Mail::QuotaReached {
            what: Quota::Endpoints,
            percent: QuotaLevel::Full,
            used: 10,
            limit: 10,
            link: link("/plan"),
            what_now: "The ten endpoints go on as before. An eleventh needs another plan.".to_owned(),
        },
    ]
}
