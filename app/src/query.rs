//! What a page reads from its address: the id in the path, and the filters in the query.

use crate::routes::escape;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};
use std::str::FromStr;

/// The id in the path (`:id`), if it is one.
pub fn use_id<T>() -> Memo<Option<T>>
where
    T: FromStr + PartialEq + Send + Sync + 'static,
{
    let params = use_params_map();
    Memo::new(move |_| params.read().get_str("id").and_then(|text| text.parse().ok()))
}

/// One value of the query; an empty one is no value.
pub fn use_query(name: &'static str) -> Memo<Option<String>> {
    let query = use_query_map();
    Memo::new(move |_| query.read().get(name).filter(|value| !value.is_empty()))
}

/// This page's address with some values of its query set or, with `None`, removed.
pub fn here_with(changes: Vec<(&'static str, Option<String>)>) -> Signal<String> {
    let location = use_location();
    Signal::derive(move || {
        let query = location.query.read();
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in query.clone().into_iter().map(|(name, value)| (name.into_owned(), value)) {
            let is_changed = changes.iter().any(|(changed, _)| *changed == name);
            // What leptos and the toast put there belongs to the moment, not to the place.
            let is_momentary = name.starts_with("__") || name == crate::routes::Done::QUERY;
            if !is_changed && !is_momentary && !value.is_empty() {
                pairs.push((name, value));
            }
        }
        for (name, value) in &changes {
            if let Some(value) = value {
                pairs.push(((*name).to_owned(), value.clone()));
            }
        }
        address(&location.pathname.read(), &pairs)
    })
}

fn address(path: &str, pairs: &[(String, String)]) -> String {
    if pairs.is_empty() {
        return path.to_owned();
    }
    let query: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    format!("{path}?{}", query.join("&"))
}
