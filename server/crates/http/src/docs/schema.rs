//! Schemas as tables.

use super::render::{escape, prose};
use serde_json::{Map, Value};
use std::fmt::Write;

/// What a value is, in a few words, with a link to its schema.
pub(super) fn type_of(schema: &Value) -> String {
    if let Some(name) = reference(schema) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escape(name));
    }
    let one_of: Vec<String> = ["oneOf", "anyOf"]
        .iter()
        .filter_map(|key| schema[*key].as_array())
        .flatten()
        .filter(|part| part["type"] != "null")
        .map(type_of)
        .collect();
    if !one_of.is_empty() {
        return one_of.join(" or ");
    }
    let names: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect(),
        _ => vec!["anything"],
    };
    let text = names.join(" or ");
    match text.as_str() {
        "array" => format!("list of {}", type_of(&schema["items"])),
        "string" if schema["format"] == "date-time" => "time".to_owned(),
        "object" if schema["additionalProperties"]["type"] == "string" => "object of strings".to_owned(),
        _ => escape(&text).into_owned(),
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// One schema with its fields.
pub(super) fn write(html: &mut String, name: &str, about: &Value, schemas: &Map<String, Value>) {
    let _ = write!(html, "<article id=\"schema-{0}\"><h3>{0}</h3>", escape(name));
    if let Some(text) = about["description"].as_str() {
        let _ = write!(html, "<p>{}</p>", prose(text));
    }
    let mut fields = Vec::new();
    collect_fields(about, schemas, &mut fields);
    if fields.is_empty() {
        let _ = write!(html, "<p>{}</p></article>", type_of(about));
        return;
    }
    html.push_str("<table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>");
    for (field, schema, required) in fields {
        let mut meaning = prose(schema["description"].as_str().unwrap_or_default());
        if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
            let _ =
                write!(meaning, " <span class=\"example\">Example: <code>{}</code></span>", escape(&shown(example)));
        }
        let _ = write!(
            html,
            "<tr><td><code>{}</code>{}</td><td>{}</td><td>{meaning}</td></tr>",
            escape(field),
            if required { "" } else { " <small>optional</small>" },
            type_of(schema),
        );
    }
    html.push_str("</tbody></table></article>");
}

/// The fields of an object, with those of the schemas that it consists of.
fn collect_fields<'a>(about: &'a Value, schemas: &'a Map<String, Value>, fields: &mut Vec<(&'a str, &'a Value, bool)>) {
    for part in about["allOf"].as_array().into_iter().flatten() {
        let part = reference(part).and_then(|name| schemas.get(name)).unwrap_or(part);
        collect_fields(part, schemas, fields);
    }
    let required: Vec<&str> = about["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, schema) in about["properties"].as_object().into_iter().flatten() {
        fields.push((name, schema, required.contains(&name.as_str())));
    }
}

fn shown(example: &Value) -> String {
    example.as_str().map_or_else(|| example.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_are_named_the_way_people_do() {
        assert_eq!(type_of(&json!({"type": "string", "format": "date-time"})), "time");
        assert_eq!(type_of(&json!({"type": ["array", "null"], "items": {"type": "string"}})), "list of string");
        assert_eq!(
            type_of(&json!({"$ref": "#/components/schemas/EndpointOut"})),
            "<a href=\"#schema-EndpointOut\">EndpointOut</a>"
        );
        assert_eq!(type_of(&json!({"oneOf": [{"type": "null"}, {"$ref": "#/x/Y"}]})), "<a href=\"#schema-Y\">Y</a>");
    }
}
