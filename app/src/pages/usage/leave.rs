//! The step between a form that was sent without JavaScript and the page at Stripe that it leads to.

use super::server;
use crate::components::{LinkButton, PageHeader};
use crate::routes::Path;
use leptos::prelude::*;
use leptos_meta::Meta;

/// Leads on by itself, and by a link.
#[component]
pub fn LeavePage() -> impl IntoView {
    let destination = SharedValue::new(server::take_destination).into_inner();
    let onward = destination.map_or_else(
        || {
            view! {
                <p>"This page leads on only once."</p>
                <LinkButton href=Path::Usage.to_string()>"Back to plan and usage"</LinkButton>
            }
            .into_any()
        },
        |page| {
            view! {
                <Meta http_equiv="refresh" content=format!("0; url={page}")/>
                <p>"If your browser does not go there by itself:"</p>
                <LinkButton href=page>"Continue at Stripe"</LinkButton>
            }
            .into_any()
        },
    );
    view! {
        <PageHeader title="On to Stripe"/>
        <div class="leave">{onward}</div>
    }
}
