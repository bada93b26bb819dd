//! What may be configured about an event type.

use crate::validate::Faults;
use hookreel_contract::ApiError;
use hookreel_contract::input::EventTypeInput;
use hookreel_contract::views::highest_version;
use hookreel_domain::event_type::EventTypeDetails;
use hookreel_kernel::{EventType, Validation};
use hookreel_schemas::Schema;
use serde_json::Value;

/// The most bytes that the schemas of one event type may have together, as JSON text.
const SCHEMAS_BYTES_MAX: usize = 256 * 1024;

/// The input if nothing is wrong with it; `otherwise` is what counts if it does not say whether payloads are validated.
pub(super) fn checked(input: EventTypeInput, otherwise: Validation) -> Result<EventTypeDetails, ApiError> {
    let mut faults = Faults::default();
    let name = faults.take("name", EventType::parse(&input.name)).map(EventType::into_string);
    let description = faults.description(input.description);
    let schemas = input.schemas.filter(|schemas| schemas.as_object().is_none_or(|versions| !versions.is_empty()));
    let validation = match input.validation.as_deref().map(Validation::parse) {
        None => otherwise,
        Some(Some(validation)) => validation,
        Some(None) => {
            faults.add("validation", "must be off, flag or reject");
            otherwise
        }
    };
    match &schemas {
        Some(schemas) => {
            if let Err(message) = check_schemas(schemas) {
                faults.add("schemas", message);
            }
        }
        None if !validation.is_off() => {
            faults.add("validation", "needs a schema that payloads can be held against");
        }
        None => {}
    }
    faults.none()?;
    Ok(EventTypeDetails {
        name: name.unwrap_or_default(),
        description,
        schemas,
        validation,
        archived: input.archived,
        deprecated: input.deprecated,
    })
}

/// The schema of the highest version has to be one that payloads can be held against; those before it are history.
fn check_schemas(schemas: &Value) -> Result<(), String> {
    let Some(versions) = schemas.as_object() else {
        return Err("must be an object: JSON Schemas by version".to_owned());
    };
    let text = schemas.to_string();
    if text.len() > SCHEMAS_BYTES_MAX {
        return Err(format!("must have at most {SCHEMAS_BYTES_MAX} bytes"));
    }
    if text.contains("\\u0000") {
        return Err("must not contain NUL characters".to_owned());
    }
    if let Some(version) = versions.keys().find(|version| version.parse::<u32>().is_err()) {
        return Err(format!("must have whole numbers as versions, such as 1, and not `{version}`"));
    }
    let Some((version, schema)) = highest_version(schemas) else { return Ok(()) };
    Schema::compile(schema).map(drop).map_err(|error| format!("version {version}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn input(schemas: Option<Value>, validation: Option<&str>) -> EventTypeInput {
        EventTypeInput {
            name: "invoice.paid".into(),
            description: String::new(),
            schemas,
            validation: validation.map(str::to_owned),
            archived: false,
            deprecated: false,
        }
    }

    fn wrong(input: EventTypeInput, otherwise: Validation) -> Vec<(String, String)> {
        match checked(input, otherwise) {
            Err(ApiError::Invalid { fields }) => fields.into_iter().map(|field| (field.field, field.message)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn validation_stays_as_it_is_if_nothing_is_said_about_it() {
        let schemas = || Some(json!({ "1": {} }));
        let of = |input, otherwise| checked(input, otherwise).unwrap().validation;
        assert_eq!(of(input(schemas(), None), Validation::Reject), Validation::Reject);
        assert_eq!(of(input(schemas(), Some("flag")), Validation::Off), Validation::Flag);
        assert_eq!(wrong(input(schemas(), Some("maybe")), Validation::Off)[0].1, "must be off, flag or reject");
    }

    #[test]
    fn there_is_no_validation_without_a_schema() {
        assert_eq!(wrong(input(None, Some("flag")), Validation::Off)[0].0, "validation");
        assert_eq!(wrong(input(Some(json!({})), None), Validation::Reject)[0].0, "validation");
        assert_eq!(checked(input(Some(json!({})), None), Validation::Off).unwrap().schemas, None);
    }

    #[test]
    fn a_schema_that_cannot_be_used_says_where() {
        let schemas = json!({ "1": { "type": "nonsense" }, "2": { "properties": { "a": { "$ref": "https://x/y" } } } });
        let (field, message) = wrong(input(Some(schemas), None), Validation::Off).remove(0);
        assert_eq!(field, "schemas");
        assert!(message.starts_with("version 2: at /properties/a/$ref: refers to https://x/y"), "{message}");
        let history = json!({ "1": { "type": "nonsense" }, "2": {} });
        assert!(checked(input(Some(history), None), Validation::Off).is_ok());
        assert!(wrong(input(Some(json!({ "v1": {} })), None), Validation::Off)[0].1.contains("`v1`"));
        assert!(wrong(input(Some(json!([1])), None), Validation::Off)[0].1.contains("object"));
    }
}
