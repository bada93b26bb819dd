//! Lists that change while they are read. A row that has not changed stays the very same row: what was unfolded in it
//! stays so, and the focus and the pointer stay on it while newer rows come in above.

use crate::components::{ErrorView, Pagination, Skeleton};
use crate::error::AppError;
use crate::outdated::{Kept, kept};
use hookreel_contract::{Cursor, Page};
use leptos::prelude::*;
use leptos::tachys::view::keyed::SerializableKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::hash::Hash;

/// How a list looks as a whole. While it stays the same, only rows are added, changed and removed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Waiting,
    Failed(AppError),
    Empty,
    Rows,
}

/// Shows a page of rows, and where it goes on. `key_of` tells a row from the others and from what it was before:
/// what it leaves out is not updated.
pub fn live_rows<T, K, V>(
    page: Resource<Result<Page<T>, AppError>>,
    key_of: fn(&T) -> K,
    row: impl Fn(T) -> V + Clone + Send + Sync + 'static,
    table: impl Fn(AnyView) -> AnyView + Clone + Send + Sync + 'static,
    empty: impl Fn() -> AnyView + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
    K: Eq + Hash + SerializableKey + 'static,
    V: IntoView + 'static,
{
    let content = move || {
        // Made here, inside the boundary, so that it waits for them.
        let answer = kept(page);
        let shape = Memo::new(move |_| answer.with(shape_of));
        let rows = move || answer.with(items_of);
        let next = Memo::new(move |_| answer.with(next_of));
        let (row, table, empty) = (row.clone(), table.clone(), empty.clone());
        move || match shape.get() {
            Shape::Waiting => view! { <Skeleton/> }.into_any(),
            Shape::Failed(error) => view! { <ErrorView error/> }.into_any(),
            Shape::Empty => empty(),
            Shape::Rows => {
                let rows = view! { <For each=rows key=key_of children=row.clone()/> }.into_any();
                view! {
                    {table(rows)}
                    {move || view! { <Pagination next=next.get()/> }}
                }
                .into_any()
            }
        }
    };
    view! { <Transition fallback=|| view! { <Skeleton/> }>{content}</Transition> }.into_any()
}

fn shape_of<T>(answer: &Kept<Page<T>>) -> Shape {
    match answer {
        Kept::Nothing => Shape::Waiting,
        Kept::Failure(error) => Shape::Failed(error.clone()),
        Kept::Value { value, .. } if value.items.is_empty() => Shape::Empty,
        Kept::Value { .. } => Shape::Rows,
    }
}

fn items_of<T: Clone>(answer: &Kept<Page<T>>) -> Vec<T> {
    match answer {
        Kept::Value { value, .. } => value.items.clone(),
        Kept::Nothing | Kept::Failure(_) => Vec::new(),
    }
}

fn next_of<T>(answer: &Kept<Page<T>>) -> Option<Cursor> {
    match answer {
        Kept::Value { value, .. } => value.next.clone(),
        Kept::Nothing | Kept::Failure(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_contract::ApiError;

    #[test]
    fn a_list_keeps_its_shape_while_rows_come_and_go() {
        let page = |items: Vec<u8>| Kept::Value { value: Page { items, next: None }, failure: None };
        assert_eq!(shape_of(&page(vec![1])), shape_of(&page(vec![2, 1])));
        assert_eq!(shape_of(&page(vec![])), Shape::Empty);
        assert_eq!(shape_of::<u8>(&Kept::Nothing), Shape::Waiting);
    }

    #[test]
    fn a_list_that_failed_has_no_rows() {
        let failed = Kept::<Page<u8>>::Failure(AppError::Api(ApiError::Unavailable));
        assert_eq!(items_of(&failed), Vec::<u8>::new());
        assert_eq!(next_of(&failed), None);
    }
}
