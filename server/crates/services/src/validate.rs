//! What people and programs may write into the fields they have in common.

use hookreel_contract::{ApiError, FieldError};
use std::collections::BTreeMap;
use std::fmt::Display;

/// The most characters of a uid.
pub(crate) const UID_CHARS_MAX: usize = 256;
/// The most characters of a description.
pub(crate) const DESCRIPTION_CHARS_MAX: usize = 2_000;
/// The most entries of metadata.
const METADATA_ENTRIES_MAX: usize = 64;
/// The most bytes of metadata, keys and values together.
const METADATA_BYTES_MAX: usize = 16 * 1024;

/// Collects what is wrong, field by field, so that a person hears all of it at once.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<FieldError>);

impl Faults {
    /// Notes that something is wrong with a field.
    pub(crate) fn add(&mut self, field: &str, message: impl Display) {
        self.0.push(FieldError::new(field, message.to_string()));
    }

    /// The value, or a note of why there is none.
    pub(crate) fn take<T, E: Display>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.add(field, error)).ok()
    }

    /// Nothing, if nothing is wrong.
    pub(crate) fn none(self) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::Invalid { fields: self.0 }) }
    }

    /// A tenant's own id of something. An empty text of a form is no uid.
    pub(crate) fn uid(&mut self, uid: Option<String>) -> Option<String> {
        let uid = uid.filter(|uid| !uid.is_empty())?;
        if uid.len() > UID_CHARS_MAX {
            self.add("uid", format_args!("must be at most {UID_CHARS_MAX} characters long"));
        } else if !uid.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
            self.add("uid", "may contain only letters, digits, dots, underscores and hyphens");
        } else if looks_like_an_id(&uid) {
            self.add("uid", "must not look like one of Hookreel's own ids");
        }
        Some(uid)
    }

    /// Text for people, of several lines if need be.
    pub(crate) fn description(&mut self, text: String) -> String {
        if text.chars().count() > DESCRIPTION_CHARS_MAX {
            self.add("description", format_args!("must be at most {DESCRIPTION_CHARS_MAX} characters long"));
        } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.add("description", "must not contain control characters");
        }
        text
    }

    /// Values for programs.
    pub(crate) fn metadata(&mut self, metadata: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let bytes: usize = metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
        if metadata.len() > METADATA_ENTRIES_MAX {
            self.add("metadata", format_args!("must have at most {METADATA_ENTRIES_MAX} entries"));
        } else if bytes > METADATA_BYTES_MAX {
            self.add("metadata", format_args!("must have at most {METADATA_BYTES_MAX} bytes in all"));
        } else if metadata.iter().any(|(key, value)| key.is_empty() || key.contains('\0') || value.contains('\0')) {
            self.add("metadata", "must not contain empty keys or NUL characters");
        }
        metadata
    }
}

/// Whether a path could mean an id by this text: a prefix, an underscore, and 26 letters and digits.
pub(crate) fn looks_like_an_id(text: &str) -> bool {
    text.parse::<hookreel_kernel::ApplicationId>().is_ok()
        || text.parse::<hookreel_kernel::EndpointId>().is_ok()
        || text.parse::<hookreel_kernel::MessageId>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::EndpointId;

    fn faults(check: impl FnOnce(&mut Faults)) -> Vec<String> {
        let mut faults = Faults::default();
        check(&mut faults);
        match faults.none() {
            Err(ApiError::Invalid { fields }) => fields.into_iter().map(|field| field.field).collect(),
            _ => vec![],
        }
    }

    #[test]
    fn uids_keep_to_their_alphabet_and_do_not_look_like_ids() {
        for uid in ["customer-1", "a.b_c", "default"] {
            assert!(faults(|f| drop(f.uid(Some(uid.into())))).is_empty(), "{uid}");
        }
        for uid in ["a b", "ä", "a/b", &"x".repeat(257), &EndpointId::generate().to_string()] {
            assert_eq!(faults(|f| drop(f.uid(Some(uid.to_owned())))), ["uid"], "{uid}");
        }
        assert_eq!(Faults::default().uid(Some(String::new())), None);
    }

    #[test]
    fn metadata_is_bounded() {
        let many = (0..65).map(|n| (n.to_string(), String::new())).collect();
        assert_eq!(faults(|f| drop(f.metadata(many))), ["metadata"]);
        let long = BTreeMap::from([("k".to_owned(), "v".repeat(METADATA_BYTES_MAX))]);
        assert_eq!(faults(|f| drop(f.metadata(long))), ["metadata"]);
        let nul = BTreeMap::from([("k".to_owned(), "\0".to_owned())]);
        assert_eq!(faults(|f| drop(f.metadata(nul))), ["metadata"]);
    }

    #[test]
    fn descriptions_may_have_lines_but_no_control_characters() {
        assert!(faults(|f| drop(f.description("a\nb\tc".into()))).is_empty());
        assert_eq!(faults(|f| drop(f.description("a\0".into()))), ["description"]);
    }
}
