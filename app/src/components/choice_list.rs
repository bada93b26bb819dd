//! One of many: a list of radio buttons, narrowed down while one types.

use super::field::CardChoice;
use super::form::FormState;
use leptos::prelude::*;

/// One of a list that may be long. Without JavaScript all of it is shown.
#[component]
pub fn ChoiceList(
    /// The argument of the server function.
    name: &'static str,
    #[prop(into)] legend: String,
    options: Vec<CardChoice>,
    /// What the search is for: `Search repositories`.
    #[prop(into)]
    search: String,
) -> impl IntoView {
    let form = use_context::<FormState>();
    let error = form.map_or_else(|| Signal::stored(None), |form| form.register(name));
    let id = form.map_or_else(|| name.to_owned(), |form| form.id_of(name));
    let chosen = form.and_then(|form| form.typed(name));
    let wanted = RwSignal::new(String::new());
    let titles: Vec<String> = options.iter().map(|option| option.title.clone()).collect();
    let count = titles.len();
    let found = Memo::new(move |_| wanted.with(|wanted| titles.iter().filter(|title| matches(title, wanted)).count()));
    let items = options
        .into_iter()
        .map(|option| {
            let is_chosen = chosen.as_deref() == Some(option.value.as_str()) || count == 1;
            let title = option.title.clone();
            let is_hidden = move || wanted.with(|wanted| !matches(&title, wanted));
            view! {
                <label class="choice" hidden=is_hidden>
                    <input type="radio" name=name value=option.value checked=is_chosen/>
                    <span class="choice-title">{option.title}</span>
                    <span class="choice-text">{option.text}</span>
                </label>
            }
        })
        .collect_view();
    let (error_id, described_by) = (format!("{id}-error"), format!("{id}-error"));
    let search_id = format!("{id}-search");
    let label_for = search_id.clone();
    view! {
        <fieldset
            class="field choice-list"
            tabindex="-1"
            role="radiogroup"
            aria-invalid=move || error.get().map(|_| "true")
            aria-describedby=move || error.get().map(|_| described_by.clone())
        >
            <legend>{legend}</legend>
            <div class="choice-list-search needs-script">
                <label class="visually-hidden" for=label_for>{search.clone()}</label>
                <input
                    id=search_id
                    type="search"
                    placeholder=search
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    prop:value=wanted
                    on:input=move |event| wanted.set(event_target_value(&event))
                    on:keydown=keep_form
                />
                <span class="muted" role="status">{move || format!("{} of {count}", found.get())}</span>
            </div>
            <div class="choice-list-items">{items}</div>
            {move || error.get().map(|text| view! { <p class="field-error" id=error_id.clone()>{text}</p> })}
        </fieldset>
    }
}

/// Enter in the search must not send the form it stands in.
fn keep_form(event: leptos::ev::KeyboardEvent) {
    if event.key() == "Enter" {
        event.prevent_default();
    }
}

fn matches(title: &str, wanted: &str) -> bool {
    title.to_lowercase().contains(&wanted.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_part_of_the_name_is_enough_in_any_case() {
        assert!(matches("octo-org/Hello-World", " hello"));
        assert!(matches("octo-org/Hello-World", ""));
        assert!(!matches("octo-org/Hello-World", "help"));
    }
}
