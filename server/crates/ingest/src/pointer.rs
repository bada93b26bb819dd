//! One value out of a JSON document, by JSON pointer (RFC 6901), without building the document.
//!
//! The document is whatever a stranger sent. What is not on the pointer's path is skipped without
//! recursion, so depth costs nothing, and the path itself is short.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A pointer longer than this is refused.
pub(crate) const POINTER_BYTES_MAX: usize = 256;
/// A pointer with more steps than this is refused.
pub(crate) const POINTER_STEPS_MAX: usize = 16;

/// Whether a text is a pointer to something inside a document.
pub(crate) fn is_pointer(text: &str) -> bool {
    text.starts_with('/')
        && !text.contains(char::is_control)
        && text.len() <= POINTER_BYTES_MAX
        && text.split('/').skip(1).count() <= POINTER_STEPS_MAX
        && text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}

/// The string or integer that the pointer leads to. Integers come as they are written. Nothing if
/// the body is not JSON, or something else is there. Of equal keys the last counts.
pub(crate) fn scalar_at(body: &[u8], pointer: &str) -> Option<String> {
    scalar(value_at(body, pointer)?.get())
}

/// The value that the pointer leads to, as it is written. The empty pointer leads to the document.
pub(crate) fn value_at<'b>(body: &'b [u8], pointer: &str) -> Option<&'b RawValue> {
    let mut document = serde_json::Deserializer::from_slice(body);
    let found = Step { rest: pointer }.deserialize(&mut document).ok()?;
    document.end().ok()?;
    found
}

/// What is left of the way: empty, or `/key` and more.
#[derive(Clone, Copy)]
struct Step<'p> {
    rest: &'p str,
}

impl<'p> Step<'p> {
    /// The key to look for here, and the way from there.
    fn split(self) -> (Cow<'p, str>, Self) {
        let way = self.rest.strip_prefix('/').unwrap_or(self.rest);
        let (key, rest) = way.find('/').map_or((way, ""), |end| way.split_at(end));
        let key =
            if key.contains('~') { Cow::Owned(key.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(key) };
        (key, Self { rest })
    }
}

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
        if self.rest.is_empty() {
            return <&RawValue as serde::Deserialize>::deserialize(deserializer).map(Some);
        }
        deserializer.deserialize_any(self)
    }
}

