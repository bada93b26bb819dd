//! Stripe: customers, checkout, the billing portal, subscriptions. Source: <https://docs.stripe.com/api>.
//!
//! Bodies are form encoded. Every `POST` carries an idempotency key, which Stripe remembers for at least a day: a caller
//! that brings its own may repeat the whole call, also after a restart, and nothing happens twice.

mod checkout;
mod customers;
mod ids;
mod invoices;
mod metadata;
mod subscriptions;

pub use checkout::{CheckoutSession, NewCheckout, PortalSession};
pub use customers::{Customer, NewCustomer};
pub use ids::{CustomerId, PriceId, StripeIdError, SubscriptionId};
pub use invoices::{Invoice, InvoiceStatus};
pub use metadata::{Metadata, MetadataError};
pub use subscriptions::{CancelAt, Subscription, SubscriptionItem, SubscriptionStatus};

use crate::breaker::BreakerSnapshot;
use crate::client::ApiClient;
use crate::config::{ConfigError, ServiceConfig};
use crate::error::IntegrationError;
use crate::request::ApiRequest;
use hookreel_egress::Egress;
use hookreel_kernel::{Clock, Secret};
use http::{HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// By this name Stripe appears in errors and logs.
const SERVICE: &str = "stripe";
const VERSION: HeaderName = HeaderName::from_static("stripe-version");

/// How Stripe is called.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// Where, with which key, and how patiently.
    pub service: ServiceConfig,
    /// The version of the API that answers are read by, whatever the account's own is.
    /// Source: <https://docs.stripe.com/api/versioning>.
    pub version: String,
}

impl StripeConfig {
    /// Stripe at `base_url`, as the account of a key, in the version of the API that its answers are read by.
    pub fn new(base_url: impl Into<String>, key: Secret<String>) -> Self {
        let service = ServiceConfig { key: Some(key), ..ServiceConfig::new(base_url) };
        Self { service, version: "2025-03-31.basil".to_owned() }
    }
}

/// Stripe, as one account. Clones share the breaker: make one per process.
#[derive(Debug, Clone)]
pub struct Stripe {
    client: ApiClient,
    version: HeaderValue,
}

impl Stripe {
    /// A client for the configured account. There must be a key.
    pub fn new(config: StripeConfig, egress: Egress, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        if config.service.key.is_none() {
            return Err(ConfigError::KeyMissing { service: SERVICE });
        }
        let version = HeaderValue::from_str(&config.version)
            .map_err(|_| ConfigError::Header { service: SERVICE, name: "stripe-version" })?;
        Ok(Self { client: ApiClient::new(SERVICE, config.service, egress, clock)?, version })
    }

    /// How Stripe's breaker stands.
    pub fn breaker(&self) -> BreakerSnapshot {
        self.client.breaker()
    }

    async fn call<T: DeserializeOwned>(&self, request: ApiRequest) -> Result<T, IntegrationError> {
        Ok(self.client.call(request.header(VERSION, self.version.clone())).await?.value)
    }
}
