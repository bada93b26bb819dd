//! Plans as configured, and the way in for what Stripe tells of them.

use crate::config::BillingConfig;
use anyhow::Context as _;
use hookreel_database::Database;
use hookreel_kernel::Clock;
use hookreel_services::{Integrations, Plans, PlansParts, Services};
use std::sync::Arc;
use url::Url;

/// Puts them together. Without a key of Stripe's there are none.
pub(crate) fn build(
    config: &BillingConfig,
    database: &Database,
    integrations: &Integrations,
    public_url: &Url,
    clock: &Arc<dyn Clock>,
) -> Plans {
    Plans::new(PlansParts {
        database: database.clone(),
        stripe: integrations.stripe.clone(),
        list: config.plans.clone(),
        retention_days: config.retention_days,
        public_url: public_url.clone(),
        clock: Arc::clone(clock),
    })
}

/// Makes sure that Stripe's webhooks about plans have a source of Hookreel's own to come in at.
pub(crate) async fn receive_webhooks(config: &BillingConfig, services: &Services) -> anyhow::Result<()> {
    if !services.plans.are_sold() {
        return Ok(());
    }
    let Some(secret) = &config.webhook_secret else {
        tracing::warn!(
            "plans are sold, but nobody tells when they are paid: make a webhook at Stripe to the address that `hookreel \
             admin billing-webhook-url` prints, and give its signing secret as HOOKREEL_STRIPE_WEBHOOK_SECRET"
        );
        return Ok(());
    };
    let ensured = services.sources.ensure_billing_source(secret).await;
    let url = ensured.map_err(|error| anyhow::anyhow!("{error}")).context("stripe_webhook_secret")?;
    tracing::info!(url, "Stripe's webhooks about plans come in here");
    Ok(())
}
