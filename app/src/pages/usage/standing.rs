//! How it stands with the subscription: what was just done, and what needs a look.

use super::server::{AskStripe, OpenPortal};
use crate::components::{ActionButton, ButtonKind, Notice, Tone};
use crate::query::use_query;
use crate::time_text;
use hookreel_contract::views::{PlanView, SubscriptionView};
use leptos::prelude::*;

/// All that there is to say; often nothing.
#[component]
pub fn Standing(plan: PlanView, portal: ServerAction<OpenPortal>) -> impl IntoView {
    let subscription = plan.subscription.clone();
    view! {
        <div role="status"><AfterCheckout plan/></div>
        {subscription.map(|subscription| view! { <Subscribed subscription portal/> })}
    }
}

/// What came of the checkout that the person comes back from.
#[component]
fn AfterCheckout(plan: PlanView) -> impl IntoView {
    let (came_back, wanted) = (use_query("checkout"), use_query("plan"));
    let ask = ServerAction::<AskStripe>::new();
    move || {
        let wanted = wanted.get().unwrap_or_default();
        let offer = plan.offers.iter().find(|offer| offer.name == wanted).cloned();
        match (came_back.get().as_deref(), offer) {
            (Some("done"), Some(offer)) if offer.is_current => {
                view! { <Notice tone=Tone::Ok><p><strong>"You are on "{offer.title}" now."</strong></p></Notice> }
                    .into_any()
            }
            (Some("done"), Some(offer)) => view! {
                <Notice tone=Tone::Info>
                    <p>
                        <strong>"Waiting for Stripe's confirmation."</strong>
                        " As soon as it is here you are on "{offer.title}", and this page says so."
                    </p>
                    <ActionButton action=ask small=true>"Ask Stripe now"</ActionButton>
                </Notice>
            }
            .into_any(),
            (Some("cancelled"), _) => view! {
                <Notice><p>"You left the checkout before it was paid. Nothing was changed."</p></Notice>
            }
            .into_any(),
            _ => ().into_any(),
        }
    }
}

#[component]
fn Subscribed(subscription: SubscriptionView, portal: ServerAction<OpenPortal>) -> impl IntoView {
    let owed = subscription.owed.clone().map(|amount| {
        let consequence = match subscription.status.as_str() {
            "past_due" => "Stripe tries again for some days, and your plan stays until then.",
            "incomplete" => "Your plan changes once it is paid.",
            _ => "Your plan does not include any more than the one you began with.",
        };
        view! {
            <Notice tone=Tone::Bad>
                <p><strong>"The payment of "{amount}" did not go through. "</strong>{consequence}" Check the card."</p>
                <ActionButton action=portal kind=ButtonKind::Primary small=true>"Pay at Stripe"</ActionButton>
            </Notice>
        }
    });
    let until = subscription.paid_until.filter(|_| subscription.is_live).map(time_text::date);
    let ends = until.clone().filter(|_| subscription.ends_then).map(|until| {
        view! {
            <Notice tone=Tone::Warn>
                <p><strong>"Your subscription ends on "{until}". "</strong>"Until then everything stays as it is."</p>
            </Notice>
        }
    });
    let renewed = until.filter(|_| !subscription.ends_then && subscription.owed.is_none()).map(|until| {
        view! { <p class="muted plan-renewed">"Paid until "{until}", and renewed then."</p> }
    });
    view! {
        {owed}
        {ends}
        {renewed}
    }
}
