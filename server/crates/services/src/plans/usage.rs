//! What a tenant uses, day by day, and the plans there are.

use super::{Plans, Sale};
use crate::error::failed;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::views::{PlanOffer, PlanView, SubscriptionView, UsageDay, UsageView};
use hookreel_domain::billing::{Subscription, billing_of};
use hookreel_domain::{Billing, Month, Plan};
use hookreel_read_models::usage::{DayUsage, days, first_day};
use hookreel_read_models::{billing as read, load};
use time::UtcOffset;

impl Plans {
    /// What the tenant uses in a month, this one if none is named; and its plan, where plans are sold.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `month`.
    pub async fn usage(&self, caller: &Caller, month: Option<&str>) -> Result<UsageView, ApiError> {
        let (tenant_id, now) = (caller.tenant_id(), self.clock.now());
        let this_month = Month::of(now);
        let month = month.map(str::parse::<Month>).transpose();
        let month = month.map_err(|error| ApiError::invalid("month", error.to_string()))?.unwrap_or(this_month);
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let used = days(tx.connection(), tenant_id, month).await.map_err(failed)?;
        let first = first_day(tx.connection(), tenant_id).await.map_err(failed)?;
        let endpoints = read::count_endpoints(tx.connection(), tenant_id).await.map_err(failed)?;
        let members = read::count_members(tx.connection(), tenant_id).await.map_err(failed)?;
        let billing = load::<Billing>(tx.connection(), tenant_id, billing_of(tenant_id).uuid()).await;
        let billing = billing.map_err(failed)?.state;
        tx.commit().await.map_err(failed)?;

        let given = billing.plan.as_ref().map(|plan| plan.name.as_str());
        let plan = self.plan(tenant_id, given);
        let days_begun = match month.cmp(&this_month) {
            std::cmp::Ordering::Less => month.days(),
            std::cmp::Ordering::Equal => now.to_offset(UtcOffset::UTC).day(),
            std::cmp::Ordering::Greater => 0,
        };
        Ok(UsageView {
            month: month.to_string(),
            month_name: month.in_words(),
            previous: first.filter(|first| *first < month.first()).map(|_| month.previous().to_string()),
            next: (month < this_month).then(|| month.next().to_string()),
            days: every_day(month, &used),
            days_begun,
            received: used.iter().map(|day| day.received).sum(),
            published: used.iter().map(|day| day.published).sum(),
            held: used.iter().map(|day| day.held).sum(),
            // What an earlier month included is not known any more.
            limit: plan.filter(|_| month == this_month).and_then(|plan| plan.quotas.messages_month),
            endpoints,
            members,
            retention_days: self.retention_days(tenant_id, given),
            plan: self.sale.as_ref().zip(plan).map(|(sale, plan)| plan_view(sale, plan, &billing)),
        })
    }
}

fn every_day(month: Month, used: &[DayUsage]) -> Vec<UsageDay> {
    let mut day = month.first();
    let mut all = Vec::with_capacity(usize::from(month.days()));
    for _ in 0..month.days() {
        let found = used.iter().find(|used| used.day == day);
        all.push(UsageDay {
            at: day.midnight().assume_utc(),
            received: found.map_or(0, |day| day.received),
            published: found.map_or(0, |day| day.published),
        });
        day = day.next_day().unwrap_or(day);
    }
    all
}

fn plan_view(sale: &Sale, current: &Plan, billing: &Billing) -> PlanView {
    let is_subscribed = billing.is_subscribed();
    let offer = |plan: &Plan| PlanOffer {
        name: plan.name.clone(),
        title: plan.title.clone(),
        messages_month: plan.quotas.messages_month,
        endpoints: plan.quotas.endpoints,
        members: plan.quotas.members,
        retention_days: plan.quotas.retention_days,
        is_current: plan.name == current.name,
        can_subscribe: !is_subscribed && plan.name != current.name && plan.price().is_some(),
    };
    PlanView {
        title: current.title.clone(),
        offers: sale.list.all().iter().map(offer).collect(),
        subscription: billing.subscription.as_ref().map(|subscription| subscription_view(subscription, billing)),
        is_customer: billing.customer.is_some(),
    }
}

fn subscription_view(subscription: &Subscription, billing: &Billing) -> SubscriptionView {
    let status = serde_json::to_value(subscription.status).ok();
    SubscriptionView {
        status: status.and_then(|status| status.as_str().map(str::to_owned)).unwrap_or_default(),
        paid_until: subscription.paid_until,
        ends_then: subscription.ends_then,
        owed: billing.owed.as_ref().map(|owed| owed.amount.to_string()),
        is_live: billing.is_subscribed(),
    }
}
