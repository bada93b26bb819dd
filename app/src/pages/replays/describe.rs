//! Replays in words.

use crate::pages::endpoints::text::without_scheme;
use crate::time_text;
use hookreel_contract::views::ReplayView;
use hookreel_kernel::Timestamp;

/// Which messages can be chosen: the stored name, what people call it, and what it means.
pub const SELECTIONS: [(&str, &str, &str); 3] = [
    (
        "failed",
        "Failed",
        "Messages of which no delivery to the endpoint has succeeded. One that is still to be retried is not sent twice: its next attempt is made now.",
    ),
    (
        "missing",
        "Missing",
        "Messages that were never on their way to the endpoint: it is new, or its filters were narrower.",
    ),
    (
        "all",
        "All",
        "Every message of that time, also what has arrived already. Receivers see the same webhook-id again.",
    ),
];

/// What people call a selection.
pub fn selection_label(selection: &str) -> String {
    SELECTIONS
        .iter()
        .find(|(name, _, _)| *name == selection)
        .map_or_else(|| selection.to_owned(), |(_, label, _)| (*label).to_owned())
}

/// Where a replay sends to.
pub fn scope_text(replay: &ReplayView) -> String {
    match (&replay.endpoint_url, replay.endpoint_id) {
        (Some(url), _) => without_scheme(url).to_owned(),
        (None, Some(_)) => "A deleted endpoint".to_owned(),
        (None, None) => "Every enabled endpoint".to_owned(),
    }
}

/// A range as short as it can be told: the day is not said twice.
pub fn range_text(since: Timestamp, until: Timestamp) -> String {
    let (from_day, to_day) = (time_text::day(since), time_text::day(until));
    let (from, to) = (time_text::hour(since), time_text::hour(until));
    if from_day == to_day {
        format!("{from_day} {from} to {to} UTC")
    } else {
        format!("{from_day} {from} to {to_day} {to} UTC")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_range_within_a_day_names_the_day_once() {
        let since = datetime!(2026-11-23 14:00 UTC);
        assert_eq!(range_text(since, datetime!(2026-11-23 16:30 UTC)), "23 Nov 14:00 to 16:30 UTC");
        assert_eq!(range_text(since, datetime!(2026-11-24 0:00 UTC)), "23 Nov 14:00 to 24 Nov 00:00 UTC");
    }

    #[test]
    fn an_unknown_selection_is_shown_as_it_is() {
        assert_eq!(selection_label("failed"), "Failed");
        assert_eq!(selection_label("odd"), "odd");
    }
}
