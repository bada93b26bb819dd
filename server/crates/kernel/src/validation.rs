//! Whether payloads are held against the schema of their event type, and what did not fit.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What becomes of a published payload that does not fit the schema of its event type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Validation {
    /// Nobody looks.
    #[default]
    Off,
    /// It is accepted, and carries what is wrong.
    Flag,
    /// It is refused, and nothing is stored.
    Reject,
}

impl Validation {
    /// Every way there is.
    pub const ALL: [Self; 3] = [Self::Off, Self::Flag, Self::Reject];

    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Flag => "flag",
            Self::Reject => "reject",
        }
    }

    /// The way of a stored name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|validation| validation.as_str() == text)
    }

    /// Whether nobody looks.
    pub const fn is_off(&self) -> bool {
        matches!(self, Self::Off)
    }
}

/// One thing about a payload that does not fit the schema of its event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SchemaFault {
    /// Where it is in the payload, as a JSON pointer: `/amount`. Empty: the payload as a whole.
    pub pointer: String,
    /// What is wrong there: a phrase that follows the place.
    pub message: String,
}

impl SchemaFault {
    /// Names a place and what is wrong there.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }

    /// The place as a field of a request that publishes the payload: `payload/amount`.
    pub fn field(&self) -> String {
        format!("payload{}", self.pointer)
    }
}

impl fmt::Display for SchemaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "payload" } else { &self.pointer };
        write!(f, "{place}: {}", self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_names_round_trip() {
        for validation in Validation::ALL {
            assert_eq!(Validation::parse(validation.as_str()), Some(validation));
            assert_eq!(serde_json::to_value(validation).unwrap(), validation.as_str());
        }
        assert_eq!(Validation::parse("maybe"), None);
    }

    #[test]
    fn a_fault_names_its_place() {
        let fault = SchemaFault::new("/lines/0/amount", "must be integer");
        assert_eq!(fault.to_string(), "/lines/0/amount: must be integer");
        assert_eq!(fault.field(), "payload/lines/0/amount");
        assert_eq!(SchemaFault::new("", "must be object").field(), "payload");
        assert_eq!(SchemaFault::new("", "must be object").to_string(), "payload: must be object");
    }
}
