//! What messages are about, and what their payloads have to look like: the list. A new event type is
//! [`NewEventTypePage`], one event type [`EventTypePage`].

pub mod fields;
pub mod form;
pub mod new;
pub mod server;
pub mod show;
pub mod trial;

pub use new::NewEventTypePage;
pub use show::EventTypePage;

use crate::components::{
    Badge, ButtonKind, Cell, Choice, Column, DataTable, EmptyState, FilterBar, FilterSelect, FilterText, LinkButton,
    PageHeader, Pagination, RelativeTime, RowLink, Section, Tone, ValidationBadge, grouped, loaded,
};
use crate::query::use_query;
use crate::routes::{self, Path};
use hookreel_contract::views::{EventTypeCount, EventTypeView};
use leptos::prelude::*;
use server::{EventTypeList, EventTypeQuery, list_event_types};

/// Types that were seen and are not in the catalogue; more would bury the list.
const UNKNOWN_SHOWN: usize = 10;

/// Every event type, with how often it was seen lately.
#[component]
pub fn EventTypesPage() -> impl IntoView {
    let (search, archived, cursor) = (use_query("q"), use_query("archived"), use_query("cursor"));
    let query =
        Memo::new(move |_| EventTypeQuery { search: search.get(), archived: archived.get(), cursor: cursor.get() });
    let list = Resource::new(move || query.get(), list_event_types);
    let shown = vec![Choice::new("shown", "Shown too")];
    view! {
        <PageHeader title="Event types" lead="What your messages are about, and what their payloads have to look like.">
            <LinkButton href=Path::NewEventType.to_string()>"New event type"</LinkButton>
        </PageHeader>
        <FilterBar>
            <FilterText name="q" label="Search" placeholder="invoice"/>
            <FilterSelect name="archived" label="Archived ones" options=shown any="Hidden"/>
        </FilterBar>
        {loaded(list, move |EventTypeList { page, counts }| {
            let is_first = cursor.get_untracked().is_none() && search.get_untracked().is_none();
            let unknown = is_first.then(|| view! { <Unknown counts=counts.clone()/> });
            if page.items.is_empty() {
                let is_filtered = search.get_untracked().is_some();
                return view! { <Nothing is_filtered/>{unknown} }.into_any();
            }
            let next = page.next.clone();
            let rows = page
                .items
                .into_iter()
                .map(|event_type| {
                    let lately = counts.iter().find(|one| one.name == event_type.name).map_or(0, |one| one.messages);
                    view! { <Row event_type lately/> }
                })
                .collect_view();
            view! {
                <DataTable caption="Event types" columns=columns()>{rows}</DataTable>
                <Pagination next/>
                {unknown}
            }
            .into_any()
        })}
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::text("Event type"),
        Column::text("Payloads"),
        Column::number("Of the newest 1,000"),
        Column::text("Changed"),
    ]
}

#[component]
fn Row(event_type: EventTypeView, lately: u64) -> impl IntoView {
    let description = (!event_type.description.is_empty()).then(|| {
        view! { <span class="cell-sub">{event_type.description.clone()}</span> }
    });
    view! {
        <tr class:is-over=event_type.archived>
            <Cell label="Event type" main=true>
                <RowLink href=routes::event_type(&event_type.name)><code>{event_type.name.clone()}</code></RowLink>
                {description}
            </Cell>
            <Cell label="Payloads">
                <div class="stacked">
                    <ValidationBadge validation=event_type.validation/>
                    <LifeBadges archived=event_type.archived deprecated=event_type.deprecated/>
                </div>
            </Cell>
            <Cell label="Of the newest 1,000" number=true>{grouped(lately)}</Cell>
            <Cell label="Changed"><RelativeTime at=event_type.updated_at/></Cell>
        </tr>
    }
}

/// On its way out, or out of sight.
#[component]
pub fn LifeBadges(archived: bool, deprecated: bool) -> impl IntoView {
    view! {
        {archived.then(|| view! { <Badge tone=Tone::Neutral>"Archived"</Badge> })}
        {deprecated.then(|| view! { <Badge tone=Tone::Warn>"Deprecated"</Badge> })}
    }
}

/// What was published or received lately and is not in the catalogue.
#[component]
fn Unknown(counts: Vec<EventTypeCount>) -> impl IntoView {
    let unknown: Vec<_> = counts.into_iter().filter(|one| !one.is_known).collect();
    if unknown.is_empty() {
        return ().into_any();
    }
    let more = unknown.len().saturating_sub(UNKNOWN_SHOWN);
    let items = unknown
        .into_iter()
        .take(UNKNOWN_SHOWN)
        .map(|EventTypeCount { name, messages, .. }| {
            let add = Path::NewEventType.with(&[("name", &name), ("suggest", "latest")]);
            let label = format!("Describe {name}");
            view! {
                <li class="elsewhere-item">
                    <div class="elsewhere-what">
                        <code>{name}</code>
                        <span class="muted">{format!("{} of the newest 1,000 messages", grouped(messages))}</span>
                    </div>
                    <a class=ButtonKind::Secondary.class(true) href=add aria-label=label>"Describe"</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <Section title="Seen lately, and not described" hint="Messages may be of any type. Described, a type can have a schema.">
            <ul class="elsewhere">{items}</ul>
            {(more > 0).then(|| view! { <p class="muted">{format!("And {more} more.")}</p> })}
        </Section>
    }
    .into_any()
}

#[component]
fn Nothing(is_filtered: bool) -> impl IntoView {
    if is_filtered {
        return view! {
            <EmptyState title="No event type matches" text="Search for a part of its name or description.">
                <LinkButton href=Path::EventTypes.to_string() kind=ButtonKind::Secondary>"Show all"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState
            title="No event types yet"
            text="Messages can be of any type. Describe the ones you publish, and a payload that does not look as it should is flagged or refused."
        >
            <LinkButton href=Path::NewEventType.to_string()>"Describe your first event type"</LinkButton>
        </EmptyState>
    }
    .into_any()
}
