//! Reading single values, the same on the command line and in the file.

use serde::{Deserialize as _, Deserializer};
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// A length of time as people write it: `500ms`, `5s`, `30m`, `2h`, `1d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HumanDuration(pub(crate) Duration);

impl FromStr for HumanDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("`{text}` is not a length of time such as 500ms, 5s, 30m, 2h or 1d");
        let text = text.trim();
        let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(fault)?;
        let (number, unit) = text.split_at(unit_at);
        let number: u64 = number.parse().map_err(|_| fault())?;
        let unit_ms = match unit.trim() {
            "ms" => 1,
            "s" => 1000,
            "m" => 60 * 1000,
            "h" => 60 * 60 * 1000,
            "d" => 24 * 60 * 60 * 1000,
            _ => return Err(fault()),
        };
        number.checked_mul(unit_ms).map(|ms| Self(Duration::from_millis(ms))).ok_or_else(fault)
    }
}

/// For serde: a text that is parsed.
pub(crate) fn optional<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

/// For serde: a list of texts that are parsed.
pub(crate) fn optional_list<'de, T, D>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| text.parse().map_err(serde::de::Error::custom)).collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        for (text, ms) in [("500ms", 500), ("0s", 0), ("5s", 5_000), ("30m", 1_800_000), ("1d", 86_400_000)] {
            assert_eq!(text.parse(), Ok(HumanDuration(Duration::from_millis(ms))), "{text}");
        }
        for text in ["", "5", "s", "-5s", "5 years", "99999999999999999999s", "18446744073709551615d"] {
            assert!(text.parse::<HumanDuration>().is_err(), "{text}");
        }
    }
}
