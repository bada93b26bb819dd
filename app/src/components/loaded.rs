//! What a page shows while it waits for its data, with them, and when they cannot be had.

use super::notice::ErrorView;
use crate::error::AppError;
use leptos::prelude::*;

/// Shows what a resource holds. While it is read again, what was there stays, and is then changed in place.
pub fn loaded<T, V>(
    resource: Resource<Result<T, AppError>>,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let content = move || {
        let view = view.clone();
        Suspend::new(async move {
            match resource.await {
                Ok(value) => view(value).into_any(),
                Err(error) => view! { <ErrorView error/> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <Skeleton/> }>{content}</Transition> }.into_any()
}

/// The place where content will be.
#[component]
pub fn Skeleton() -> impl IntoView {
    view! {
        <div class="skeleton" role="status" aria-label="Loading">
            <span></span>
            <span></span>
            <span></span>
            <span></span>
        </div>
    }
}
