//! The providers whose webhooks can be received, for people.

use super::Sources;
use hookreel_contract::source::{FieldChoiceView, PUBLIC_URL_FIELD, ProviderFieldView, ProviderSecret, ProviderView};
use hookreel_ingest::{FieldChoice, Provider, ProviderField};

impl Sources {
    /// Every provider, family by family.
    pub fn providers(&self) -> Vec<ProviderView> {
        all_providers()
    }

    /// The provider of a name.
    pub fn provider(&self, name: &str) -> Option<ProviderView> {
        Provider::parse(name).ok().map(view)
    }
}

/// Every provider, family by family. They are the same in every installation.
pub fn all_providers() -> Vec<ProviderView> {
    Provider::all().map(view).collect()
}

fn view(provider: Provider) -> ProviderView {
    let secret = provider.secret();
    ProviderView {
        name: provider.name().to_owned(),
        display_name: provider.display_name().to_owned(),
        aliases: provider.aliases().iter().map(|text| (*text).to_owned()).collect(),
        category: provider.category().name().to_owned(),
        docs_url: provider.docs_url().to_owned(),
        checked: provider.checked().iter().map(|text| (*text).to_owned()).collect(),
        setup: provider.setup().to_owned(),
        secret: ProviderSecret {
            kind: secret.kind.name().to_owned(),
            label: secret.label.to_owned(),
            hint: secret.hint.to_owned(),
            comes_by_handshake: secret.comes_by_handshake,
            is_asked_for: secret.is_asked_for(),
        },
        fields: provider.fields().map(field).chain(provider.depends_on_url().then(public_url)).collect(),
        tolerance_s: provider.signs_time().then(|| provider.tolerance_seconds()),
        best_verdict: provider.best_verdict().name().to_owned(),
        ways_of_signing: provider.ways_of_signing(),
        event_id_place: provider.event_id_place(),
        event_type_place: provider.event_type_place(),
        signs_url: provider.signs_url(),
        handshake: provider.handshake().map(|kind| kind.name().to_owned()),
        is_configurable: provider.is_configurable(),
        can_be_played: provider.can_be_played(),
    }
}

fn field(field: ProviderField) -> ProviderFieldView {
    ProviderFieldView {
        name: field.name.to_owned(),
        label: field.label.to_owned(),
        hint: field.hint.to_owned(),
        placeholder: field.placeholder.to_owned(),
        is_required: field.is_required,
        choices: field.choices.iter().map(choice).collect(),
    }
}

/// No part of the rule, but asked for with it: by another URL than the one it was given, nothing of such a provider is
/// believed.
fn public_url() -> ProviderFieldView {
    ProviderFieldView {
        name: PUBLIC_URL_FIELD.to_owned(),
        label: "URL that the provider was given".to_owned(),
        hint: "Only if a proxy or a domain of yours stands before the source, so that it is another than the source's \
               own: it counts to the letter. It can be given later too, and stands in the source's settings."
            .to_owned(),
        placeholder: "https://hooks.example.com/webhooks".to_owned(),
        is_required: false,
        choices: Vec::new(),
    }
}

fn choice(choice: &FieldChoice) -> FieldChoiceView {
    FieldChoiceView { value: choice.value.to_owned(), meaning: choice.meaning.to_owned() }
}
