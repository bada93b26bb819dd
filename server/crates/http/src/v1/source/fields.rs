//! The fields of a source as the description of the API has them, made from the table of providers.

use hookreel_contract::source::ProviderFieldView;
use hookreel_services::sources::all_providers;
use std::collections::BTreeMap;
use std::fmt::Write;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{Object, ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A field of one name, and the providers that mean the same by it.
type Meaning = (ProviderFieldView, Vec<String>);

/// Describes what is a map of texts in the code: which names there are depends on the provider.
#[derive(Debug)]
pub(super) enum SourceFields {}

impl ToSchema for SourceFields {}

impl PartialSchema for SourceFields {
    fn schema() -> RefOr<Schema> {
        let mut object = ObjectBuilder::new().schema_type(Type::Object).description(Some(
            "What a provider wants to know beside the secret. Each provider takes the fields that name it, and no \
             other: `GET /api/v1/source-provider/{name}` lists them with what they must be. All are texts, and an \
             empty one counts as none.",
        ));
        for (name, meanings) in by_name() {
            object = object.property(name, RefOr::T(Schema::Object(property(&meanings))));
        }
        let no_other = AdditionalProperties::FreeForm(false);
        RefOr::T(Schema::Object(object.additional_properties(Some(no_other)).build()))
    }
}

fn by_name() -> BTreeMap<String, Vec<Meaning>> {
    let mut names: BTreeMap<String, Vec<Meaning>> = BTreeMap::new();
    for provider in all_providers() {
        for field in provider.fields {
            let meanings = names.entry(field.name.clone()).or_default();
            if let Some((_, takers)) = meanings.iter_mut().find(|(other, _)| *other == field) {
                takers.push(provider.name.clone());
            } else {
                meanings.push((field, vec![provider.name.clone()]));
            }
        }
    }
    names
}

fn property(meanings: &[Meaning]) -> Object {
    let sentences: Vec<String> = meanings.iter().map(|(field, takers)| explained(field, takers)).collect();
    // Where one provider takes any text, the others' choices limit nobody.
    let is_closed = meanings.iter().all(|(field, _)| !field.choices.is_empty());
    let mut values: Vec<&str> = Vec::new();
    for choice in meanings.iter().flat_map(|(field, _)| &field.choices) {
        if !values.contains(&choice.value.as_str()) {
            values.push(&choice.value);
        }
    }
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(sentences.join("\n\n")))
        .enum_values(is_closed.then_some(values))
        .build()
}

/// Who takes a field, and what is to be said in it.
fn explained(field: &ProviderFieldView, takers: &[String]) -> String {
    let need = if field.is_required { ", required" } else { "" };
    let mut text = format!("`{}`: {}{need}. {}", takers.join("`, `"), field.label, field.hint);
    for (index, choice) in field.choices.iter().enumerate() {
        let before = if index == 0 { " " } else { "; " };
        let default = if index == 0 { " (if you send none)" } else { "" };
        let _ = write!(text, "{before}`{}`: {}{default}", choice.value, choice.meaning);
    }
    if !field.choices.is_empty() {
        text.push('.');
    }
    text
}
