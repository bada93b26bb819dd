//! What Stripe says of a subscriber, taken in. No transaction is open while Stripe is asked.

use super::{Plans, Sale};
use crate::error::{Failure, Tries};
use hookreel_domain::Billing;
use hookreel_domain::billing::{
    Amount, BillingCommand, Invoice, Observation, Subscription, SubscriptionStatus, billing_of,
};
use hookreel_integrations::{CustomerId, IntegrationError, InvoiceStatus, Stripe};
use hookreel_kernel::{Actor, Metadata, TenantId};
use hookreel_read_models::billing::{ClaimedCheck, end_check, plan_of};
use hookreel_read_models::{execute, load};
use std::time::Duration;

/// However quiet Stripe is, a subscription is looked at so often.
const AGAIN: Duration = Duration::from_hours(24);
/// More subscriptions than this nobody has, unless on purpose.
const SUBSCRIPTIONS_MAX: usize = 100;

/// Why a subscription could not be looked at.
#[derive(Debug)]
pub(super) enum CheckFailure {
    Stripe(IntegrationError),
    Here(Failure),
}

impl From<IntegrationError> for CheckFailure {
    fn from(error: IntegrationError) -> Self {
        Self::Stripe(error)
    }
}

impl From<Failure> for CheckFailure {
    fn from(failure: Failure) -> Self {
        Self::Here(failure)
    }
}

/// What Stripe says of a tenant.
#[derive(Debug, Clone)]
enum Answer {
    /// There is nobody to ask about.
    NotAsked,
    /// The subscription that counts, if there is one.
    Subscribed(Option<Observation>),
}

impl Plans {
    /// Reads a tenant's subscription at Stripe and takes in what it is now.
    pub(super) async fn check_at_stripe(&self, sale: &Sale, check: &ClaimedCheck) -> Result<(), CheckFailure> {
        let customer = self.customer_of(check.tenant_id).await?;
        let answer = match customer.as_deref().map(CustomerId::parse) {
            Some(Ok(customer)) => Answer::Subscribed(ask(&sale.stripe, &customer).await?),
            Some(Err(_)) | None => Answer::NotAsked,
        };
        let mut tries = Tries::default();
        loop {
            match self.take_in(sale, check, answer.clone()).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => {
                    outcome?;
                    break;
                }
            }
        }
        self.standings.forget(check.tenant_id);
        Ok(())
    }

    async fn customer_of(&self, tenant_id: TenantId) -> Result<Option<String>, Failure> {
        let mut tx = self.database.tenant(tenant_id).await?;
        let billing = load::<Billing>(tx.connection(), tenant_id, billing_of(tenant_id).uuid()).await?.state;
        tx.commit().await?;
        Ok(billing.customer)
    }

    /// Writes it, unless somebody else has asked Stripe later and written that.
    async fn take_in(&self, sale: &Sale, check: &ClaimedCheck, answer: Answer) -> Result<(), Failure> {
        let mut tx = self.database.tenant(check.tenant_id).await?;
        if !end_check(tx.connection(), check, AGAIN).await? {
            tracing::debug!("a subscription was looked at too slowly; somebody else does it");
            return Ok(());
        }
        if let Answer::Subscribed(observation) = answer {
            let (id, metadata) = (billing_of(check.tenant_id).uuid(), Metadata::by(Actor::system("stripe")));
            let command = BillingCommand::Observe { observation, plans: sale.list.clone() };
            let before = plan_of(tx.connection(), check.tenant_id).await?;
            let executed = execute::<Billing>(tx.connection(), check.tenant_id, id, &metadata, command).await?;
            warn_of_unknown_price(sale, executed.state.subscription.as_ref());
            if executed.state.plan.map(|plan| plan.name) != before {
                self.note_all(&mut tx).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

fn warn_of_unknown_price(sale: &Sale, subscription: Option<&Subscription>) {
    if let Some(subscription) = subscription.filter(|subscription| subscription.status.entitles())
        && sale.list.of_prices(&subscription.prices).is_none()
    {
        let (id, prices) = (&subscription.subscription_id, &subscription.prices);
        tracing::warn!(subscription = id, ?prices, "somebody subscribes to prices that no plan has; the plan stays");
    }
}

/// A customer that is gone has no subscriptions.
async fn ask(stripe: &Stripe, customer: &CustomerId) -> Result<Option<Observation>, IntegrationError> {
    match stripe.list_subscriptions(customer, SUBSCRIPTIONS_MAX).await {
        Ok(listed) => Ok(Observation::that_counts(listed.items.into_iter().map(observation_of).collect())),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

fn observation_of(subscription: hookreel_integrations::Subscription) -> Observation {
    let invoice = subscription.latest_invoice.as_ref().and_then(invoice_of);
    Observation {
        subscription: Subscription {
            subscription_id: subscription.id.to_string(),
            status: status_of(subscription.status),
            prices: subscription.items().iter().map(|item| item.price().to_string()).collect(),
            paid_until: subscription.items().iter().filter_map(|item| item.current_period_end).max(),
            ends_then: subscription.cancel_at_period_end,
        },
        invoice,
    }
}

fn invoice_of(invoice: &hookreel_integrations::Invoice) -> Option<Invoice> {
    Some(Invoice {
        invoice_id: invoice.id.clone()?,
        amount: Amount { minor: invoice.amount_due, currency: invoice.currency.clone() },
        is_paid: invoice.status == Some(InvoiceStatus::Paid),
        is_open: invoice.status == Some(InvoiceStatus::Open),
        was_tried: invoice.attempt_count > 0,
    })
}

const fn status_of(status: hookreel_integrations::SubscriptionStatus) -> SubscriptionStatus {
    use hookreel_integrations::SubscriptionStatus as AtStripe;
    match status {
        AtStripe::Incomplete => SubscriptionStatus::Incomplete,
        AtStripe::IncompleteExpired => SubscriptionStatus::IncompleteExpired,
        AtStripe::Trialing => SubscriptionStatus::Trialing,
        AtStripe::Active => SubscriptionStatus::Active,
        AtStripe::PastDue => SubscriptionStatus::PastDue,
        AtStripe::Canceled => SubscriptionStatus::Canceled,
        AtStripe::Unpaid => SubscriptionStatus::Unpaid,
        AtStripe::Paused => SubscriptionStatus::Paused,
        AtStripe::Unknown => SubscriptionStatus::Unknown,
    }
}
