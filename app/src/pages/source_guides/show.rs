//! One provider: how it signs, what to do on its side, and how to do the same by the API.

use super::example::create_command;
use crate::components::{
    Cell, Column, Crumb, DataTable, Fact, Facts, LinkButton, PageHeader, ProviderMark, PublicFrame, Section, Snippet,
    Steps, VerdictBadge, loaded,
};
use crate::origin::use_origin;
use crate::pages::found::named;
use crate::pages::sources::handshakes::handshake_text;
use crate::pages::sources::server::get_provider;
use crate::routes::{Path, new_source_of};
use crate::time_text;
use hookreel_contract::source::{FieldChoiceView, PUBLIC_URL_FIELD, ProviderFieldView, ProviderSecret, ProviderView};
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

/// One provider.
#[component]
pub fn SourceGuidePage() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.read().get("provider"));
    let provider =
        Resource::new(move || name.get(), |name| async move { get_provider(named(name, "Provider")?).await });
    view! { <PublicFrame>{loaded(provider, |provider| view! { <Guide provider/> })}</PublicFrame> }
}

#[component]
fn Guide(provider: ProviderView) -> impl IntoView {
    let ProviderView { display_name: name, docs_url, setup, secret, fields, is_configurable, checked, .. } =
        provider.clone();
    let is_computed = is_computed_by_us(&checked, is_configurable, &provider.best_verdict);
    let mark = view! { <ProviderMark name=name.clone() large=true/> }.into_any();
    let command = create_command(&use_origin(), &provider);
    let own_docs = (!docs_url.is_empty()).then(|| {
        let text = format!("{name}'s own documentation");
        view! { <p class="guide-links"><a href=docs_url rel="external noreferrer">{text}</a></p> }
    });
    let add = new_source_of(&provider.name);
    let lead = format!("How webhooks of {name} are received and verified.");
    view! {
        <Meta name="description" content=lead.clone()/>
        <PageHeader title=name.clone() lead crumbs=vec![Crumb::new("Providers", Path::SourceGuides)] badge=mark>
            <LinkButton href=add>"Add a source"</LinkButton>
        </PageHeader>
        <Signing provider/>
        <Section title="Setting it up">
            <Steps text=setup/>
            {own_docs}
            <CheckedBy checked is_computed/>
        </Section>
        <Fields secret fields is_configurable/>
        <Repetitions/>
        <Section title="By the API" hint="Put an API key of yours in place of hk_… before you send it. The answer has the URL to give to the provider.">
            <Snippet title="Shell" code=command/>
        </Section>
    }
}

/// Whether no library has signed or accepted what the provider's verification is tested with. Of nobody in particular,
/// and of who cannot be verified, there is nothing to compute.
fn is_computed_by_us(checked: &[String], is_configurable: bool, best_verdict: &str) -> bool {
    let has_library = checked.iter().any(|text| library(text).is_some());
    !has_library && !is_configurable && best_verdict != "unattempted"
}

/// The package, and the language that it is for, of what names a library: `npm stripe`, `PyPI mailgun`.
fn library(text: &str) -> Option<(&str, &'static str)> {
    match text.split_once(' ')? {
        ("npm", package) => Some((package, "Node.js")),
        ("PyPI", package) => Some((package, "Python")),
        _ => None,
    }
}

/// By what it was checked that it is so.
#[component]
fn CheckedBy(checked: Vec<String>, is_computed: bool) -> impl IntoView {
    let list = checked
        .into_iter()
        .map(|text| {
            if let Some((package, language)) = library(&text) {
                let package = package.to_owned();
                return view! { <li>"the library " <code>{package}</code> " for " {language}</li> }.into_any();
            }
            let address = text.clone();
            view! { <li><a href=address rel="external noreferrer">{text}</a></li> }.into_any()
        })
        .collect_view();
    let computed = is_computed.then(|| {
        view! {
            <p class="guide-text">
                "Requests of this provider were checked against our own computation: no official library that makes or "
                "verifies them was found."
            </p>
        }
    });
    let list = (!list.is_empty()).then(|| view! { <p class="guide-text">"What stands here was checked by:"</p><ul class="guide-text breakable">{list}</ul> });
    view! { {list}{computed} }
}