/// A string's content, or an integer's digits.
pub(crate) fn scalar(json: &str) -> Option<String> {
    if json.starts_with('"') {
        return serde_json::from_str(json).ok();
    }
    let digits = json.strip_prefix('-').unwrap_or(json);
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_integer.then(|| json.to_owned())
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<&'de RawValue>, A::Error> {
        let (key, next) = self.split();
        let mut found = None;
        while let Some(is_wanted) = map.next_key_seed(KeyIs(&key))? {
            if is_wanted {
                found = map.next_value_seed(next)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Option<&'de RawValue>, A::Error> {
        let (key, next) = self.split();
        let mut found = None;
        if let Some(index) = array_index(&key) {
            for _ in 0..index {
                if seq.next_element::<IgnoredAny>()?.is_none() {
                    return Ok(None);
                }
            }
            found = seq.next_element_seed(next)?.flatten();
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<&'de RawValue>, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Option<&'de RawValue>, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Option<&'de RawValue>, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<&'de RawValue>, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Option<&'de RawValue>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<&'de RawValue>, E> {
        Ok(None)
    }
}

/// Digits without a leading zero.
fn array_index(key: &str) -> Option<usize> {
    let is_index = key == "0" || (key.bytes().all(|byte| byte.is_ascii_digit()) && !key.starts_with('0'));
    if is_index { key.parse().ok() } else { None }
}

/// At most so many items of a list are looked at.
pub(crate) const LIST_ITEMS_MAX: usize = 1_000;

/// The first items of the list that the pointer leads to, as they are written.
pub(crate) fn list_at<'b>(body: &'b [u8], pointer: &str) -> Option<Vec<&'b RawValue>> {
    let list = value_at(body, pointer)?.get();
    let mut document = serde_json::Deserializer::from_str(list);
    FirstItems.deserialize(&mut document).ok()
}

/// Reads a list, and keeps its first items.
struct FirstItems;

impl<'de> DeserializeSeed<'de> for FirstItems {
    type Value = Vec<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for FirstItems {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < LIST_ITEMS_MAX {
            match seq.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(items),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(items)
    }
}

/// The first key of a JSON object that is none of these.
pub(crate) fn key_other_than(body: &[u8], others: &[&str]) -> Option<String> {
    let mut document = serde_json::Deserializer::from_slice(body);
    let found = document.deserialize_map(KeyOtherThan(others)).ok()?;
    document.end().ok()?;
    found
}

struct KeyOtherThan<'k>(&'k [&'k str]);

impl<'de> Visitor<'de> for KeyOtherThan<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<String>, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if found.is_none() && !self.0.contains(&key.as_ref()) {
                found = Some(key.into_owned());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(found)
    }
}

/// Compares a key without keeping it.
struct KeyIs<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for KeyIs<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyIs<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, pointer: &str, expected: Option<&str>) {
        assert_eq!(scalar_at(body.as_bytes(), pointer).as_deref(), expected, "{pointer} in {body}");
    }

    #[test]
    fn strings_and_integers_are_found() {
        check(r#"{"id":"evt_1"}"#, "/id", Some("evt_1"));
        check(r#"{"a":[{"b":"x"},{"b":"y"}]}"#, "/a/1/b", Some("y"));
        check(r#"{"id":42}"#, "/id", Some("42"));
        check(r#"{"id":-7}"#, "/id", Some("-7"));
        check(r#"{"id":123456789012345678901234567890}"#, "/id", Some("123456789012345678901234567890"));
        check(r#"{"id":"\u00e9\n"}"#, "/id", Some("é\n"));
        check(r#"{"a/b":{"c~d":"x"}}"#, "/a~1b/c~0d", Some("x"));
        check(r#"{"":"x"}"#, "/", Some("x"));
        check(r#"[["x"]]"#, "/0/0", Some("x"));
    }

    #[test]
    fn of_a_list_the_first_items_are_kept() {
        let items = |body: &str, pointer| list_at(body.as_bytes(), pointer).map(|items| items.len());
        assert_eq!(items("[1,{},[2]]", ""), Some(3));
        assert_eq!(items(r#"{"a":{"b":[]}}"#, "/a/b"), Some(0));
        assert_eq!(items(r#"{"a":1}"#, "/a"), None);
        assert_eq!(items("[1,", ""), None);
        let long = format!("[{}0]", "0,".repeat(2 * LIST_ITEMS_MAX));
        assert_eq!(items(&long, ""), Some(LIST_ITEMS_MAX));
    }

    #[test]
    fn keys_can_be_told_apart() {
        let key = |body: &str| key_other_than(body.as_bytes(), &["update_id"]);
        assert_eq!(key(r#"{"update_id":1,"message":{},"more":2}"#).as_deref(), Some("message"));
        assert_eq!(key(r#"{"update_id":1}"#), None);
        assert_eq!(key("[]"), None);
    }

    #[test]
    fn of_equal_keys_the_last_counts() {
        check(r#"{"id":"a","id":"b"}"#, "/id", Some("b"));
    }

    #[test]
    fn anything_else_is_nothing() {
        for body in
            ["", "null", "7", "\"id\"", "{", r#"{"id":"a"} x"#, r#"{"id":"a""#, r#"{"id":{}}"#, r#"{"id":[1]}"#, "[]"]
        {
            check(body, "/id", None);
        }
        check(r#"{"id":1.5}"#, "/id", None);
        check(r#"{"id":true}"#, "/id", None);
        check(r#"{"id":null}"#, "/id", None);
        check(r#"{"a":"x"}"#, "/a/b", None);
        check(r#"{"id":"\ud800"}"#, "/id", None);
        check(r#"["x"]"#, "/00", None);
        check(r#"["x"]"#, "/-", None);
        check(r#"["x"]"#, "/9", None);
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        check(&format!(r#"{{"a":{deep},"id":"x"}}"#), "/id", Some("x"));
        check(&format!(r#"{{"id":{deep}}}"#), "/id", None);
        assert_eq!(scalar_at("[".repeat(500_000).as_bytes(), "/0/0/0"), None);
    }

    #[test]
    fn pointers_are_recognised() {
        for good in ["/", "/id", "/data/0/id", "/a~0b~1c"] {
            assert!(is_pointer(good), "{good}");
        }
        let long = format!("/{}", "a".repeat(POINTER_BYTES_MAX));
        let many = "/a".repeat(POINTER_STEPS_MAX + 1);
        for bad in ["", "id", "$.id", "/a~", "/a~2", "/a~~0", long.as_str(), many.as_str()] {
            assert!(!is_pointer(bad), "{bad}");
        }
    }
}
