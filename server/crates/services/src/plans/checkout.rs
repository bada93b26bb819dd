//! The ways to Stripe: to subscribe, and to look after what is subscribed to. What comes of it Stripe tells later.

use super::{Plans, Sale};
use crate::error::failed;
use crate::execute::execute;
use hookreel_auth::{Caller, member_record};
use hookreel_contract::ApiError;
use hookreel_domain::Billing;
use hookreel_domain::billing::{BillingCommand, billing_of};
use hookreel_integrations::{CustomerId, IdempotencyKey, Metadata, NewCheckout, NewCustomer, PriceId};
use hookreel_kernel::secret::Revealed;
use hookreel_read_models::Executed;
use hookreel_read_models::billing::want_check;
use std::num::NonZeroU32;
use std::time::Duration;

/// If Stripe has not told by then what came of a checkout, it is asked.
const LOOKED_AFTER: Duration = Duration::from_mins(10);
/// Whoever begins the same checkout again within so many seconds gets the same one.
const SAME_CHECKOUT_S: i64 = 600;

impl Plans {
    /// Begins to subscribe to a plan: the page of Stripe's on which that is done.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where no plans are sold; [`ApiError::Invalid`] on `plan`; [`ApiError::Conflict`] when there
    /// is a subscription already, or Stripe refuses; [`ApiError::ServiceAway`].
    pub async fn begin_checkout(&self, caller: &Caller, plan: &str) -> Result<Revealed, ApiError> {
        let sale = self.sale()?;
        let not_sold = || ApiError::invalid("plan", "is none that can be subscribed to");
        let plan = sale.list.named(plan).ok_or_else(not_sold)?;
        let price = plan.price().and_then(|price| PriceId::parse(price).ok()).ok_or_else(not_sold)?;
        let billing = self.billing(caller).await?;
        if billing.state.is_subscribed() {
            return Err(ApiError::conflict("there is a subscription already: change its plan at Stripe"));
        }
        let tenant_id = caller.tenant_id().to_string();
        let checkout = NewCheckout {
            customer: self.customer(caller, sale, &billing).await?,
            price,
            quantity: NonZeroU32::MIN,
            success_url: format!("{}?checkout=done&plan={}", self.page(), plan.name),
            cancel_url: format!("{}?checkout=cancelled", self.page()),
            client_reference_id: Some(tenant_id.clone()),
            metadata: notes([("tenant_id", tenant_id.as_str()), ("plan", plan.name.as_str())])?,
        };
        let window = self.clock.now().unix_timestamp().div_euclid(SAME_CHECKOUT_S);
        let key = format!("checkout:{tenant_id}:{}:{}:{window}", plan.name, billing.stamp.version);
        let session = sale.stripe.create_checkout_session(&checkout, IdempotencyKey::parse(&key)).await;
        let session = session.map_err(|error| self.refused_by_stripe(&error))?;
        self.look_after(caller, LOOKED_AFTER).await?;
        // A checkout that is over has no page any more.
        session.url.ok_or_else(|| ApiError::conflict("this was paid just now: wait until Stripe has confirmed it"))
    }

    /// The page of Stripe's on which one changes or ends the subscription, and finds its invoices.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where no plans are sold; [`ApiError::Conflict`] when nobody has ever subscribed, or Stripe
    /// refuses; [`ApiError::ServiceAway`].
    pub async fn open_portal(&self, caller: &Caller) -> Result<Revealed, ApiError> {
        let sale = self.sale()?;
        let customer = self.billing(caller).await?.state.customer;
        let customer = customer.and_then(|customer| CustomerId::parse(&customer).ok());
        let customer = customer.ok_or_else(|| ApiError::conflict("nobody has subscribed yet"))?;
        let session = sale.stripe.create_portal_session(&customer, &self.page(), None).await;
        let session = session.map_err(|error| self.refused_by_stripe(&error))?;
        self.look_after(caller, LOOKED_AFTER).await?;
        Ok(session.url)
    }

    /// Asks Stripe soon, without waiting for it to tell.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where no plans are sold.
    pub async fn ask_stripe(&self, caller: &Caller) -> Result<(), ApiError> {
        self.sale()?;
        self.look_after(caller, Duration::ZERO).await
    }

    async fn look_after(&self, caller: &Caller, after: Duration) -> Result<(), ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        want_check(tx.connection(), caller.tenant_id(), after).await.map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    /// As whom Stripe knows the tenant; a new one if it does not, or not any more.
    async fn customer(
        &self,
        caller: &Caller,
        sale: &Sale,
        billing: &Executed<Billing>,
    ) -> Result<CustomerId, ApiError> {
        if let Some(known) = billing.state.customer.as_deref().and_then(|known| CustomerId::parse(known).ok()) {
            match sale.stripe.get_customer(&known).await {
                Ok(customer) if !customer.deleted => return Ok(customer.id),
                Ok(_) => {}
                Err(error) if error.status() == Some(404) => {}
                Err(error) => return Err(self.refused_by_stripe(&error)),
            }
        }
        let tenant_id = caller.tenant_id();
        let (email, name) = self.subscriber(caller).await?;
        let new = NewCustomer { email, name, metadata: notes([("tenant_id", tenant_id.to_string().as_str())])? };
        // The same person again is the same customer, even if what Stripe answered was lost.
        let key = format!("customer:{tenant_id}:{}:{}", who(caller), billing.stamp.version);
        let made = sale.stripe.create_customer(&new, IdempotencyKey::parse(&key)).await;
        let made = made.map_err(|error| self.refused_by_stripe(&error))?;
        let command = BillingCommand::LinkCustomer {
            customer_id: made.id.to_string(),
            instead_of: billing.state.customer.clone(),
        };
        execute::<Billing>(&self.database, caller, billing_of(tenant_id).uuid(), command).await?;
        Ok(made.id)
    }

    /// The address and the tenant's name, for invoices.
    async fn subscriber(&self, caller: &Caller) -> Result<(Option<String>, Option<String>), ApiError> {
        let Some(member_id) = caller.member_id() else { return Ok((None, None)) };
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let member = member_record(tx.connection(), caller.tenant_id(), member_id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(member.map(|member| (member.email.into_string(), member.tenant_name)).unzip())
    }
}

fn who(caller: &Caller) -> String {
    caller.member_id().map_or_else(|| "operator".to_owned(), |id| id.to_string())
}

fn notes<const N: usize>(notes: [(&str, &str); N]) -> Result<Metadata, ApiError> {
    Metadata::new(notes).map_err(|error| {
        tracing::error!(%error, "Stripe's objects cannot have such notes");
        ApiError::Internal
    })
}
