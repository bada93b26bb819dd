//! Subscriptions. Source: <https://docs.stripe.com/api/subscriptions>.

use super::invoices::expanded;
use super::{CustomerId, Invoice, PriceId, Stripe, SubscriptionId};
use crate::error::{IntegrationError, Problem};
use crate::form::Form;
use crate::paging::{Listed, PAGES_MAX};
use crate::request::{ApiRequest, IdempotencyKey};
use hookreel_kernel::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The most items that Stripe puts on one page.
const LIMIT_MAX: usize = 100;

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Subscription {
    /// Names it.
    pub id: SubscriptionId,
    /// Who subscribed.
    pub customer: CustomerId,
    /// How it stands.
    pub status: SubscriptionStatus,
    /// Whether it ends with the period that is paid for.
    #[serde(default)]
    pub cancel_at_period_end: bool,
    /// When somebody said that it should end.
    #[serde(default, with = "time::serde::timestamp::option")]
    pub canceled_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, with = "time::serde::timestamp::option")]
    pub ended_at: Option<Timestamp>,
    /// To what.
    #[serde(default)]
    items: List<SubscriptionItem>,
    /// The last invoice. It comes with lists; `None` otherwise.
    #[serde(default, deserialize_with = "expanded")]
    pub latest_invoice: Option<Invoice>,
    /// Our notes.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    #[serde(with = "time::serde::timestamp")]
    pub created: Timestamp,
}

impl Subscription {
    /// What is subscribed to: up to ten items, of which we make one.
    pub fn items(&self) -> &[SubscriptionItem] {
        &self.items.data
    }
}

/// One of the prices that are subscribed to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SubscriptionItem {
    /// The price.
    price: Price,
    /// How many of it.
    #[serde(default)]
    pub quantity: Option<u64>,
    /// Until when it is paid for. Before 2025-03-31 Stripe told it of the subscription, not of its items.
    #[serde(default, with = "time::serde::timestamp::option")]
    pub current_period_end: Option<Timestamp>,
}

impl SubscriptionItem {
    /// The price.
    pub const fn price(&self) -> &PriceId {
        &self.price.id
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Price {
    id: PriceId,
}

/// How a subscription stands. Source: <https://docs.stripe.com/billing/subscriptions/overview>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// The first payment has not succeeded yet.
    Incomplete,
    /// The first payment did not succeed within a day. Final.
    IncompleteExpired,
    /// Nothing is paid for yet.
    Trialing,
    /// Paid.
    Active,
    /// The latest payment failed and is tried again.
    PastDue,
    /// Over. Final.
    Canceled,
    /// Payments failed and are not tried again.
    Unpaid,
    /// A trial ended without a way to pay.
    Paused,
    /// A status that is newer than this program.
    #[serde(other)]
    Unknown,
}

/// When a subscription is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelAt {
    /// At once. What is paid for is not paid back.
    Now,
    /// With the period that is paid for.
    PeriodEnd,
}

/// A page of Stripe's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct List<T> {
    data: Vec<T>,
    #[serde(default)]
    has_more: bool,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { data: Vec::new(), has_more: false }
    }
}

impl Stripe {
    /// A subscription. Status 404 if there is none.
    pub async fn get_subscription(&self, subscription: &SubscriptionId) -> Result<Subscription, IntegrationError> {
        self.call(ApiRequest::get(["v1", "subscriptions", subscription.as_str()])).await
    }

    /// A customer's subscriptions, also those that ended, newest first, each with its last invoice; the first
    /// `items_max`.
    pub async fn list_subscriptions(
        &self,
        customer: &CustomerId,
        items_max: usize,
    ) -> Result<Listed<Subscription>, IntegrationError> {
        let first = ApiRequest::get(["v1", "subscriptions"])
            .query("customer", customer.as_str())
            .query("status", "all")
            .query("limit", items_max.clamp(1, LIMIT_MAX).to_string())
            .query("expand[]", "data.latest_invoice");
        let mut request = first.clone();
        let mut items = Vec::new();
        let mut last: Option<SubscriptionId> = None;
        for _ in 0..PAGES_MAX {
            let page: List<Subscription> = self.call(request).await?;
            let page_last = page.data.last().map(|subscription| subscription.id.clone());
            items.extend(page.data);
            if !page.has_more || items.len() >= items_max {
                return Ok(Listed::cut(items, items_max, page.has_more));
            }
            // A next page begins after the last item of this one: without one, or with the same again, there is none.
            let Some(after) = page_last.filter(|id| last.as_ref() != Some(id)) else {
                let (service, at) = (self.client.service(), "$.data".to_owned());
                return Err(IntegrationError::Malformed { service, at, problem: Problem::LeadsNowhere });
            };
            request = first.clone().query("starting_after", after.as_str());
            last = Some(after);
        }
        Ok(Listed::cut(items, items_max, true))
    }

    /// Ends a subscription, and says how it stands then. Status 404 if it had ended at once before; also by a try whose
    /// answer was lost. The key is for ending it with its period; ending it at once needs none, since it cannot end
    /// twice.
    pub async fn cancel_subscription(
        &self,
        subscription: &SubscriptionId,
        at: CancelAt,
        key: Option<IdempotencyKey>,
    ) -> Result<Subscription, IntegrationError> {
        let path = ["v1", "subscriptions", subscription.as_str()];
        let request = match at {
            CancelAt::Now => ApiRequest::delete(path),
            CancelAt::PeriodEnd => ApiRequest::post(path, key).form(&Form::new().with("cancel_at_period_end", "true")),
        };
        self.call(request).await
    }
}
