//! There is no such page.

use crate::components::{Mark, NotFoundView};
use crate::routes::Path;
use leptos::prelude::*;
use leptos_meta::Title;

/// There is no such page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Title text="Not found"/>
        <main class="entry">
            <a class="brand" href=Path::Landing.to_string()><Mark/><span>"Hookreel"</span></a>
            <h1 class="visually-hidden">"Not found"</h1>
            <NotFoundView what="This page"/>
        </main>
    }
}
