//! What a page shows while it waits for its data, with them, and when they cannot be had.

use super::notice::ErrorView;
use crate::error::AppError;
use crate::live::Live;
use crate::outdated::rereading;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Shows what a resource holds. While it is read again, what was there stays; it is drawn anew only if it has changed, so
/// that news of something else take nothing back that a person has typed, chosen or unfolded. If it cannot be read again,
/// what was there stays too, and the frame says so.
///
/// It is read again after every form on the page that succeeded.
pub fn loaded<T, V>(
    resource: Resource<Result<T, AppError>>,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    loaded_in_parts(resource, move |value| {
        let view = view.clone();
        following(move || view(value.get()))
    })
}

/// As [`loaded`], for a page of which only some parts change at a time: the view is made once and follows the value
/// with [`part`]s.
pub fn loaded_in_parts<T, V>(
    resource: Resource<Result<T, AppError>>,
    view: impl Fn(Memo<T>) -> V + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    refetch_after_actions(resource);
    // Made inside the boundary, which waits for what it reads.
    view! { <Transition fallback=|| view! { <Skeleton/> }>{content(resource, view)}</Transition> }.into_any()
}

/// On the server the view is made once, when the value is there. A function would be called again at every look whether
/// all is there: what its view loads would be loaded as often, and numbered otherwise than by the browser, which then
/// takes one answer for another.
#[cfg(feature = "ssr")]
fn content<T, V>(
    resource: Resource<Result<T, AppError>>,
    view: impl Fn(Memo<T>) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    Suspend::new(async move {
        match resource.await {
            Ok(value) => view(Memo::new(move |_| value.clone())).into_any(),
            Err(error) => view! { <ErrorView error/> }.into_any(),
        }
    })
}

/// In the browser the view follows the value.
#[cfg(not(feature = "ssr"))]
fn content<T, V>(
    resource: Resource<Result<T, AppError>>,
    view: impl Fn(Memo<T>) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    use crate::outdated::{Kept, kept};
    let found = kept(resource);
    // Whether there is a value, and if not, why.
    let failure = Memo::new(move |_| {
        found.with(|found| match found {
            Kept::Nothing => None,
            Kept::Failure(error) => Some(Some(error.clone())),
            Kept::Value { .. } => Some(None),
        })
    });
    move || {
        if let Some(error) = failure.get()? {
            return Some(view! { <ErrorView error/> }.into_any());
        }
        let first = found.with_untracked(Kept::value)?;
        // Where it cannot be had any more, the value is the last one that was there.
        let value = Memo::new(move |last: Option<&T>| {
            let now = found.with(Kept::value);
            now.or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
        });
        Some(view(value).into_any())
    }
}

/// A part of what was loaded, drawn anew only when this part has changed.
pub fn part<T, P, V>(
    whole: Memo<T>,
    of: impl Fn(&T) -> P + Send + Sync + 'static,
    view: impl Fn(P) -> V + Send + Sync + 'static,
) -> AnyView
where
    T: Send + Sync + 'static,
    P: Clone + PartialEq + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let part = Memo::new(move |_| whole.with(&of));
    following(move || view(part.get()))
}

/// A view that is made anew when what it reads changes. Like a function in a view, but on the server it is called once,
/// when its place in the page is reached: for what makes resources of its own, see [`content`].
pub fn following<V>(view: impl Fn() -> V + Send + Sync + 'static) -> AnyView
where
    V: IntoView + 'static,
{
    #[cfg(feature = "ssr")]
    let view = Suspend::new(async move { view().into_any() });
    view.into_any()
}

/// Reads a resource again after every form on the page that succeeded. [`loaded`] does so by itself.
pub fn refetch_after_actions<T>(resource: Resource<Result<T, AppError>>)
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let Some(live) = use_context::<Live>() else { return };
    let read_again = rereading(resource);
    Effect::new(move |seen: Option<u64>| {
        let actions = live.actions().get();
        if seen.is_some_and(|seen| seen != actions) {
            read_again();
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
