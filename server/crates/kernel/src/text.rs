//! Text that has been checked once and is right from then on.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use url::Url;

/// Why a text was refused. The sentence is meant for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing, or only white space.
    #[error("must not be empty")]
    Empty,
    /// Longer than allowed.
    #[error("must be at most {max} characters long")]
    TooLong {
        /// The limit, in characters.
        max: usize,
    },
    /// Control or direction-changing characters.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// An event type outside its alphabet.
    #[error("may contain only letters, digits, dots, underscores and hyphens")]
    EventTypeCharacter,
    /// Not an e-mail address.
    #[error("must be an e-mail address such as ada@example.com")]
    Email,
    /// Not a URL.
    #[error("must be a full URL such as https://example.com/webhooks")]
    Url,
    /// Neither http nor https.
    #[error("must start with https:// or http://")]
    UrlScheme,
    /// `user:password@` in the URL.
    #[error("must not contain a user name or password; use a header for credentials")]
    UrlCredentials,
    /// A `#fragment`, which is never sent.
    #[error("must not contain a #fragment")]
    UrlFragment,
}

fn has_forbidden_character(text: &str) -> bool {
    text.chars().any(|c| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    })
}

/// A number as people read it: `1,204`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, owned.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

text_type! {
    /// A name that people gave to something: 1 to 256 characters, no control characters, trimmed.
    Name
}

impl Name {
    /// The most characters a name may have.
    pub const CHARS_MAX: usize = 256;

    /// Checks a name.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.chars().count() > Self::CHARS_MAX {
            return Err(TextError::TooLong { max: Self::CHARS_MAX });
        }
        if has_forbidden_character(text) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }
}

text_type! {
    /// What a message is about: `invoice.paid`. 1 to 256 of `[A-Za-z0-9._-]`, as in the Svix API.
    EventType
}

impl EventType {
    /// The most characters an event type may have.
    pub const CHARS_MAX: usize = 256;

    /// Checks an event type.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > Self::CHARS_MAX {
            return Err(TextError::TooLong { max: Self::CHARS_MAX });
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
            return Err(TextError::EventTypeCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// Makes an event type of what a provider calls its event: characters outside the alphabet become `_`.
    /// `None` if nothing is left.
    pub fn from_provider(text: &str) -> Option<Self> {
        let cleaned: String = text
            .chars()
            .take(Self::CHARS_MAX)
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' })
            .collect();
        Self::parse(&cleaned).ok()
    }
}

text_type! {
    /// An e-mail address, lower case. Whether it exists is not known.
    Email
}

impl Email {
    /// RFC 5321, 4.5.3.1.3: a path has at most 256 octets with its brackets.
    pub const CHARS_MAX: usize = 254;

    /// Checks the form of an address: something, an `@`, and a host with a dot or `localhost`.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > Self::CHARS_MAX {
            return Err(TextError::TooLong { max: Self::CHARS_MAX });
        }
        let lower = text.to_lowercase();
        let (local, host) = lower.rsplit_once('@').ok_or(TextError::Email)?;
        let labels_ok = host.split('.').all(|label| {
            !label.is_empty() && !label.starts_with('-') && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
        let local_ok =
            !local.is_empty() && !local.chars().any(|c| c.is_whitespace() || matches!(c, '@' | ',' | '<' | '>' | '"'));
        if !labels_ok || !local_ok || !(host.contains('.') || host == "localhost") || has_forbidden_character(&lower) {
            return Err(TextError::Email);
        }
        Ok(Self(lower))
    }
}

text_type! {
    /// Where an endpoint is: a canonical http(s) URL without credentials or fragment.
    ///
    /// Whether the address may be sent to is egress's business, at configuration and at every attempt.
    EndpointUrl
}

impl EndpointUrl {
    /// The most characters a URL may have.
    pub const CHARS_MAX: usize = 2048;

    /// Parses by the WHATWG rules and keeps the canonical form.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > Self::CHARS_MAX {
            return Err(TextError::TooLong { max: Self::CHARS_MAX });
        }
        let url = Url::parse(text).map_err(|_| TextError::Url)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TextError::UrlScheme);
        }
        if url.host().is_none() {
            return Err(TextError::Url);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TextError::UrlCredentials);
        }
        if url.fragment().is_some() {
            return Err(TextError::UrlFragment);
        }
        Ok(Self(url.into()))
    }

    /// The URL in its parts. `None` cannot happen for a value made by [`EndpointUrl::parse`].
    pub fn to_url(&self) -> Option<Url> {
        Url::parse(&self.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(Name::parse("  Acme ").unwrap().as_str(), "Acme");
        assert_eq!(Name::parse("   "), Err(TextError::Empty));
        assert_eq!(Name::parse(&"x".repeat(257)), Err(TextError::TooLong { max: 256 }));
        assert_eq!(Name::parse("a\u{202e}b"), Err(TextError::ControlCharacter));
    }

    #[test]
    fn event_types_keep_to_their_alphabet() {
        assert!(EventType::parse("invoice.paid_v2-x").is_ok());
        assert_eq!(EventType::parse("a b"), Err(TextError::EventTypeCharacter));
        assert_eq!(EventType::from_provider("push/main").unwrap().as_str(), "push_main");
    }

    #[test]
    fn emails_are_lowered_and_checked() {
        assert_eq!(Email::parse(" Ada@Example.COM ").unwrap().as_str(), "ada@example.com");
        for bad in ["ada", "ada@", "@example.com", "ada@example", "a b@example.com", "ada@exa..mple.com"] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn endpoint_urls_are_canonical_and_carry_no_credentials() {
        assert_eq!(EndpointUrl::parse("HTTPS://Example.com").unwrap().as_str(), "https://example.com/");
        assert_eq!(EndpointUrl::parse("http://0x7f.1/").unwrap().as_str(), "http://127.0.0.1/");
        assert_eq!(EndpointUrl::parse("https://u:p@example.com/"), Err(TextError::UrlCredentials));
        assert_eq!(EndpointUrl::parse("ftp://example.com/"), Err(TextError::UrlScheme));
        assert_eq!(EndpointUrl::parse("/relative"), Err(TextError::Url));
    }
}
