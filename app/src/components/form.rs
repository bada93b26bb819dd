//! Forms: they work before the page is taken over by the browser's module and without JavaScript, and say what is
//! wrong beside the field either way.

use crate::error::AppError;
use crate::forms::Refusals;
use crate::live::Live;
use crate::routes::Path;
use leptos::context::Provider;
use leptos::form::ActionForm;
use leptos::html;
use leptos::prelude::*;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::PostUrl;
use leptos::server_fn::request::ClientReq;
use leptos::server_fn::{Http, ServerFn};
use leptos_router::hooks::use_location;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// What the fields of a form know about it. Context inside [`ServerForm`].
#[derive(Debug, Clone, Copy)]
pub struct FormState {
    /// The last part of the server function's path; makes the ids of fields unique on the page.
    name: &'static str,
    error: Signal<Option<AppError>>,
    pending: Signal<bool>,
    values: StoredValue<BTreeMap<String, Vec<String>>>,
    fields: StoredValue<Vec<String>>,
}

impl FormState {
    /// Whether an answer is awaited. An answer may take the form away, and those who still ask then are told no.
    pub fn is_pending(self) -> bool {
        self.pending.try_get().unwrap_or_default()
    }

    /// The id of a field's input. `fields[header]` is a field's name too, but no handy id.
    pub(super) fn id_of(self, field: &str) -> String {
        format!("{}-{}", self.name, field.replace('[', "-").replace(']', ""))
    }

    /// What had been typed into a field before the form was refused.
    pub(super) fn typed(self, field: &str) -> Option<String> {
        self.values.with_value(|values| values.get(field)?.last().cloned())
    }

    /// Whether one of several boxes of the same name is ticked: as it was when the form was refused, or else as given.
    pub fn is_ticked(self, field: &str, value: &str, otherwise: bool) -> bool {
        if !self.was_refused() {
            return otherwise;
        }
        self.values.with_value(|values| values.get(field).is_some_and(|ticked| ticked.iter().any(|one| one == value)))
    }

    /// Whether the form was sent without JavaScript and refused.
    pub(super) fn was_refused(self) -> bool {
        self.values.with_value(|values| !values.is_empty())
    }

    /// What is wrong with a field, and that the form has it.
    pub(super) fn register(self, field: &str) -> Signal<Option<String>> {
        let name = field.to_owned();
        self.fields.update_value(|fields| fields.push(name.clone()));
        let error = self.error;
        Signal::derive(move || error.try_with(|error| error.as_ref()?.field_message(&name)).flatten())
    }

    /// Whether the session has ended since the form was opened.
    fn needs_sign_in(self) -> bool {
        let is_unauthenticated = |error: &Option<AppError>| error.as_ref().is_some_and(AppError::is_unauthenticated);
        self.error.try_with(is_unauthenticated).unwrap_or_default()
    }

    /// What is wrong with the form and none of its fields.
    fn general(self) -> Option<String> {
        let general = self.error.try_with(|error| {
            let error = error.as_ref()?;
            let is_shown_beside_a_field =
                self.fields.try_with_value(|fields| fields.iter().any(|field| error.field_message(field).is_some()))?;
            (!is_shown_beside_a_field).then(|| error.summary())
        });
        general.flatten()
    }
}

/// A form that calls a server function.
#[component]
pub fn ServerForm<S, O>(
    /// What sending it does.
    action: ServerAction<S>,
    #[prop(optional, into)] class: Option<&'static str>,
    /// Values that tell this form from others of the same action on the page.
    #[prop(optional)]
    sent: Vec<(&'static str, String)>,
    /// Empties the form when it succeeded: for what can be done several times.
    #[prop(optional)]
    reset: bool,
    children: Children,
) -> impl IntoView
where
    S: ServerFn<Protocol = Http<PostUrl, O>, Error = AppError> + DeserializeOwned + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
    S::Client: Client<AppError>,
    <<S::Client as Client<AppError>>::Request as ClientReq<AppError>>::FormData: From<web_sys::FormData>,
    O: 'static,
{
    let form = NodeRef::<html::Form>::new();
    let live = use_context::<Live>();
    let state = state_of(action, &sent);
    focus_first_wrong_field(state, form);
    on_success(action, move || {
        if let Some(form) = form.get_untracked().filter(|_| reset) {
            form.reset();
        }
        if let Some(live) = live {
            live.note_action();
        }
    });
    forget_refusal_when_left();
    view! {
        <Provider value=state>
            <ActionForm action node_ref=form attr:class=class.unwrap_or("form") attr:novalidate=true>
                {children()}
            </ActionForm>
        </Provider>
    }
}

fn state_of<S>(action: ServerAction<S>, sent: &[(&'static str, String)]) -> FormState
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let refused = Refusals::of(S::PATH, sent);
    let (refusal, values) = refused.map(|refused| (refused.error, refused.values)).unzip();
    let (answer, pending) = (action.value(), action.pending());
    let error = Signal::derive(move || {
        answer.with(|answer| match answer {
            Some(Ok(_)) => None,
            Some(Err(error)) => Some(error.clone()),
            None => refusal.clone(),
        })
    });
    FormState {
        name: S::PATH.rsplit('/').next().unwrap_or_default(),
        error,
        pending: pending.into(),
        values: StoredValue::new(values.unwrap_or_default()),
        fields: StoredValue::new(Vec::new()),
    }
}

fn on_success<S>(action: ServerAction<S>, act: impl Fn() + Send + Sync + 'static)
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let (answer, version) = (action.value(), action.version());
    Effect::new(move |seen: Option<usize>| {
        let version = version.get();
        if seen.is_some_and(|seen| seen != version) && answer.with_untracked(|answer| matches!(answer, Some(Ok(_)))) {
            act();
        }
        version
    });
}

/// Leads the keyboard and the screen reader to what has to be corrected.
fn focus_first_wrong_field(state: FormState, form: NodeRef<html::Form>) {
    Effect::new(move |_| {
        if state.error.with(Option::is_none) {
            return;
        }
        request_animation_frame(move || {
            use wasm_bindgen::JsCast as _;
            let wrong = form.get_untracked().and_then(|form| form.query_selector("[aria-invalid=true]").ok().flatten());
            if let Some(field) = wrong.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
                // A field that cannot take the focus keeps its message anyway.
                let _ = field.focus();
            }
        });
    });
}

/// A refusal belongs to one page: it must not be there when the person comes back to it later.
fn forget_refusal_when_left() {
    let (Some(refusals), pathname) = (use_context::<Refusals>(), use_location().pathname) else { return };
    Effect::new(move |page: Option<String>| {
        let here = pathname.get();
        if page.is_some_and(|page| page != here) {
            refusals.forget();
        }
        here
    });
}

/// A value that goes along.
#[component]
pub fn Hidden(name: &'static str, #[prop(into)] value: Signal<String>) -> impl IntoView {
    view! { <input type="hidden" name=name value=value/> }
}

/// What is wrong with the form as a whole.
#[component]
pub fn FormError() -> impl IntoView {
    let state = use_context::<FormState>();
    view! {
        <div class="form-error" role="alert">
            {move || state.and_then(FormState::general).map(|text| view! { <p>{text}</p> })}
            {move || {
                state.is_some_and(FormState::needs_sign_in).then(|| {
                    view! { <p><a href=Path::SignIn.to_string()>"Go to the sign-in page"</a></p> }
                })
            }}
        </div>
    }
}

/// The row of buttons that ends a form.
#[component]
pub fn FormActions(children: Children) -> impl IntoView {
    view! { <div class="form-actions">{children()}</div> }
}
