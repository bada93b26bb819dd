//! The frame around every page of a tenant: navigation, what was just done, new rows that wait.

use super::icon::{Icon, Mark, Symbol};
use super::notice::{OutdatedNotice, Toast};
use super::palette::CommandPalette;
use super::theme_switch::ThemeSwitch;
use super::verify_notice::VerifyNotice;
use crate::live::Live;
use crate::outdated::Outdated;
use crate::pages::usage::plans_are_sold;
use crate::routes::Path;
use crate::session::{Session, SignOut};
use leptos::form::ActionForm;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A page, its symbol and what it is called.
type Place = (Path, Symbol, &'static str);

/// Where one can go, in groups.
const PLACES: [(&str, &[Place]); 4] = [
    (
        "Webhooks",
        &[
            (Path::Overview, Symbol::Overview, "Overview"),
            (Path::Sources, Symbol::Source, "Sources"),
            (Path::Endpoints, Symbol::Endpoint, "Endpoints"),
            (Path::EventTypes, Symbol::Tag, "Event types"),
        ],
    ),
    (
        "Traffic",
        &[
            (Path::Messages, Symbol::Message, "Messages"),
            (Path::Deliveries, Symbol::Delivery, "Deliveries"),
            (Path::Replays, Symbol::Replay, "Replays"),
            (Path::EventLog, Symbol::Log, "Event log"),
        ],
    ),
    (
        "Account",
        &[
            (Path::Members, Symbol::People, "Members"),
            (Path::ApiKeys, Symbol::Key, "API keys"),
            (Path::Usage, Symbol::Usage, "Usage"),
            (Path::Settings, Symbol::Settings, "Settings"),
        ],
    ),
    ("Help", &[(Path::SourceGuides, Symbol::Info, "Providers"), (Path::ApiReference, Symbol::Key, "API reference")]),
];

/// The frame around a page.
#[component]
pub fn Shell(children: Children) -> impl IntoView {
    let session = Session::provide();
    let outdated = Outdated::provide();
    Live::listen();
    let menu = NodeRef::<html::Input>::new();
    close_when_left(menu);
    view! {
        <a class="skip-link" href="#content">"Skip to content"</a>
        <div class="shell">
            <header class="side">
                <div class="side-head">
                    <a class="brand" href=Path::Overview.to_string()><Mark/><span>"Hookreel"</span></a>
                    <CommandPalette/>
                    // A checkbox opens the menu without JavaScript; wide windows do not show it.
                    <input
                        class="menu-switch visually-hidden"
                        type="checkbox"
                        id="menu-switch"
                        aria-label="Menu"
                        node_ref=menu
                    />
                    <label class="menu-button" for="menu-switch" aria-hidden="true">
                        <Icon symbol=Symbol::Menu/>
                        "Menu"
                    </label>
                </div>
                <div class="side-body">
                    <Places session/>
                    <Account session/>
                </div>
            </header>
            <main class="content" id="content" tabindex="-1">
                <Toast/>
                <VerifyNotice session/>
                <OutdatedNotice outdated/>
                {children()}
            </main>
            <NewRows/>
        </div>
    }
}

/// A menu that was opened before the page was taken over stays open.
fn close_when_left(menu: NodeRef<html::Input>) {
    let pathname = use_location().pathname;
    Effect::new(move |page: Option<String>| {
        let here = pathname.get();
        let is_left = page.is_some_and(|page| page != here);
        if let Some(menu) = menu.get_untracked().filter(|_| is_left) {
            menu.set_checked(false);
        }
        here
    });
}

/// For operators only.
const OPERATOR: (&str, &[Place]) = ("Installation", &[(Path::Operator, Symbol::Operator, "Operator")]);

#[component]
fn Places(session: Session) -> impl IntoView {
    let groups = PLACES.map(|group| view! { <PlaceGroup group/> }).into_iter().collect_view();
    let of_operators = move || {
        Suspend::new(async move {
            let is_operator = session.0.await.is_ok_and(|member| member.is_operator);
            is_operator.then(|| view! { <PlaceGroup group=OPERATOR/> })
        })
    };
    view! { <nav class="nav" aria-label="Main"><ul>{groups}<Transition>{of_operators}</Transition></ul></nav> }
}

#[component]
fn PlaceGroup(group: (&'static str, &'static [Place])) -> impl IntoView {
    let pathname = use_location().pathname;
    let (name, places) = group;
    let links = places
        .iter()
        .map(|(path, symbol, label)| {
            let href = path.to_string();
            let place = href.clone();
            let is_here = move || is_within(&pathname.read(), &place).then_some("page");
            // What is not the dashboard's own is opened by the browser.
            let rel = (*path == Path::ApiReference).then_some("external");
            let label = if *path == Path::Usage { usage_label() } else { (*label).into_any() };
            view! {
                <li>
                    <a href=href rel=rel aria-current=is_here><Icon symbol=*symbol/>{label}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <li class="nav-group">
            <span class="nav-group-name">{name}</span>
            <ul>{links}</ul>
        </li>
    }
}

/// Where plans are sold, the page about usage is about them too.
fn usage_label() -> AnyView {
    let are_sold = Resource::new_blocking(|| (), |()| plans_are_sold());
    let label = move || {
        Suspend::new(async move { if are_sold.await.unwrap_or_default() { "Plan and usage" } else { "Usage" } })
    };
    view! { <Transition>{label}</Transition> }.into_any()
}

fn is_within(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whose dashboard this is, and the way out.
#[component]
fn Account(session: Session) -> impl IntoView {
    let sign_out = ServerAction::<SignOut>::new();
    let who = move || {
        Suspend::new(async move {
            session.0.await.ok().map(|member| {
                view! {
                    <p class="account-tenant">{member.tenant_name}</p>
                    <p class="account-email">{member.email.to_string()}</p>
                }
            })
        })
    };
    view! {
        <div class="account">
            <Transition>{who}</Transition>
            <div class="account-actions">
                <ThemeSwitch/>
                <ActionForm action=sign_out>
                    <button type="submit" class="sign-out"><Icon symbol=Symbol::Leave/>"Sign out"</button>
                </ActionForm>
            </div>
        </div>
    }
}

/// Offers rows that came in while the reader was further down.
#[component]
fn NewRows() -> impl IntoView {
    let live = use_context::<Live>();
    let is_held = move || live.is_some_and(|live| live.held().get());
    let show = move |_| {
        if let Some(live) = live {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            live.release();
        }
    };
    view! {
        <div class="new-rows" role="status">
            <Show when=is_held>
                <button type="button" class="button button-primary button-small" on:click=show>"New rows: show"</button>
            </Show>
        </div>
    }
}
