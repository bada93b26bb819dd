//! The server functions of the page about plan and usage.

#![cfg_attr(feature = "ssr", expect(clippy::unused_async, reason = "server functions are async, whatever they do"))]

use crate::error::AppError;
use hookreel_contract::views::UsageView;
use leptos::prelude::*;

/// Carries the page at Stripe to the next page of ours, once, for a form that was sent without JavaScript.
#[cfg(feature = "ssr")]
const COOKIE: &str = "hookreel_stripe_page";

/// What is used in a month; this one if none is named.
#[server(prefix = "/do", endpoint = "get_usage")]
pub async fn get_usage(month: Option<String>) -> Result<UsageView, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.plans.usage(&caller, month.as_deref()).await?)
}

/// Whether there are plans: otherwise nothing of them is shown. Asked on every page, and anybody may know.
#[server(prefix = "/do", endpoint = "plans_are_sold")]
pub async fn plans_are_sold() -> Result<bool, AppError> {
    Ok(crate::server::services()?.plans.are_sold())
}

/// On to the page of Stripe's on which one subscribes to a plan.
#[server(prefix = "/do", endpoint = "begin_checkout")]
pub async fn begin_checkout(plan: String) -> Result<(), AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    lead_to(&services()?.plans.begin_checkout(&caller, &plan).await?);
    Ok(())
}

/// On to the page of Stripe's on which one looks after the subscription.
#[server(prefix = "/do", endpoint = "open_portal")]
pub async fn open_portal() -> Result<(), AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    lead_to(&services()?.plans.open_portal(&caller).await?);
    Ok(())
}

/// Has Stripe asked what became of a checkout.
#[server(prefix = "/do", endpoint = "ask_stripe")]
pub async fn ask_stripe() -> Result<(), AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.plans.ask_stripe(&caller).await?)
}

/// A plain form may lead nowhere but to pages of ours, as the content security policy says: there a link leads on.
#[cfg(feature = "ssr")]
fn lead_to(page: &hookreel_kernel::secret::Revealed) {
    use crate::routes::Path;
    use crate::server::{hand_over, is_plain_form, redirect};
    if is_plain_form() {
        hand_over(COOKIE, page);
        redirect(Path::LeaveForStripe);
    } else {
        redirect(page.as_str());
    }
}

/// The page at Stripe that a form without JavaScript was to lead to.
pub(super) fn take_destination() -> Option<String> {
    #[cfg(feature = "ssr")]
    {
        let page = crate::server::take_over::<String>(COOKIE)?;
        (page.starts_with("https://") || page.starts_with("http://")).then_some(page)
    }
    #[cfg(not(feature = "ssr"))]
    {
        None
    }
}
