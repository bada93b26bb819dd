//! Where webhooks come in.

pub mod fields;
pub mod handshakes;
pub mod health;
pub mod network_presets;
mod networks;
pub mod new;
pub mod picker;
pub mod quarantine;
pub mod recent;
pub mod repository;
pub mod secret;
pub mod senders;
pub mod server;
pub mod settings;
pub mod setup;
pub mod show;
mod signed_request;

pub use new::NewSourcePage;
pub use repository::event_text;
pub use show::SourcePage;

use server::list_sources;

use crate::components::{
    Badge, Cell, Column, CopyButton, DataTable, EmptyState, LinkButton, PageHeader, RelativeTime, RowLink, Tone,
    grouped, loaded,
};
use crate::live::{self, Topic};
use crate::routes::Path;
use hookreel_contract::source::SourceHealth;
use hookreel_contract::views::SourceView;
use leptos::prelude::*;

/// Every source, and how it is doing.
#[component]
pub fn SourcesPage() -> impl IntoView {
    let sources = Resource::new(|| (), |()| list_sources());
    live::refetch_on(&[Topic::Message, Topic::Source], sources);
    view! {
        <PageHeader title="Sources" lead="Each has a URL that a provider sends its webhooks to.">
            <LinkButton href=Path::NewSource.to_string()>"Add source"</LinkButton>
        </PageHeader>
        {loaded(sources, |sources| view! { <SourceTable sources/> })}
    }
}

#[component]
fn SourceTable(sources: Vec<SourceView>) -> impl IntoView {
    if sources.is_empty() {
        return view! {
            <EmptyState
                title="No sources yet"
                text="Add one for every provider that sends you webhooks. You get a URL to give to the provider, and every request to it is verified, kept and passed on."
            >
                <LinkButton href=Path::NewSource.to_string()>"Add your first source"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    let rows = sources.into_iter().map(|source| view! { <SourceRow source/> }).collect_view();
    let columns = vec![
        Column::text("Name"),
        Column::text("State"),
        Column::text("URL"),
        Column::number("Accepted, 24 h"),
        Column::number("Quarantined, 24 h"),
        Column::text("Last request"),
    ];
    view! { <DataTable caption="Sources" columns>{rows}</DataTable> }.into_any()
}

#[component]
fn SourceRow(source: SourceView) -> impl IntoView {
    let last = match source.last_received_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    let badge = view! { <SourceBadge source=source.clone()/> };
    let copy = view! { <CopyButton text=source.url.clone() label=format!("Copy the URL of {}", source.name)/> };
    view! {
        <tr>
            <Cell label="Name" main=true>
                <RowLink href=Path::Source(source.id)>{source.name}</RowLink>
                <span class="muted">{source.provider_name}</span>
            </Cell>
            <Cell label="State">{badge}</Cell>
            <Cell label="URL" cut=true>
                <code>{source.url}</code>
                {copy}
            </Cell>
            <Cell label="Accepted, 24 h" number=true>{grouped(source.accepted_24h)}</Cell>
            <Cell label="Quarantined, 24 h" number=true>{grouped(source.quarantined_24h)}</Cell>
            <Cell label="Last request">{last}</Cell>
        </tr>
    }
}

/// Whether a source does its work.
#[component]
fn SourceBadge(source: SourceView) -> impl IntoView {
    let (tone, text) = match source {
        SourceView { is_paused: true, .. } => (Tone::Warn, "Paused"),
        SourceView { needs_secret: true, .. } => (Tone::Warn, "Needs a secret"),
        SourceView { last_received_at: None, .. } => (Tone::Neutral, "Waiting"),
        SourceView { health: SourceHealth { silent: Some(_), .. }, .. } => (Tone::Warn, "Silent"),
        SourceView { accepted_24h: 0, quarantined_24h: 1.., .. } => (Tone::Bad, "Refusing"),
        SourceView { quarantined_24h: 1.., .. } => (Tone::Warn, "Some refused"),
        SourceView { .. } => (Tone::Ok, "Receiving"),
    };
    view! { <Badge tone>{text}</Badge> }
}
