//! Who sends? Every provider there is, narrowed down while one types, and without JavaScript by a form.

use super::server::list_providers;
use crate::components::{ButtonKind, Crumb, PageHeader, ProviderMark, loaded};
use crate::query::use_query;
use crate::routes::{Path, new_source_of, source_guide};
use hookreel_contract::source::ProviderView;
use leptos::html;
use leptos::prelude::*;
use leptos_router::components::Form;

/// What the groups of providers are called, in the order in which they are shown.
const CATEGORIES: [(&str, &str); 11] = [
    ("payments", "Payments"),
    ("commerce", "Shops"),
    ("code", "Code and operations"),
    ("chat", "Chat and meetings"),
    ("messaging", "Mail, text messages and calls"),
    ("identity", "People and accounts"),
    ("work", "Work and documents"),
    ("customers", "Customers"),
    ("models", "Models"),
    ("other", "Others"),
    ("generic", "Anyone else"),
];

/// Where a provider in a list leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leads {
    /// To the form of a new source.
    ToForm,
    /// To the page about it.
    ToGuide,
}

/// The first step of a new source.
#[component]
pub fn ProviderPicker() -> impl IntoView {
    let providers = Resource::new(|| (), |()| list_providers());
    view! {
        <PageHeader
            title="Add a source"
            lead="Who sends? You get a URL for the provider in the next step."
            crumbs=vec![Crumb::new("Sources", Path::Sources)]
        />
        {loaded(providers, |providers| {
            view! { <ProviderList providers action=Path::NewSource leads=Leads::ToForm/> }
        })}
    }
}

/// Providers in groups, with a search.
#[component]
pub fn ProviderList(
    providers: Vec<ProviderView>,
    /// The page it stands on: where the search leads without JavaScript.
    action: Path,
    leads: Leads,
) -> impl IntoView {
    let asked = use_query("q");
    let wanted = RwSignal::new(asked.get_untracked().unwrap_or_default());
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |before: Option<()>| {
        let asked = asked.get().unwrap_or_default();
        let Some(input) = input.get_untracked() else { return };
        if before.is_none() {
            // What was typed before the page was taken over counts from now on.
            wanted.set(input.value());
            return;
        }
        // What the address asks for changes when the form is sent, or by the back button.
        input.set_value(&asked);
        wanted.set(asked);
    });
    let names: Vec<String> = providers.iter().map(searchable).collect();
    let found = Memo::new(move |_| wanted.with(|wanted| names.iter().filter(|name| is_wanted(name, wanted)).count()));
    let groups = CATEGORIES
        .into_iter()
        .map(|(category, title)| {
            let members = providers.iter().filter(|provider| provider.category == category).cloned().collect();
            view! { <Group title providers=members wanted leads/> }
        })
        .collect_view();
    view! {
        <Form method="GET" action=action.to_string() attr:class="provider-search" attr:role="search">
            <label for="provider-search">"Search providers"</label>
            <input
                id="provider-search"
                type="search"
                name="q"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                placeholder="Stripe, payments, Standard Webhooks …"
                value=wanted.get_untracked()
                node_ref=input
                on:input=move |event| wanted.set(event_target_value(&event))
            />
            <button type="submit" class=ButtonKind::Secondary.class(false)>"Search"</button>
        </Form>
        <p class="provider-found muted" role="status">
            {move || match found.get() {
                0 => "No provider of that name. Choose Standard Webhooks, Generic HMAC-SHA256 or Custom for any other sender.".to_owned(),
                1 => "1 provider".to_owned(),
                n => format!("{n} providers"),
            }}
        </p>
        {groups}
    }
}

#[component]
fn Group(title: &'static str, providers: Vec<ProviderView>, wanted: RwSignal<String>, leads: Leads) -> impl IntoView {
    // The last resort stays in sight when nothing is found.
    let is_last_resort = providers.iter().any(|provider| provider.category == "generic");
    let names: Vec<String> = providers.iter().map(searchable).collect();
    let is_empty = Memo::new(move |_| wanted.with(|wanted| !names.iter().any(|name| is_wanted(name, wanted))));
    let items = providers
        .into_iter()
        .map(|provider| {
            let name = searchable(&provider);
            let is_hidden = move || {
                let is_unwanted = wanted.with(|wanted| !is_wanted(&name, wanted));
                is_unwanted && !(is_last_resort && is_empty.get())
            };
            let href = match leads {
                Leads::ToForm => new_source_of(&provider.name),
                Leads::ToGuide => source_guide(&provider.name),
            };
            view! {
                <li hidden=is_hidden>
                    <a class="provider-card" href=href>
                        <ProviderMark name=provider.display_name.clone()/>
                        <span>{provider.display_name}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="provider-group" hidden=move || is_empty.get() && !is_last_resort>
            <h2>{title}</h2>
            <ul class="provider-grid">{items}</ul>
        </section>
    }
}

/// What a provider can be found by, in lower case.
fn searchable(provider: &ProviderView) -> String {
    let category = CATEGORIES.iter().find(|(name, _)| *name == provider.category).map_or("", |(_, title)| title);
    format!("{} {} {category} {}", provider.display_name, provider.name, provider.aliases.join(" ")).to_lowercase()
}

/// Whether every word that was typed is in what a provider can be found by.
fn is_wanted(searchable: &str, wanted: &str) -> bool {
    wanted.to_lowercase().split_whitespace().all(|word| searchable.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::source_guides::example::tests::provider;

    #[test]
    fn a_provider_is_found_by_its_other_names() {
        let x = ProviderView { display_name: "X".to_owned(), aliases: vec!["Twitter".to_owned()], ..provider() };
        for wanted in ["twitter", "X", "twit payments"] {
            assert!(is_wanted(&searchable(&x), wanted), "{wanted}");
        }
        assert!(!is_wanted(&searchable(&provider()), "twitter"));
    }

    #[test]
    fn a_provider_is_found_by_parts_of_words_in_any_order() {
        assert!(is_wanted("stripe stripe payments", "PAY str"));
        assert!(is_wanted("stripe stripe payments", " "));
        assert!(!is_wanted("stripe stripe payments", "stripes"));
    }
}
