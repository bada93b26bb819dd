//! Payloads that were received or published: the list. One message is [`MessagePage`].

pub mod flagged;
pub mod quarantine;
pub mod quarantined_range;
pub mod query;
pub mod server;
pub mod show;
pub mod story;
pub mod verification;
#[cfg(feature = "ssr")]
pub mod why_not;

pub use show::MessagePage;

use crate::components::{
    ButtonKind, Bytes, Cell, Choice, Column, CopyableId, DataTable, EmptyState, FilterBar, FilterSelect, FilterText,
    FilterTime, FlaggedBadge, LinkButton, MessageBadge, PageHeader, RelativeTime, RowLink, VerdictBadge, loaded,
};
use crate::live::{self, Topic};
use crate::pages::live_rows::live_rows;
use crate::pages::time_range::server::traffic_buckets;
use crate::pages::time_range::{TimeStrip, window_hours};
use crate::query::use_query;
use crate::routes::Path;
use hookreel_contract::views::{DeliveryCounts, MessageRow, MessageState};
use hookreel_kernel::MessageId;
use leptos::prelude::*;
use quarantined_range::QuarantinedRange;
use query::MessageQuery;
use server::{SourceChoice, list_messages, source_choices};

/// The event type of the dashboard's own test messages: they go to the one endpoint they were sent for.
pub const TEST_EVENT_TYPE: &str = "hookreel.test";

/// Every message, newest first, with filters.
#[component]
pub fn MessagesPage() -> impl IntoView {
    let query = MessageQuery::of_address();
    let window = use_query("window");
    let messages = Resource::new(move || query.get(), list_messages);
    let sources = Resource::new(|| (), |()| source_choices());
    let buckets = Resource::new(move || window_hours(window.get().as_deref()), |hours| traffic_buckets(None, hours));
    live::refetch_on_first_page(&[Topic::Message, Topic::Delivery], messages);
    live::refetch_on(&[Topic::Delivery], buckets);

    view! {
        <PageHeader title="Messages" lead="Everything that came in from a source or was published by API.">
            <LinkButton href=Signal::derive(move || query.read().replay_link()) kind=ButtonKind::Secondary>
                "Replay this range…"
            </LinkButton>
        </PageHeader>
        <TimeStrip buckets/>
        {loaded(sources, |sources| view! { <Filters sources/> })}
        <QuarantinedRange query/>
        {live_rows(messages, key_of, |row| view! { <Row row/> }, table, move || {
            view! { <Nothing is_filtered=query.read().is_filtered()/> }.into_any()
        })}
    }
}

#[component]
fn Filters(sources: Vec<SourceChoice>) -> impl IntoView {
    let sources: Vec<_> = sources.into_iter().map(|source| Choice::new(source.id.to_string(), source.name)).collect();
    let states = vec![
        Choice::new(MessageState::Accepted.as_str(), "Accepted"),
        Choice::new(query::FLAGGED, "Flagged"),
        Choice::new(MessageState::Quarantined.as_str(), "Quarantined"),
        Choice::new(MessageState::Duplicate.as_str(), "Duplicate"),
    ];
    view! {
        <FilterBar keep=vec!["window"]>
            <FilterText name="q" label="Search" placeholder="jane@example.com"/>
            <FilterText name="type" label="Event type" placeholder="invoice.paid"/>
            <FilterSelect name="source" label="Source" options=sources/>
            <FilterSelect name="state" label="State" options=states/>
            <FilterTime name="since" label="From (UTC)"/>
            <FilterTime name="until" label="Until (UTC)"/>
        </FilterBar>
        <SearchHelp/>
    }
}

/// What can be asked for.
#[component]
fn SearchHelp() -> impl IntoView {
    view! {
        <details class="fold">
            <summary>"What can be searched for"</summary>
            <ul>
                <li>
                    "Words of the payload, the event type, ids and headers: a message has to have all of them. "
                    <code>"begin*"</code> " finds words by their beginning. Chinese and Japanese are found by any letters "
                    "that stand together."
                </li>
                <li>
                    "A value at a path of the payload: " <code>"$.data.object.id:evt_1"</code> ", "
                    <code>"$.note:\"two words\""</code> ". Without a value: that there is something at the path."
                </li>
                <li>
                    "A number is found as it is written, and at a path however it is written: "
                    <code>"$.price:19.9"</code> " finds 19.90."
                </li>
                <li>
                    <code>"$.lines[0].sku:A-1"</code> " and " <code>"$.lines[*].sku:A-1"</code>
                    " mean any element of the list: positions are not kept. A number after a dot is a key."
                </li>
                <li>"A key with a dot, a colon or a space in it: " <code>"$[\"a.b\"].c:value"</code> "."</li>
            </ul>
        </details>
    }
}

