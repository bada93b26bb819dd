//! Connecting a repository: the token, then the repository and its events. Which step it is stands in the address, so that
//! it works without JavaScript.

use super::choose::Choose;
use super::server::{Offer, connect_offer};
use super::token::GiveToken;
use crate::components::{Notice, Tone, following, loaded};
use crate::query::use_query;
#[cfg(feature = "ssr")]
use crate::routes::Path;
use hookreel_kernel::{ConnectionId, SourceId};
use leptos::prelude::*;

/// In the address: what the token is kept under.
const CONNECTION: &str = "connection";

/// Where the second step is.
#[cfg(feature = "ssr")]
pub(super) fn second_step(source: Option<SourceId>, connection: ConnectionId) -> String {
    let connection = connection.to_string();
    match source {
        Some(id) => Path::Source(id).with(&[("tab", "repository"), (CONNECTION, &connection)]),
        None => Path::NewSource.with(&[("provider", "github"), (CONNECTION, &connection)]),
    }
}

/// Both steps: for a source that is there, or for a new one.
#[component]
pub fn Connect(#[prop(optional_no_strip)] source: Option<SourceId>) -> impl IntoView {
    let connection = use_query(CONNECTION);
    let offer = Resource::new(|| (), |()| connect_offer());
    loaded(offer, move |Offer { unreachable, .. }| {
        view! {
            {unreachable.map(|why| view! { <Notice tone=Tone::Warn><p>{why}</p></Notice> })}
            {following(move || match connection.get().and_then(|text| text.parse::<ConnectionId>().ok()) {
                Some(connection) => view! { <Choose connection source/> }.into_any(),
                None => view! { <GiveToken source/> }.into_any(),
            })}
        }
    })
}
