//! The plans side by side, and the way to another.

use super::server::{BeginCheckout, OpenPortal};
use crate::components::{ActionButton, Badge, ButtonKind, Section, Tone, counted, grouped};
use hookreel_contract::views::{PlanOffer, PlanView};
use leptos::prelude::*;

/// Every plan.
#[component]
pub fn Offers(plan: PlanView, portal: ServerAction<OpenPortal>) -> impl IntoView {
    let is_live = plan.subscription.as_ref().is_some_and(|subscription| subscription.is_live);
    let offers = plan.offers.into_iter().map(|offer| view! { <Offer offer is_live portal/> }).collect_view();
    view! { <Section title="Plans"><ul class="plans">{offers}</ul></Section> }
}

#[component]
fn Offer(
    offer: PlanOffer,
    /// What is subscribed to is changed at Stripe.
    is_live: bool,
    portal: ServerAction<OpenPortal>,
) -> impl IntoView {
    let checkout = ServerAction::<BeginCheckout>::new();
    let includes = includes(&offer).into_iter().map(|text| view! { <li>{text}</li> }).collect_view();
    let way = if offer.is_current {
        ().into_any()
    } else if offer.can_subscribe {
        let (fields, title) = (vec![("plan", offer.name.clone())], offer.title.clone());
        view! {
            <ActionButton action=checkout fields kind=ButtonKind::Primary>"Upgrade to "{title}</ActionButton>
        }
        .into_any()
    } else if is_live {
        view! { <ActionButton action=portal>"Change at Stripe"</ActionButton> }.into_any()
    } else {
        ().into_any()
    };
    view! {
        <li class="plan" class:plan-current=offer.is_current>
            <h3>
                {offer.title.clone()}
                {offer.is_current.then(|| view! { <Badge tone=Tone::Ok>"Your plan"</Badge> })}
            </h3>
            <ul class="plan-includes">{includes}</ul>
            {way}
        </li>
    }
}

/// What a plan includes, line by line.
fn includes(offer: &PlanOffer) -> [String; 4] {
    let number = |n: Option<u64>, noun: &str, plural: &str| {
        n.map_or_else(|| format!("Unlimited {plural}"), |n| counted(n, noun, plural))
    };
    [
        offer
            .messages_month
            .map_or_else(|| "Unlimited messages".to_owned(), |n| format!("{} messages a month", grouped(n))),
        number(offer.endpoints, "endpoint", "endpoints"),
        number(offer.members, "member", "members"),
        offer.retention_days.map_or_else(
            || "History for ever".to_owned(),
            |days| format!("History of {}", counted(u64::from(days), "day", "days")),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_says_what_it_includes() {
        let offer = PlanOffer {
            name: "team".into(),
            title: "Team".into(),
            messages_month: Some(1_000_000),
            endpoints: Some(1),
            members: None,
            retention_days: Some(90),
            is_current: false,
            can_subscribe: true,
        };
        assert_eq!(
            includes(&offer),
            ["1,000,000 messages a month", "1 endpoint", "Unlimited members", "History of 90 days"]
        );
    }
}