#[component]
fn Signing(provider: ProviderView) -> impl IntoView {
    let tolerance = match provider.tolerance_s {
        Some(tolerance_s) => format!(
            "It signs the time of sending. More than {} from now, either way, is not believed, so that nobody can send a request again later.",
            time_text::span(tolerance_s.into())
        ),
        None if provider.is_configurable => {
            "If it signs the time of sending, 5 minutes either way unless you say otherwise.".to_owned()
        }
        None if provider.fields.iter().any(|field| field.name == "tolerance_seconds") => {
            "It signs the time of sending, but may send again with the time of the first: how old a request may be is compared only if you say so in the source. Repetitions are recognised by what tells events apart.".to_owned()
        }
        None => {
            "It does not sign the time of sending. Repetitions are recognised by what tells events apart.".to_owned()
        }
    };
    let url = url_text(&provider);
    let handshake = match &provider.handshake {
        Some(name) => format!(
            "Before it sends, it asks whether it may ({}). That is answered by itself and stored as no message.",
            handshake_text(name)
        ),
        None => "None: it sends at once.".to_owned(),
    };
    let ProviderView { best_verdict: verdict, name, event_id_place, event_type_place, ways_of_signing, .. } = provider;
    let ways = ways_of_signing.into_iter().map(|way| view! { <li>{way}</li> }).collect_view();
    let ways = if provider.is_configurable {
        view! { "As you say when you add the source." }.into_any()
    } else {
        view! { <ul>{ways}</ul> }.into_any()
    };
    let place = move |place: Option<String>, none: &'static str| match place {
        Some(place) => view! { <span class="breakable">{place}</span> }.into_any(),
        None if provider.is_configurable => view! { "Where you say." }.into_any(),
        None => none.into_any(),
    };
    view! {
        <Section title="How it signs">
            <Facts>
                <Fact label="Verdict at best"><VerdictBadge verdict/></Fact>
                <Fact label="Name in the API"><code>{name}</code></Fact>
                <Fact label="Signature" wide=true>{ways}</Fact>
                <Fact label="Event id" wide=true>{place(event_id_place, "It sends none.")}</Fact>
                <Fact label="Event type" wide=true>{place(event_type_place, "It sends none.")}</Fact>
                <Fact label="Time" wide=true>{tolerance}</Fact>
                <Fact label="URL" wide=true>{url}</Fact>
                <Fact label="Handshake" wide=true>{handshake}</Fact>
            </Facts>
        </Section>
    }
}

/// Whether the URL is signed. A rule of the source's own signs it if its template says so.
fn url_text(provider: &ProviderView) -> &'static str {
    if provider.signs_url {
        "The signature covers the URL. If the provider was given another than the source's own, because a proxy or a domain of yours stands before it, enter that in the source's settings."
    } else if provider.fields.iter().any(|field| field.name == "signed") {
        "If what is signed has {url} in it, the signature covers the URL. If the sender was given another than the source's own, because a proxy or a domain of yours stands before it, enter that in the source's settings. Otherwise it does not cover the URL."
    } else if provider.fields.iter().any(|field| field.name == PUBLIC_URL_FIELD) {
        "The signature does not cover the URL, but the answer to the handshake does. If the provider was given another than the source's own, because a proxy or a domain of yours stands before it, enter that in the source's settings first."
    } else {
        "The signature does not cover the URL."
    }
}

