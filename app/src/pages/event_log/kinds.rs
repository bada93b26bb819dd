//! What can happen: every kind of event, and what the fields of each mean.

use super::fields::{FieldMeaning, fields_of};
use super::server::{get_event_kind, list_event_kinds};
use crate::components::{
    ButtonKind, Cell, Column, Crumb, DataTable, Fact, Facts, LinkButton, PageHeader, RowLink, Section, Snippet, loaded,
};
use crate::routes::{Path, event_kind};
use hookreel_contract::views::EventKindView;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// Every kind of event.
#[component]
pub fn EventKindsPage() -> impl IntoView {
    let kinds = Resource::new(|| (), |()| list_event_kinds());
    view! {
        <PageHeader
            title="Kinds of events"
            lead="What can happen in Hookreel, and is recorded. What your messages are about are event types."
            crumbs=vec![Crumb::new("Event log", Path::EventLog)]
        />
        {loaded(kinds, |kinds| {
            let rows = kinds.into_iter().map(|kind| view! { <Row kind/> }).collect_view();
            let columns = vec![Column::text("Kind"), Column::text("About"), Column::text("What it says")];
            view! { <DataTable caption="Kinds of events" columns>{rows}</DataTable> }
        })}
    }
}

#[component]
fn Row(kind: EventKindView) -> impl IntoView {
    view! {
        <tr>
            <Cell label="Kind" main=true><RowLink href=event_kind(&kind.kind)><code>{kind.kind.clone()}</code></RowLink></Cell>
            <Cell label="About">{in_words(&kind.stream_kind)}</Cell>
            <Cell label="What it says">{kind.purpose}</Cell>
        </tr>
    }
}

/// One kind of event: its fields, and its JSON Schema.
#[component]
pub fn EventKindPage() -> impl IntoView {
    let params = use_params_map();
    let kind = Memo::new(move |_| params.read().get("kind").unwrap_or_default());
    let found = Resource::new(move || kind.get(), get_event_kind);
    loaded(found, |EventKindView { kind, purpose, stream_kind, schema }| {
        let fields = fields_of(&schema);
        let json = serde_json::to_string_pretty(&schema).unwrap_or_default();
        let of_this = Path::EventLog.with(&[("kind", &kind)]);
        view! {
            <PageHeader
                title=kind
                lead=purpose
                crumbs=vec![Crumb::new("Event log", Path::EventLog), Crumb::new("Kinds of events", Path::EventKinds)]
                mono=true
            >
                <LinkButton href=of_this kind=ButtonKind::Secondary>"Events of this kind"</LinkButton>
            </PageHeader>
            <Facts><Fact label="About">{in_words(&stream_kind)}</Fact></Facts>
            <Section title="Fields"><Fields fields/></Section>
            <Section title="JSON Schema" hint="Also by the REST API: /api/v1/event-schema.">
                <Snippet title="Of the payload" code=json/>
            </Section>
        }
    })
}

#[component]
fn Fields(fields: Vec<FieldMeaning>) -> impl IntoView {
    if fields.is_empty() {
        return view! { <p class="muted">"It has none: that it happened says everything."</p> }.into_any();
    }
    let rows = fields
        .into_iter()
        .map(|field| {
            let there = if field.is_required { "Always" } else { "If there is something to say" };
            view! {
                <tr>
                    <Cell label="Field" main=true><code>{field.path}</code></Cell>
                    <Cell label="What it is">{field.kind}</Cell>
                    <Cell label="There">{there}</Cell>
                    <Cell label="What it means">{field.meaning}</Cell>
                </tr>
            }
        })
        .collect_view();
    let columns =
        vec![Column::text("Field"), Column::text("What it is"), Column::text("There"), Column::text("What it means")];
    view! { <DataTable caption="Fields" columns>{rows}</DataTable> }.into_any()
}

/// `event_type`: "event type".
fn in_words(stream_kind: &str) -> String {
    stream_kind.replace('_', " ")
}
