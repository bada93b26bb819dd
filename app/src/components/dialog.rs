//! Asking before something that cannot be taken back. Whether the question is open stands in the address, so that it
//! works without JavaScript and the back button closes it.

use super::button::ButtonKind;
use crate::query::{here_with, use_query};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// The query parameter that names the open question.
const QUERY: &str = "confirm";

/// Opens a question.
#[component]
pub fn ConfirmLink(
    /// Which question.
    #[prop(into)]
    name: String,
    #[prop(default = ButtonKind::Secondary)] kind: ButtonKind,
    #[prop(optional)] small: bool,
    children: Children,
) -> impl IntoView {
    let href = here_with(vec![(QUERY, Some(name))]);
    view! { <a class=kind.class(small) href=href rel="nofollow" data-noscroll=true>{children()}</a> }
}

/// Closes whatever question is open.
#[component]
pub fn CancelLink(#[prop(optional, into)] label: Option<String>) -> impl IntoView {
    let href = here_with(vec![(QUERY, None)]);
    view! {
        <a class=ButtonKind::Quiet.class(false) href=href data-noscroll=true>{label.unwrap_or_else(|| "Cancel".to_owned())}</a>
    }
}

/// Whether the address asks this question.
pub fn is_asked(name: impl Into<String>) -> Memo<bool> {
    let (asked, name) = (use_query(QUERY), name.into());
    Memo::new(move |_| asked.read().as_deref() == Some(name.as_str()))
}

/// A question, shown while the address asks for it.
#[component]
pub fn ConfirmDialog(
    /// Which question.
    #[prop(into)]
    name: String,
    #[prop(into)] title: String,
    children: ChildrenFn,
) -> impl IntoView {
    let is_open = is_asked(name.clone());
    let children = StoredValue::new(children);
    view! {
        <Show when=move || is_open.get()>
            <OpenDialog name=name.clone() title=title.clone()>{children.with_value(|children| children())}</OpenDialog>
        </Show>
    }
}

#[component]
fn OpenDialog(name: String, title: String, children: Children) -> impl IntoView {
    let closed = here_with(vec![(QUERY, None)]);
    let heading_id = format!("confirm-{name}");
    let labelled_by = heading_id.clone();
    let dialog = NodeRef::<html::Dialog>::new();
    make_modal(dialog);
    let navigate = use_navigate();
    let close = move |event: ev::Event| {
        event.prevent_default();
        navigate(&closed.get_untracked(), NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    view! {
        <div class="dialog-backdrop">
            <a class="dialog-outside" href=closed data-noscroll=true aria-hidden="true" tabindex="-1"></a>
            <dialog class="dialog" open=true aria-labelledby=labelled_by node_ref=dialog on:cancel=close>
                <h2 id=heading_id>{title}</h2>
                {children()}
            </dialog>
        </div>
    }
}

/// The server can only open a dialog; that nothing else can be reached meanwhile is up to the browser.
fn make_modal(dialog: NodeRef<html::Dialog>) {
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            dialog.set_open(false);
            // It stays open without being modal if the browser refuses.
            if dialog.show_modal().is_err() {
                dialog.set_open(true);
            }
        }
    });
}
