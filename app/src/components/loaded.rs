//! What a page shows while it waits for its data, with them, and when they cannot be had.

use super::notice::ErrorView;
use crate::error::AppError;
use crate::live::Live;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Shows what a resource holds. While it is read again, what was there stays, and is then changed in place.
///
/// It is read again after every form on the page that succeeded.
pub fn loaded<T, V>(
    resource: Resource<Result<T, AppError>>,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    refetch_after_actions(resource);
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

fn refetch_after_actions<T>(resource: Resource<Result<T, AppError>>)
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let Some(live) = use_context::<Live>() else { return };
    Effect::new(move |seen: Option<u64>| {
        let actions = live.actions().get();
        if seen.is_some_and(|seen| seen != actions) {
            resource.refetch();
        }
        actions
    });
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
