//! Lists as the Svix API gives them.

use hookreel_contract::Page;
use serde::Serialize;
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

    /// A page of a list that is short enough to be read whole; `key` is an item's name as an iterator.
    pub(crate) fn of_all<V>(
        items: Vec<V>,
        limit: usize,
        after: Option<&str>,
        key: impl Fn(&V) -> String,
        out: impl FnMut(V) -> T,
    ) -> Self {
        let skip =
            after.map_or(0, |after| items.iter().position(|item| key(item) == after).map_or(items.len(), |i| i + 1));
        let page: Vec<V> = items.into_iter().skip(skip).take(limit + 1).collect();
        Self::of(Page::of(page, limit, key), out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: usize, after: Option<&str>) -> (Vec<u32>, Option<String>, bool) {
        let list = ListOut::of_all(vec![1, 2, 3], limit, after, ToString::to_string, |n| n);
        (list.data, list.iterator, list.done)
    }

    #[test]
    fn a_short_list_is_walked_page_by_page() {
        assert_eq!(page(2, None), (vec![1, 2], Some("2".into()), false));
        assert_eq!(page(2, Some("2")), (vec![3], None, true));
        assert_eq!(page(3, None), (vec![1, 2, 3], None, true));
        assert_eq!(page(3, Some("gone")), (vec![], None, true));
    }
}
