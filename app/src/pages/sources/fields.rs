//! The fields that a source has beside its name and secret, as the server lists them for its provider.

use crate::components::{Choice, SelectField, TextField};
use hookreel_contract::source::{ProviderFieldView, ProviderView};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// The fields of a provider's source, filled in with what the source has.
#[component]
pub fn ProviderFields(
    provider: ProviderView,
    /// What is filled in, by the fields' names.
    #[prop(optional)]
    values: BTreeMap<String, String>,
) -> impl IntoView {
    provider
        .fields
        .into_iter()
        .map(|field| {
            let value = values.get(&field.name).cloned().unwrap_or_default();
            drawn(field, value)
        })
        .collect_view()
}

fn drawn(field: ProviderFieldView, value: String) -> AnyView {
    let ProviderFieldView { name, label, hint, placeholder, is_required, choices } = field;
    let name = format!("fields[{name}]");
    if choices.is_empty() {
        return view! {
            <TextField name label hint placeholder value required=is_required mono=true autocomplete="off"/>
        }
        .into_any();
    }
    let options = choices.into_iter().map(|choice| Choice::new(choice.value, choice.meaning)).collect();
    view! { <SelectField name label hint options value/> }.into_any()
}
