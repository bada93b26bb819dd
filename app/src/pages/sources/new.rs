//! A new source: who sends, and then what that provider needs.

use super::fields::ProviderFields;
use super::picker::ProviderPicker;
use super::repository::Connect;
use super::repository::server::{Offer, connect_offer};
use super::server::{CreateSource, get_provider};
use crate::components::{
    ButtonKind, Crumb, FormActions, FormError, Hidden, LinkButton, PageHeader, ProviderMark, Section, ServerForm,
    Steps, SubmitButton, Tab, TabLinks, TextField, following, loaded,
};
use crate::query::use_query;
use crate::routes::{Path, source_guide};
use hookreel_contract::source::{ProviderSecret, ProviderView};
use leptos::prelude::*;

/// The provider whose repositories can be connected.
const REPOSITORY_PROVIDER: &str = "github";
/// In the address: by a webhook that Hookreel makes.
const CONNECTION: &str = "repository";
/// In the address: by a webhook that a person makes.
const HAND: &str = "hand";

/// A new source. Which step it is stands in the address, so that it works without JavaScript.
#[component]
pub fn NewSourcePage() -> impl IntoView {
    let chosen = use_query("provider");
    following(move || match chosen.get() {
        Some(name) => view! { <OfProvider name/> }.into_any(),
        None => view! { <ProviderPicker/> }.into_any(),
    })
}

#[component]
fn OfProvider(name: String) -> impl IntoView {
    let provider = Resource::new(move || name.clone(), get_provider);
    loaded(provider, |provider| view! { <NewSourceForm provider/> })
}

#[component]
fn NewSourceForm(provider: ProviderView) -> impl IntoView {
    let name = provider.display_name.clone();
    let crumbs = vec![Crumb::new("Sources", Path::Sources), Crumb::new("Add a source", Path::NewSource)];
    let mark = view! { <ProviderMark name=name.clone() large=true/> }.into_any();
    let title = title_of(&provider.name, &name);
    let body = if provider.name == REPOSITORY_PROVIDER {
        view! { <WithRepository provider/> }.into_any()
    } else {
        view! { <ByHand provider/> }.into_any()
    };
    view! {
        <PageHeader title crumbs=crumbs badge=mark/>
        {body}
    }
}

/// By a webhook that Hookreel makes, or by hand.
#[component]
fn WithRepository(provider: ProviderView) -> impl IntoView {
    let by = use_query("by");
    let is_by_hand = Memo::new(move |_| by.get().as_deref() == Some(HAND));
    let offer = Resource::new(|| (), |()| connect_offer());
    let address = |way| Path::NewSource.with(&[("provider", REPOSITORY_PROVIDER), ("by", way)]);
    let tabs = vec![
        Tab { name: CONNECTION, label: "Connect a repository".to_owned(), href: address(CONNECTION) },
        Tab { name: HAND, label: "Set it up by hand".to_owned(), href: address(HAND) },
    ];
    let current = Signal::derive(move || if is_by_hand.get() { HAND } else { CONNECTION }.to_owned());
    loaded(offer, move |offer: Offer| {
        let provider = provider.clone();
        if !offer.is_available {
            return view! { <ByHand provider/> }.into_any();
        }
        view! {
            <div class="source-tabs"><TabLinks tabs=tabs.clone() current/></div>
            {following(move || {
                if is_by_hand.get() {
                    view! { <ByHand provider=provider.clone()/> }.into_any()
                } else {
                    view! { <Connect/> }.into_any()
                }
            })}
        }
        .into_any()
    })
}

#[component]
fn ByHand(provider: ProviderView) -> impl IntoView {
    let create = ServerAction::<CreateSource>::new();
    let name = provider.display_name.clone();
    let aside = provider.clone();
    view! {
        <div class="wizard">
            <ServerForm action=create class="form source-form">
                <Hidden name="provider" value=provider.name.clone()/>
                <TextField
                    name="name"
                    label="Name"
                    value=name
                    hint="For you: which account, live or test."
                    required=true
                />
                <SecretField secret=provider.secret.clone()/>
                <ProviderFields provider/>
                <FormError/>
                <FormActions>
                    <SubmitButton>"Add source"</SubmitButton>
                    <LinkButton href=Path::NewSource.to_string() kind=ButtonKind::Quiet>"Choose another"</LinkButton>
                </FormActions>
            </ServerForm>
            <Aside provider=aside/>
        </div>
    }
}

/// A scheme that people describe themselves is nobody to receive from.
fn title_of(provider: &str, display_name: &str) -> String {
    match provider {
        "custom" => "Receive from a custom provider".to_owned(),
        "generic_hmac" => "Receive webhooks signed by HMAC".to_owned(),
        _ => format!("Receive from {display_name}"),
    }
}

/// Nothing where there is no secret, or where the provider brings it.
#[component]
fn SecretField(secret: ProviderSecret) -> impl IntoView {
    if secret.kind == "none" {
        return ().into_any();
    }
    if secret.comes_by_handshake {
        return view! {
            <p class="muted">{format!("{}: the provider sends it along by itself, and it is stored then.", secret.label)}</p>
        }
        .into_any();
    }
    let hint = format!("{} Leave it empty if you do not have it yet, and add it in the next step.", secret.hint)
        .trim()
        .to_owned();
    view! { <TextField name="secret" label=secret.label hint autocomplete="off" mono=true/> }.into_any()
}

/// What to do at the provider, to be read beside the form.
#[component]
fn Aside(provider: ProviderView) -> impl IntoView {
    view! {
        <Section title="What to do">
            <Steps text=provider.setup.clone()/>
            <GuideLinks provider/>
        </Section>
    }
}

/// Where more is said about a provider: by us, and by itself.
#[component]
pub fn GuideLinks(provider: ProviderView) -> impl IntoView {
    let own = (!provider.docs_url.is_empty()).then(|| {
        let text = format!("{}'s own documentation", provider.display_name);
        view! { <a href=provider.docs_url.clone() rel="external noreferrer">{text}</a> }
    });
    view! {
        <p class="guide-links">
            <a href=source_guide(&provider.name)>{format!("Guide: {}", provider.display_name)}</a>
            {own}
        </p>
    }
}
