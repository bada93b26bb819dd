//! What is wrong, in words: phrases that follow the name of a place, and never repeat what the payload says there.

use crate::graph::join;
use hookreel_kernel::SchemaFault;
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// So many faults of a payload are named.
pub(crate) const FAULTS_MAX: usize = 10;
/// The longest place and the longest phrase.
const POINTER_CHARS_MAX: usize = 300;
const MESSAGE_CHARS_MAX: usize = 300;
/// The longest value of a schema that is repeated.
const VALUE_CHARS_MAX: usize = 120;

/// The faults that an error of the checker stands for.
pub(crate) fn faults_of(error: &ValidationError<'_>) -> Vec<SchemaFault> {
    let place = error.instance_path().as_str();
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().map_or_else(|| property.to_string(), str::to_owned);
            vec![fault(&join(place, &name), "is required")]
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .take(FAULTS_MAX)
            .map(|name| fault(&join(place, name), "is not one of the properties that may be there"))
            .collect(),
        _ => vec![fault(place, &phrase(error))],
    }
}

/// PostgreSQL cannot keep U+0000, and a name in a payload can have any length.
fn fault(pointer: &str, message: &str) -> SchemaFault {
    SchemaFault::new(bounded(pointer, POINTER_CHARS_MAX), bounded(message, MESSAGE_CHARS_MAX))
}

fn bounded(text: &str, chars_max: usize) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut kept: String = chars.by_ref().take(chars_max).collect();
    if chars.next().is_some() {
        kept.push('…');
    }
    kept
}

/// What is wrong at the place of an error.
pub(crate) fn phrase(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(several) => {
                    several.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or ")
                }
            };
            format!("must be of type {wanted}, and is of type {}", type_of(error.instance().as_ref()))
        }
        Kind::Required { property } => format!("must have the property {}", short(property)),
        Kind::AdditionalProperties { .. } | Kind::UnevaluatedProperties { .. } => {
            "has properties that may not be there".to_owned()
        }
        Kind::AdditionalItems { limit } => format!("must have at most {limit} items"),
        Kind::UnevaluatedItems { .. } => "has items that may not be there".to_owned(),
        Kind::AnyOf { .. } => "fits none of the schemas of anyOf".to_owned(),
        Kind::OneOfNotValid { .. } => "fits none of the schemas of oneOf".to_owned(),
        Kind::OneOfMultipleValid { .. } => "fits more than one of the schemas of oneOf".to_owned(),
        Kind::Not { .. } => "fits the schema of not".to_owned(),
        Kind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
            "has properties that may not be there".to_owned()
        }
        Kind::FalseSchema => "may not be there".to_owned(),
        Kind::Constant { expected_value } => format!("must be {}", short(expected_value)),
        Kind::Enum { options } => format!("must be one of {}", short(options)),
        Kind::Contains => "must have an item that fits the schema of contains".to_owned(),
        Kind::UniqueItems => "must not have an item twice".to_owned(),
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::MinLength { limit } => format!("must be at least {limit} characters long"),
        Kind::MaxLength { limit } => format!("must be at most {limit} characters long"),
        Kind::MinItems { limit } => format!("must have at least {limit} items"),
        Kind::MaxItems { limit } => format!("must have at most {limit} items"),
        Kind::MinProperties { limit } => format!("must have at least {limit} properties"),
        Kind::MaxProperties { limit } => format!("must have at most {limit} properties"),
        Kind::Pattern { pattern } => format!("must match the pattern {}", bounded(pattern, VALUE_CHARS_MAX)),
        Kind::Format { format } => format!("must be of the format {format}"),
        Kind::PropertyNames { error } => format!("has a property whose name {}", phrase(error)),
        _ => error.masked().to_string(),
    }
}

fn short(value: &Value) -> String {
    bounded(&value.to_string(), VALUE_CHARS_MAX)
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
