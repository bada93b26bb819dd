//! What a page says when there is nothing yet: what would be here, and how to make it so.

use super::icon::Mark;
use leptos::prelude::*;

/// Nothing here yet, and the next step.
#[component]
pub fn EmptyState(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// Buttons and commands.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty-state">
            <Mark/>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="empty-state-next">{children()}</div> })}
        </div>
    }
}
