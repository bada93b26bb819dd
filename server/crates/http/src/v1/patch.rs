//! Fields of a `PATCH`.

use serde::{Deserialize, Deserializer};

/// A field that may be null, for `#[serde(default)]`: absent is not the same as null.
#[derive(Debug, Default)]
pub(crate) enum Field<T> {
    /// Leave it as it is.
    #[default]
    Absent,
    /// Set it, or, when this is `None`, empty it.
    Present(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Present)
    }
}

impl<T> Field<T> {
    /// Changes what was there, if the request says so.
    pub(crate) fn apply_to(self, field: &mut Option<T>) {
        if let Self::Present(value) = self {
            *field = value;
        }
    }
}

/// Sets a field that cannot be null, if the request carries it.
pub(crate) fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Sample {
        #[serde(default)]
        uid: Field<String>,
    }

    fn patched(json: &str) -> Option<String> {
        let mut uid = Some("old".to_owned());
        serde_json::from_str::<Sample>(json).unwrap().uid.apply_to(&mut uid);
        uid
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        assert_eq!(patched("{}").as_deref(), Some("old"));
        assert_eq!(patched(r#"{"uid": null}"#), None);
        assert_eq!(patched(r#"{"uid": "new"}"#).as_deref(), Some("new"));
    }
}
