//! What the tenant uses, and the plan it has: one page, of which the second half is there only where plans are sold.

pub mod leave;
pub mod numbers;
pub mod plans;
pub mod server;
pub mod standing;

pub use leave::LeavePage;
pub use server::{AskStripe, BeginCheckout, GetUsage, OpenPortal, PlansAreSold, get_usage, plans_are_sold};

use crate::components::{ActionButton, PageHeader, loaded_in_parts, part};
use crate::live::{self, Topic};
use crate::query::use_query;
use hookreel_contract::views::{PlanView, UsageView};
use leptos::prelude::*;
use numbers::Numbers;
use plans::Offers;
use standing::Standing;

/// What is used this month or in an earlier one, the plan, and the ways to another.
#[component]
pub fn UsagePage() -> impl IntoView {
    let month = use_query("month");
    let usage = Resource::new(move || month.get(), get_usage);
    live::refetch_on(&[Topic::Usage], usage);
    let portal = ServerAction::<OpenPortal>::new();
    loaded_in_parts(usage, move |usage| {
        view! {
            {part(usage, header_of, move |(is_sold, is_customer)| view! { <Header is_sold is_customer portal/> })}
            {part(usage, |usage| usage.plan.clone(), move |plan: Option<PlanView>| {
                plan.map(|plan| view! { <Standing plan=plan.clone() portal/><Offers plan portal/> })
            })}
            {part(usage, UsageView::clone, |usage| view! { <Numbers usage/> })}
        }
    })
}

fn header_of(usage: &UsageView) -> (bool, bool) {
    (usage.plan.is_some(), usage.plan.as_ref().is_some_and(|plan| plan.is_customer))
}

#[component]
fn Header(is_sold: bool, is_customer: bool, portal: ServerAction<OpenPortal>) -> impl IntoView {
    let title = if is_sold { "Plan and usage" } else { "Usage" };
    view! {
        <PageHeader title>
            {is_customer.then(|| view! { <ActionButton action=portal>"Manage at Stripe"</ActionButton> })}
        </PageHeader>
    }
}
