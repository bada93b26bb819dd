//! Fields of a form. Each says beside itself what is wrong with it, and keeps what was typed.

use super::form::FormState;
use leptos::html;
use leptos::prelude::*;

/// What a field shows around its input.
#[derive(Clone)]
struct FieldFrame {
    id: String,
    label: String,
    hint: Option<String>,
    error: Signal<Option<String>>,
    typed: Option<String>,
}

impl FieldFrame {
    fn new(name: &str, label: String, hint: Option<String>) -> Self {
        let state = use_context::<FormState>();
        Self {
            id: state.map_or_else(|| name.to_owned(), |state| state.id_of(name)),
            label,
            hint,
            error: state.map_or_else(|| Signal::stored(None), |state| state.register(name)),
            typed: state.and_then(|state| state.typed(name)),
        }
    }

    /// The ids of what explains the input.
    fn described_by(&self) -> impl Fn() -> Option<String> + Clone + Send + Sync + 'static + use<> {
        let (id, has_hint, error) = (self.id.clone(), self.hint.is_some(), self.error);
        move || {
            let hint = has_hint.then(|| format!("{id}-hint"));
            let error = error.try_with(Option::is_some).unwrap_or_default().then(|| format!("{id}-error"));
            let ids: Vec<_> = [error, hint].into_iter().flatten().collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    }

    fn is_invalid(&self) -> impl Fn() -> Option<&'static str> + Clone + Send + Sync + 'static + use<> {
        let error = self.error;
        move || error.try_with(Option::is_some).unwrap_or_default().then_some("true")
    }

    fn error_view(&self) -> impl IntoView + use<> {
        let (id, error) = (format!("{}-error", self.id), self.error);
        move || error.get().map(|text| view! { <p class="field-error" id=id.clone()>{text}</p> })
    }

    fn hint_view(&self) -> impl IntoView + use<> {
        let id = format!("{}-hint", self.id);
        self.hint.clone().map(|hint| view! { <p class="field-hint" id=id>{hint}</p> })
    }
}

/// One line of text.
#[component]
pub fn TextField(
    /// The argument of the server function.
    #[prop(into)]
    name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    /// The input's type: `email`, `password`, `url`, `datetime-local`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional, into)] autocomplete: Option<String>,
    #[prop(optional)] required: bool,
    /// Ids, URLs, secrets.
    #[prop(optional)]
    mono: bool,
    /// Takes the focus when the page opens.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let frame = FieldFrame::new(&name, label, hint);
    let value = frame.typed.clone().unwrap_or(value);
    view! {
        <div class="field">
            <label for=frame.id.clone()>{frame.label.clone()}{(!required).then(optional)}</label>
            <input
                id=frame.id.clone()
                class:mono=mono
                type=kind
                name=name
                value=value
                placeholder=placeholder
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required=required
                autofocus=autofocus
                aria-invalid=frame.is_invalid()
                aria-describedby=frame.described_by()
            />
            {frame.error_view()}
            {frame.hint_view()}
        </div>
    }
}

fn optional() -> impl IntoView {
    view! { <span class="field-optional">" optional"</span> }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// The argument of the server function.
    #[prop(into)]
    name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(default = 4)] rows: u32,
    #[prop(optional)] required: bool,
    #[prop(optional)] mono: bool,
) -> impl IntoView {
    let frame = FieldFrame::new(&name, label, hint);
    let value = frame.typed.clone().unwrap_or(value);
    view! {
        <div class="field">
            <label for=frame.id.clone()>{frame.label.clone()}{(!required).then(optional)}</label>
            <textarea
                id=frame.id.clone()
                class:mono=mono
                name=name
                rows=rows.to_string()
                placeholder=placeholder
                spellcheck="false"
                required=required
                aria-invalid=frame.is_invalid()
                aria-describedby=frame.described_by()
            >
                {value}
            </textarea>
            {frame.error_view()}
            {frame.hint_view()}
        </div>
    }
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl Choice {
    /// A value and how it is called.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// One of a list.
#[component]
pub fn SelectField(
    /// The argument of the server function.
    #[prop(into)]
    name: String,
    #[prop(into)] label: String,
    options: Vec<Choice>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
) -> impl IntoView {
    let frame = FieldFrame::new(&name, label, hint);
    let chosen = frame.typed.clone().unwrap_or(value);
    let options = options
        .into_iter()
        .map(|option| {
            let selected = option.value == chosen;
            view! { <option value=option.value selected=selected>{option.label}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=frame.id.clone()>{frame.label.clone()}</label>
            <select id=frame.id.clone() name=name aria-invalid=frame.is_invalid() aria-describedby=frame.described_by()>
                {options}
            </select>
            {frame.error_view()}
            {frame.hint_view()}
        </div>
    }
}

/// Yes or no. Sent as `on` when it is yes.
#[component]
pub fn CheckField(
    /// The argument of the server function.
    #[prop(into)]
    name: String,
    #[prop(into)] label: Signal<String>,
    #[prop(optional)] checked: bool,
    #[prop(optional, into)] hint: Option<String>,
    /// Sent when it is ticked.
    #[prop(default = "on")]
    value: &'static str,
    /// The box, for those who take a tick back.
    #[prop(optional)]
    node_ref: NodeRef<html::Input>,
) -> impl IntoView {
    let frame = FieldFrame::new(&name, label.get_untracked(), hint);
    // An unticked box is not sent at all, so its absence means something only if the form was.
    let was_refused = use_context::<FormState>().is_some_and(FormState::was_refused);
    let checked = if was_refused { frame.typed.is_some() } else { checked };
    view! {
        <div class="field field-check">
            <input
                id=frame.id.clone()
                type="checkbox"
                name=name
                value=value
                checked=checked
                node_ref=node_ref
                aria-invalid=frame.is_invalid()
                aria-describedby=frame.described_by()
            />
            <label for=frame.id.clone()>{move || label.get()}</label>
            {frame.error_view()}
            {frame.hint_view()}
        </div>
    }
}

/// One thing to choose that needs a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardChoice {
    /// What is sent.
    pub value: String,
    /// What it is called.
    pub title: String,
    /// What it means.
    pub text: String,
}

impl CardChoice {
    /// A value, how it is called, and what it means.
    pub fn new(value: impl Into<String>, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { value: value.into(), title: title.into(), text: text.into() }
    }
}

/// One of a few, each explained.
#[component]
pub fn RadioCards(
    /// The argument of the server function.
    #[prop(into)]
    name: String,
    #[prop(into)] legend: String,
    options: Vec<CardChoice>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
) -> impl IntoView {
    let frame = FieldFrame::new(&name, legend, hint);
    let chosen = frame.typed.clone().unwrap_or(value);
    let cards = options
        .into_iter()
        .map(|option| {
            let id = format!("{}-{}", frame.id, option.value);
            let checked = option.value == chosen;
            let label_for = id.clone();
            view! {
                <label class="radio-card" for=label_for>
                    <input id=id type="radio" name=name.clone() value=option.value checked=checked/>
                    <span class="radio-card-title">{option.title}</span>
                    <span class="radio-card-text">{option.text}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field radio-cards" aria-describedby=frame.described_by()>
            <legend>{frame.label.clone()}</legend>
            <div class="radio-cards-grid">{cards}</div>
            {frame.error_view()}
            {frame.hint_view()}
        </fieldset>
    }
}
