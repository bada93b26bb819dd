//! The exchanges by which a provider asks whether it may send.

use super::server::recent_handshakes;
use crate::components::{Cell, Column, DataTable, RelativeTime, Section, StatusCode, loaded};
use crate::live::{self, Topic};
use crate::pages::found::found;
use hookreel_kernel::{SourceId, Timestamp};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// One exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// Which: `slack_url_verification`.
    pub name: String,
    /// The status of the answer.
    pub status: Option<u16>,
    /// An address that a person has to open to confirm; it is never opened by itself.
    pub subscribe_url: Option<String>,
    /// The provider said that it will send no more.
    pub is_revoked: bool,
    /// When.
    pub at: Timestamp,
}

#[cfg(feature = "ssr")]
impl Handshake {
    /// The exchange that an event of the log is about.
    pub(super) fn of(event: &hookreel_contract::views::EventRow) -> Self {
        let payload: serde_json::Value = serde_json::from_str(&event.payload).unwrap_or_default();
        let text = |name: &str| payload.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        let status = payload.get("status").and_then(serde_json::Value::as_u64);
        Self {
            name: text("handshake").unwrap_or_default(),
            status: status.and_then(|status| status.try_into().ok()),
            // Whatever stands there comes from outside: only a web address may become a link.
            subscribe_url: text("subscribe_url").filter(|url| url.starts_with("https://")),
            is_revoked: payload.get("revoked").and_then(serde_json::Value::as_bool).unwrap_or_default(),
            at: event.recorded_at,
        }
    }
}

/// `slack_url_verification`, as people read it.
pub fn handshake_text(name: &str) -> String {
    name.replace('_', " ")
}

/// The last exchanges of a source, if there were any.
#[component]
pub fn Handshakes(id: SourceId) -> impl IntoView {
    let handshakes = Resource::new(|| (), move |()| async move { found(recent_handshakes(id).await) });
    live::refetch_on(&[Topic::Source], handshakes);
    loaded(handshakes, |handshakes| match handshakes {
        Some(handshakes) if !handshakes.is_empty() => view! { <Table handshakes/> }.into_any(),
        _ => ().into_any(),
    })
}

#[component]
fn Table(handshakes: Vec<Handshake>) -> impl IntoView {
    let rows = handshakes.into_iter().map(|handshake| view! { <Row handshake/> }).collect_view();
    let columns = vec![Column::text("Exchange"), Column::text("Answer"), Column::text("When")];
    view! {
        <Section title="Handshakes" hint="The provider asked whether it may send, and was answered by itself. Nothing of it is stored as a message.">
            <DataTable caption="Handshakes" columns>{rows}</DataTable>
        </Section>
    }
}

#[component]
fn Row(handshake: Handshake) -> impl IntoView {
    let confirm = handshake.subscribe_url.map(|url| {
        view! { <a class="cell-sub" href=url rel="external noreferrer nofollow">"Open to confirm the subscription"</a> }
    });
    let revoked =
        handshake.is_revoked.then(|| view! { <span class="cell-sub">"The provider ended the subscription."</span> });
    view! {
        <tr>
            <Cell label="Exchange" main=true>
                <span>{handshake_text(&handshake.name)}</span>
                {confirm}
                {revoked}
            </Cell>
            <Cell label="Answer"><StatusCode status=handshake.status/></Cell>
            <Cell label="When"><RelativeTime at=handshake.at/></Cell>
        </tr>
    }
}
