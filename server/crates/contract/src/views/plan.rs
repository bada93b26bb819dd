//! The plan, and what is used of it.

use hookreel_kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// What a tenant uses in a month of UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageView {
    /// `2026-11`.
    pub month: String,
    /// `November 2026`.
    pub month_name: String,
    /// The month before, if there was anything.
    pub previous: Option<String>,
    /// The month after, if it has begun.
    pub next: Option<String>,
    /// Every day of the month, in order.
    pub days: Vec<UsageDay>,
    /// How many of the days have begun.
    pub days_begun: u8,
    /// Messages accepted at sources.
    pub received: u64,
    /// Messages published by API.
    pub published: u64,
    /// Messages that are kept undelivered because the plan's were used up.
    pub held: u64,
    /// How many the plan includes this month. `None`: as many as one wants, or it is an earlier month.
    pub limit: Option<u64>,
    /// Endpoints that exist.
    pub endpoints: u64,
    /// Members.
    pub members: u64,
    /// For how many days history is shown. `None`: for ever.
    pub retention_days: Option<u32>,
    /// The plan; `None` where plans are not sold.
    pub plan: Option<PlanView>,
}

/// One day of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageDay {
    /// The day's beginning.
    pub at: Timestamp,
    /// Messages accepted at sources.
    pub received: u64,
    /// Messages published by API.
    pub published: u64,
}

/// The plan of a tenant, and the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    /// What people call it.
    pub title: String,
    /// Every plan, this one included, in the order in which they are offered.
    pub offers: Vec<PlanOffer>,
    /// What is subscribed to, if anything is.
    pub subscription: Option<SubscriptionView>,
    /// Whether Stripe knows the tenant: invoices and the way to pay are found there.
    pub is_customer: bool,
}

/// A plan that one can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanOffer {
    /// `team`.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Messages in a month. `None`, here and below: as many as one wants.
    pub messages_month: Option<u64>,
    /// Endpoints.
    pub endpoints: Option<u64>,
    /// Members.
    pub members: Option<u64>,
    /// Days for which history is shown.
    pub retention_days: Option<u32>,
    /// It is the tenant's.
    pub is_current: bool,
    /// It can be subscribed to now.
    pub can_subscribe: bool,
}

/// What is subscribed to, in words that a person needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    /// How it stands: `active`, `past_due`.
    pub status: String,
    /// Until when it is paid for.
    pub paid_until: Option<Timestamp>,
    /// It ends then.
    pub ends_then: bool,
    /// A payment that failed and is still owed: `49.00 EUR`.
    pub owed: Option<String>,
    /// It can be changed at Stripe; otherwise one subscribes anew.
    pub is_live: bool,
}