#[component]
fn Fields(secret: ProviderSecret, fields: Vec<ProviderFieldView>, is_configurable: bool) -> impl IntoView {
    let secret_row = (secret.kind != "none").then(|| {
        let need = if secret.comes_by_handshake { "comes by itself" } else { "yes" };
        field_row("secret".to_owned(), format!("{}. {}", secret.label, secret.hint), need)
    });
    let rows = fields
        .into_iter()
        .map(|field| {
            let text = format!("{}. {}{}", field.label, field.hint, choices_text(&field.choices));
            field_row(format!("fields.{}", field.name), text, if field.is_required { "yes" } else { "no" })
        })
        .collect_view();
    let own = is_configurable.then(|| {
        view! {
            <p class="section-hint">
                "Which header carries the signature, what is signed and where id and type of an event stand is said field by field. "
                "The form of a new source has the same fields, and the API takes them by these names."
            </p>
        }
    });
    let columns = vec![Column::text("Field"), Column::text("What it is"), Column::text("Needed?")];
    view! {
        <Section title="Secret and fields">
            {own}
            <DataTable caption="Secret and fields" columns>{secret_row}{rows}</DataTable>
        </Section>
    }
}

/// The values there are and what each means, the one first that is taken if nothing is said.
fn choices_text(choices: &[FieldChoiceView]) -> String {
    let Some(default) = choices.first() else { return String::new() };
    let list: Vec<String> = choices.iter().map(|choice| format!("{} ({})", choice.value, choice.meaning)).collect();
    format!(" One of: {}. If nothing is said: {}.", list.join("; "), default.value)
}

fn field_row(name: String, text: String, need: &'static str) -> AnyView {
    view! {
        <tr>
            <Cell label="Field" main=true><code>{name}</code></Cell>
            <Cell label="What it is">{text}</Cell>
            <Cell label="Needed?">{need}</Cell>
        </tr>
    }
    .into_any()
}

#[component]
fn Repetitions() -> impl IntoView {
    view! {
        <Section title="Repetitions">
            <p class="guide-text">
                "An event is recognised by the provider's own id of it, and a list of events by the ids of all of them, or "
                "else by the header "
                <code>"webhook-id"</code>
                ", or else, if the source is set so, by the hash of its body. One that comes again within 30 days, or within "
                "the window you set, is counted and answered like the first, and not delivered again."
            </p>
        </Section>
    }
}

#[cfg(test)]
mod tests {
    use super::{PUBLIC_URL_FIELD, choices_text, is_computed_by_us, url_text};
    use crate::pages::source_guides::example::tests::provider;

    #[test]
    fn the_values_of_a_field_are_listed_with_what_they_mean() {
        let field = provider().fields.remove(0);
        let text = " One of: production (Production); sandbox (Sandbox). If nothing is said: production.";
        assert_eq!(choices_text(&field.choices), text);
        assert_eq!(choices_text(&[]), "");
    }

    #[test]
    fn the_guide_says_whether_the_url_is_signed() {
        let mut provider = provider();
        assert_eq!(url_text(&provider), "The signature does not cover the URL.");
        "signed".clone_into(&mut provider.fields[0].name);
        assert!(url_text(&provider).starts_with("If what is signed has {url} in it"));
        PUBLIC_URL_FIELD.clone_into(&mut provider.fields[0].name);
        assert!(url_text(&provider).contains("the answer to the handshake does"));
        provider.signs_url = true;
        assert!(url_text(&provider).starts_with("The signature covers the URL."));
    }

    #[test]
    fn whom_no_library_confirms_is_marked() {
        let page = "https://docs.sentry.io/integrations/integration-platform/webhooks/".to_owned();
        let library = "npm stripe".to_owned();
        assert!(is_computed_by_us(&[], false, "verified"));
        assert!(is_computed_by_us(std::slice::from_ref(&page), false, "verified"));
        assert!(!is_computed_by_us(&[page, library], false, "verified"));
        assert!(!is_computed_by_us(&["PyPI mailgun".to_owned()], false, "verified"));
        assert!(!is_computed_by_us(&[], true, "verified"), "a rule of the source's own");
        assert!(!is_computed_by_us(&[], false, "unattempted"));
    }
}
