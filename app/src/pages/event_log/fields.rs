//! What the fields of a payload mean, read out of its JSON Schema.

use serde_json::Value;

/// One field of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldMeaning {
    /// Where it is: `deliveries[].endpoint_id`.
    pub path: String,
    /// What it is: `text`, `list of objects`.
    pub kind: String,
    /// Whether it is always there.
    pub is_required: bool,
    /// What it says.
    pub meaning: String,
}

/// Every field of a schema, the inner ones after the one they stand in.
pub fn fields_of(schema: &Value) -> Vec<FieldMeaning> {
    let mut fields = Vec::new();
    collect(schema, "", &mut fields);
    fields
}

fn collect(schema: &Value, prefix: &str, fields: &mut Vec<FieldMeaning>) {
    let required = schema.get("required").and_then(Value::as_array);
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{prefix}{name}");
        fields.push(FieldMeaning {
            kind: kind_of(property),
            is_required: required.is_some_and(|names| names.iter().any(|one| one == name.as_str())),
            meaning: property.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
            path: path.clone(),
        });
        let inner = alternatives(property).find(|one| one.get("properties").is_some() || one.get("items").is_some());
        if let Some(inner) = inner {
            collect(inner, &format!("{path}."), fields);
            if let Some(items) = inner.get("items") {
                collect(items, &format!("{path}[]."), fields);
            }
        }
    }
}

/// The schema itself and what may stand for it.
fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    let others = ["anyOf", "oneOf"].into_iter().filter_map(|keyword| schema.get(keyword)?.as_array()).flatten();
    std::iter::once(schema).chain(others)
}

fn kind_of(schema: &Value) -> String {
    let constants: Vec<String> = alternatives(schema)
        .flat_map(|one| {
            one.get("const").into_iter().chain(one.get("enum").and_then(Value::as_array).into_iter().flatten())
        })
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect();
    if !constants.is_empty() {
        return format!("one of {}", constants.join(", "));
    }
    let names: Vec<&str> = alternatives(schema)
        .flat_map(|one| match one.get("type") {
            Some(Value::String(name)) => vec![name.as_str()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        })
        .filter(|name| *name != "null")
        .collect();
    let Some(first) = names.first() else { return "anything".to_owned() };
    let format = alternatives(schema).find_map(|one| one.get("format")?.as_str());
    match (*first, format) {
        ("string", Some("date-time")) => "time".to_owned(),
        ("string", _) => "text".to_owned(),
        ("integer" | "number", _) => "number".to_owned(),
        ("boolean", _) => "true or false".to_owned(),
        ("array", _) => {
            let items = alternatives(schema).find_map(|one| one.get("items"));
            items.map_or_else(|| "list".to_owned(), |items| format!("list of {}", kind_of(items)))
        }
        (other, _) => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_told_with_what_stands_in_them() {
        let schema = json!({
            "type": "object",
            "required": ["verdict"],
            "properties": {
                "verdict": { "type": "string", "description": "What is known." },
                "due_at": { "type": ["string", "null"], "format": "date-time" },
                "scheme": { "oneOf": [{ "const": "standard" }, { "const": "svix" }] },
                "deliveries": { "type": "array", "items": { "type": "object", "properties": { "held": { "type": "boolean" } } } },
                "inbound": { "anyOf": [{ "type": "object", "properties": { "url": { "type": "string" } } }, { "type": "null" }] },
                "rule": true,
            },
        });
        let told: Vec<_> = fields_of(&schema).into_iter().map(|field| (field.path, field.kind)).collect();
        let expected = [
            ("deliveries", "list of object"),
            ("deliveries[].held", "true or false"),
            ("due_at", "time"),
            ("inbound", "object"),
            ("inbound.url", "text"),
            ("rule", "anything"),
            ("scheme", "one of standard, svix"),
            ("verdict", "text"),
        ];
        assert_eq!(told, expected.map(|(path, kind)| (path.to_owned(), kind.to_owned())));
        let verdict = fields_of(&schema).pop().unwrap();
        assert!(verdict.is_required);
        assert_eq!(verdict.meaning, "What is known.");
    }
}
