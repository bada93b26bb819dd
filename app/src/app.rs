//! The document around every page, and the map from addresses to pages.

use crate::components::Shell;
use crate::forms::Refusals;
use crate::live::Live;
use crate::pages;
use crate::theme::{Theme, provide_theme};
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{Outlet, ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// A page as the router wants it, its type erased: the types of nested views grow, and compile times with them.
macro_rules! page_of {
    ($page:path) => {
        || view! { <$page/> }.into_any()
    };
}

/// The HTML document that a page is rendered into.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::server::set_content_security_policy();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=Theme::of_request().code()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=format!("/{}/{}.css", options.site_pkg_dir, options.output_name)/>
                <HydrationScripts options=options.clone()/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// A title as it is written into the page by the server, which writes it as it is, or set by the browser, as text.
fn title_of(text: String) -> String {
    let whole = if text.is_empty() { "Hookreel".to_owned() } else { format!("{text} · Hookreel") };
    #[cfg(feature = "ssr")]
    let whole = html_escape::encode_text(&whole).into_owned();
    whole
}

/// Everything inside the document's body.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Refusals::provide();
    provide_theme();
    Live::provide();
    mark_as_taken_over();
    view! {
        <Title formatter=title_of/>
        <Router>
            <Routes fallback=|| view! { <pages::not_found::NotFoundPage/> }.into_any()>
                <Route path=path!("/") view=page_of!(pages::landing::LandingPage) ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=page_of!(pages::sign_in::SignInPage) ssr=SsrMode::Async/>
                <Route path=path!("/sign-up") view=page_of!(pages::sign_up::SignUpPage) ssr=SsrMode::Async/>
                <Route path=path!("/forgot-password") view=page_of!(pages::password_reset::ForgotPasswordPage) ssr=SsrMode::Async/>
                <Route path=path!("/reset-password") view=page_of!(pages::password_reset::ResetPasswordPage) ssr=SsrMode::Async/>
                <Route path=path!("/verify-address") view=page_of!(pages::verify_address::VerifyAddressPage) ssr=SsrMode::Async/>
                <Route path=path!("/accept-invitation") view=page_of!(pages::accept_invitation::AcceptInvitationPage) ssr=SsrMode::Async/>
                <Route path=path!("/dev/components") view=page_of!(pages::dev_components::DevComponentsPage) ssr=SsrMode::Async/>
                <Route path=path!("/docs/sources") view=page_of!(pages::source_guides::SourceGuidesPage) ssr=SsrMode::Async/>
                <Route path=path!("/docs/sources/:provider") view=page_of!(pages::source_guides::SourceGuidePage) ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=SignedIn ssr=SsrMode::Async>
                    <Route path=path!("/overview") view=page_of!(pages::overview::OverviewPage) ssr=SsrMode::Async/>
                    <Route path=path!("/sources") view=page_of!(pages::sources::SourcesPage) ssr=SsrMode::Async/>
                    <Route path=path!("/sources/new") view=page_of!(pages::sources::NewSourcePage) ssr=SsrMode::Async/>
                    <Route path=path!("/sources/:id") view=page_of!(pages::sources::SourcePage) ssr=SsrMode::Async/>
                    <Route path=path!("/recoveries/:id") view=page_of!(pages::recoveries::RecoveryPage) ssr=SsrMode::Async/>
                    <Route path=path!("/endpoints") view=page_of!(pages::endpoints::EndpointsPage) ssr=SsrMode::Async/>
                    <Route path=path!("/endpoints/new") view=page_of!(pages::endpoints::NewEndpointPage) ssr=SsrMode::Async/>
                    <Route path=path!("/endpoints/operational") view=page_of!(pages::operational_webhooks::OperationalWebhooksPage) ssr=SsrMode::Async/>
                    <Route path=path!("/endpoints/:id") view=page_of!(pages::endpoints::EndpointPage) ssr=SsrMode::Async/>
                    <Route path=path!("/event-types") view=page_of!(pages::event_types::EventTypesPage) ssr=SsrMode::Async/>
                    <Route path=path!("/event-types/new") view=page_of!(pages::event_types::NewEventTypePage) ssr=SsrMode::Async/>
                    <Route path=path!("/event-types/named/:name") view=page_of!(pages::event_types::EventTypePage) ssr=SsrMode::Async/>
                    <Route path=path!("/messages") view=page_of!(pages::messages::MessagesPage) ssr=SsrMode::Async/>
                    <Route path=path!("/messages/:id") view=page_of!(pages::messages::MessagePage) ssr=SsrMode::Async/>
                    <Route path=path!("/deliveries") view=page_of!(pages::deliveries::DeliveriesPage) ssr=SsrMode::Async/>
                    <Route path=path!("/deliveries/:id") view=page_of!(pages::deliveries::DeliveryPage) ssr=SsrMode::Async/>
                    <Route path=path!("/replays") view=page_of!(pages::replays::ReplaysPage) ssr=SsrMode::Async/>
                    <Route path=path!("/replays/new") view=page_of!(pages::replays::NewReplayPage) ssr=SsrMode::Async/>
                    <Route path=path!("/replays/:id") view=page_of!(pages::replays::ReplayPage) ssr=SsrMode::Async/>
                    <Route path=path!("/event-log") view=page_of!(pages::event_log::EventLogPage) ssr=SsrMode::Async/>
                    <Route path=path!("/members") view=page_of!(pages::members::MembersPage) ssr=SsrMode::Async/>
                    <Route path=path!("/event-log/kinds") view=page_of!(pages::event_log::EventKindsPage) ssr=SsrMode::Async/>
                    <Route path=path!("/event-log/kinds/:kind") view=page_of!(pages::event_log::EventKindPage) ssr=SsrMode::Async/>
                    <Route path=path!("/api-keys") view=page_of!(pages::api_keys::ApiKeysPage) ssr=SsrMode::Async/>
                    <Route path=path!("/usage") view=page_of!(pages::usage::UsagePage) ssr=SsrMode::Async/>
                    <Route path=path!("/usage/stripe") view=page_of!(pages::usage::LeavePage) ssr=SsrMode::Async/>
                    <Route path=path!("/settings") view=page_of!(pages::settings::SettingsPage) ssr=SsrMode::Async/>
                    <Route path=path!("/operator") view=page_of!(pages::operator::OperatorPage) ssr=SsrMode::Async/>
                    <Route path=path!("/operator/handlers") view=page_of!(pages::operator::OperatorHandlersPage) ssr=SsrMode::Async/>
                    <Route path=path!("/operator/events/:id") view=page_of!(pages::operator::OperatorEventPage) ssr=SsrMode::Async/>
                    <Route path=path!("/operator/mails") view=page_of!(pages::operator::OperatorMailsPage) ssr=SsrMode::Async/>
                    <Route path=path!("/operator/mails/:id") view=page_of!(pages::operator::OperatorMailPage) ssr=SsrMode::Async/>
                    <Route path=path!("/operator/services") view=page_of!(pages::operator::OperatorServicesPage) ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// Says in the document that the browser's module answers from now on: what does nothing without it is shown from then
/// (`needs-script` in the stylesheet).
fn mark_as_taken_over() {
    Effect::new(move |_| {
        if let Some(root) = document().document_element() {
            // Only a malformed attribute name could be refused.
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
}

/// The part for people who are signed in: navigation, and the page beside it.
#[component]
fn SignedIn() -> impl IntoView {
    view! { <Shell><Outlet/></Shell> }.into_any()
}
