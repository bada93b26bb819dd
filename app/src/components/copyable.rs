//! Texts that people take elsewhere.

use super::icon::{Icon, Symbol};
use leptos::prelude::*;

/// Copies a text. Not shown without JavaScript: selecting works there.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: String,
    /// What it is, for screen readers: "Copy source URL".
    #[prop(default = "Copy".to_owned(), into)]
    label: String,
    /// Shows the word beside the symbol.
    #[prop(optional)]
    worded: bool,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        clipboard::copy(&text, copied);
    };
    let symbol = move || if copied.get() { Symbol::Tick } else { Symbol::Copy };
    view! {
        <button type="button" class="copy-button needs-script" class:copied=copied aria-label=label on:click=copy>
            {move || view! { <Icon symbol=symbol()/> }}
            {worded.then(|| view! { <span>{move || if copied.get() { "Copied" } else { "Copy" }}</span> })}
        </button>
        <span class="visually-hidden" role="status">{move || copied.get().then_some("Copied")}</span>
    }
}

/// An id, shortened in the middle.
#[component]
pub fn CopyableId(#[prop(into)] id: String) -> impl IntoView {
    let short = shortened(&id);
    view! {
        <span class="copyable-id">
            <code title=id.clone()>{short}</code>
            <CopyButton text=id.clone() label=format!("Copy {id}")/>
        </span>
    }
}

/// The prefix, the first characters (which order by time) and the last (which tell apart).
fn shortened(id: &str) -> String {
    const SHOWN_WHOLE_CHARS: usize = 18;
    const HEAD_CHARS: usize = 6;
    const TAIL_CHARS: usize = 6;
    let (prefix, rest) = id.split_once('_').map_or(("", id), |(prefix, rest)| (prefix, rest));
    let chars: Vec<char> = rest.chars().collect();
    if chars.len() <= SHOWN_WHOLE_CHARS {
        return id.to_owned();
    }
    let head: String = chars.iter().take(HEAD_CHARS).collect();
    let tail: String = chars.iter().skip(chars.len() - TAIL_CHARS).collect();
    let join = if prefix.is_empty() { "" } else { "_" };
    format!("{prefix}{join}{head}…{tail}")
}

/// A text that is meant to be copied, with its label: a URL, a key.
#[component]
pub fn CopyField(
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    #[prop(optional, into)] hint: Option<String>,
) -> impl IntoView {
    view! {
        <div class="copy-field">
            <span class="copy-field-label">{label.clone()}</span>
            <div class="copy-field-box">
                <code class="copy-field-value">{value.clone()}</code>
                <CopyButton text=value label=format!("Copy {label}") worded=true/>
            </div>
            {hint.map(|hint| view! { <p class="field-hint">{hint}</p> })}
        </div>
    }
}

mod clipboard {
    use leptos::prelude::*;

    /// How long the button says that it was done.
    #[cfg(feature = "hydrate")]
    const SHOWN: std::time::Duration = std::time::Duration::from_millis(1_500);

    #[cfg(not(feature = "hydrate"))]
    pub(super) fn copy(_text: &str, _copied: RwSignal<bool>) {}

    #[cfg(feature = "hydrate")]
    pub(super) fn copy(text: &str, copied: RwSignal<bool>) {
        if write(text) {
            copied.set(true);
            set_timeout(
                move || {
                    copied.try_set(false);
                },
                SHOWN,
            );
        }
    }

    /// Browsers offer the clipboard only to pages that came over https or from this machine; elsewhere the older
    /// way, by a selection, still works.
    #[cfg(feature = "hydrate")]
    fn write(text: &str) -> bool {
        if window().is_secure_context() {
            // Whether the person lets it is known later, and shown by the browser itself.
            let _ = window().navigator().clipboard().write_text(text);
            return true;
        }
        write_by_selection(text).unwrap_or(false)
    }

    #[cfg(feature = "hydrate")]
    fn write_by_selection(text: &str) -> Option<bool> {
        use wasm_bindgen::JsCast as _;
        let document = document();
        let area: web_sys::HtmlTextAreaElement = document.create_element("textarea").ok()?.dyn_into().ok()?;
        area.set_value(text);
        let body = document.body()?;
        body.append_child(&area).ok()?;
        area.select();
        let done = document.unchecked_ref::<web_sys::HtmlDocument>().exec_command("copy").unwrap_or(false);
        area.remove();
        Some(done)
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn ids_are_shortened_in_the_middle() {
        assert_eq!(shortened("msg_01h455vb4pex5vsknk084sn02q"), "msg_01h455…4sn02q");
        assert_eq!(shortened("evt_1Nabc"), "evt_1Nabc");
        assert_eq!(shortened(""), "");
    }
}
