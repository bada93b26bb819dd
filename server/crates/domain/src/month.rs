//! Calendar months in UTC: what quotas are counted by.

use hookreel_kernel::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use time::{Date, UtcOffset};

/// A month of UTC, as `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    first: Date,
}

/// The text is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a month such as 2026-11")]
pub struct MonthError;

impl Month {
    /// The month of a point in time.
    pub fn of(at: Timestamp) -> Self {
        let date = at.to_offset(UtcOffset::UTC).date();
        // Every month has a first day.
        Self { first: date.replace_day(1).unwrap_or(date) }
    }

    /// Its first day.
    pub const fn first(self) -> Date {
        self.first
    }

    /// How many days it has.
    pub const fn days(self) -> u8 {
        self.first.month().length(self.first.year())
    }

    /// The month after it. At the end of time it is the same again.
    pub fn next(self) -> Self {
        let first = Date::from_calendar_date(
            if self.first.month() == time::Month::December { self.first.year() + 1 } else { self.first.year() },
            self.first.month().next(),
            1,
        );
        Self { first: first.unwrap_or(self.first) }
    }

    /// The month before it. At the beginning of time it is the same again.
    pub fn previous(self) -> Self {
        let first = Date::from_calendar_date(
            if self.first.month() == time::Month::January { self.first.year() - 1 } else { self.first.year() },
            self.first.month().previous(),
            1,
        );
        Self { first: first.unwrap_or(self.first) }
    }

    /// `1 December`: its first day within a sentence.
    pub fn first_in_words(self) -> String {
        format!("1 {}", self.first.month())
    }

    /// `November 2026`.
    pub fn in_words(self) -> String {
        format!("{} {}", self.first.month(), self.first.year())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), u8::from(self.first.month()))
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let (year, month) = text.split_once('-').ok_or(MonthError)?;
        if year.len() != 4 || month.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return Err(MonthError);
        }
        let year = year.parse().map_err(|_| MonthError)?;
        let month = month.parse::<u8>().ok().and_then(|month| time::Month::try_from(month).ok()).ok_or(MonthError)?;
        Date::from_calendar_date(year, month, 1).map(|first| Self { first }).map_err(|_| MonthError)
    }
}

impl TryFrom<String> for Month {
    type Error = MonthError;

    fn try_from(text: String) -> Result<Self, MonthError> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

/// As it is written.
impl JsonSchema for Month {
    fn schema_name() -> Cow<'static, str> {
        "Month".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    #[test]
    fn months_follow_each_other_over_the_years() {
        let december = Month::of(datetime!(2026-12-31 23:59:59.999 UTC));
        assert_eq!((december.to_string().as_str(), december.days()), ("2026-12", 31));
        assert_eq!(december.next(), Month::of(datetime!(2027-01-01 00:00 UTC)));
        assert_eq!(december.next().previous(), december);
        assert_eq!(Month::of(datetime!(2028-02-01 0:00 UTC)).days(), 29);
        assert_eq!(
            (december.in_words(), december.next().first_in_words()),
            ("December 2026".into(), "1 January".into())
        );
    }

    #[test]
    fn a_month_is_one_of_utc() {
        assert_eq!(Month::of(datetime!(2026-12-01 00:30 +02:00)).to_string(), "2026-11");
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "+026-11", "2026--1"] {
            assert_eq!(text.parse::<Month>(), Err(MonthError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_month_is_read_as_it_is_written(year in 0_i32..=9999, month in 1_u8..=12) {
            let text = format!("{year:04}-{month:02}");
            prop_assert_eq!(text.parse::<Month>().unwrap().to_string(), text);
        }
    }
}
