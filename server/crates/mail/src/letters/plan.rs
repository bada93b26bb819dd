//! Mails about the plan and its payment.

use super::{NAME_CHARS_MAX, REASON_CHARS_MAX, TO_MEMBERS};
use crate::letter::Letter;
use crate::line::{Line, clean};
use crate::quota::{Quota, QuotaLevel};
use hookreel_kernel::text::grouped;

pub(crate) fn payment_failed(amount: Option<&str>) -> Letter {
    let amount = amount.map(|amount| clean(amount, NAME_CHARS_MAX)).filter(|amount| !amount.is_empty());
    let opening = match amount {
        Some(amount) => format!("The payment of {amount} for your plan was not accepted."),
        None => "The payment for your plan was not accepted.".to_owned(),
    };
    Letter {
        subject: Line::subject("Your payment did not go through"),
        heading: Line::new("Your payment did not go through"),
        opening: vec![Line::new(opening), Line::new("Check the card, or choose another way to pay.")],
        facts: Vec::new(),
        button: "See the payment",
        closing: Vec::new(),
        because: "you look after the plan of this tenant",
    }
}

pub(crate) fn plan_changed(from: &str, to: &str) -> Letter {
    let (from, to) = (clean(from, NAME_CHARS_MAX), clean(to, NAME_CHARS_MAX));
    Letter {
        subject: Line::subject(format!("Your plan is now {to}")),
        heading: Line::new(format!("Your plan is now {to}")),
        opening: vec![Line::new(format!("The plan was changed from {from} to {to}."))],
        facts: Vec::new(),
        button: "See your plan",
        closing: vec![Line::new("Its page says what the plan includes, and is where it can be changed again.")],
        because: "you look after the plan of this tenant",
    }
}

pub(crate) fn quota_reached(what: Quota, level: QuotaLevel, (used, limit): (u64, u64), what_now: &str) -> Letter {
    let (noun, taken) = what.words();
    let heading = match level {
        QuotaLevel::Near => format!("80% of your plan's {noun} are {taken}"),
        QuotaLevel::Full => format!("All of your plan's {noun} are {taken}"),
    };
    Letter {
        subject: Line::subject(&heading),
        heading: Line::new(&heading),
        opening: vec![
            Line::new(format!("Your plan includes {} {noun}. {} are {taken}.", grouped(limit), grouped(used))),
            Line::new(clean(what_now, REASON_CHARS_MAX)),
        ],
        facts: Vec::new(),
        button: "See your plan",
        closing: Vec::new(),
        because: TO_MEMBERS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_without_an_amount_still_reads_well() {
        let opening = |amount| payment_failed(amount).opening[0].as_str().to_owned();
        assert_eq!(opening(Some("49 EUR")), "The payment of 49 EUR for your plan was not accepted.");
        assert_eq!(opening(None), "The payment for your plan was not accepted.");
        assert_eq!(opening(Some(" ")), "The payment for your plan was not accepted.");
    }

    #[test]
    fn numbers_are_written_for_people() {
        let letter = quota_reached(Quota::Messages, QuotaLevel::Near, (80_000, 100_000), "Nothing changes yet.");
        assert_eq!(letter.subject.as_str(), "80% of your plan's messages are used");
        assert_eq!(letter.opening[0].as_str(), "Your plan includes 100,000 messages. 80,000 are used.");
        let letter = quota_reached(Quota::Members, QuotaLevel::Full, (5, 5), "");
        assert_eq!(letter.subject.as_str(), "All of your plan's places for members are taken");
    }
}
