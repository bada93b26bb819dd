//! Filters of a list. They are a form whose result is an address: without JavaScript too, and to be sent to a colleague.

use super::button::ButtonKind;
use super::field::Choice;
use crate::query::use_query;
use leptos::html;
use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::{use_location, use_query_map};

/// The names of the filters that stand in a bar; context inside it.
#[derive(Debug, Clone, Copy)]
struct FilterNames(RwSignal<Vec<&'static str>>);

/// Filters in a row, a button that applies them and a link that clears them.
#[component]
pub fn FilterBar(
    /// Values of the query that are not filters of this bar and stay as they are.
    #[prop(optional)]
    keep: Vec<&'static str>,
    children: Children,
) -> impl IntoView {
    let location = use_location();
    let query = use_query_map();
    let names = FilterNames(RwSignal::new(Vec::new()));
    provide_context(names);
    let filters = children();
    let is_filtered = Memo::new(move |_| {
        let query = query.read();
        names.0.read().iter().any(|name| query.get_str(name).is_some_and(|value| !value.is_empty()))
    });
    let kept = keep
        .into_iter()
        .map(|name| {
            let value = use_query(name);
            move || value.get().map(|value| view! { <input type="hidden" name=name value=value/> })
        })
        .collect_view();
    view! {
        <Form method="GET" action=move || location.pathname.get() attr:class="filter-bar" attr:role="search">
            {kept}
            {filters}
            <div class="filter-actions">
                <button type="submit" class=ButtonKind::Secondary.class(true)>"Apply"</button>
                <a
                    class=ButtonKind::Quiet.class(true)
                    href=move || location.pathname.get()
                    hidden=move || !is_filtered.get()
                >
                    "Clear"
                </a>
            </div>
        </Form>
    }
}

fn current(name: &'static str) -> Memo<Option<String>> {
    if let Some(FilterNames(names)) = use_context() {
        names.update(|names| names.push(name));
    }
    use_query(name)
}

/// An input that says what the address says, whenever that changes. Not at first: then the page says it already, and what
/// a person has typed before the page was taken over stays.
fn input_following(value: Memo<Option<String>>) -> NodeRef<html::Input> {
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |before: Option<Option<String>>| {
        let now = value.get();
        let is_changed = before.is_some_and(|before| before != now);
        if let Some(input) = input.get_untracked().filter(|_| is_changed) {
            input.set_value(now.as_deref().unwrap_or_default());
        }
        now
    });
    input
}

/// One of a list; the first choice is no filter.
#[component]
pub fn FilterSelect(
    /// Of the query.
    name: &'static str,
    #[prop(into)] label: String,
    /// Without the one that means "any".
    options: Vec<Choice>,
    /// What "any" is called.
    #[prop(default = "Any".to_owned(), into)]
    any: String,
) -> impl IntoView {
    let value = current(name);
    let options = options
        .into_iter()
        .map(|option| {
            let own = option.value.clone();
            view! {
                <option value=option.value selected=move || value.read().as_deref() == Some(own.as_str())>
                    {option.label}
                </option>
            }
        })
        .collect_view();
    view! {
        <label class="filter">
            <span class="filter-label">{label}</span>
            <select name=name on:change=send_form>
                <option value="" selected=move || value.read().is_none()>{any}</option>
                {options}
            </select>
        </label>
    }
}

/// Sends the form when a choice was made; without JavaScript the button does.
fn send_form(event: leptos::ev::Event) {
    let select: web_sys::HtmlSelectElement = event_target(&event);
    if let Some(form) = select.form() {
        // Refused only by a form that is not on the page any more.
        let _ = form.request_submit();
    }
}

/// Words.
#[component]
pub fn FilterText(
    /// Of the query.
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] placeholder: Option<String>,
) -> impl IntoView {
    let value = current(name);
    let input = input_following(value);
    view! {
        <label class="filter">
            <span class="filter-label">{label}</span>
            <input
                type="text"
                name=name
                value=move || value.get().unwrap_or_default()
                node_ref=input
                placeholder=placeholder
                autocapitalize="none"
                spellcheck="false"
            />
        </label>
    }
}

/// A point in time, in UTC.
#[component]
pub fn FilterTime(
    /// Of the query.
    name: &'static str,
    #[prop(into)] label: String,
) -> impl IntoView {
    let value = current(name);
    let input = input_following(value);
    view! {
        <label class="filter">
            <span class="filter-label">{label}</span>
            <input
                type="datetime-local"
                name=name
                value=move || value.get().unwrap_or_default()
                node_ref=input
            />
        </label>
    }
}
