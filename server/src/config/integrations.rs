//! The services of others that are called.

use super::ConfigError;
use super::store::secret;
use clap::Args;
use hookreel_kernel::Secret;
use serde::Deserialize;

const GITHUB_API_URL_DEFAULT: &str = "https://api.github.com";
const STRIPE_API_URL_DEFAULT: &str = "https://api.stripe.com";

/// What can be said about them.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "[integrations]")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IntegrationsSettings {
    /// Where GitHub's API is, from which repositories are connected: https://HOST/api/v3 for GitHub Enterprise, empty
    /// for none [default: https://api.github.com]
    #[arg(long, env = "HOOKREEL_GITHUB_API_URL", value_name = "URL")]
    pub(crate) github_api_url: Option<String>,

    /// Where Stripe's API is [default: https://api.stripe.com]
    #[arg(long, env = "HOOKREEL_STRIPE_API_URL", value_name = "URL")]
    pub(crate) stripe_api_url: Option<String>,

    /// The secret key of the Stripe account that plans are paid to. Better given by the environment than on the command
    /// line, which others on the machine can read [default: none, and there are no plans: everything is unlimited]
    #[arg(long, env = "HOOKREEL_STRIPE_KEY", value_name = "KEY", hide_env_values = true, value_parser = secret)]
    pub(crate) stripe_key: Option<Secret<String>>,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub(crate) struct IntegrationsConfig {
    /// `None`: repositories cannot be connected.
    pub(crate) github_api_url: Option<String>,
    pub(crate) stripe_api_url: String,
    /// `None`: there is no billing.
    pub(crate) stripe_key: Option<Secret<String>>,
}

impl IntegrationsSettings {
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            github_api_url: self.github_api_url.or(other.github_api_url),
            stripe_api_url: self.stripe_api_url.or(other.stripe_api_url),
            stripe_key: self.stripe_key.or(other.stripe_key),
        }
    }
}

impl IntegrationsConfig {
    /// What these settings alone come to.
    #[cfg(test)]
    pub(crate) fn of(settings: IntegrationsSettings) -> Result<Self, ConfigError> {
        Self::resolve(settings)
    }

    pub(super) fn resolve(settings: IntegrationsSettings) -> Result<Self, ConfigError> {
        let github = settings.github_api_url.unwrap_or_else(|| GITHUB_API_URL_DEFAULT.to_owned());
        let github_api_url = Some(github.trim().to_owned()).filter(|url| !url.is_empty());
        if let Some(url) = &github_api_url {
            checked("github_api_url", url)?;
        }
        let stripe_api_url = settings.stripe_api_url.unwrap_or_else(|| STRIPE_API_URL_DEFAULT.to_owned());
        checked("stripe_api_url", &stripe_api_url)?;
        let stripe_key = settings.stripe_key.filter(|key| !key.expose().trim().is_empty());
        Ok(Self { github_api_url, stripe_api_url, stripe_key })
    }
}

fn checked(name: &'static str, url: &str) -> Result<(), ConfigError> {
    match url::Url::parse(url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        Ok(_) => Err(ConfigError::setting(name, format!("`{url}` is neither http:// nor https://"))),
        Err(error) => Err(ConfigError::setting(name, format!("`{url}` is not a URL: {error}"))),
    }
}
