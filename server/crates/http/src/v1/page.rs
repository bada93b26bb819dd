//! Lists as the Svix API gives them.

use crate::problem::{FieldProblem, Problem};
use crate::query::PageQuery;
use hookreel_contract::Page;
use serde::Serialize;
use std::str::FromStr;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ListResponse)]
pub(crate) struct ListOut<T> {
    /// What is on this page.
    pub(crate) data: Vec<T>,
    /// Pass it as `iterator` to get the next page; null on the last one.
    pub(crate) iterator: Option<String>,
    /// Pages are only walked forwards: always null.
    pub(crate) prev_iterator: Option<String>,
    /// This was the last page.
    pub(crate) done: bool,
}

impl<T> ListOut<T> {
    pub(crate) fn of<V>(page: Page<V>, out: impl FnMut(V) -> T) -> Self {
        let iterator = page.next.map(|cursor| cursor.0);
        let done = iterator.is_none();
        Self { data: page.items.into_iter().map(out).collect(), iterator, prev_iterator: None, done }
    }

    /// The only page of an empty list.
    pub(crate) const fn empty() -> Self {
        Self { data: Vec::new(), iterator: None, prev_iterator: None, done: true }
    }

    /// A page of a list that is short enough to be read whole, in the order of its keys. What was removed meanwhile
    /// is missing and nothing else: a page begins behind a key, whether or not something still has it.
    pub(crate) fn of_sorted<K: Ord + FromStr + ToString>(
        items: Vec<T>,
        page: &PageQuery,
        key: impl Fn(&T) -> K,
    ) -> Result<Self, Problem> {
        let after: Option<K> = match &page.iterator {
            Some(cursor) => Some(cursor.0.parse::<K>().map_err(|_| unknown_iterator())?),
            None => None,
        };
        let is_behind = |item: &T| after.as_ref().is_none_or(|after| key(item) > *after);
        let page_and_one: Vec<T> = items.into_iter().filter(is_behind).take(page.limit + 1).collect();
        Ok(Self::of(Page::of(page_and_one, page.limit, |item| key(item).to_string()), |item| item))
    }

    /// The same page with its items shown otherwise.
    pub(crate) fn map<U>(self, out: impl FnMut(T) -> U) -> ListOut<U> {
        let Self { data, iterator, prev_iterator, done } = self;
        ListOut { data: data.into_iter().map(out).collect(), iterator, prev_iterator, done }
    }
}

/// An iterator that no page of the list has given.
pub(crate) fn unknown_iterator() -> Problem {
    Problem::fields(vec![FieldProblem::new("query", "iterator", "is not one that this list has given")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_contract::Cursor;

    fn page(limit: usize, after: Option<&str>) -> (Vec<u32>, Option<String>, bool) {
        let page = PageQuery { limit, iterator: after.map(|after| Cursor(after.to_owned())) };
        let list = ListOut::of_sorted(vec![1, 2, 4], &page, |n| *n).unwrap();
        (list.data, list.iterator, list.done)
    }

    #[test]
    fn a_short_list_is_walked_page_by_page() {
        assert_eq!(page(2, None), (vec![1, 2], Some("2".into()), false));
        assert_eq!(page(2, Some("2")), (vec![4], None, true));
        assert_eq!(page(3, None), (vec![1, 2, 4], None, true));
    }

    #[test]
    fn what_was_removed_meanwhile_takes_nothing_else_along() {
        assert_eq!(page(2, Some("3")), (vec![4], None, true));
    }

    #[test]
    fn nonsense_is_not_taken_for_the_end() {
        let page = PageQuery { limit: 2, iterator: Some(Cursor("gone".to_owned())) };
        assert!(ListOut::of_sorted(vec![1], &page, |n| *n).is_err());
    }
}
