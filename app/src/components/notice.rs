//! What the page has to say about itself.

use super::badge::Tone;
use super::button::LinkButton;
use super::icon::{Icon, Symbol};
use crate::error::AppError;
use crate::query::{here_with, use_query};
use crate::routes::{Done, Path};
use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_location;

/// A remark.
#[component]
pub fn Notice(
    #[prop(optional)] tone: Tone,
    children: Children,
) -> impl IntoView {
    let symbol = match tone {
        Tone::Ok => Symbol::Tick,
        Tone::Warn | Tone::Bad => Symbol::Warning,
        Tone::Info | Tone::Neutral => Symbol::Info,
    };
    view! {
        <div class=format!("notice {}", tone.class())>
            <Icon symbol/>
            <div class="notice-text">{children()}</div>
        </div>
    }
}

/// What was just done, when the address says so.
#[component]
pub fn Toast() -> impl IntoView {
    let done = use_query(Done::QUERY);
    let text = Memo::new(move |_| done.read().as_deref().and_then(Done::parse).map(Done::text));
    let dismissed = here_with(Vec::new());
    forget_on_reload(done, dismissed);
    view! {
        <div class="toast-place" role="status">
            {move || {
                text.get().map(|text| {
                    view! {
                        <div class="toast">
                            <Icon symbol=Symbol::Tick/>
                            <span>{text}</span>
                            <a href=dismissed data-noscroll=true aria-label="Dismiss"><Icon symbol=Symbol::Cross/></a>
                        </div>
                    }
                })
            }}
        </div>
    }
}

/// Takes the notice out of the address bar, so that a reload or a bookmark does not repeat it.
fn forget_on_reload(done: Memo<Option<String>>, without: Signal<String>) {
    Effect::new(move |_| {
        if done.read().is_some()
            && let Ok(history) = window().history()
        {
            let state = history.state().unwrap_or(wasm_bindgen::JsValue::NULL);
            // If the browser refuses, the notice is repeated on reload.
            let _ = history.replace_state_with_url(&state, "", Some(&without.get_untracked()));
        }
    });
}

/// Why a page or a part of it cannot be shown. Somebody who is not signed in is led to where one can.
#[component]
pub fn ErrorView(error: AppError) -> impl IntoView {
    if error.is_unauthenticated() {
        let location = use_location();
        let here = format!("{}{}", location.pathname.get_untracked(), query_suffix(&location.search.get_untracked()));
        return view! { <Redirect path=Path::SignIn.with(&[("next", &here)])/> }.into_any();
    }
    if error.is_not_found() {
        return view! { <NotFoundView what=error.summary()/> }.into_any();
    }
    view! {
        <div class="error-view" role="alert">
            <h2>"This could not be loaded"</h2>
            <p>{error.summary()}</p>
        </div>
    }
    .into_any()
}

fn query_suffix(search: &str) -> String {
    let search = search.trim_start_matches('?');
    if search.is_empty() { String::new() } else { format!("?{search}") }
}

/// There is no such thing, or it is somebody else's.
#[component]
pub fn NotFoundView(
    /// `Endpoint`, or a whole sentence.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::server::set_page_status(404);
    let sentence = if what.ends_with('.') { what } else { format!("{what} was not found.") };
    view! {
        <div class="not-found">
            <h2>{sentence}</h2>
            <p>"It may have been deleted, or the address is not quite right."</p>
            <LinkButton href=Path::Overview.to_string()>"Go to the overview"</LinkButton>
        </div>
    }
}
