//! Times, spans and numbers as people read them.

use hookreel_kernel::Timestamp;
use hookreel_kernel::text::grouped;
use time::UtcOffset;
use time::macros::format_description;

/// `12 March 2026 at 14:05 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let words = format_description!("[day padding:none] [month repr:long] [year] at [hour]:[minute] UTC");
    at.format(words).unwrap_or_else(|_| hookreel_kernel::time::rfc3339(at))
}

/// The two largest units of a span: `2 days 4 hours`.
pub(crate) fn span(seconds: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)];
    let mut rest = seconds;
    let mut parts: Vec<String> = Vec::new();
    for (unit, length_seconds) in UNITS {
        let count = rest / length_seconds;
        rest %= length_seconds;
        if count > 0 {
            parts.push(counted(count, unit));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    if parts.is_empty() { counted(0, "second") } else { parts.join(" ") }
}

fn counted(count: u64, unit: &str) -> String {
    format!("{} {unit}{}", grouped(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn times_are_in_utc_and_in_words() {
        assert_eq!(moment(datetime!(2026-03-01 14:05:59 UTC)), "1 March 2026 at 14:05 UTC");
        assert_eq!(moment(datetime!(2026-12-31 23:30 -02:00)), "1 January 2027 at 01:30 UTC");
    }

    #[test]
    fn spans_have_at_most_two_units() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (60, "1 minute"),
            (3_600, "1 hour"),
            (3_601, "1 hour"),
            (5_400, "1 hour 30 minutes"),
            (187_200, "2 days 4 hours"),
            (86_400 * 1200, "1,200 days"),
        ] {
            assert_eq!(span(seconds), words);
        }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1_204, "1,204"), (1_000_000, "1,000,000")] {
            assert_eq!(grouped(number), text);
        }
    }
}
