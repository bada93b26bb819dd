//! What an operator's pages have in common: who may see them, their head, and that they keep up.

use crate::components::{NotFoundView, PageHeader, Tab, TabLinks, loaded};
use crate::error::AppError;
use crate::outdated::rereading;
use crate::query::use_query;
use crate::routes::Path;
use crate::session::Session;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The parts of the operator's place.
const PARTS: [(Path, &str); 4] = [
    (Path::Operator, "System"),
    (Path::OperatorHandlers, "Handlers"),
    (Path::OperatorMails, "Mails"),
    (Path::OperatorServices, "Services"),
];

/// What only operators see. The server functions ask by themselves who is asking; this is for the words.
#[component]
pub fn OperatorsOnly(children: ChildrenFn) -> impl IntoView {
    let Some(session) = use_context::<Session>() else { return ().into_any() };
    let children = StoredValue::new(children);
    loaded(session.0, move |member| {
        if member.is_operator {
            children.with_value(|children| children()).into_any()
        } else {
            view! { <NotFoundView what="This page"/> }.into_any()
        }
    })
}

/// The title and the parts.
#[component]
pub fn OperatorHead(
    /// The part that is shown.
    current: Path,
) -> impl IntoView {
    let tabs = PARTS
        .iter()
        .map(|(path, label)| Tab { name: label, label: (*label).to_owned(), href: path.to_string() })
        .collect();
    let current = PARTS.iter().find(|(path, _)| *path == current).map_or("", |(_, label)| label);
    view! {
        <PageHeader title="Operator" lead="The whole installation, across its tenants.">
            <TabLinks tabs current=Signal::stored(current.to_owned())/>
        </PageHeader>
    }
}

/// Reads a resource again every few seconds: no news come of what concerns the whole installation. Not while a question
/// is open, nor while nobody looks.
pub(super) fn keep_current<T>(resource: Resource<Result<T, AppError>>)
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let asked = use_query("confirm");
    let read_again = rereading(resource);
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        const EVERY: std::time::Duration = std::time::Duration::from_secs(3);
        let read_again = read_again.clone();
        let again = move || {
            let is_free = asked.try_get_untracked().is_some_and(|asked| asked.is_none());
            if is_free && !document().hidden() {
                read_again();
            }
        };
        if let Ok(timer) = set_interval_with_handle(again, EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (asked, read_again);
}
