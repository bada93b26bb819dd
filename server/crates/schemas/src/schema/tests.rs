//! What fits a schema, what does not, and what is no schema.

use super::*;
use serde_json::json;
use std::time::{Duration, Instant};

fn compiled(schema: Value) -> Schema {
    Schema::compile(&schema).unwrap()
}

#[track_caller]
fn faults(schema: Value, payload: Value) -> Vec<String> {
    compiled(schema).check(payload.to_string().as_bytes()).iter().map(ToString::to_string).collect()
}

#[track_caller]
fn refused(schema: Value) -> (String, String) {
    let error = Schema::compile(&schema).unwrap_err();
    (error.pointer, error.message)
}

fn invoice() -> Value {
    json!({
        "type": "object",
        "required": ["id", "amount"],
        "properties": {
            "id": { "type": "string", "pattern": "^in_" },
            "amount": { "type": "integer", "minimum": 0 },
            "currency": { "enum": ["eur", "usd"] },
            "lines": { "type": "array", "items": { "type": "object", "required": ["sku"] } },
            "a/b": { "type": "string" },
        },
        "additionalProperties": false,
    })
}

#[test]
fn a_payload_that_fits_has_no_faults() {
    assert!(faults(invoice(), json!({ "id": "in_1", "amount": 42, "lines": [{ "sku": "x" }] })).is_empty());
}

#[test]
fn every_fault_names_its_place_and_what_would_be_right() {
    let payload = json!({ "id": "x", "amount": "42", "currency": "gbp", "lines": [{}], "a/b": 1, "extra": true });
    assert_eq!(
        faults(invoice(), payload),
        [
            "/a~1b: must be of type string, and is of type number",
            "/amount: must be of type integer, and is of type string",
            "/currency: must be one of [\"eur\",\"usd\"]",
            "/id: must match the pattern ^in_",
            "/lines/0/sku: is required",
            "/extra: is not one of the properties that may be there",
        ]
    );
    assert_eq!(faults(invoice(), json!([])), ["payload: must be of type object, and is of type array"]);
    assert_eq!(faults(invoice(), json!({ "id": "in_1" })), ["/amount: is required"]);
}

#[test]
fn what_a_payload_says_is_never_repeated() {
    let schema =
        json!({ "additionalProperties": { "const": 1 }, "properties": { "card": { "maxLength": 3, "not": {} } } });
    let said = faults(schema, json!({ "card": "4242424242424242", "other": "hush" })).join(" ");
    assert!(!said.contains("4242") && !said.contains("hush"), "{said}");
}

#[test]
fn only_the_first_faults_are_named_and_none_is_long() {
    let payload = json!({ "items": vec!["x"; 5_000], "k".repeat(10_000): "\0" });
    let schema =
        json!({ "properties": { "items": { "items": { "type": "integer" } } }, "additionalProperties": false });
    let found = compiled(schema).check(payload.to_string().as_bytes());
    assert_eq!(found.len(), FAULTS_MAX);
    assert!(found.iter().all(|fault| fault.pointer.chars().count() <= 301 && fault.message.chars().count() <= 301));
    let empty = compiled(json!({ "additionalProperties": false })).check(b"{\"a\": 1}");
    assert_eq!(empty[0].to_string(), "payload: has properties that may not be there");
    let nul =
        compiled(json!({ "properties": { "x": {} }, "additionalProperties": false })).check(br#"{"a\u0000b": 1}"#);
    assert_eq!(nul[0].pointer, "/a\u{fffd}b");
}

#[test]
fn what_is_not_json_does_not_fit() {
    let found = |payload: &[u8]| compiled(json!({})).check(payload).pop().map(|fault| fault.to_string());
    assert_eq!(found(b"a=1&b=2").as_deref(), Some("payload: is not JSON"));
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    assert_eq!(found(deep.as_bytes()).as_deref(), Some("payload: is nested too deeply to be checked"));
    assert_eq!(found(b"{}"), None);
}

#[test]
fn every_draft_is_understood_and_formats_count() {
    let draft4 =
        json!({ "$schema": "http://json-schema.org/draft-04/schema#", "maximum": 5, "exclusiveMaximum": true });
    assert_eq!(faults(draft4, json!(5)).len(), 1);
    for schema in ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"] {
        let schema = json!({ "$schema": schema, "format": "date-time" });
        assert_eq!(faults(schema, json!("yesterday")), ["payload: must be of the format date-time"]);
    }
    assert!(faults(json!({ "format": "regex" }), json!("((((")).is_empty());
}

