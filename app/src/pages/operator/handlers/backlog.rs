//! What handlers could not do: parked, tried again, or waiting behind such.

use super::super::frame::keep_current;
use super::super::server::{BacklogQuery, RetryEvent, operator_backlog};
use super::super::words::{backlog_choices, backlog_label, backlog_tone};
use super::questions::skip_question;
use crate::components::{
    ActionButton, Badge, Cell, Choice, Column, ConfirmLink, DataTable, EmptyState, FilterBar, FilterSelect,
    RelativeTime, Section, refetch_after_actions,
};
use crate::pages::live_rows::live_rows;
use crate::query::use_query;
use crate::routes::Path;
use hookreel_contract::views::{BacklogState, BacklogView};
use leptos::prelude::*;

#[component]
pub fn Backlog(handlers: Vec<String>) -> impl IntoView {
    let (state, handler, cursor) = (use_query("state"), use_query("handler"), use_query("cursor"));
    let query = Memo::new(move |_| BacklogQuery { state: state.get(), handler: handler.get(), cursor: cursor.get() });
    let events = Resource::new(move || query.get(), operator_backlog);
    keep_current(events);
    refetch_after_actions(events);
    let handlers = handlers.into_iter().map(|name| Choice::new(name.clone(), name)).collect();
    view! {
        <Section title="Not handled yet" hint="What fails is tried again by itself, then parked until somebody decides.">
            <FilterBar>
                <FilterSelect name="state" label="State" options=backlog_choices() any=backlog_label(BacklogState::Parked)/>
                <FilterSelect name="handler" label="Handler" options=handlers/>
            </FilterBar>
            {live_rows(events, key_of, |event| view! { <Row event/> }, table, move || {
                view! { <Nothing query=query.get()/> }.into_any()
            })}
        </Section>
    }
}

/// Everything about a row that changes.
fn key_of(event: &BacklogView) -> String {
    format!("{}:{}:{}:{}", event.handler, event.position, event.state.as_str(), event.tries)
}

fn table(rows: AnyView) -> AnyView {
    let columns = vec![
        Column::text("Event"),
        Column::text("Handler"),
        Column::text("State"),
        Column::text("Error"),
        Column::number("Tries"),
        Column::text("Since"),
        Column::hidden("Actions"),
    ];
    view! { <DataTable caption="Events not handled yet" columns>{rows}</DataTable> }.into_any()
}

#[component]
fn Row(event: BacklogView) -> impl IntoView {
    let retry = ServerAction::<RetryEvent>::new();
    let fields = vec![("handler", event.handler.clone()), ("position", event.position.to_string())];
    let skip = skip_question(&event.handler, event.position);
    let (is_waiting, is_retrying) = (event.state == BacklogState::Waiting, event.state == BacklogState::Retrying);
    let again = is_retrying.then(|| view! { <span class="cell-sub"><RelativeTime at=event.due_at due=true/></span> });
    let try_again = (!is_waiting).then(|| {
        view! { <ActionButton action=retry fields small=true>"Retry"</ActionButton> }
    });
    view! {
        <tr>
            <Cell label="Event" main=true>
                <div class="stacked">
                    <a href=Path::OperatorEvent(event.position).to_string()><code>{event.kind}</code></a>
                    <span class="cell-sub">{format!("{} of {}", event.position, event.tenant_name)}</span>
                </div>
            </Cell>
            <Cell label="Handler"><code>{event.handler}</code></Cell>
            <Cell label="State">
                <div class="stacked">
                    <Badge tone=backlog_tone(event.state)>{backlog_label(event.state)}</Badge>
                    {again}
                </div>
            </Cell>
            <Cell label="Error"><span class="operator-error">{event.error}</span></Cell>
            <Cell label="Tries" number=true>{event.tries}</Cell>
            <Cell label="Since"><RelativeTime at=event.noted_at/></Cell>
            <Cell label="Actions" number=true>
                <div class="operator-buttons">
                    {try_again}
                    <ConfirmLink name=skip small=true>"Skip…"</ConfirmLink>
                </div>
            </Cell>
        </tr>
    }
}

#[component]
fn Nothing(query: BacklogQuery) -> impl IntoView {
    let state = query.state.as_deref().and_then(BacklogState::parse).unwrap_or(BacklogState::Parked);
    let title = match (state, query.handler) {
        (BacklogState::Parked, None) => "Nothing is parked".to_owned(),
        (BacklogState::Retrying, None) => "Nothing is being retried".to_owned(),
        (BacklogState::Waiting, None) => "Nothing waits behind an earlier event".to_owned(),
        (state, Some(handler)) => format!("{handler} has nothing in the state “{}”", backlog_label(state)),
    };
    view! { <EmptyState title text="Every event was handled, or is in another state. This list keeps up by itself."/> }
}
