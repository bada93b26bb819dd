//! From one page of a list to the next: plain links, so that a place in a list has an address.

use super::button::ButtonKind;
use crate::query::{here_with, use_query};
use hookreel_contract::Cursor;
use leptos::prelude::*;

/// Links to older entries, and back to the newest.
#[component]
pub fn Pagination(
    /// Where the next page begins.
    next: Option<Cursor>,
) -> impl IntoView {
    let cursor = use_query("cursor");
    let newest = here_with(vec![("cursor", None)]);
    let older = next.map(|Cursor(cursor)| here_with(vec![("cursor", Some(cursor))]));
    let has_older = older.is_some();
    view! {
        <nav class="pagination" aria-label="Pages" hidden=move || cursor.read().is_none() && !has_older>
            {move || {
                cursor
                    .read()
                    .is_some()
                    .then(|| view! { <a class=ButtonKind::Secondary.class(true) href=newest>"Newest"</a> })
            }}
            {older.map(|older| view! { <a class=ButtonKind::Secondary.class(true) href=older rel="next">"Older"</a> })}
        </nav>
    }
}