#[test]
fn references_inside_of_a_schema_are_followed() {
    let tree = json!({
        "$id": "https://example.com/tree.json",
        "type": "object",
        "properties": { "children": { "items": { "$ref": "#" } }, "size": { "$ref": "#/$defs/size" }, "at": { "$ref": "#place" } },
        "$defs": { "size": { "type": "integer" }, "place": { "$anchor": "place", "type": "string" } },
    });
    let payload = json!({ "children": [{ "children": [{ "size": "big", "at": 1 }] }] });
    let found = faults(tree, payload);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|fault| fault.starts_with("/children/0/children/0/")));
}

#[test]
fn a_reference_to_another_document_is_refused_where_it_stands() {
    for reference in ["https://example.com/other.json", "other.json#/a", "file:///etc/passwd", "urn:x"] {
        let (pointer, message) = refused(json!({ "properties": { "a": { "$ref": reference } } }));
        assert_eq!(pointer, "/properties/a/$ref");
        assert!(message.contains("another document"), "{message}");
    }
    let (pointer, _) = refused(json!({ "$defs": { "unused": { "$ref": "https://example.com/x" } } }));
    assert_eq!(pointer, "/$defs/unused/$ref");
    let (pointer, message) = refused(json!({ "$ref": "#/$defs/none" }));
    assert_eq!((pointer.as_str(), message.as_str()), ("/$ref", "refers to #/$defs/none, which is not in this schema"));
    let (pointer, _) = refused(json!({ "$defs": { "a": { "$id": "https://example.com/a" } } }));
    assert_eq!(pointer, "/$defs/a/$id");
    let (pointer, _) =
        refused(json!({ "properties": { "a": { "$schema": "http://json-schema.org/draft-04/schema#" } } }));
    assert_eq!(pointer, "/properties/a/$schema");
    let oldest = "http://json-schema.org/draft-04/schema#";
    let (pointer, _) = refused(json!({ "$schema": oldest, "properties": { "a": { "id": "https://example.com/a" } } }));
    assert_eq!(pointer, "/properties/a/id");
    let twice = json!({ "enum": [{ "$anchor": "a" }], "$defs": { "a": { "$anchor": "a" } }, "$ref": "#a" });
    assert!(refused(twice).1.contains("another one: a"));
    // A property may well be called so.
    assert!(
        Schema::compile(&json!({ "properties": { "$ref": { "type": "string" } }, "enum": [{ "$ref": "x" }] })).is_ok()
    );
}

#[test]
fn what_is_no_schema_is_refused_where_it_is_wrong() {
    let (pointer, message) = refused(json!({ "properties": { "a": { "type": "text" } } }));
    assert!(pointer.starts_with("/properties/a/type"), "{pointer}: {message}");
    assert_eq!(refused(json!([])).1, "must be an object");
    let (pointer, message) = refused(json!({ "properties": { "a": { "pattern": "(" } } }));
    assert!(pointer.starts_with("/properties/a") && message.contains("pattern"), "{pointer}: {message}");
    let (pointer, message) = refused(json!({ "properties": { "a": { "pattern": "(?=x)y" } } }));
    assert!(pointer.starts_with("/properties/a") && message.contains("look-around"), "{pointer}: {message}");
    let (pointer, message) = refused(json!({ "pattern": "(((a{100}){100}){100})" }));
    assert!(message.contains("too large"), "{pointer}: {message}");
    assert!(refused(json!({ "$schema": "https://example.com/mine" })).1.len() > 5);
}

#[test]
fn the_patterns_of_a_schema_are_bounded_together() {
    let patterns = |count: usize| {
        let all = (0..count).map(|n| (format!("p{n}"), json!({ "pattern": format!("^[a-z0-9]{{20}}{n}$") })));
        json!({ "properties": Value::Object(all.collect()) })
    };
    assert!(compiled(patterns(5)).memory_bytes() > 5 * 1_000);
    assert!(refused(patterns(1_000)).1.contains("too many"));
    assert!(refused(json!({ "pattern": r"\w".repeat(10_000) })).1.contains("too large"));
}

