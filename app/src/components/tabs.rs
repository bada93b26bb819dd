//! Parts of one thing, each with its own address.

use leptos::prelude::*;

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Tells it from the others.
    pub name: &'static str,
    /// What it is called.
    pub label: String,
    /// Its address.
    pub href: String,
}

/// Links to the parts of a thing.
#[component]
pub fn TabLinks(
    tabs: Vec<Tab>,
    /// The name of the part that is shown.
    #[prop(into)]
    current: Signal<String>,
) -> impl IntoView {
    let links = tabs
        .into_iter()
        .map(|tab| {
            let is_current = move || current.read().as_str() == tab.name;
            view! {
                <li>
                    <a href=tab.href data-noscroll=true aria-current=move || is_current().then_some("page")>{tab.label}</a>
                </li>
            }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label="Parts"><ul>{links}</ul></nav> }
}
