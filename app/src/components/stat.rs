//! Single numbers that matter, and how far something is.

use super::amount::grouped;
use super::badge::Tone;
use leptos::prelude::*;

/// Numbers side by side.
#[component]
pub fn StatRow(children: Children) -> impl IntoView {
    view! { <dl class="stat-row">{children()}</dl> }
}

/// One number.
#[component]
pub fn StatTile(
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] tone: Tone,
) -> impl IntoView {
    view! {
        <div class=format!("stat {}", tone.class())>
            <dt>{label}</dt>
            <dd>
                <span class="stat-value">{value}</span>
                {hint.map(|hint| view! { <span class="stat-hint">{hint}</span> })}
            </dd>
        </div>
    }
}

/// How many of how many are done.
#[component]
pub fn Progress(
    #[prop(into)] done: Signal<u64>,
    #[prop(into)] total: Signal<u64>,
    /// What is being done, for screen readers.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let text = move || format!("{} of {}", grouped(done.get()), grouped(total.get()));
    view! {
        <div class="progress">
            <progress
                max=move || total.get().max(1).to_string()
                value=move || done.get().min(total.get()).to_string()
                aria-label=label
            >
                {text}
            </progress>
            <span class="progress-text">{text}</span>
        </div>
    }
}
