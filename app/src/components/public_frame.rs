//! The frame around pages that anybody may read.

use super::icon::Mark;
use crate::routes::Path;
use leptos::prelude::*;

/// A page with the ways to the rest of the documentation, and to the dashboard.
#[component]
pub fn PublicFrame(children: Children) -> impl IntoView {
    view! {
        <a class="skip-link" href="#content">"Skip to content"</a>
        <div class="public">
            <header class="public-head">
                <a class="brand" href=Path::Landing.to_string()><Mark/><span>"Hookreel"</span></a>
                <nav aria-label="Documentation">
                    <a href=Path::SourceGuides.to_string()>"Providers"</a>
                    // Served beside the dashboard, not by it.
                    <a href="/docs" rel="external">"API reference"</a>
                    <a href=Path::Overview.to_string()>"Dashboard"</a>
                </nav>
            </header>
            <main class="public-content" id="content" tabindex="-1">{children()}</main>
        </div>
    }
}
