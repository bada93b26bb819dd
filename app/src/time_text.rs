//! Times as people read and type them.

use hookreel_kernel::Timestamp;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{PrimitiveDateTime, UtcOffset};

const EXACT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
const INPUT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]");
const INPUT_SECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second][optional [.[subsecond]]]");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[day padding:none] [month repr:short]");
const DAY_YEAR: &[BorrowedFormatItem<'_>] = format_description!("[day padding:none] [month repr:short] [year]");
const HOUR: &[BorrowedFormatItem<'_>] = format_description!("[hour]:[minute]");

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 60 * MINUTE_S;
const DAY_S: i64 = 24 * HOUR_S;

fn utc(at: Timestamp) -> Timestamp {
    at.to_offset(UtcOffset::UTC)
}

/// `2026-11-23 14:31:05 UTC`.
pub fn exact(at: Timestamp) -> String {
    utc(at).format(EXACT).unwrap_or_default()
}

/// RFC 3339, for `<time datetime>`.
pub fn machine(at: Timestamp) -> String {
    utc(at).format(&Rfc3339).unwrap_or_default()
}

/// `14:30`, in UTC.
pub fn hour(at: Timestamp) -> String {
    utc(at).format(HOUR).unwrap_or_default()
}

/// `23 Nov`, in UTC.
pub fn day(at: Timestamp) -> String {
    utc(at).format(DAY).unwrap_or_default()
}

/// `23 Nov 2026`, in UTC.
pub fn date(at: Timestamp) -> String {
    utc(at).format(DAY_YEAR).unwrap_or_default()
}

/// `just now`, `3 min ago`, `in 2 h`, and the date when it is further away than a month.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let ago_s = (now - at).whole_seconds();
    let distance = match ago_s.abs() {
        0..5 => return if ago_s >= 0 { "just now".to_owned() } else { "now".to_owned() },
        s @ 5..MINUTE_S => format!("{s} s"),
        s @ MINUTE_S..HOUR_S => format!("{} min", s / MINUTE_S),
        s @ HOUR_S..DAY_S => format!("{} h", s / HOUR_S),
        s if s < 2 * DAY_S => "1 day".to_owned(),
        s if s < 30 * DAY_S => format!("{} days", s / DAY_S),
        _ => return date(at),
    };
    if ago_s > 0 { format!("{distance} ago") } else { format!("in {distance}") }
}

/// A duration as people say it: `840 ms`, `2.4 s`, `3 min 20 s`.
pub fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

/// A long time in one unit, rounded down: `3 days`, `1 hour`, `12 minutes`.
pub fn span(seconds: u64) -> String {
    const MINUTE: u64 = MINUTE_S.unsigned_abs();
    const HOUR: u64 = HOUR_S.unsigned_abs();
    const DAY: u64 = DAY_S.unsigned_abs();
    let (count, unit) = match seconds {
        0..MINUTE => (seconds, "second"),
        MINUTE..HOUR => (seconds / MINUTE, "minute"),
        HOUR..DAY => (seconds / HOUR, "hour"),
        _ => (seconds / DAY, "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// What stands in `<input type="datetime-local">`: UTC, to the minute.
pub fn input_value(at: Timestamp) -> String {
    utc(at).format(INPUT).unwrap_or_default()
}

/// Reads what a person typed or a link carries: `2026-11-23T14:30` (taken as UTC) or RFC 3339.
pub fn parse_input(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = Timestamp::parse(text, &Rfc3339) {
        return Some(at);
    }
    PrimitiveDateTime::parse(text, INPUT)
        .or_else(|_| PrimitiveDateTime::parse(text, INPUT_SECONDS))
        .ok()
        .map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn times_are_told_by_their_distance() {
        let now = datetime!(2026-11-23 14:31:05 UTC);
        let ago = |s: i64| relative(now - time::Duration::seconds(s), now);
        assert_eq!(ago(2), "just now");
        assert_eq!(ago(42), "42 s ago");
        assert_eq!(ago(200), "3 min ago");
        assert_eq!(ago(7_300), "2 h ago");
        assert_eq!(ago(90_000), "1 day ago");
        assert_eq!(ago(86_400 * 12), "12 days ago");
        assert_eq!(ago(86_400 * 40), "14 Oct 2026");
        assert_eq!(ago(-300), "in 5 min");
    }

    #[test]
    fn what_a_person_types_comes_back() {
        let at = datetime!(2026-11-23 14:31 UTC);
        assert_eq!(parse_input(&input_value(at)), Some(at));
        assert_eq!(parse_input("2026-11-23T14:31:00Z"), Some(at));
        assert_eq!(parse_input("2026-11-23T14:31:00.000"), Some(at));
        assert_eq!(parse_input("yesterday"), None);
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(duration(840), "840 ms");
        assert_eq!(duration(2_449), "2.4 s");
        assert_eq!(duration(200_000), "3 min 20 s");
        assert_eq!(span(3 * 86_400 + 50_000), "3 days");
        assert_eq!(span(3_600), "1 hour");
        assert_eq!(span(0), "0 seconds");
    }
}
