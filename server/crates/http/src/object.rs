//! JSON objects whose fields are looked at: a name that is nearly right is never taken for nothing.
//!
//! A type with `deny_unknown_fields` takes no field that it does not know. Any other one, which programs may send more
//! to than Hookreel has, still refuses what differs from a known field by case and punctuation alone.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// So many letters may be wrong for a name to be taken for another one.
const SLIPS_MAX: usize = 2;
/// A name longer than this is no field's with slips in it, and looking for them takes the longer, the longer it is.
const NAME_BYTES_MAX: usize = 100;

/// A JSON object. A list is none, although serde would take its items for the fields.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(ObjectDeserializer(map))
    }
}

/// Learns from the type which fields there are.
struct ObjectDeserializer<A>(A);

impl<'de, A: MapAccess<'de>> Deserializer<'de> for ObjectDeserializer<A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_map(self.0)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(Checked { map: self.0, fields })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The fields of an object, each name of which is looked at.
struct Checked<A> {
    map: A,
    fields: &'static [&'static str],
}

#[derive(Deserialize)]
#[serde(transparent)]
struct FieldName<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Checked<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some(FieldName(name)) = self.map.next_key()? else { return Ok(None) };
        if !self.fields.iter().any(|field| *field == name)
            && let Some(meant) = self.fields.iter().find(|field| has_the_letters_of(&name, field))
        {
            return Err(A::Error::custom(did_you_mean(&name, meant)));
        }
        let sentence = |name: &str| A::Error::custom(unknown(name, self.fields));
        // The type refuses a name only because it does not know it.
        let key = match name {
            Cow::Borrowed(name) => {
                seed.deserialize(BorrowedStrDeserializer::new(name)).map_err(|_: A::Error| sentence(name))
            }
            Cow::Owned(name) => {
                seed.deserialize(name.as_str().into_deserializer()).map_err(|_: A::Error| sentence(&name))
            }
        };
        key.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.map.size_hint()
    }
}

/// The field that a sentence about an unknown one names, and the rest of it.
pub(crate) fn unknown_field(sentence: &str) -> Option<(&str, &str)> {
    sentence.strip_prefix("unknown field `")?.split_once("`: ")
}

fn unknown(name: &str, fields: &[&str]) -> String {
    format!("unknown field `{name}`: {}", not_known(name, fields))
}

/// Says of a name that it is not one of those that are known, and which of them was probably meant.
pub(crate) fn not_known(name: &str, known: &[&str]) -> String {
    let slips = |field: &&str| strsim::damerau_levenshtein(&letters_of(name), &letters_of(field));
    if name.len() <= NAME_BYTES_MAX
        && let Some(meant) = known.iter().copied().min_by_key(slips).filter(|field| slips(field) <= SLIPS_MAX)
    {
        return format!("is not known here; did you mean `{meant}`?");
    }
    if known.is_empty() {
        return "is not known here; there are none".to_owned();
    }
    let known: Vec<String> = known.iter().map(|field| format!("`{field}`")).collect();
    format!("is not known here; there are {}", known.join(", "))
}

fn did_you_mean(name: &str, meant: &str) -> String {
    format!("unknown field `{name}`: is not known here; did you mean `{meant}`?")
}

fn has_the_letters_of(name: &str, field: &str) -> bool {
    letters_of(name) == letters_of(field)
}

fn letters_of(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}
