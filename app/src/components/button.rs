//! Things to press.

use super::form::{FormState, Hidden, ServerForm};
use crate::error::AppError;
use leptos::prelude::*;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::PostUrl;
use leptos::server_fn::request::ClientReq;
use leptos::server_fn::{Http, ServerFn};
use serde::de::DeserializeOwned;

/// How much a button wants to be pressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing to do here.
    #[default]
    Primary,
    /// One of several.
    Secondary,
    /// Beside the point.
    Quiet,
    /// Cannot be taken back.
    Danger,
}

impl ButtonKind {
    /// The classes of a button of this kind.
    pub const fn class(self, small: bool) -> &'static str {
        match (self, small) {
            (Self::Primary, false) => "button button-primary",
            (Self::Secondary, false) => "button button-secondary",
            (Self::Quiet, false) => "button button-quiet",
            (Self::Danger, false) => "button button-danger",
            (Self::Primary, true) => "button button-primary button-small",
            (Self::Secondary, true) => "button button-secondary button-small",
            (Self::Quiet, true) => "button button-quiet button-small",
            (Self::Danger, true) => "button button-danger button-small",
        }
    }
}

/// A link that looks like a button, because following it is the next step.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] small: bool,
    children: Children,
) -> impl IntoView {
    view! { <a class=kind.class(small) href=href>{children()}</a> }
}

/// Sends the form it stands in, and says that it is being sent.
#[component]
pub fn SubmitButton(
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] small: bool,
    children: Children,
) -> impl IntoView {
    let form = use_context::<FormState>();
    let is_pending = move || form.is_some_and(FormState::is_pending);
    view! {
        <button type="submit" class=kind.class(small) disabled=is_pending aria-busy=move || is_pending().to_string()>
            {children()}
        </button>
    }
}

/// A form that is one button. What is wrong shows beneath it.
#[component]
pub fn ActionButton<S, O>(
    /// What it does.
    action: ServerAction<S>,
    /// The arguments of the server function.
    #[prop(optional)]
    fields: Vec<(&'static str, String)>,
    #[prop(default = ButtonKind::Secondary)] kind: ButtonKind,
    #[prop(optional)] small: bool,
    children: Children,
) -> impl IntoView
where
    S: ServerFn<Protocol = Http<PostUrl, O>, Error = AppError> + DeserializeOwned + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
    S::Client: Client<AppError>,
    <<S::Client as Client<AppError>>::Request as ClientReq<AppError>>::FormData: From<web_sys::FormData>,
    O: 'static,
{
    let hidden = fields.iter().map(|(name, value)| view! { <Hidden name=*name value=value.clone()/> }).collect_view();
    view! {
        <ServerForm action class="button-form" sent=fields>
            {hidden}
            <SubmitButton kind small>{children()}</SubmitButton>
            <super::form::FormError/>
        </ServerForm>
    }
}
