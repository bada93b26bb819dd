//! What a tenant pays for, which plan that gives it, and how much of the plan is used.
//!
//! What is paid is Stripe's to say. Each observation is what Stripe said last, whole: the same one twice changes nothing,
//! and whatever was observed before it makes no difference to where it leads.

mod amount;
mod event;
#[cfg(test)]
mod spec;

pub use amount::Amount;
pub use event::BillingEvent;

use crate::aggregate::Aggregate;
use crate::month::Month;
use crate::plan::{Plan, PlanList, Quota};
use hookreel_kernel::time::TimestampSchema;
use hookreel_kernel::{BillingId, TenantId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// "Much" of a quota, in percent; all of it is 100.
pub const NEAR_PERCENT: u8 = 80;
const FULL_PERCENT: u8 = 100;

/// The stream of a tenant: its own id, changed in the same way for every tenant, in the part that is random.
pub fn billing_of(tenant_id: TenantId) -> BillingId {
    const DIFFERENCE: u128 = 0x2269_6c6c_696e_6721;
    BillingId::from_uuid(Uuid::from_u128(tenant_id.uuid().as_u128() ^ DIFFERENCE))
}

/// How a subscription stands at Stripe. Source: <https://docs.stripe.com/billing/subscriptions/overview>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// The first payment has not succeeded yet.
    Incomplete,
    /// The first payment did not succeed in time.
    IncompleteExpired,
    /// Nothing is paid for yet.
    Trialing,
    /// Paid.
    Active,
    /// The latest payment failed and is tried again.
    PastDue,
    /// Over.
    Canceled,
    /// Payments failed and are not tried again.
    Unpaid,
    /// A trial ended without a way to pay.
    Paused,
    /// Something that was not known when this was written.
    #[serde(other)]
    Unknown,
}

impl SubscriptionStatus {
    /// Whether the plan can be used. A payment that failed takes nothing away while Stripe tries it again.
    pub const fn entitles(self) -> bool {
        matches!(self, Self::Trialing | Self::Active | Self::PastDue)
    }

    /// Whether a payment is owed that can fail or has failed: the first one too, until which there is no plan.
    pub const fn is_owing(self) -> bool {
        matches!(self, Self::Incomplete | Self::PastDue | Self::Unpaid)
    }

    /// Whether it is of no more use: to have a plan again, one subscribes anew.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::IncompleteExpired | Self::Canceled)
    }
}

/// A subscription, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subscription {
    /// `sub_…`
    pub subscription_id: String,
    /// How it stands.
    pub status: SubscriptionStatus,
    /// What is subscribed to.
    pub prices: Vec<String>,
    /// Until when it is paid for.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    #[schemars(with = "Option<TimestampSchema>")]
    pub paid_until: Option<Timestamp>,
    /// It ends then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends_then: bool,
}

/// A subscription's latest invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// `in_…`
    pub invoice_id: String,
    /// How much.
    pub amount: Amount,
    /// Whether it is paid; otherwise it is owed, if it is not void.
    pub is_paid: bool,
    /// Whether it is owed.
    pub is_open: bool,
    /// Whether Stripe has tried to have it paid.
    pub was_tried: bool,
}

/// What Stripe says of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The one that counts.
    pub subscription: Subscription,
    /// Its latest invoice.
    pub invoice: Option<Invoice>,
}

impl Observation {
    /// The one that counts of all that a customer has, given the newest first: one that entitles to a plan, or else the
    /// newest that is not over, or else the newest.
    pub fn that_counts(all: Vec<Self>) -> Option<Self> {
        let rank = |one: &Self| match one.subscription.status {
            status if status.entitles() => 0,
            status if !status.is_over() => 1,
            _ => 2,
        };
        // The first of equals.
        all.into_iter().min_by_key(rank)
    }
}

/// How much of a quota is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Of what.
    pub quota: Quota,
    /// When.
    pub month: Month,
    /// How many.
    pub used: u64,
    /// How many there are.
    pub limit: u64,
}

impl Used {
    /// 100, 80 or nothing.
    fn percent(&self) -> Option<u8> {
        if self.used >= self.limit {
            Some(FULL_PERCENT)
        } else if is_near(self.used, self.limit) {
            Some(NEAR_PERCENT)
        } else {
            None
        }
    }
}

