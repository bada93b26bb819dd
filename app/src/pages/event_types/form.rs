//! The form of an event type: what was typed, and what it means.

use crate::error::{AppError, filled};
use hookreel_contract::input::EventTypeInput;
use hookreel_contract::views::{EventTypeView, highest_version};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What stands in the fields of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTypeForm {
    /// `invoice.paid`.
    #[serde(default)]
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// The schema that counts, as JSON text.
    #[serde(default)]
    pub schemas: String,
    /// `off`, `flag` or `reject`.
    #[serde(default)]
    pub validation: Option<String>,
    /// Ticked: it is on its way out.
    #[serde(default)]
    pub deprecated: Option<String>,
}

impl EventTypeForm {
    /// The form of an event type as it is.
    pub fn of(view: &EventTypeView) -> Self {
        let schema = view.schemas.as_ref().and_then(highest_version).map(|(_, schema)| pretty(schema));
        Self {
            name: view.name.clone(),
            description: view.description.clone(),
            schemas: schema.unwrap_or_default(),
            validation: Some(view.validation.as_str().to_owned()),
            deprecated: view.deprecated.then(|| "on".to_owned()),
        }
    }

    /// The schema that was typed, if one was.
    pub fn schema(&self) -> Result<Option<Value>, AppError> {
        if self.schemas.trim().is_empty() {
            return Ok(None);
        }
        let parsed = serde_json::from_str(&self.schemas);
        parsed.map(Some).map_err(|error| AppError::field("schemas", format!("is not JSON: {error}")))
    }

    /// What the form asks for, of an event type with these schemas: the one of the highest version is replaced.
    pub fn input(self, schemas: Option<Value>) -> Result<EventTypeInput, AppError> {
        let schemas = with_schema(schemas, self.schema()?);
        Ok(EventTypeInput {
            name: self.name.trim().to_owned(),
            description: self.description.trim().to_owned(),
            schemas,
            validation: filled(self.validation),
            archived: false,
            deprecated: self.deprecated.is_some(),
        })
    }
}

/// A schema as a person reads it.
pub fn pretty(schema: &Value) -> String {
    serde_json::to_string_pretty(schema).unwrap_or_default()
}

/// With no schema there are no versions; otherwise those before the highest stay.
fn with_schema(schemas: Option<Value>, schema: Option<Value>) -> Option<Value> {
    let version = schemas.as_ref().and_then(highest_version).map_or(1, |(version, _)| version);
    let mut versions = match schemas {
        Some(Value::Object(versions)) => versions,
        _ => Map::new(),
    };
    versions.insert(version.to_string(), schema?);
    Some(Value::Object(versions))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_schema_of_the_highest_version_is_replaced() {
        let schemas = Some(json!({ "1": { "title": "one" }, "2": { "title": "two" } }));
        let new = Some(json!({ "title": "new" }));
        assert_eq!(
            with_schema(schemas.clone(), new.clone()),
            Some(json!({ "1": { "title": "one" }, "2": { "title": "new" } }))
        );
        assert_eq!(with_schema(None, new), Some(json!({ "1": { "title": "new" } })));
        assert_eq!(with_schema(schemas, None), None);
    }

    #[test]
    fn what_is_not_json_is_told_with_its_place() {
        let form = EventTypeForm { schemas: "{\n  \"type\": }".to_owned(), ..EventTypeForm::default() };
        let error = form.input(None).unwrap_err().field_message("schemas").unwrap();
        assert_eq!(error, "Is not JSON: expected value at line 2 column 11.");
        assert_eq!(EventTypeForm::default().input(None).unwrap().schemas, None);
    }
}
