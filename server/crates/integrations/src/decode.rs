//! From an answer's octets to a typed value, or to the place where it is none.

use crate::error::{IntegrationError, Problem};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// How much is told of a place: a part of it may be a key of theirs.
const PLACE_BYTES_MAX: usize = 200;

/// Reads one JSON value, and nothing after it.
pub(crate) fn decode<T: DeserializeOwned>(service: &'static str, body: &[u8]) -> Result<T, IntegrationError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let malformed = |at, error: &serde_json::Error| {
        // What serde says may quote the answer, so only the kind of the fault is passed on.
        let problem = match error.classify() {
            Category::Data => Problem::Shape,
            Category::Syntax | Category::Eof | Category::Io => Problem::NotJson,
        };
        IntegrationError::Malformed { service, at, problem }
    };
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| malformed(place(&error.path().to_string()), error.inner()))?;
    json.end().map_err(|error| malformed("$".to_owned(), &error))?;
    Ok(value)
}

/// `$`, `$[3].config.url`.
fn place(path: &str) -> String {
    let mut place = match path {
        "." => "$".to_owned(),
        path if path.starts_with('[') => format!("${path}"),
        path => format!("$.{path}"),
    };
    place.truncate(place.floor_char_boundary(PLACE_BYTES_MAX));
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Item {
        id: u64,
        #[serde(default)]
        labels: BTreeMap<String, bool>,
    }

    fn fault(body: &str) -> (String, Problem) {
        match decode::<Vec<Item>>("test", body.as_bytes()) {
            Err(IntegrationError::Malformed { at, problem, .. }) => (at, problem),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_fault_is_told_with_its_place_and_without_what_was_there() {
        assert_eq!(fault(r#"[{"id": 1}, {"id": "ghp_secret"}]"#), ("$[1].id".to_owned(), Problem::Shape));
        assert_eq!(fault(r#"{"message": "hello"}"#), ("$".to_owned(), Problem::Shape));
        assert_eq!(fault(r#"[{"id": 1, "labels": {"a": 2}}]"#), ("$[0].labels.a".to_owned(), Problem::Shape));
        for body in ["", "<html>", r#"[{"id": 1}"#, r#"[{"id": 1}] more"#] {
            assert_eq!(fault(body).1, Problem::NotJson, "{body}");
        }
    }

    proptest! {
        #[test]
        fn anything_at_all_is_a_value_or_a_fault_with_a_short_place(body in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Err(error) = decode::<Vec<Item>>("test", &body) {
                let is_short = matches!(&error, IntegrationError::Malformed { at, .. } if at.len() <= PLACE_BYTES_MAX);
                prop_assert!(is_short, "{:?}", error);
            }
        }

        #[test]
        fn an_answer_cut_short_is_no_json(ids in prop::collection::vec(any::<u64>(), 1..5), cut in 0.0..1.0) {
            let body = serde_json::to_vec(&ids.iter().map(|id| serde_json::json!({"id": id})).collect::<Vec<_>>());
            let body = body.unwrap();
            let end = (body.len() as f64 * cut) as usize;
            let is_no_json = matches!(
                decode::<Vec<Item>>("test", &body[..end]),
                Err(IntegrationError::Malformed { problem: Problem::NotJson, .. })
            );
            prop_assert!(is_no_json);
        }
    }
}
