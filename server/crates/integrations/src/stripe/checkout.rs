//! Pages of Stripe's that a person is sent to: to subscribe, and to manage what they subscribed to. Sources:
//! <https://docs.stripe.com/api/checkout/sessions>, <https://docs.stripe.com/api/customer_portal/sessions>.

use super::{CustomerId, Metadata, PriceId, Stripe, SubscriptionId};
use crate::error::IntegrationError;
use crate::form::Form;
use crate::request::{ApiRequest, IdempotencyKey};
use hookreel_kernel::Timestamp;
use hookreel_kernel::secret::Revealed;
use serde::Deserialize;
use std::num::NonZeroU32;

/// A checkout in which a customer subscribes to a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheckout {
    /// Who subscribes.
    pub customer: CustomerId,
    /// To what.
    pub price: PriceId,
    /// How many of it.
    pub quantity: NonZeroU32,
    /// Where Stripe sends the person when it is done. `{CHECKOUT_SESSION_ID}` in it is replaced by Stripe.
    pub success_url: String,
    /// Where Stripe sends the person when they turn back.
    pub cancel_url: String,
    /// What we call it: comes back in Stripe's webhooks.
    pub client_reference_id: Option<String>,
    /// Our notes, on the checkout and on the subscription that it makes, since the webhooks of the latter say nothing
    /// of the former.
    pub metadata: Metadata,
}

/// A checkout.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CheckoutSession {
    /// Names it.
    pub id: String,
    /// The page to send the person to, while it is open. Whoever has it may act in it, so Debug does not show it.
    #[serde(default)]
    pub url: Option<Revealed>,
    /// `open`, `complete` or `expired`.
    #[serde(default)]
    pub status: Option<String>,
    /// Who subscribes.
    #[serde(default)]
    pub customer: Option<CustomerId>,
    /// What it made.
    #[serde(default)]
    pub subscription: Option<SubscriptionId>,
    /// What we call it.
    #[serde(default)]
    pub client_reference_id: Option<String>,
    /// When the page closes.
    #[serde(default, with = "time::serde::timestamp::option")]
    pub expires_at: Option<Timestamp>,
}

/// A visit to the billing portal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PortalSession {
    /// Names it.
    pub id: String,
    /// The page to send the person to, for a few minutes. Whoever has it is the customer, so Debug does not show it.
    pub url: Revealed,
}

impl Stripe {
    /// Makes a checkout of mode `subscription`.
    pub async fn create_checkout_session(
        &self,
        checkout: &NewCheckout,
        key: Option<IdempotencyKey>,
    ) -> Result<CheckoutSession, IntegrationError> {
        let item = Form::new().with("price", checkout.price.as_str()).with("quantity", checkout.quantity.to_string());
        let form = Form::new()
            .with("mode", "subscription")
            .with("customer", checkout.customer.as_str())
            .with_list("line_items", [item])
            .with("success_url", &checkout.success_url)
            .with("cancel_url", &checkout.cancel_url)
            .with_some("client_reference_id", checkout.client_reference_id.as_deref())
            .with_nested("metadata", checkout.metadata.form())
            .with_nested("subscription_data", Form::new().with_nested("metadata", checkout.metadata.form()));
        self.call(ApiRequest::post(["v1", "checkout", "sessions"], key).form(&form)).await
    }

    /// Lets a customer into the billing portal, from which they come back to `return_url`.
    pub async fn create_portal_session(
        &self,
        customer: &CustomerId,
        return_url: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<PortalSession, IntegrationError> {
        let form = Form::new().with("customer", customer.as_str()).with("return_url", return_url);
        self.call(ApiRequest::post(["v1", "billing_portal", "sessions"], key).form(&form)).await
    }
}
