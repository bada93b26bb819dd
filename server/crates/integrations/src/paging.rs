//! Lists that come in pages, each naming the next in a `Link` header (RFC 8288).

use crate::client::ApiClient;
use crate::error::{IntegrationError, Problem};
use crate::request::ApiRequest;
use http::HeaderMap;
use http::header::LINK;
use serde::de::DeserializeOwned;

/// How many pages of one list are read at most, whatever the service says.
pub(crate) const PAGES_MAX: usize = 100;

/// A list, or the beginning of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The items, in the order of the service.
    pub items: Vec<T>,
    /// Whether these are all.
    pub is_complete: bool,
}

impl<T> Listed<T> {
    /// The first `items_max` items of what was read; `has_more` if there is more that was not read.
    pub(crate) fn cut(mut items: Vec<T>, items_max: usize, has_more: bool) -> Self {
        let is_complete = !has_more && items.len() <= items_max;
        items.truncate(items_max);
        Self { items, is_complete }
    }
}

/// One page.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The query of the next page.
    pub(crate) next: Option<String>,
}

/// Reads one page.
pub(crate) async fn page<T: DeserializeOwned>(
    client: &ApiClient,
    request: ApiRequest,
) -> Result<Page<T>, IntegrationError> {
    let answer = client.call::<Vec<T>>(request).await?;
    let next = next_query(&answer.headers).map_err(|LeadsNowhere| leads_nowhere(client))?;
    Ok(Page { items: answer.value, next })
}

/// Reads pages until there are no more, or `items_max` items are read.
pub(crate) async fn pages<T: DeserializeOwned>(
    client: &ApiClient,
    first: ApiRequest,
    items_max: usize,
) -> Result<Listed<T>, IntegrationError> {
    let mut items = Vec::new();
    let mut request = first.clone();
    let mut current: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let read = page(client, request).await?;
        items.extend(read.items);
        match read.next {
            None => return Ok(Listed::cut(items, items_max, false)),
            Some(_) if items.len() >= items_max => return Ok(Listed::cut(items, items_max, true)),
            next if next == current => return Err(leads_nowhere(client)),
            Some(next) => {
                request = first.clone().with_given_query(next.clone());
                current = Some(next);
            }
        }
    }
    Ok(Listed::cut(items, items_max, true))
}

fn leads_nowhere(client: &ApiClient) -> IntegrationError {
    IntegrationError::Malformed { service: client.service(), at: "link".to_owned(), problem: Problem::LeadsNowhere }
}

/// A link to a next page that names no page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LeadsNowhere;

/// The query of the link with the relation `next`.
///
/// Only its query is taken: host and path stay ours, so that no answer can send a token elsewhere.
pub(crate) fn next_query(headers: &HeaderMap) -> Result<Option<String>, LeadsNowhere> {
    let mut links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).flat_map(links);
    let Some(target) = links.find_map(|link| link.is_next.then_some(link.target)) else { return Ok(None) };
    let (_, query) = target.split_once('?').ok_or(LeadsNowhere)?;
    let query = query.split('#').next().unwrap_or_default();
    if query.is_empty() { Err(LeadsNowhere) } else { Ok(Some(query.to_owned())) }
}

struct Link<'h> {
    target: &'h str,
    is_next: bool,
}

/// `<https://…?page=2>; rel="next", <https://…?page=5>; rel="last"`. What is not written so is skipped.
fn links(mut rest: &str) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    while let Some((target, after)) = rest.split_once('<').and_then(|(_, after)| after.split_once('>')) {
        // A comma in a quoted parameter would end the link too early. No relation we look for has one.
        let parameters = &after[..after.find(',').unwrap_or(after.len())];
        links.push(Link { target, is_next: parameters.split(';').any(is_next) });
        rest = &after[parameters.len()..];
    }
    links
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let relations = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("rel")
        && relations.split_ascii_whitespace().any(|relation| relation.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn next(values: &[&str]) -> Result<Option<String>, LeadsNowhere> {
        next_query(&values.iter().map(|value| (LINK, HeaderValue::from_str(value).unwrap())).collect())
    }

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let query = |text: &str| Ok(Some(text.to_owned()));
        let github = r#"<https://api.github.com/r/hooks?page=1>; rel="prev", <https://api.github.com/r/hooks?page=3&per_page=100>; rel="next", <https://api.github.com/r/hooks?page=9>; rel="last""#;
        assert_eq!(next(&[github]), query("page=3&per_page=100"));
        assert_eq!(next(&["<?cursor=v1_1,2>; title=x; REL=next"]), query("cursor=v1_1,2"));
        assert_eq!(next(&[r#"<https://x/?a=1>; rel="last""#, r#"<https://x/?b=2#c>; rel="first next""#]), query("b=2"));
    }

    #[test]
    fn without_a_next_page_the_list_ends() {
        for values in [&[][..], &[""], &[r#"<https://x/?page=1>; rel="prev""#], &["<https://x/?page=1>"], &["<x"]] {
            assert_eq!(next(values), Ok(None), "{values:?}");
        }
    }

    #[test]
    fn a_next_page_without_a_query_leads_nowhere() {
        for target in ["https://x/", "https://x/?", "", "https://x/?#a"] {
            assert_eq!(next(&[&format!(r#"<{target}>; rel="next""#)]), Err(LeadsNowhere), "{target}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_harm(value in "[ -~]{0,60}") {
            let _ = next(&[&value]);
        }

        #[test]
        fn the_next_page_is_found_wherever_it_stands(
            before in prop::collection::vec("[a-z]{1,5}", 0..4), query in "[a-z0-9=&_,%]{1,20}",
        ) {
            let mut links: Vec<_> = before.iter().map(|rel| format!(r#"<https://x/?y=1>; rel="x{rel}""#)).collect();
            links.push(format!(r#"<https://other.example/z?{query}>; rel="next""#));
            prop_assert_eq!(next(&[&links.join(", ")]), Ok(Some(query)));
        }

        #[test]
        fn a_cut_list_is_complete_only_if_nothing_is_missing(count in 0_usize..20, max in 0_usize..20, more: bool) {
            let listed = Listed::cut((0..count).collect(), max, more);
            prop_assert_eq!(listed.items.len(), count.min(max));
            prop_assert_eq!(listed.is_complete, !more && count <= max);
        }
    }
}
