//! What the page has to say about itself.

use super::badge::Tone;
use super::button::{ButtonKind, LinkButton};
use super::icon::{Icon, Symbol};
use crate::error::AppError;
use crate::outdated::Outdated;
use crate::query::{here_with, use_query};
use crate::routes::{Done, Path};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::components::Redirect;
use leptos_router::hooks::{use_location, use_navigate};
use std::time::Duration;

/// A remark.
#[component]
pub fn Notice(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
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

/// How long a notice of what was done stays.
const TOAST_SHOWN: Duration = Duration::from_secs(8);

/// What was just done, when the address says so.
#[component]
pub fn Toast() -> impl IntoView {
    let done = use_query(Done::QUERY);
    let without = here_with(Vec::new());
    let text = RwSignal::new(done.get_untracked().as_deref().and_then(Done::parse).map(Done::text));
    take_from_address(done, without, text);
    let dismiss = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        text.set(None);
    };
    view! {
        <div class="toast-place" role="status">
            {move || {
                text.get().map(|text| {
                    view! {
                        <div class="toast">
                            <Icon symbol=Symbol::Tick/>
                            <span>{text}</span>
                            <a href=without data-noscroll=true aria-label="Dismiss" on:click=dismiss>
                                <Icon symbol=Symbol::Cross/>
                            </a>
                        </div>
                    }
                })
            }}
        </div>
    }
}

/// Takes the notice out of the address, so that a reload or a bookmark does not repeat it, and shows it for a while.
fn take_from_address(done: Memo<Option<String>>, without: Signal<String>, text: RwSignal<Option<&'static str>>) {
    let navigate = use_navigate();
    let latest = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let Some(code) = done.get() else { return };
        text.set(Done::parse(&code).map(Done::text));
        latest.update_value(|latest| *latest += 1);
        let mine = latest.get_value();
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&without.get_untracked(), options);
        set_timeout(
            move || {
                // A newer notice has its own time, and the page may have been left.
                if latest.try_get_value() == Some(mine) {
                    text.set(None);
                }
            },
            TOAST_SHOWN,
        );
    });
}

/// That the page, or a part of it, could not be read again and is shown as it was.
#[component]
pub fn OutdatedNotice(outdated: Outdated) -> impl IntoView {
    let reason = Memo::new(move |_| outdated.reason());
    let retry = move |_| outdated.retry();
    view! {
        <div class="outdated" role="status">
            {move || {
                reason.get().map(|reason| {
                    view! {
                        <Notice tone=Tone::Warn>
                            <p>{format!("This may be out of date: {reason}")}</p>
                            <button type="button" class=ButtonKind::Secondary.class(true) on:click=retry>"Retry"</button>
                        </Notice>
                    }
                })
            }}
        </div>
    }
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
        <Title text="Not found"/>
        <div class="not-found">
            <h1>{sentence}</h1>
            <p>"It may have been deleted, or the address is not quite right."</p>
            <LinkButton href=Path::Landing.to_string()>"Go to the start page"</LinkButton>
        </div>
    }
}
