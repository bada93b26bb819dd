//! Puts a provider's published networks among those that may send, by one click. Without JavaScript the click loads
//! the page again with the networks filled in; nothing counts before the settings are saved.

use super::networks::{PRESETS, Preset};
use crate::components::{ButtonKind, counted};
use crate::query::{here_with, use_query};
use leptos::ev;
use leptos::prelude::*;

/// The query parameter that names a list to fill in.
const QUERY: &str = "networks";

/// The list that the address asks for.
pub(super) fn preset_of_address() -> Option<&'static Preset> {
    let name = use_query(QUERY).get_untracked()?;
    PRESETS.iter().find(|preset| preset.name == name)
}

/// The networks of a field and those of a list below them, each once.
pub(super) fn with_preset(field: &str, preset: &Preset) -> String {
    let mut networks: Vec<&str> = field.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    for network in preset.networks {
        if !networks.contains(network) {
            networks.push(network);
        }
    }
    networks.join("\n")
}

/// A button for every published list.
#[component]
pub fn NetworkPresets(
    /// The name of the field that they go into.
    field: &'static str,
) -> impl IntoView {
    let inserted = RwSignal::new(preset_of_address().map(inserted_text));
    let lists = PRESETS.iter().map(|preset| view! { <List preset field inserted/> }).collect_view();
    view! {
        <div class="network-presets">
            <p class="field-hint">"Lists that providers publish of where they send from:"</p>
            <ul>{lists}</ul>
            <p class="network-presets-done" role="status">{inserted}</p>
        </div>
    }
}

#[component]
fn List(preset: &'static Preset, field: &'static str, inserted: RwSignal<Option<String>>) -> impl IntoView {
    let href = here_with(vec![(QUERY, Some(preset.name.to_owned()))]);
    let insert = move |event: ev::MouseEvent| {
        if insert_into(field, preset) {
            event.prevent_default();
            inserted.set(Some(inserted_text(preset)));
        }
    };
    view! {
        <li>
            <a class=ButtonKind::Secondary.class(true) href=href rel="nofollow" on:click=insert>
                {format!("Insert {}", preset.provider)}
            </a>
            <span class="field-hint">
                {format!("{}, as of {}. ", counted(preset.networks.len() as u64, "network", "networks"), preset.date)}
                <a href=preset.url rel="external noreferrer">"The current list"</a>
            </span>
        </li>
    }
}

fn inserted_text(preset: &Preset) -> String {
    format!("The networks of {} stand in the field. Save the settings to use them.", preset.provider)
}

/// Whether there was a field to insert into.
fn insert_into(field: &str, preset: &Preset) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast as _;
        let found = document().query_selector(&format!("textarea[name='{field}']")).ok().flatten();
        let Some(area) = found.and_then(|found| found.dyn_into::<web_sys::HtmlTextAreaElement>().ok()) else {
            return false;
        };
        area.set_value(&with_preset(&area.value(), preset));
        true
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (field, preset);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_comes_below_what_is_there_and_nothing_comes_twice() {
        let preset = PRESETS.iter().find(|preset| preset.name == "github").unwrap();
        let text = with_preset(" 10.0.0.0/8 \n\n140.82.112.0/20", preset);
        assert!(text.starts_with("10.0.0.0/8\n140.82.112.0/20\n192.30.252.0/22"));
        assert_eq!(text.matches("140.82.112.0/20").count(), 1);
        assert_eq!(with_preset(&text, preset), text);
    }
}
