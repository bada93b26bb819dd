//! The providers whose webhooks can be received.

use crate::scheme::{self, Scheme};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Who sends. In text and JSON: the name in lower case with underscores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Stripe.
    Stripe,
    /// GitHub.
    Github,
    /// Whoever signs as Standard Webhooks specifies, or as Svix did before.
    StandardWebhooks,
    /// Whoever sends an HMAC-SHA256 of the body in a header of their own.
    GenericHmac,
}

impl Provider {
    /// Every provider, in the order in which a person is offered them.
    pub const ALL: [Self; 4] = [Self::Stripe, Self::Github, Self::StandardWebhooks, Self::GenericHmac];

    /// The provider of that name.
    pub fn parse(name: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.into_iter().find(|provider| provider.name() == name).ok_or(UnknownProvider)
    }

    /// The name in the API and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Github => "github",
            Self::StandardWebhooks => "standard_webhooks",
            Self::GenericHmac => "generic_hmac",
        }
    }

    /// The name for a person.
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Stripe => "Stripe",
            Self::Github => "GitHub",
            Self::StandardWebhooks => "Standard Webhooks",
            Self::GenericHmac => "Generic HMAC-SHA256",
        }
    }

    /// The rows of the provider: usually one, more if it has used several header names. None if
    /// the source's own settings are the row.
    pub(crate) const fn schemes(self) -> &'static [Scheme<'static>] {
        match self {
            Self::Stripe => scheme::STRIPE,
            Self::Github => scheme::GITHUB,
            Self::StandardWebhooks => scheme::STANDARD_WEBHOOKS,
            Self::GenericHmac => &[],
        }
    }

    /// Whether the provider signs the time of sending, so that a tolerance makes sense.
    pub fn signs_time(self) -> bool {
        self.schemes().iter().any(|scheme| scheme.timestamp.is_some())
    }

    /// Whether the source itself says which header is signed and how.
    pub const fn is_configurable(self) -> bool {
        matches!(self, Self::GenericHmac)
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no [`Provider`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The provider must be one of: stripe, github, standard_webhooks, generic_hmac.")]
pub struct UnknownProvider;

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(name: &str) -> Result<Self, UnknownProvider> {
        Self::parse(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_in_text_and_json() {
        for provider in Provider::ALL {
            assert_eq!(Provider::parse(provider.name()), Ok(provider));
            assert_eq!(serde_json::to_value(provider).unwrap(), provider.name());
            assert!(UnknownProvider.to_string().contains(provider.name()));
        }
        assert_eq!(Provider::parse("Stripe"), Err(UnknownProvider));
    }
}
