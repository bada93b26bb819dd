//! Whether the webhook works: waits for GitHub's ping, and turns green when it has come.

use crate::components::RelativeTime;
use hookreel_contract::repository::ConnectionView;
use leptos::prelude::*;

/// Waiting, or alive.
#[component]
pub fn Alive(connection: ConnectionView) -> impl IntoView {
    match (connection.pinged_at, connection.received_at) {
        (None, None) => view! {
            <div class="first-webhook first-webhook-waiting" role="status">
                <span class="first-webhook-light" aria-hidden="true"></span>
                <p>
                    <strong>"Waiting for GitHub's ping"</strong>
                    " GitHub was asked to send one. This turns green by itself when it arrives."
                </p>
            </div>
        }
        .into_any(),
        (pinged_at, received_at) => {
            let ping = pinged_at.map(|at| view! { " GitHub's last ping came " <RelativeTime at/> "." });
            let message = received_at.map(|at| view! { " The last message came " <RelativeTime at/> "." });
            view! {
                <div class="first-webhook first-webhook-here" role="status">
                    <span class="first-webhook-light" aria-hidden="true"></span>
                    <p><strong>"Alive"</strong>{ping}{message}</p>
                </div>
            }
            .into_any()
        }
    }
}
