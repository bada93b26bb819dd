//! What we may note on Stripe's objects. Source: <https://docs.stripe.com/api/metadata>.

use crate::form::Form;
use std::collections::BTreeMap;

/// Notes on an object, within Stripe's bounds. Never secrets: everyone with access to the account reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata(BTreeMap<String, String>);

/// Why notes cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// There are too many.
    #[error("an object may have at most {max} notes", max = Metadata::NOTES_MAX)]
    TooMany,
    /// A name is empty, too long or holds a bracket.
    #[error("a note's name has 1 to {max} characters and no brackets", max = Metadata::NAME_CHARS_MAX)]
    Name,
    /// A value is too long.
    #[error("a note has at most {max} characters", max = Metadata::VALUE_CHARS_MAX)]
    Value,
}

impl Metadata {
    /// How many notes an object may have.
    pub const NOTES_MAX: usize = 50;
    /// The longest name, in characters.
    pub const NAME_CHARS_MAX: usize = 40;
    /// The longest value, in characters.
    pub const VALUE_CHARS_MAX: usize = 500;

    /// Notes of these names and values.
    pub fn new<K: Into<String>, V: Into<String>>(
        notes: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, MetadataError> {
        let notes: BTreeMap<String, String> =
            notes.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        if notes.len() > Self::NOTES_MAX {
            return Err(MetadataError::TooMany);
        }
        for (name, value) in &notes {
            if !(1..=Self::NAME_CHARS_MAX).contains(&name.chars().count()) || name.contains(['[', ']']) {
                return Err(MetadataError::Name);
            }
            if value.chars().count() > Self::VALUE_CHARS_MAX {
                return Err(MetadataError::Value);
            }
        }
        Ok(Self(notes))
    }

    /// As fields, in the order of their names.
    pub(super) fn form(&self) -> Form {
        self.0.iter().fold(Form::new(), |form, (name, value)| form.with(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_stay_within_the_bounds_of_stripe() {
        let one = |name: &str, value: &str| Metadata::new([(name, value)]);
        assert!(one("tenant_id", "tnt_1").is_ok());
        assert!(one(&"ü".repeat(40), &"ü".repeat(500)).is_ok());
        for name in ["", "a[b", "a]b", &"n".repeat(41)] {
            assert_eq!(one(name, "1"), Err(MetadataError::Name), "{name}");
        }
        assert_eq!(one("a", &"v".repeat(501)), Err(MetadataError::Value));
        assert_eq!(Metadata::new((0..51).map(|n| (n.to_string(), "1"))), Err(MetadataError::TooMany));
    }
}
