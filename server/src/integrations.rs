//! Clients of the services of others, as configured.

use crate::config::IntegrationsConfig;
use anyhow::Context as _;
use hookreel_egress::Egress;
use hookreel_integrations::{GitHub, GitHubConfig, ServiceConfig, Stripe, StripeConfig};
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
        let config = GitHubConfig { service: ServiceConfig::new(url), ..GitHubConfig::default() };
        GitHub::new(config, egress.clone(), Arc::clone(clock))
    });
    let stripe = config.stripe_key.clone().map(|key| {
        let service = ServiceConfig { key: Some(key), ..ServiceConfig::new(&config.stripe_api_url) };
        Stripe::new(StripeConfig { service, ..StripeConfig::default() }, egress.clone(), Arc::clone(clock))
    });
    Ok(Integrations { github: github.transpose().context("GitHub")?, stripe: stripe.transpose().context("Stripe")? })
}
