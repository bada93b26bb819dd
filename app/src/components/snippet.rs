//! Commands and code to take along.

use super::copyable::CopyButton;
use leptos::prelude::*;

/// A piece of code with a button that copies it.
#[component]
pub fn Snippet(#[prop(optional, into)] title: Option<String>, #[prop(into)] code: String) -> impl IntoView {
    view! {
        <figure class="snippet">
            <figcaption class="snippet-head">
                <span>{title.unwrap_or_default()}</span>
                <CopyButton text=code.clone() label="Copy code" worded=true/>
            </figcaption>
            <pre tabindex="0"><code>{code}</code></pre>
        </figure>
    }
}

/// The same in several languages, one shown at a time. The choice is made by radio buttons, so it needs no JavaScript.
#[component]
pub fn SnippetTabs(
    /// Tells these tabs from others on the page.
    group: &'static str,
    /// The name and the code of each.
    snippets: Vec<(&'static str, String)>,
) -> impl IntoView {
    let tabs = snippets
        .into_iter()
        .enumerate()
        .map(|(place, (name, code))| {
            let id = format!("{group}-{place}");
            view! {
                <input class="snippet-choice visually-hidden" type="radio" name=group id=id.clone() checked=place == 0/>
                <label class="snippet-tab" for=id>{name}</label>
                <div class="snippet-panel">
                    <pre tabindex="0"><code>{code.clone()}</code></pre>
                    <CopyButton text=code label=format!("Copy {name} code") worded=true/>
                </div>
            }
        })
        .collect_view();
    view! { <div class="snippet-tabs" role="group" aria-label="Code">{tabs}</div> }
}
