//! What a person or an API client says about a source, and what can be wrong with it.

use super::{FIELD_BYTES_MAX, TOLERANCE_SECONDS_MAX};
use crate::pointer::{POINTER_BYTES_MAX, POINTER_STEPS_MAX};
use crate::provider::FieldChoice;
use serde::{Deserialize, Serialize};

/// The longest header name that is accepted, in octets.
const HEADER_NAME_BYTES_MAX: usize = 64;
/// The longest prefix, key or template that is accepted, in octets.
pub(super) const PREFIX_BYTES_MAX: usize = 32;
/// The longest template of what is signed, in octets.
pub(super) const TEMPLATE_BYTES_MAX: usize = 512;

/// Declares the input with its texts, and access to them by name.
macro_rules! input {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* $field:ident,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$field_meta])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<String>,)*
            /// How far the time of sending may be from now, either way, in seconds.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub tolerance_seconds: Option<u32>,
        }

        impl $name {
            /// Every text, with the name of its field.
            pub(super) fn texts(&self) -> Vec<(&'static str, Option<&str>)> {
                vec![$((stringify!($field), self.$field.as_deref()),)*]
            }

            /// Fills in the text of a field. A name that there is not does nothing.
            pub(super) fn set(&mut self, field: &str, value: String) {
                match field {
                    $(stringify!($field) => self.$field = Some(value),)*
                    _ => {}
                }
            }
        }
    };
}

input! {
    /// What a person or an API client says about a source. Empty texts count as absent. Which fields
    /// a provider takes is said by [`crate::Provider::fields`].
    pub struct RuleInput {
        /// The header with the signature, or with the token.
        header,
        /// What stands before the signature in it, for example `sha256=`.
        prefix,
        /// `hex` (also if absent), `base64` or `base64url`.
        encoding,
        /// The header with the event's id.
        event_id_header,
        /// Or the JSON pointer to it in the body, for example `/data/id`.
        event_id_pointer,
        /// The header with the event's type.
        event_type_header,
        /// Or the JSON pointer to it in the body.
        event_type_pointer,
        /// How the header carries signatures: `prefixed` (also if absent): one after `prefix`.
        /// `fields`: `key=value` pairs. `tagged`: entries separated by spaces, each `tag,signature`.
        /// `numbered`: one each in headers whose names are `header` and a number from 1.
        format,
        /// The key of the signature among the pairs, or the tag of the entries.
        signature_field,
        /// What separates the pairs: `,` (also if absent) or `;`.
        separator,
        /// `sha1`, `sha256` (also if absent) or `sha512`.
        digest,
        /// How the secret becomes the key: `verbatim` (also if absent), `base64`, `whsec`, `hex` or `sha1`.
        key_form,
        /// The header with the time of sending.
        timestamp_header,
        /// Or its key among the pairs of the signature header.
        timestamp_field,
        /// Or the JSON pointer to it in the body.
        timestamp_pointer,
        /// `s` (also if absent), `ms`, `s_or_ms` or `rfc3339`.
        timestamp_unit,
        /// What is signed: text with `{timestamp}`, `{body}`, `{method}`, `{url}`, `{header:Name}`
        /// and `{json:/pointer}` in it. `{body}` if absent.
        signed,
        /// The public half of the provider's key pair (Braintree).
        public_key,
        /// The id of the webhook at the provider (PayPal).
        webhook_id,
        /// The topic that messages come from (Amazon SNS).
        topic_arn,
        /// The receiver's client id at the provider (Plaid, Adobe I/O).
        client_id,
        /// Which of the provider's environments sends (Plaid).
        environment,
        /// The text by which the provider's subscription request is recognised (Meta).
        verify_token,
    }
}

impl RuleInput {
    /// The text of a field.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.texts().into_iter().find(|(name, _)| *name == field)?.1
    }
}

/// What is wrong with a field of a [`RuleInput`]. The text is for the person who filled it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleProblem {
    /// The field must be filled in.
    #[error("Fill this in: the provider's requests cannot be verified without it.")]
    Required {
        /// The field.
        field: &'static str,
    },
    /// Not a header name.
    #[error("A header name consists of letters, digits and hyphens, at most {HEADER_NAME_BYTES_MAX}.")]
    HeaderName {
        /// The field.
        field: &'static str,
    },
    /// Not a prefix, key or tag.
    #[error("Use at most {PREFIX_BYTES_MAX} printable ASCII characters.")]
    Affix {
        /// The field.
        field: &'static str,
    },
    /// None of the values there are.
    #[error("Choose one of: {}.", values_of(.choices))]
    Choice {
        /// The field.
        field: &'static str,
        /// The values.
        choices: &'static [FieldChoice],
    },
    /// Not a JSON pointer.
    #[error(
        "A JSON pointer starts with / and reads like /data/id: at most {POINTER_BYTES_MAX} characters and {POINTER_STEPS_MAX} steps."
    )]
    Pointer {
        /// The field.
        field: &'static str,
    },
    /// More than one place for the same thing.
    #[error("Say in one place where this is: leave all but one of these fields empty.")]
    TwoPlaces {
        /// The field.
        field: &'static str,
    },
    /// Not a template.
    #[error(
        "Write what is signed as text with {{timestamp}}, {{body}}, {{method}}, {{url}}, {{header:Name}} or {{json:/pointer}} in it, at most {TEMPLATE_BYTES_MAX} characters."
    )]
    Template,
    /// The template and the time do not fit together.
    #[error("Say where the time of sending is, or leave {{timestamp}} out of what is signed.")]
    TimeNotFound,
    /// A time that nobody signed proves nothing.
    #[error("A time of sending counts only if it is signed: put {{timestamp}} or {{body}} into what is signed.")]
    TimeNotSigned,
    /// Out of range.
    #[error("The tolerance must be between 1 and {TOLERANCE_SECONDS_MAX} seconds.")]
    Tolerance,
    /// Too long, or with control characters.
    #[error("Use one line of at most {FIELD_BYTES_MAX} characters.")]
    Text {
        /// The field.
        field: &'static str,
    },
    /// The provider decides this.
    #[error("This provider decides this itself: leave it out.")]
    NotConfigurable {
        /// The field.
        field: &'static str,
    },
}

impl RuleProblem {
    /// The field of [`RuleInput`] that is wrong.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Tolerance => "tolerance_seconds",
            Self::Template | Self::TimeNotFound | Self::TimeNotSigned => "signed",
            Self::Required { field }
            | Self::HeaderName { field }
            | Self::Affix { field }
            | Self::Choice { field, .. }
            | Self::Pointer { field }
            | Self::TwoPlaces { field }
            | Self::Text { field }
            | Self::NotConfigurable { field } => field,
        }
    }
}

fn values_of(choices: &[FieldChoice]) -> String {
    choices.iter().map(|choice| choice.value).collect::<Vec<_>>().join(" ")
}

/// A form sends an empty text for what was not filled in.
pub(super) fn given(field: Option<&str>) -> Option<&str> {
    field.map(str::trim).filter(|text| !text.is_empty())
}

/// A header's name, or nothing and a problem.
pub(super) fn header_name(name: &str, field: &'static str, problems: &mut Vec<RuleProblem>) -> Option<String> {
    let is_name = is_header_name(name);
    if !is_name {
        problems.push(RuleProblem::HeaderName { field });
    }
    is_name.then(|| name.to_owned())
}

/// Whether a text is a header's name (RFC 9110, token).
pub(super) fn is_header_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.len() <= HEADER_NAME_BYTES_MAX && name.bytes().all(is_token)
}
