//! Times in request bodies.

use hookreel_kernel::Timestamp;
use serde::{Deserialize, Deserializer};
use time::format_description::well_known::Rfc3339;

/// What is said of text that is no time.
pub(crate) const EXPECTED: &str = "must be a time such as 2026-11-23T09:30:00Z";

/// A time that has to be given.
pub(crate) fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    parse(&String::deserialize(deserializer)?)
}

/// A time that may be left out or null, for `#[serde(default)]`.
pub(crate) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Option::<String>::deserialize(deserializer)?.map(|text| parse(&text)).transpose()
}

fn parse<E: serde::de::Error>(text: &str) -> Result<Timestamp, E> {
    Timestamp::parse(text, &Rfc3339).map_err(|_| E::custom(EXPECTED))
}
