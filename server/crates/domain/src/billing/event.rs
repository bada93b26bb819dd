//! What happens to what a tenant pays for and uses.

use super::{Amount, Subscription};
use crate::month::Month;
use crate::plan::Quota;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum BillingEvent {
    /// Stripe knows the tenant as this customer from now on.
    #[serde(rename = "billing.customer_linked")]
    CustomerLinked {
        /// `cus_…`
        customer_id: String,
    },
    /// Stripe says something else of the subscription than before.
    #[serde(rename = "billing.subscription_observed")]
    SubscriptionObserved {
        /// What it says; nothing: there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subscription: Option<Subscription>,
    },
    /// A payment was not accepted. Stripe tries it again by itself, unless it was a subscription's first one.
    #[serde(rename = "billing.payment_failed")]
    PaymentFailed {
        /// `in_…`
        invoice_id: String,
        /// How much.
        amount: Amount,
    },
    /// A payment was accepted.
    #[serde(rename = "billing.payment_succeeded")]
    PaymentSucceeded {
        /// `in_…`
        invoice_id: String,
        /// How much.
        amount: Amount,
    },
    /// The tenant is on another plan.
    #[serde(rename = "plan.changed")]
    PlanChanged {
        /// The plan before.
        from: String,
        /// What people called it.
        from_title: String,
        /// The plan now.
        to: String,
        /// What people call it.
        to_title: String,
        /// It is the plan of whoever subscribes to none, whichever that is.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_default: bool,
    },
    /// Much or all of what the plan includes is used.
    #[serde(rename = "quota.reached")]
    QuotaReached {
        /// Of what.
        quota: Quota,
        /// 80 or 100.
        percent: u8,
        /// How many are used.
        used: u64,
        /// How many there are.
        limit: u64,
        /// When.
        month: Month,
    },
}
