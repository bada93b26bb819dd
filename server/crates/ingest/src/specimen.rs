//! The body of a sample: an event with id and type where the provider puts them, so that it is read like
//! any other.

use crate::provider::Method;
use crate::rule::SourceRule;
use crate::scheme::{EventPlaces, Items, Place};
use serde_json::{Map, Value};

/// For the person who looks at what arrived.
const MESSAGE: &str = "This is a sample. If you can read it, the source works.";

/// The body of an event that somebody makes up, under the source's rule.
pub fn specimen(rule: &SourceRule, id: &str, event_type: &str) -> Vec<u8> {
    if let Some(template) = rule.provider().specimen() {
        return template.replace("{id}", id).into_bytes();
    }
    let events = match rule.provider().method() {
        Method::Rows(_) | Method::Configured(_) => rule.with_schemes(|schemes| {
            schemes.first().map_or_else(
                || filled(EventPlaces::NONE, id, event_type),
                |scheme| filled(scheme.event, id, event_type),
            )
        }),
        Method::Token(scheme) => filled(scheme.event, id, event_type),
        Method::Bespoke(bespoke) => filled(bespoke.event, id, event_type),
        Method::Unverifiable => filled(EventPlaces::NONE, id, event_type),
    };
    events.written()
}

/// A body that is being filled in: a form as soon as something belongs into one.
struct Specimen {
    json: Value,
    form: Vec<(String, String)>,
}

impl Specimen {
    fn written(self) -> Vec<u8> {
        if self.form.is_empty() {
            return self.json.to_string().into_bytes();
        }
        let pairs = self.form.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let body =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).append_pair("Body", MESSAGE).finish();
        body.into_bytes()
    }

    /// Puts a text where a place is in a body, unless there is one: the type before the id, because an id is
    /// often put together of several things, the type among them.
    fn fill(&mut self, place: Place<'_>, text: &str) {
        match place {
            Place::Body(pointer) => put(&mut self.json, pointer, Value::from(text)),
            Place::Form(field) => {
                if !self.form.iter().any(|(name, _)| name == field) {
                    self.form.push((field.to_owned(), text.to_owned()));
                }
            }
            Place::Joined(parts, separator) => {
                let mut texts = text.splitn(parts.len(), separator);
                for part in parts {
                    self.fill(*part, texts.next().unwrap_or(text));
                }
            }
            Place::FirstOf(places) => {
                if let Some(first) = places.first() {
                    self.fill(*first, text);
                }
            }
            Place::KeyOtherThan(_) => put(&mut self.json, &format!("/{text}"), Value::Object(Map::new())),
            Place::Header(_) | Place::Fixed(_) | Place::Found(_) => {}
        }
    }
}

fn filled(places: EventPlaces<'_>, id: &str, event_type: &str) -> Specimen {
    let mut specimen = Specimen { json: Value::Object(Map::new()), form: Vec::new() };
    for (place, text) in [(places.kind, event_type), (places.id, id)] {
        if let Some(place) = place {
            specimen.fill(place, text);
        }
    }
    match places.items {
        Some(items) if specimen.form.is_empty() => specimen.json = list_of_one(items, id, event_type),
        _ => put(&mut specimen.json, "/message", Value::from(MESSAGE)),
    }
    specimen
}

fn list_of_one(items: Items<'_>, id: &str, event_type: &str) -> Value {
    let item = filled(EventPlaces { id: items.id, kind: items.kind, ..EventPlaces::NONE }, id, event_type).json;
    let pointer = items.lists.first().copied().unwrap_or_default();
    if pointer.is_empty() {
        return Value::Array(vec![item]);
    }
    let mut document = Value::Object(Map::new());
    put(&mut document, pointer, Value::Array(vec![item]));
    document
}

/// Puts a value at a pointer, with everything on the way to it. What is there stays.
fn put(document: &mut Value, pointer: &str, value: Value) {
    let mut place = document;
    for key in pointer.split('/').skip(1) {
        let key = key.replace("~1", "/").replace("~0", "~");
        if place.is_null() {
            *place = if key == "0" { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
        }
        let next = match place {
            Value::Object(fields) => fields.entry(key).or_insert(Value::Null),
            Value::Array(items) if key == "0" => {
                if items.is_empty() {
                    items.push(Value::Null);
                }
                &mut items[0]
            }
            _ => return,
        };
        place = next;
    }
    if place.is_null() {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rule: &str) -> String {
        let rule = serde_json::from_str(rule).unwrap();
        String::from_utf8(specimen(&rule, "sample_1", "hookreel.sample")).unwrap()
    }

    #[test]
    fn id_and_type_are_where_the_provider_puts_them() {
        let stripe: Value = serde_json::from_str(&written(r#"{"provider":"stripe"}"#)).unwrap();
        assert_eq!((&stripe["id"], &stripe["type"]), (&Value::from("sample_1"), &Value::from("hookreel.sample")));
        let adyen: Value = serde_json::from_str(&written(r#"{"provider":"adyen"}"#)).unwrap();
        assert_eq!(adyen["notificationItems"][0]["NotificationRequestItem"]["pspReference"], "sample_1");
        let xero: Value = serde_json::from_str(&written(r#"{"provider":"xero"}"#)).unwrap();
        assert_eq!(xero["events"][0]["eventType"], "sample");
        assert!(written(r#"{"provider":"hubspot"}"#).starts_with("[{"));
        assert!(written(r#"{"provider":"twilio"}"#).starts_with("MessageStatus=hookreel.sample&"));
        let own = r#"{"provider":"custom","header":"X-Sig","event_id_pointer":"/data/0/id"}"#;
        assert!(written(own).contains(r#""data":[{"id":"sample_1"}]"#), "{}", written(own));
    }
}
