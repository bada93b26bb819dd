//! Mails about the plan, its payment and its quotas. What they say is all in the events.

use hookreel_domain::billing::BillingEvent;
use hookreel_domain::{Month, Quota};
use hookreel_mail::{Mail, QuotaLevel};

/// The mail about what happened; nothing for what only Hookreel has to know.
pub(super) fn mail_of(happened: BillingEvent, public_url: &str) -> Option<Mail> {
    let link = format!("{public_url}/usage");
    match happened {
        BillingEvent::PlanChanged { from_title, to_title, .. } => {
            Some(Mail::PlanChanged { from: from_title, to: to_title, link })
        }
        BillingEvent::PaymentFailed { amount, .. } => {
            Some(Mail::PaymentFailed { amount: Some(amount.to_string()), link })
        }
        BillingEvent::QuotaReached { quota, percent, used, limit, month } => Some(Mail::QuotaReached {
            what: in_mails(quota),
            percent: if percent >= 100 { QuotaLevel::Full } else { QuotaLevel::Near },
            used,
            limit,
            link,
            what_now: what_now(quota, percent, month),
        }),
        _ => None,
    }
}

const fn in_mails(quota: Quota) -> hookreel_mail::Quota {
    match quota {
        Quota::Messages => hookreel_mail::Quota::Messages,
        Quota::Endpoints => hookreel_mail::Quota::Endpoints,
        Quota::Members => hookreel_mail::Quota::Members,
    }
}

fn what_now(quota: Quota, percent: u8, month: Month) -> String {
    let next = month.next().first_in_words();
    let after_next = month.next().next().first_in_words();
    match (quota, percent >= 100) {
        (Quota::Messages, false) => format!(
            "Nothing changes yet. When they are used up, publishing is refused, and what your sources receive is kept \
             and not delivered, until you upgrade or {next} comes."
        ),
        (Quota::Messages, true) => format!(
            "From now on publishing is refused. What your sources receive is kept, and nothing of it is lost: release \
             it after an upgrade, or from {next} on, and before {after_next}. When as many again are kept, senders are \
             asked to send again later."
        ),
        (Quota::Endpoints, false) => "You can still add some. All you have go on working.".to_owned(),
        (Quota::Endpoints, true) => {
            "All go on working. To add another, delete one that is not needed, or upgrade.".to_owned()
        }
        (Quota::Members, false) => "You can still invite some.".to_owned(),
        (Quota::Members, true) => "To invite somebody else, remove a member, or upgrade.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_now_fits_to_how_much_is_used() {
        let month: Month = "2026-12".parse().unwrap();
        assert!(what_now(Quota::Messages, 80, month).contains("upgrade or 1 January comes"));
        let used_up = what_now(Quota::Messages, 100, month);
        assert!(used_up.contains("nothing of it is lost"), "{used_up}");
        assert!(used_up.contains("from 1 January on, and before 1 February"), "{used_up}");
        assert!(what_now(Quota::Endpoints, 100, month).contains("delete one"));
    }
}