#[test]
fn a_schema_is_bounded_in_size_and_depth_and_ends() {
    assert!(refused(json!({ "description": "x".repeat(SCHEMA_BYTES_MAX) })).1.contains("bytes"));
    let mut deep = json!({});
    for _ in 0..DEPTH_MAX {
        deep = json!({ "not": deep });
    }
    assert!(refused(deep).1.contains("nested"));
    let (pointer, message) =
        refused(json!({ "$ref": "#/$defs/a", "$defs": { "a": { "allOf": [{ "$ref": "#/$defs/a" }] } } }));
    assert!(pointer.starts_with("/$defs/a") && message.contains("never end"), "{pointer}: {message}");
    assert!(refused(json!({ "$ref": "#" })).1.contains("never end"));
}

/// Far less than what is not begun would take, on a busy machine too.
const QUICKLY: Duration = Duration::from_secs(10);

#[test]
fn what_would_take_too_long_is_not_begun() {
    let child = json!({ "type": "object", "properties": { "child": { "$ref": "#" } } });
    let doubling = compiled(json!({ "anyOf": [child, child] }));
    let mut payload = "1".to_owned();
    for _ in 0..100 {
        payload = format!(r#"{{"child":{payload}}}"#);
    }
    let began = Instant::now();
    assert_eq!(doubling.check_if_quick(payload.as_bytes()), None);
    assert!(doubling.check(payload.as_bytes())[0].message.contains("too large"));
    assert!(began.elapsed() < QUICKLY);

    let slow = compiled(json!({ "properties": { "a": { "pattern": "(a?){300}a{300}" } } }));
    let began = Instant::now();
    let payload = format!(r#"{{"a":"{}"}}"#, "a".repeat(1_000_000));
    assert!(slow.check(payload.as_bytes())[0].message.contains("too large"));
    assert!(began.elapsed() < QUICKLY);
}

#[test]
fn alternatives_without_number_are_not_begun() {
    let child = json!({ "items": { "$ref": "#" } });
    let schema = compiled(json!({ "type": "array", "anyOf": vec![child; 300] }));
    let payload = format!("{}1{}", "[".repeat(126), "]".repeat(126));
    let began = Instant::now();
    assert_eq!(schema.check_if_quick(payload.as_bytes()), None);
    assert!(schema.check(payload.as_bytes())[0].message.contains("too large"));
    assert!(began.elapsed() < QUICKLY);
}

/// One schema that leads to the next, so many times, and then into a list.
fn chain(length: usize) -> Value {
    let mut shelf = serde_json::Map::new();
    for n in 0..length {
        shelf.insert(format!("d{n}"), json!({ "$ref": format!("#/$defs/d{}", n + 1) }));
    }
    shelf.insert(format!("d{length}"), json!({ "items": { "$ref": "#" } }));
    json!({ "$ref": "#/$defs/d0", "$defs": shelf })
}

#[test]
fn what_would_not_end_on_the_stack_is_not_begun() {
    assert!(refused(chain(1_000)).1.contains("at once"));
    let schema = compiled(chain(50));
    let lists = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(schema.check(lists(5).as_bytes()).is_empty());
    assert!(schema.check(lists(100).as_bytes())[0].message.contains("too large"));
}

#[test]
fn an_ordinary_payload_is_checked_in_place() {
    let quick = compiled(invoice());
    assert_eq!(quick.check_if_quick(br#"{"id": "in_1", "amount": 1}"#), Some(vec![]));
    assert_eq!(quick.check_if_quick(br#"{"id": "in_1"}"#).unwrap().len(), 1);
    let large = format!(r#"{{"id": "in_1", "amount": 1, "currency": "{}"}}"#, "x".repeat(QUICK_BYTES_MAX));
    assert_eq!(quick.check_if_quick(large.as_bytes()), None);
    assert_eq!(quick.check(large.as_bytes()).len(), 1);
}

#[test]
fn a_large_payload_that_does_not_fit_is_not_explained() {
    let payload = json!({ "lines": vec![json!({}); 60_000] });
    let found = compiled(invoice()).check(payload.to_string().as_bytes());
    assert_eq!((found.len(), found[0].pointer.as_str()), (1, ""));
}
