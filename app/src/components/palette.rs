//! The command palette: Ctrl or Cmd and K, a few letters, and Enter. It needs JavaScript; everything it leads to is
//! also reached by the navigation.

pub mod entries;
pub mod server;

use super::icon::{Icon, Symbol};
use entries::{Entry, Named, SEARCH, found};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use server::list_named;

const LIST_ID: &str = "palette-list";

/// What the palette holds while it is open.
#[derive(Clone, Copy)]
struct State {
    dialog: NodeRef<html::Dialog>,
    input: NodeRef<html::Input>,
    typed: RwSignal<String>,
    /// The place of the marked entry.
    marked: RwSignal<usize>,
    named: Action<(), Vec<Named>>,
    entries: Memo<Vec<Entry>>,
}

impl State {
    fn new() -> Self {
        let typed = RwSignal::new(String::new());
        // Without the server's answer pages and ids can still be gone to.
        let named = Action::new(|()| async { list_named().await.unwrap_or_default() });
        let entries =
            Memo::new(move |_| named.value().with(|named| found(&typed.read(), named.as_deref().unwrap_or(&[]))));
        Self { dialog: NodeRef::new(), input: NodeRef::new(), typed, marked: RwSignal::new(0), named, entries }
    }

    fn open(self) {
        let Some(dialog) = self.dialog.get_untracked() else { return };
        if dialog.open() {
            return;
        }
        self.ask("");
        if let Some(input) = self.input.get_untracked() {
            input.set_value("");
        }
        // Refused only for a dialog that is open already, or has left the page.
        if dialog.show_modal().is_ok() {
            self.named.dispatch(());
        }
    }

    fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }

    fn ask(self, typed: &str) {
        self.typed.set(typed.to_owned());
        self.marked.set(0);
    }

    /// Marks the next entry, or the one before; after the last comes the first.
    fn mark(self, step: isize) {
        let count = self.entries.with_untracked(Vec::len);
        if count > 0 {
            self.marked.update(|marked| *marked = marked.saturating_add(count).saturating_add_signed(step) % count);
            self.show_marked();
        }
    }

    fn show_marked(self) {
        if let Some(option) = document().get_element_by_id(&option_id(self.marked.get_untracked())) {
            option.scroll_into_view_with_bool(false);
        }
    }
}

/// The button that opens the palette, and the palette.
#[component]
pub fn CommandPalette() -> impl IntoView {
    let state = State::new();
    open_by_keys(state);
    let keys = RwSignal::new("Ctrl K");
    // A button that does nothing yet must not look as if it did.
    let is_ready = RwSignal::new(false);
    Effect::new(move |_| is_ready.set(true));
    name_keys_of_this_machine(keys);
    view! {
        <button type="button" class="palette-button" aria-keyshortcuts="Control+K Meta+K" disabled=move || !is_ready.get() on:click=move |_| state.open()>
            <Icon symbol=Symbol::Search/>
            <span class="palette-button-text">"Go to…"</span>
            <kbd class="palette-keys" aria-hidden="true">{keys}</kbd>
        </button>
        <Dialog state/>
    }
}

fn open_by_keys(state: State) {
    // An Effect, because there is no window on the server.
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |event| {
            let is_shortcut = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
            if is_shortcut && event.key().eq_ignore_ascii_case("k") {
                // Browsers use it for their search field.
                event.prevent_default();
                state.open();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// The server does not know what stands on the keys.
fn name_keys_of_this_machine(keys: RwSignal<&'static str>) {
    Effect::new(move |_| {
        if window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac")) {
            keys.set("⌘ K");
        }
    });
}

#[component]
fn Dialog(state: State) -> impl IntoView {
    let navigate = use_navigate();
    let go = move |entry: &Entry| {
        state.close();
        navigate(&entry.href, leptos_router::NavigateOptions::default());
    };
    let go_by_key = go.clone();
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "ArrowDown" => {
            event.prevent_default();
            state.mark(1);
        }
        "ArrowUp" => {
            event.prevent_default();
            state.mark(-1);
        }
        // While a word is being composed, Enter belongs to the keyboard.
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            let marked = state.marked.get_untracked();
            if let Some(entry) = state.entries.with_untracked(|entries| entries.get(marked).cloned()) {
                go_by_key(&entry);
            }
        }
        _ => {}
    };
    // A click on the backdrop is one on the dialog itself: its content fills it.
    let on_backdrop = move |event: ev::MouseEvent| {
        let target = event.target().map(wasm_bindgen::JsValue::from);
        let dialog = state.dialog.get_untracked().map(wasm_bindgen::JsValue::from);
        if target.is_some() && target == dialog {
            state.close();
        }
    };
    let marked_id = move || state.entries.with(|entries| !entries.is_empty()).then(|| option_id(state.marked.get()));
    view! {
        <dialog class="palette" aria-label="Go to" node_ref=state.dialog on:click=on_backdrop>
            <div class="palette-body">
                <div class="palette-head">
                    <Icon symbol=Symbol::Search/>
                    <input
                        class="palette-input"
                        type="text"
                        role="combobox"
                        aria-label="Go to a page, a source or an endpoint, or paste an id"
                        aria-expanded="true"
                        aria-autocomplete="list"
                        aria-controls=LIST_ID
                        aria-activedescendant=marked_id
                        placeholder="Page, source, endpoint, or an id"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        autofocus=true
                        node_ref=state.input
                        on:input=move |event| state.ask(&event_target_value(&event))
                        on:keydown=on_key
                    />
                    <button type="button" class="palette-close" on:click=move |_| state.close()>"Close"</button>
                </div>
                <Options state go/>
                <p class="palette-hint" aria-hidden="true">
                    <kbd>"↑"</kbd><kbd>"↓"</kbd>" choose "<kbd>"Enter"</kbd>" open "<kbd>"Esc"</kbd>" close"
                </p>
            </div>
        </dialog>
    }
}

#[component]
fn Options(state: State, go: impl Fn(&Entry) + Clone + Send + Sync + 'static) -> impl IntoView {
    let options = move || {
        let go = go.clone();
        let option = move |(place, entry): (usize, Entry)| {
            let go = go.clone();
            let is_marked = move || state.marked.get() == place;
            let (kind, label) = (entry.kind, entry.label.clone());
            view! {
                <li
                    role="option"
                    id=option_id(place)
                    class="palette-option"
                    aria-selected=move || is_marked().to_string()
                    on:mousemove=move |_| state.marked.set(place)
                    on:click=move |_| go(&entry)
                >
                    <span class="palette-label">{label}</span>
                    <span class="palette-kind">{kind}</span>
                </li>
            }
        };
        state.entries.get().into_iter().enumerate().map(option).collect_view()
    };
    let is_nowhere = move || state.entries.with(|entries| entries.iter().all(|entry| entry.kind == SEARCH));
    view! {
        <ul class="palette-list" id=LIST_ID role="listbox" aria-label="Where to go">{options}</ul>
        <p class="palette-none" role="status">
            {move || is_nowhere().then_some("No page of that name. Ids start with msg_, dlv_, ep_, src_ or rpl_.")}
        </p>
    }
}

fn option_id(place: usize) -> String {
    format!("palette-option-{place}")
}
