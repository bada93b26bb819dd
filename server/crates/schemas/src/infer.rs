//! A schema made from an example: a beginning for whoever writes one.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Examples are walked so deep; what is deeper may be anything.
const DEPTH_MAX: usize = 16;
/// Of a list so many items are looked at.
const ITEMS_MAX: usize = 100;
/// An object with more members than this is taken for a map, whose names are data.
const MEMBERS_MAX: usize = 100;
/// The schema has at most so many properties; what comes later may be anything.
const PROPERTIES_MAX: usize = 1_000;

/// What has been seen at one place of the examples.
#[derive(Debug, Default)]
struct Seen {
    types: BTreeSet<&'static str>,
    /// How many objects.
    objects: usize,
    /// Members by name: in how many objects, and what they were.
    members: BTreeMap<String, (usize, Seen)>,
    /// Too many members, or too deep to look at.
    is_open: bool,
    items: Option<Box<Seen>>,
    /// How many texts, and how many of them were points in time.
    texts: usize,
    times: usize,
}

/// A schema that an example fits, and others that are like it: every property that is there is required, and others may
/// be there too.
pub fn infer(example: &Value) -> Value {
    let mut seen = Seen::default();
    let mut left = PROPERTIES_MAX;
    seen.see(example, 0, &mut left);
    let mut schema = seen.schema();
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    Value::Object(schema)
}

impl Seen {
    fn see(&mut self, value: &Value, depth: usize, left: &mut usize) {
        self.types.insert(type_of(value));
        match value {
            Value::String(text) => {
                self.texts += 1;
                self.times += usize::from(OffsetDateTime::parse(text, &Rfc3339).is_ok());
            }
            Value::Array(items) if depth < DEPTH_MAX => {
                let seen = self.items.get_or_insert_default();
                for item in items.iter().take(ITEMS_MAX) {
                    seen.see(item, depth + 1, left);
                }
            }
            Value::Object(members) => {
                self.objects += 1;
                let new = members.keys().filter(|name| !self.members.contains_key(*name)).count();
                if depth >= DEPTH_MAX || self.members.len() + new > MEMBERS_MAX || new > *left {
                    self.is_open = true;
                    return;
                }
                *left -= new;
                for (name, member) in members {
                    let (times, seen) = self.members.entry(name.clone()).or_default();
                    *times += 1;
                    seen.see(member, depth + 1, left);
                }
            }
            Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn schema(&self) -> Map<String, Value> {
        let mut schema = Map::new();
        let mut types = self.types.clone();
        if types.contains("number") {
            types.remove("integer");
        }
        // Of what was always null nothing is known, and what was never there can be anything.
        match types.iter().copied().collect::<Vec<_>>().as_slice() {
            [] | ["null"] => return schema,
            [one] => schema.insert("type".to_owned(), (*one).into()),
            several => schema.insert("type".to_owned(), several.into()),
        };
        if self.texts > 0 && self.times == self.texts {
            schema.insert("format".to_owned(), "date-time".into());
        }
        if let Some(items) = &self.items {
            let items = items.schema();
            if !items.is_empty() {
                schema.insert("items".to_owned(), items.into());
            }
        }
        if self.objects > 0 && !self.is_open && !self.members.is_empty() {
            let properties: Map<String, Value> =
                self.members.iter().map(|(name, (_, seen))| (name.clone(), seen.schema().into())).collect();
            let always: Vec<&String> =
                self.members.iter().filter(|(_, (times, _))| *times == self.objects).map(|(name, _)| name).collect();
            if !always.is_empty() {
                schema.insert("required".to_owned(), json!(always));
            }
            schema.insert("properties".to_owned(), properties.into());
        }
        schema
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schema;
    use proptest::prelude::*;

    #[test]
    fn an_invoice_becomes_a_schema() {
        let invoice = json!({
            "id": "in_1", "amount": 1999, "rate": 0.19, "paid": true, "note": null,
            "at": "2026-11-23T09:30:00Z",
            "lines": [{ "sku": "a", "count": 1 }, { "sku": "b", "count": 2.5, "gift": true }],
            "tags": [],
        });
        assert_eq!(
            infer(&invoice),
            json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "required": ["amount", "at", "id", "lines", "note", "paid", "rate", "tags"],
                "properties": {
                    "id": { "type": "string" },
                    "amount": { "type": "integer" },
                    "rate": { "type": "number" },
                    "paid": { "type": "boolean" },
                    "note": {},
                    "at": { "type": "string", "format": "date-time" },
                    "lines": { "type": "array", "items": {
                        "type": "object",
                        "required": ["count", "sku"],
                        "properties": {
                            "sku": { "type": "string" },
                            "count": { "type": "number" },
                            "gift": { "type": "boolean" },
                        },
                    } },
                    "tags": { "type": "array" },
                },
            })
        );
    }

    #[test]
    fn several_types_at_one_place_are_all_allowed() {
        let schema = infer(&json!([1, "a", null]));
        assert_eq!(schema["items"], json!({ "type": ["integer", "null", "string"] }));
    }

    #[test]
    fn names_that_are_data_are_not_listed() {
        let map: Map<String, Value> = (0..500).map(|n| (format!("user_{n}"), json!({ "score": n }))).collect();
        assert_eq!(infer(&json!({ "scores": map }))["properties"]["scores"], json!({ "type": "object" }));
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9..1e9_f64).prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".{0,6}", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_example_fits_the_schema_made_of_it(example in json()) {
            let schema = Schema::compile(&infer(&example)).unwrap();
            prop_assert_eq!(schema.check(example.to_string().as_bytes()), vec![]);
        }
    }
}
