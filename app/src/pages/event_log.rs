//! Everything that ever happened, in the order it was recorded. Nothing here can be changed.

pub mod fields;
pub mod kinds;
pub mod query;
pub mod server;
pub mod stream;

pub use kinds::{EventKindPage, EventKindsPage};

use crate::components::{
    ButtonKind, Cell, Choice, Column, CopyableId, DataTable, EmptyState, FilterBar, FilterSelect, FilterText,
    LinkButton, PageHeader, RelativeTime, loaded,
};
use crate::live::{self, Topic};
use crate::pages::live_rows::live_rows;
use crate::pages::usage::plans_are_sold;
use crate::routes::{Path, event_kind};
use hookreel_contract::views::{EventCause, EventRow};
use leptos::prelude::*;
use query::EventQuery;
use server::list_events;
use stream::{page_of_stream, pretty, stream_kinds};

/// The event log, newest first, with filters.
#[component]
pub fn EventLogPage() -> impl IntoView {
    let query = EventQuery::of_address();
    let events = Resource::new(move || query.get(), list_events);
    live::refetch_on_first_page(&Topic::ALL, events);
    let are_sold = Resource::new(|| (), |()| plans_are_sold());
    view! {
        <PageHeader
            title="Event log"
            lead="Every change and every attempt, with who, why and when. It is only ever appended to."
        >
            <LinkButton href=Path::EventKinds.to_string() kind=ButtonKind::Secondary>"Kinds of events"</LinkButton>
        </PageHeader>
        {loaded(are_sold, |are_sold| view! { <Filters are_sold/> })}
        {live_rows(events, |event| event.position, |event| view! { <Row event/> }, table, move || {
            view! { <Nothing is_filtered=query.read().is_filtered()/> }.into_any()
        })}
    }
}

#[component]
fn Filters(are_sold: bool) -> impl IntoView {
    let kinds: Vec<_> = stream_kinds(are_sold).map(|(kind, label)| Choice::new(kind, label)).collect();
    view! {
        <FilterBar>
            <FilterSelect name="about" label="About" options=kinds any="Anything"/>
            <FilterText name="kind" label="Kind" placeholder="endpoint.paused"/>
            <FilterText name="stream" label="Stream" placeholder="ep_…"/>
        </FilterBar>
    }
}

fn table(rows: AnyView) -> AnyView {
    let columns = vec![
        Column::number("No."),
        Column::number("Position"),
        Column::text("Event"),
        Column::text("Stream"),
        Column::number("Version"),
        Column::text("Who"),
        Column::text("Why"),
        Column::text("When"),
    ];
    view! { <DataTable caption="Events" columns>{rows}</DataTable> }.into_any()
}

#[component]
fn Row(event: EventRow) -> impl IntoView {
    let link = page_of_stream(&event.stream).map(|page| {
        view! { <a class="event-open" href=page.to_string()>"Open"</a> }
    });
    let same_stream = Path::EventLog.with(&[("stream", &event.stream)]);
    view! {
        <tr>
            <Cell label="No." number=true><span title="Your own events, without a gap">{event.tenant_sequence}</span></Cell>
            <Cell label="Position" number=true><span title="Among all events of this installation">{event.position}</span></Cell>
            <Cell label="Event" main=true>
                <details class="event">
                    <summary><code>{event.kind.clone()}</code></summary>
                    <pre class="event-payload" tabindex="0">{pretty(&event.payload)}</pre>
                    <p class="event-ids">"Event "<CopyableId id=event.event_id.to_string()/></p>
                    {event.correlation_id.map(|id| view! {
                        <p class="event-ids" title="The event that began all that this one belongs to">
                            "Correlation "<CopyableId id=id.to_string()/>
                        </p>
                    })}
                    <a class="event-open" href=event_kind(&event.kind)>"What its fields mean"</a>
                </details>
            </Cell>
            <Cell label="Stream">
                <span class="event-stream">
                    <CopyableId id=event.stream.clone()/>
                    {link}
                    <a class="event-open" href=same_stream title="Only the events of this stream">"History"</a>
                </span>
            </Cell>
            <Cell label="Version" number=true>{event.stream_version}</Cell>
            <Cell label="Who"><Actor text=event.actor/></Cell>
            <Cell label="Why"><Why cause=event.cause/></Cell>
            <Cell label="When"><RelativeTime at=event.recorded_at/></Cell>
        </tr>
    }
}

/// Who did it: what kind, and the id shortened.
#[component]
fn Actor(text: String) -> impl IntoView {
    match text.rsplit_once(' ') {
        Some((kind, id)) if id.contains('_') => {
            view! { <span class="event-actor">{kind.to_owned()}" "<CopyableId id=id.to_owned()/></span> }.into_any()
        }
        _ => view! { <span class="event-actor">{text}</span> }.into_any(),
    }
}

/// What led to it, with the page of that; a dash where somebody simply did it.
#[component]
fn Why(cause: Option<EventCause>) -> impl IntoView {
    let Some(EventCause { words, stream }) = cause else {
        return view! { <span class="muted">"–"</span> }.into_any();
    };
    match stream.as_deref().and_then(page_of_stream) {
        Some(page) => view! { <a class="event-cause" href=page.to_string()>{words}</a> }.into_any(),
        None => view! { <span class="event-cause">{words}</span> }.into_any(),
    }
}

#[component]
fn Nothing(is_filtered: bool) -> impl IntoView {
    let (title, text) = if is_filtered {
        ("No event matches these filters", "Clear the filters to see everything.")
    } else {
        ("Nothing has happened yet", "What you configure, receive and send is recorded here.")
    };
    view! {
        <EmptyState title text>
            {is_filtered.then(|| view! {
                <LinkButton href=Path::EventLog.to_string() kind=ButtonKind::Secondary>"Clear the filters"</LinkButton>
            })}
        </EmptyState>
    }
}