fn table(rows: AnyView) -> AnyView {
    let columns = vec![
        Column::text("Message"),
        Column::text("From"),
        Column::text("State"),
        Column::text("Verdict"),
        Column::text("Deliveries"),
        Column::number("Size"),
        Column::text("Received"),
    ];
    view! { <DataTable caption="Messages" columns>{rows}</DataTable> }.into_any()
}

/// A message, and what can change about it.
fn key_of(row: &MessageRow) -> (MessageId, [u32; 4], &'static str, Option<String>) {
    let DeliveryCounts { succeeded, waiting, failed, cancelled } = row.deliveries;
    (row.id, [succeeded, waiting, failed, cancelled], row.state.as_str(), row.verdict.clone())
}

#[component]
fn Row(row: MessageRow) -> impl IntoView {
    let from = match (&row.source_name, row.source_id) {
        (Some(name), Some(id)) => view! { <a href=Path::Source(id).to_string()>{name.clone()}</a> }.into_any(),
        _ if row.event_type == TEST_EVENT_TYPE => view! { <span class="muted">"Test"</span> }.into_any(),
        _ => view! { <span class="muted">"API"</span> }.into_any(),
    };
    let verdict = match row.verdict.clone() {
        Some(verdict) => view! { <VerdictBadge verdict/> }.into_any(),
        None => view! { <span class="muted">"–"</span> }.into_any(),
    };
    let refusal = row.refusal.clone().map(|reason| view! { <span class="cell-sub message-refusal">{reason}</span> });
    view! {
        <tr>
            <Cell label="Message" main=true>
                <RowLink href=Path::Message(row.id).to_string()>{row.event_type.clone()}</RowLink>
                <span class="cell-sub"><CopyableId id=row.id.to_string()/></span>
                {refusal}
            </Cell>
            <Cell label="From">{from}</Cell>
            <Cell label="State"><div class="stacked"><MessageBadge state=row.state/><FlaggedBadge faults=row.schema_faults/></div></Cell>
            <Cell label="Verdict">{verdict}</Cell>
            <Cell label="Deliveries"><Outcomes state=row.state counts=row.deliveries/></Cell>
            <Cell label="Size" number=true><Bytes bytes=row.body_bytes/></Cell>
            <Cell label="Received"><RelativeTime at=row.received_at/></Cell>
        </tr>
    }
}

/// What became of a message's deliveries, in words.
pub fn outcome_text(counts: DeliveryCounts) -> String {
    let parts = [
        (counts.succeeded, "delivered"),
        (counts.waiting, "waiting"),
        (counts.failed, "failed"),
        (counts.cancelled, "cancelled"),
    ];
    let present: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if present.is_empty() { "No endpoint matched".to_owned() } else { present.join(", ") }
}

/// The same as a cell of a table.
#[component]
pub fn Outcomes(state: MessageState, counts: DeliveryCounts) -> impl IntoView {
    if state != MessageState::Accepted {
        return view! { <span class="muted">"Never delivered"</span> }.into_any();
    }
    let tone = match counts {
        DeliveryCounts { failed: 1.., .. } => "outcome tone-bad",
        DeliveryCounts { waiting: 1.., .. } => "outcome tone-warn",
        DeliveryCounts { succeeded: 1.., .. } => "outcome tone-ok",
        DeliveryCounts { .. } => "outcome",
    };
    view! { <span class=tone>{outcome_text(counts)}</span> }.into_any()
}

#[component]
fn Nothing(is_filtered: bool) -> impl IntoView {
    if is_filtered {
        return view! {
            <EmptyState title="No message matches these filters" text="Widen the time range, or clear the filters.">
                <LinkButton href=Path::Messages.to_string() kind=ButtonKind::Secondary>"Clear the filters"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState
            title="No messages yet"
            text="Give a source's URL to a provider, or publish a message of your own by API."
        >
            <LinkButton href=Path::NewSource.to_string()>"Add a source"</LinkButton>
            <LinkButton href=Path::ApiKeys.to_string() kind=ButtonKind::Secondary>"Get an API key"</LinkButton>
        </EmptyState>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_told_in_words() {
        let counts = DeliveryCounts { succeeded: 2, failed: 1, ..DeliveryCounts::default() };
        assert_eq!(outcome_text(counts), "2 delivered, 1 failed");
        let given_up = DeliveryCounts { cancelled: 1, ..DeliveryCounts::default() };
        assert_eq!(outcome_text(given_up), "1 cancelled");
        assert_eq!(outcome_text(DeliveryCounts::default()), "No endpoint matched");
    }
}