/// Whether so many are much of so many.
pub fn is_near(used: u64, limit: u64) -> bool {
    u128::from(used) * 100 >= u128::from(limit) * u128::from(NEAR_PERCENT)
}

/// What was said about a quota last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// When.
    pub month: Month,
    /// Of how many.
    pub limit: u64,
    /// 80 or 100.
    pub percent: u8,
}

/// A payment that failed and is still owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// `in_…`
    pub invoice_id: String,
    /// How much.
    pub amount: Amount,
}

/// The plan that a tenant was given by a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenPlan {
    /// `team`.
    pub name: String,
    /// What people called it.
    pub title: String,
}

/// What a tenant pays for and uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Billing {
    /// As whom Stripe knows the tenant.
    pub customer: Option<String>,
    /// What Stripe said last.
    pub subscription: Option<Subscription>,
    /// The plan; nothing: the default one, whichever that is.
    pub plan: Option<GivenPlan>,
    /// What is still to be paid.
    pub owed: Option<Owed>,
    /// The invoice that was paid last.
    pub last_paid: Option<String>,
    /// What was said about quotas.
    pub reached: BTreeMap<Quota, Reached>,
}

/// What somebody wants.
#[derive(Debug, Clone)]
pub enum BillingCommand {
    /// Know the tenant as a customer of Stripe's.
    LinkCustomer {
        /// As whom.
        customer_id: String,
        /// Who is known so far, and is gone.
        instead_of: Option<String>,
    },
    /// Take in what Stripe says.
    Observe {
        /// What it says; nothing: the customer has never subscribed, or is gone.
        observation: Option<Observation>,
        /// The plans there are.
        plans: Arc<PlanList>,
    },
    /// Take in how much of a quota is used.
    NoteUsed(Used),
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BillingRejection {
    /// The tenant is no customer.
    #[error("nobody has subscribed yet")]
    NoCustomer,
    /// The tenant is another customer already.
    #[error("somebody else has begun to subscribe at the same moment; try again")]
    OtherCustomer,
}

/// What a subscription does to the plan.
enum Entitlement<'p> {
    /// It gives this one.
    Plan(&'p Plan),
    /// It gives none.
    None,
    /// Nothing that can be told: everything stays as it is.
    Unclear,
}

impl Billing {
    /// Whether there is a subscription that is changed at Stripe, and not begun anew.
    pub fn is_subscribed(&self) -> bool {
        self.subscription.as_ref().is_some_and(|subscription| {
            !subscription.status.is_over() && subscription.status != SubscriptionStatus::Incomplete
        })
    }

    fn link(&self, customer_id: String, instead_of: Option<String>) -> Result<Vec<BillingEvent>, BillingRejection> {
        if self.customer.as_ref() == Some(&customer_id) {
            return Ok(vec![]);
        }
        if self.customer != instead_of {
            return Err(BillingRejection::OtherCustomer);
        }
        Ok(vec![BillingEvent::CustomerLinked { customer_id }])
    }

    fn observe(&self, observation: Option<Observation>, plans: &PlanList) -> Vec<BillingEvent> {
        let (subscription, invoice) = observation.map(|seen| (seen.subscription, seen.invoice)).unzip();
        let mut events = Vec::new();
        if subscription != self.subscription {
            events.push(BillingEvent::SubscriptionObserved { subscription: subscription.clone() });
        }
        events.extend(self.payment(subscription.as_ref(), invoice.flatten()));
        events.extend(self.change_of_plan(subscription.as_ref(), plans));
        events
    }

    /// A payment is told of once, however often Stripe tries it.
    fn payment(&self, subscription: Option<&Subscription>, invoice: Option<Invoice>) -> Option<BillingEvent> {
        let Invoice { invoice_id, amount, is_paid, is_open, was_tried } = invoice?;
        let is_owing = subscription.is_some_and(|subscription| match subscription.status {
            // Whoever subscribes may just be about to pay.
            SubscriptionStatus::Incomplete => was_tried,
            status => status.is_owing(),
        });
        if is_paid && amount.minor > 0 && self.last_paid.as_ref() != Some(&invoice_id) {
            return Some(BillingEvent::PaymentSucceeded { invoice_id, amount });
        }
        let is_known = self.owed.as_ref().is_some_and(|owed| owed.invoice_id == invoice_id);
        (is_open && is_owing && !is_known).then_some(BillingEvent::PaymentFailed { invoice_id, amount })
    }

