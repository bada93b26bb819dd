//! Every mail there is.

use crate::letter::Letter;
use crate::letters::{people, plan, traffic};
use crate::link::{Instance, Link, LinkRefusal};
use crate::quota::{Quota, QuotaLevel};
use crate::rendered::Rendered;
use hookreel_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A mail, as data.
///
/// Values are the caller's words as they are: rendering cleans, bounds and escapes them. Links are absolute, made from
/// the instance's public URL. `Debug` shows the kind alone: some links are as good as a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mail {
    /// The address was given for an account and is to be confirmed.
    VerifyAddress {
        /// Confirms it.
        link: String,
        /// How long the link works.
        minutes_valid: u32,
    },
    /// Another address was given for the account: a word to the old one.
    AddressChange {
        /// The other address.
        new_address: String,
        /// Where a password is chosen, by which the change is cancelled.
        link: String,
    },
    /// Somebody is asked to join a tenant.
    Invitation {
        /// Its name.
        tenant: String,
        /// The address of who asks.
        invited_by: String,
        /// Where it is accepted.
        link: String,
        /// How long the link works.
        minutes_valid: u32,
    },
    /// A new password was asked for.
    ResetPassword {
        /// Where it is chosen.
        link: String,
        /// How long the link works.
        minutes_valid: u32,
        /// The network address that asked. Left out if empty.
        asked_from: String,
    },
    /// A tenant is set up.
    Welcome {
        /// Its name.
        tenant: String,
        /// The dashboard.
        link: String,
    },
    /// The account was signed in to from a browser that it did not know.
    NewSignIn {
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: Timestamp,
        /// What the browser calls itself. Anybody can put anything there: shown in a form that is never a link.
        browser: String,
        /// The network address.
        address: String,
        /// The person's sessions.
        link: String,
    },
    /// Deliveries to an endpoint have been failing for a while.
    EndpointFailing {
        /// The endpoint's URL.
        url: String,
        /// The first of the failures in a row.
        #[serde(with = "time::serde::rfc3339")]
        since: Timestamp,
        /// What the last failure was.
        last_failure: String,
        /// The endpoint's page.
        link: String,
    },
    /// Hookreel stopped sending to an endpoint.
    EndpointDisabled {
        /// The endpoint's URL.
        url: String,
        /// Why, as a sentence.
        why: String,
        /// The endpoint's page.
        link: String,
    },
    /// A source has been silent for longer than it ever is.
    SourceSilent {
        /// The source's name.
        source: String,
        /// When it was last heard of.
        #[serde(with = "time::serde::rfc3339")]
        last_received_at: Timestamp,
        /// The longest gap there usually is.
        usual_gap_max_seconds: u64,
        /// The source's page.
        link: String,
    },
    /// A payment was not accepted.
    PaymentFailed {
        /// How much, with its currency.
        amount: Option<String>,
        /// Where to pay.
        link: String,
    },
    /// The tenant is on another plan.
    PlanChanged {
        /// The plan before.
        from: String,
        /// The plan now.
        to: String,
        /// The plan's page.
        link: String,
    },
    /// Much or all of what a plan includes is used.
    QuotaReached {
        /// Of what.
        what: Quota,
        /// How much of it.
        percent: QuotaLevel,
        /// How many are used.
        used: u64,
        /// How many there are.
        limit: u64,
        /// The plan's page.
        link: String,
        /// What happens now, as a sentence.
        what_now: String,
    },
}

impl Mail {
    /// The stable name of the mail, as it is stored.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::VerifyAddress { .. } => "verify_address",
            Self::AddressChange { .. } => "address_change",
            Self::Invitation { .. } => "invitation",
            Self::ResetPassword { .. } => "reset_password",
            Self::Welcome { .. } => "welcome",
            Self::NewSignIn { .. } => "new_sign_in",
            Self::EndpointFailing { .. } => "endpoint_failing",
            Self::EndpointDisabled { .. } => "endpoint_disabled",
            Self::SourceSilent { .. } => "source_silent",
            Self::PaymentFailed { .. } => "payment_failed",
            Self::PlanChanged { .. } => "plan_changed",
            Self::QuotaReached { .. } => "quota_reached",
        }
    }

    /// The link that the mail is about.
    pub fn link(&self) -> &str {
        match self {
            Self::VerifyAddress { link, .. }
            | Self::AddressChange { link, .. }
            | Self::Invitation { link, .. }
            | Self::ResetPassword { link, .. }
            | Self::Welcome { link, .. }
            | Self::NewSignIn { link, .. }
            | Self::EndpointFailing { link, .. }
            | Self::EndpointDisabled { link, .. }
            | Self::SourceSilent { link, .. }
            | Self::PaymentFailed { link, .. }
            | Self::PlanChanged { link, .. }
            | Self::QuotaReached { link, .. } => link,
        }
    }

    /// Writes the mail. The only thing that can be wrong is its link.
    pub fn render(&self, instance: &Instance) -> Result<Rendered, LinkRefusal> {
        let link = Link::parse(self.link())?;
        let letter = self.letter();
        Ok(Rendered {
            subject: letter.subject.as_str().to_owned(),
            text: crate::plain::write(&letter, &link, instance),
            html: crate::html::write(&letter, &link, instance),
        })
    }

    fn letter(&self) -> Letter {
        match self {
            Self::VerifyAddress { minutes_valid, .. } => people::verify_address(*minutes_valid),
            Self::AddressChange { new_address, .. } => people::address_change(new_address),
            Self::Invitation { tenant, invited_by, minutes_valid, .. } => {
                people::invitation(tenant, invited_by, *minutes_valid)
            }
            Self::ResetPassword { minutes_valid, asked_from, .. } => people::reset_password(*minutes_valid, asked_from),
            Self::Welcome { tenant, .. } => people::welcome(tenant),
            Self::NewSignIn { at, browser, address, .. } => people::new_sign_in(*at, browser, address),
            Self::EndpointFailing { url, since, last_failure, .. } => {
                traffic::endpoint_failing(url, *since, last_failure)
            }
            Self::EndpointDisabled { url, why, .. } => traffic::endpoint_disabled(url, why),
            Self::SourceSilent { source, last_received_at, usual_gap_max_seconds, .. } => {
                traffic::source_silent(source, *last_received_at, *usual_gap_max_seconds)
            }
            Self::PaymentFailed { amount, .. } => plan::payment_failed(amount.as_deref()),
            Self::PlanChanged { from, to, .. } => plan::plan_changed(from, to),
            Self::QuotaReached { what, percent, used, limit, what_now, .. } => {
                plan::quota_reached(*what, *percent, (*used, *limit), what_now)
            }
        }
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail({})", self.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_link() {
        let link = "https://hooks.example.com/verify-address?token=abc".to_owned();
        let mail = Mail::VerifyAddress { link, minutes_valid: 60 };
        assert_eq!(format!("{mail:?}"), "Mail(verify_address)");
    }
}
