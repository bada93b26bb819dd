//! Lists that change while they are read. A row that has not changed stays the very same row: what was unfolded in it
//! stays so, and the focus and the pointer stay on it while newer rows come in above.

use crate::components::{ErrorView, Pagination, Skeleton};
use crate::error::AppError;
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
        let answer = Memo::new(move |_| page.get());
        let shape = Memo::new(move |_| answer.with(|answer| shape_of(answer.as_ref())));
        let rows = move || answer.with(|answer| items_of(answer.as_ref()));
        let next = Memo::new(move |_| answer.with(|answer| next_of(answer.as_ref())));
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

type Answer<T> = Result<Page<T>, AppError>;

fn shape_of<T>(answer: Option<&Answer<T>>) -> Shape {
    match answer {
        None => Shape::Waiting,
        Some(Err(error)) => Shape::Failed(error.clone()),
        Some(Ok(page)) if page.items.is_empty() => Shape::Empty,
        Some(Ok(_)) => Shape::Rows,
    }
}

fn items_of<T: Clone>(answer: Option<&Answer<T>>) -> Vec<T> {
    answer.and_then(|answer| answer.as_ref().ok()).map(|page| page.items.clone()).unwrap_or_default()
}

fn next_of<T>(answer: Option<&Answer<T>>) -> Option<Cursor> {
    answer.and_then(|answer| answer.as_ref().ok()).and_then(|page| page.next.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_contract::ApiError;

    #[test]
    fn a_list_keeps_its_shape_while_rows_come_and_go() {
        let page = |items: Vec<u8>| Some(Ok(Page { items, next: None }));
        assert_eq!(shape_of(page(vec![1]).as_ref()), shape_of(page(vec![2, 1]).as_ref()));
        assert_eq!(shape_of(page(vec![]).as_ref()), Shape::Empty);
        assert_eq!(shape_of::<u8>(None), Shape::Waiting);
    }

    #[test]
    fn a_list_that_failed_has_no_rows() {
        let failed: Answer<u8> = Err(AppError::Api(ApiError::Unavailable));
        assert_eq!(items_of(Some(&failed)), Vec::<u8>::new());
        assert_eq!(next_of(Some(&failed)), None);
    }
}