    fn change_of_plan(&self, subscription: Option<&Subscription>, plans: &PlanList) -> Option<BillingEvent> {
        let default = plans.default_plan();
        let (to, is_default) = match entitlement(subscription, plans) {
            Entitlement::Plan(plan) => (plan, false),
            Entitlement::None => (default, true),
            Entitlement::Unclear => return None,
        };
        let (from, from_title) = match &self.plan {
            Some(plan) => (plan.name.as_str(), plan.title.as_str()),
            None => (default.name.as_str(), default.title.as_str()),
        };
        (from != to.name).then(|| BillingEvent::PlanChanged {
            from: from.to_owned(),
            from_title: from_title.to_owned(),
            to: to.name.clone(),
            to_title: to.title.clone(),
            is_default,
        })
    }

    /// Each level of each quota is said once a month, and again when there is another number to reach.
    fn note_used(&self, used: Used) -> Option<BillingEvent> {
        let percent = used.percent()?;
        let is_said = self.reached.get(&used.quota).is_some_and(|reached| {
            reached.month == used.month && reached.limit == used.limit && reached.percent >= percent
        });
        let Used { quota, month, used, limit } = used;
        (!is_said).then_some(BillingEvent::QuotaReached { quota, percent, used, limit, month })
    }
}

fn entitlement<'p>(subscription: Option<&Subscription>, plans: &'p PlanList) -> Entitlement<'p> {
    match subscription {
        Some(subscription) if subscription.status.entitles() => {
            // Somebody who pays for something that is not offered any more loses nothing by it.
            plans.of_prices(&subscription.prices).map_or(Entitlement::Unclear, Entitlement::Plan)
        }
        Some(subscription) if subscription.status == SubscriptionStatus::Unknown => Entitlement::Unclear,
        None | Some(_) => Entitlement::None,
    }
}

impl Aggregate for Billing {
    const STREAM_KIND: &'static str = "billing";
    type Command = BillingCommand;
    type Event = BillingEvent;
    type Rejection = BillingRejection;

    fn decide(&self, command: BillingCommand) -> Result<Vec<BillingEvent>, BillingRejection> {
        match command {
            BillingCommand::LinkCustomer { customer_id, instead_of } => self.link(customer_id, instead_of),
            BillingCommand::Observe { .. } if self.customer.is_none() => Err(BillingRejection::NoCustomer),
            BillingCommand::Observe { observation, plans } => Ok(self.observe(observation, &plans)),
            BillingCommand::NoteUsed(used) => Ok(self.note_used(used).into_iter().collect()),
        }
    }

    fn evolve(&mut self, event: &BillingEvent) {
        match event {
            BillingEvent::CustomerLinked { customer_id } => self.customer = Some(customer_id.clone()),
            BillingEvent::SubscriptionObserved { subscription } => {
                self.subscription.clone_from(subscription);
                if !subscription.as_ref().is_some_and(|subscription| subscription.status.is_owing()) {
                    self.owed = None;
                }
            }
            BillingEvent::PaymentFailed { invoice_id, amount } => {
                self.owed = Some(Owed { invoice_id: invoice_id.clone(), amount: amount.clone() });
            }
            BillingEvent::PaymentSucceeded { invoice_id, .. } => {
                self.last_paid = Some(invoice_id.clone());
                self.owed = None;
            }
            BillingEvent::PlanChanged { to, to_title, is_default, .. } => {
                self.plan = (!is_default).then(|| GivenPlan { name: to.clone(), title: to_title.clone() });
            }
            BillingEvent::QuotaReached { quota, percent, limit, month, .. } => {
                self.reached.insert(*quota, Reached { month: *month, limit: *limit, percent: *percent });
            }
        }
    }

    fn kind(event: &BillingEvent) -> &'static str {
        match event {
            BillingEvent::CustomerLinked { .. } => "billing.customer_linked",
            BillingEvent::SubscriptionObserved { .. } => "billing.subscription_observed",
            BillingEvent::PaymentFailed { .. } => "billing.payment_failed",
            BillingEvent::PaymentSucceeded { .. } => "billing.payment_succeeded",
            BillingEvent::PlanChanged { .. } => "plan.changed",
            BillingEvent::QuotaReached { .. } => "quota.reached",
        }
    }
}
