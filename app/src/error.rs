//! What a server function answers when it cannot do what was asked.

use hookreel_contract::{ApiError, FieldError};
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Why something was not done: refused by Hookreel, or not heard by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    /// Hookreel answered, and this is its answer.
    #[error("{0}")]
    Api(ApiError),
    /// No usable answer: the network, or a page older than the server. Says nothing about whether it was done.
    #[error("The server could not be reached, or did not understand this page: {0}")]
    Transport(String),
}

impl AppError {
    /// One wrong field of a form.
    pub fn field(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self::from(ApiError::invalid(name, message))
    }

    /// What is wrong with the field of that name, if something is. Names are compared by their letters and digits,
    /// so that `filterTypes` and `filter_types` are the same field, and `fields.header` and `fields[header]`.
    pub fn field_message(&self, name: &str) -> Option<String> {
        let Self::Api(ApiError::Invalid { fields }) = self else { return None };
        fields.iter().find(|error| is_same_field(&error.field, name)).map(|error| sentence(&error.message))
    }

    /// The whole of it in one sentence, for the form and not for one of its fields.
    pub fn summary(&self) -> String {
        match self {
            Self::Api(ApiError::Invalid { fields }) => fields.iter().map(labelled).collect::<Vec<_>>().join(" "),
            Self::Api(error) => sentence(&error.to_string()),
            Self::Transport(_) => {
                "The server could not be reached. Check the connection, reload the page, and see whether it was done."
                    .to_owned()
            }
        }
    }

    /// Why something could not be read, as the end of a sentence.
    pub fn reason(&self) -> String {
        match self {
            Self::Api(error) => with_full_stop(&error.to_string()),
            Self::Transport(_) => "the server could not be reached.".to_owned(),
        }
    }

    /// Whether it says nothing about what was asked for, and may be otherwise in a moment.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Api(error) => matches!(
                error,
                ApiError::TooManyRequests { .. }
                    | ApiError::ServiceAway { .. }
                    | ApiError::Unavailable
                    | ApiError::Internal
            ),
            Self::Transport(_) => true,
        }
    }

    /// Whether nobody is signed in.
    pub const fn is_unauthenticated(&self) -> bool {
        matches!(self, Self::Api(ApiError::Unauthenticated))
    }

    /// Whether what was asked for is not there.
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::Api(ApiError::NotFound { .. }))
    }
}

impl From<ApiError> for AppError {
    /// The one place where a use case's refusal becomes an answer to the browser; it also sets the HTTP status.
    fn from(error: ApiError) -> Self {
        #[cfg(feature = "ssr")]
        crate::server::answer_with_status(error.status());
        Self::Api(error)
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        #[cfg(feature = "ssr")]
        if matches!(
            error,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_)
        ) {
            crate::server::answer_with_status(400);
        }
        Self::Transport(error.to_string())
    }
}

/// Reads an id that came with a form or a path. A garbled one names nothing that exists.
pub fn parse_id<T: FromStr>(text: &str, what: &str) -> Result<T, AppError> {
    text.trim().parse().map_err(|_| AppError::from(ApiError::not_found(what)))
}

/// The text of an optional field; an empty one was not filled in.
pub fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn is_same_field(left: &str, right: &str) -> bool {
    let letters =
        |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    letters(left) == letters(right)
}

fn labelled(error: &FieldError) -> String {
    let label = error.field.replace(['_', '.'], " ");
    sentence(&format!("{label} {}", error.message))
}

/// With a capital at the beginning and a full stop at the end.
fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let Some(first) = chars.next() else { return String::new() };
    with_full_stop(&format!("{}{}", first.to_uppercase(), chars.as_str()))
}

fn with_full_stop(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{text}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_either_spelling() {
        let error = AppError::Api(ApiError::invalid("filterTypes", "must not be empty"));
        assert_eq!(error.field_message("filter_types").as_deref(), Some("Must not be empty."));
        assert_eq!(error.field_message("url"), None);
        let nested = AppError::Api(ApiError::invalid("settings.bodyBytesMax", "must be at least 1"));
        assert_eq!(nested.field_message("settings[body_bytes_max]").as_deref(), Some("Must be at least 1."));
    }

    #[test]
    fn only_what_may_pass_is_no_answer_about_the_thing_itself() {
        let passing = [AppError::Transport("reset".to_owned()), AppError::Api(ApiError::Unavailable)];
        assert!(passing.iter().all(AppError::is_passing));
        assert_eq!(passing[0].reason(), "the server could not be reached.");
        assert!(passing[1].reason().ends_with("try again in a moment."));
        let answers =
            [ApiError::not_found("Message"), ApiError::Unauthenticated, ApiError::invalid("since", "is late")];
        assert!(!answers.into_iter().any(|answer| AppError::Api(answer).is_passing()));
    }

    #[test]
    fn errors_survive_their_way_to_the_browser() {
        use leptos::server_fn::error::{FromServerFnError as _, ServerFnErrorErr};
        let error = AppError::Api(ApiError::conflict("The name is taken"));
        assert_eq!(AppError::de(error.ser()), error);
        assert!(matches!(AppError::from_server_fn_error(ServerFnErrorErr::Args("x".into())), AppError::Transport(_)));
    }

    #[test]
    fn an_empty_optional_field_was_not_filled_in() {
        assert_eq!(filled(Some("  ".to_owned())), None);
        assert_eq!(filled(Some(" a ".to_owned())).as_deref(), Some("a"));
    }
}
