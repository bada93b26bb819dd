//! Until the first webhook has come: what to do at the provider, and a panel that says when it has.

use super::new::GuideLinks;
use crate::components::{RelativeTime, Steps};
use hookreel_contract::source::ProviderView;
use hookreel_contract::views::SourceView;
use leptos::prelude::*;

/// Waits for the first webhook, and turns green when it has come.
#[component]
pub fn FirstWebhook(
    source: SourceView,
    /// Whether this page was looked at while nothing had come yet: only then is the first one news.
    waiting: RwSignal<bool>,
) -> impl IntoView {
    match source.last_received_at {
        None => {
            waiting.set(true);
            view! {
                <div class="first-webhook first-webhook-waiting" role="status">
                    <span class="first-webhook-light" aria-hidden="true"></span>
                    <p>
                        <strong>"Waiting for your first webhook"</strong>
                        " This turns green by itself when it comes in, verified or refused with the reason."
                    </p>
                </div>
            }
            .into_any()
        }
        Some(at) if waiting.get_untracked() => view! {
            <div class="first-webhook first-webhook-here" role="status">
                <span class="first-webhook-light" aria-hidden="true"></span>
                <p>
                    <strong>"Your first webhook is here"</strong>
                    " It came in "
                    <RelativeTime at/>
                    " and stands below."
                </p>
            </div>
        }
        .into_any(),
        Some(_) => ().into_any(),
    }
}

/// The steps at the provider, unfolded until something has come.
#[component]
pub fn SetupSteps(provider: ProviderView, is_open: bool) -> impl IntoView {
    view! {
        <details class="fold" open=is_open>
            <summary>{format!("What to do at {}", provider.display_name)}</summary>
            <div>
                <Steps text=provider.setup.clone()/>
                <GuideLinks provider/>
            </div>
        </details>
    }
}
