//! A payload, and how large it is at each depth.

use serde_json::Value;

/// Why a payload cannot be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is not JSON.
    NotJson,
    /// It is JSON, and nested deeper than can be walked.
    TooDeep,
}

impl Unreadable {
    pub(crate) const fn phrase(self) -> &'static str {
        match self {
            Self::NotJson => "is not JSON",
            Self::TooDeep => "is nested too deeply to be checked",
        }
    }
}

/// What is at one depth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Level {
    /// Values.
    pub(crate) values: u64,
    /// Bytes of text, names of members included.
    pub(crate) text_bytes: u64,
}

/// A payload to be checked.
#[derive(Debug)]
pub(crate) struct Payload {
    pub(crate) value: Value,
    /// From the whole payload inwards.
    pub(crate) levels: Vec<Level>,
}

impl Payload {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            let is_too_deep = error.to_string().starts_with("recursion limit");
            if is_too_deep { Unreadable::TooDeep } else { Unreadable::NotJson }
        })?;
        let mut levels = Vec::new();
        measure(&value, 0, &mut levels);
        Ok(Self { value, levels })
    }

    /// How many values there are in it.
    pub(crate) fn values(&self) -> u64 {
        self.levels.iter().map(|level| level.values).sum()
    }
}

fn at(levels: &mut Vec<Level>, depth: usize) -> &mut Level {
    if levels.len() <= depth {
        levels.resize(depth + 1, Level::default());
    }
    &mut levels[depth]
}

fn measure(value: &Value, depth: usize, levels: &mut Vec<Level>) {
    at(levels, depth).values += 1;
    match value {
        Value::String(text) => at(levels, depth).text_bytes += text.len() as u64,
        Value::Array(items) => items.iter().for_each(|item| measure(item, depth + 1, levels)),
        Value::Object(members) => {
            for (name, member) in members {
                // Names are matched by their object's schema and by the schema of names, which stands one level below.
                at(levels, depth).text_bytes += name.len() as u64;
                at(levels, depth + 1).text_bytes += name.len() as u64;
                measure(member, depth + 1, levels);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_measured_depth_by_depth() {
        let payload = Payload::parse(br#"{"a": "xyz", "bc": [1, "vw"]}"#).unwrap();
        let level = |values, text_bytes| Level { values, text_bytes };
        assert_eq!(payload.levels, [level(1, 3), level(2, 6), level(2, 2)]);
        assert_eq!(payload.values(), 5);
    }

    #[test]
    fn what_cannot_be_read_is_told_apart() {
        assert_eq!(Payload::parse(b"a=1&b=2").unwrap_err(), Unreadable::NotJson);
        let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        assert_eq!(Payload::parse(deep.as_bytes()).unwrap_err(), Unreadable::TooDeep);
    }
}
