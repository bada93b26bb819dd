//! There is no such page.

use crate::components::{Mark, NotFoundView};
use crate::routes::Path;
use leptos::prelude::*;

/// There is no such page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <main class="entry">
            <a class="brand" href=Path::Landing.to_string()><Mark/><span>"Hookreel"</span></a>
            <NotFoundView what="This page"/>
        </main>
    }
}
