//! Names and values.

use leptos::prelude::*;

/// A list of facts.
#[component]
pub fn Facts(children: Children) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }
}

/// One fact.
#[component]
pub fn Fact(
    #[prop(into)] label: String,
    /// Long values take the whole width.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="fact" class:fact-wide=wide>
            <dt>{label}</dt>
            <dd>{children()}</dd>
        </div>
    }
}

/// HTTP headers in the order in which they were sent.
#[component]
pub fn HeaderTable(
    headers: Vec<(String, String)>,
    /// What they are, for screen readers.
    #[prop(into)]
    caption: String,
) -> impl IntoView {
    if headers.is_empty() {
        return view! { <p class="muted">"None."</p> }.into_any();
    }
    let rows = headers
        .into_iter()
        .map(|(name, value)| view! { <tr><th scope="row">{name}</th><td>{value}</td></tr> })
        .collect_view();
    let label = caption.clone();
    view! {
        <div class="header-table-frame" tabindex="0" role="group" aria-label=label>
            <table class="header-table">
                <caption class="visually-hidden">{caption}</caption>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
