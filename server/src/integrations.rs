//! Clients of the services of others, as configured.

use crate::config::IntegrationsConfig;
use anyhow::Context as _;
use hookreel_egress::Egress;
use hookreel_integrations::{ConfigError, GitHub, GitHubConfig, Stripe, StripeConfig};
use hookreel_kernel::Clock;
use hookreel_services::Integrations;
use std::sync::Arc;

/// Makes them. Opens no connection.
pub(crate) fn build(
    config: &IntegrationsConfig,
    egress: &Egress,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Integrations> {
    let github = config.github_api_url.as_deref().map(|url| {
        let mut github = GitHubConfig::new(url);
        config.patience.apply(&mut github.service);
        GitHub::new(github, egress.clone(), Arc::clone(clock))
    });
    let stripe = config.stripe_key.clone().map(|key| {
        let mut stripe = StripeConfig::new(&config.stripe_api_url, key);
        config.patience.apply(&mut stripe.service);
        Stripe::new(stripe, egress.clone(), Arc::clone(clock))
    });
    Ok(Integrations {
        github: github.transpose().context("github_api_url")?,
        stripe: stripe.transpose().map_err(|error| {
            let setting = setting_of_stripe(&error);
            anyhow::Error::new(error).context(setting)
        })?,
    })
}

/// Which setting is to be mended.
const fn setting_of_stripe(error: &ConfigError) -> &'static str {
    match error {
        ConfigError::BaseUrl { .. } => "stripe_api_url",
        ConfigError::Key { .. } | ConfigError::KeyMissing { .. } | ConfigError::Header { .. } => "stripe_key",
    }
}

#[cfg(test)]
mod tests;
