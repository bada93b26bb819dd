//! Handlers of events: where each stands, what it could not do, and what an operator does about that.

pub mod backlog;
pub mod list;
pub mod questions;

use super::frame::{OperatorHead, OperatorsOnly, keep_current};
use super::server::{operator_actions, operator_handlers};
use super::words::action_label;
use crate::components::{Cell, Column, DataTable, RelativeTime, Section, loaded, loaded_in_parts, part};
use crate::routes::Path;
use backlog::Backlog;
use hookreel_contract::views::{HandlerView, OperatorActionView};
use leptos::prelude::*;
use list::HandlerTable;
use questions::{RebuildQuestion, SkipQuestion};

/// Every handler, what is parked, and what operators did.
#[component]
pub fn OperatorHandlersPage() -> impl IntoView {
    view! { <OperatorsOnly><OperatorHead current=Path::OperatorHandlers/><Handlers/></OperatorsOnly> }
}

#[component]
fn Handlers() -> impl IntoView {
    let handlers = Resource::new(|| (), |()| operator_handlers());
    let actions = Resource::new(|| (), |()| operator_actions());
    keep_current(handlers);
    view! {
        {loaded_in_parts(handlers, move |handlers: Memo<Vec<HandlerView>>| {
            view! {
                <Section title="Handlers" hint="Each follows the event store by itself. What one cannot do holds up no other.">
                    {part(handlers, |all| names_of(all), move |names| view! { <HandlerTable names handlers/> })}
                </Section>
                {part(handlers, |all| names_of(all), |names| view! { <Backlog handlers=names/> })}
                <SkipQuestion handlers/>
                {part(handlers, |all| projections_of(all), |names| {
                    names.into_iter().map(|name| view! { <RebuildQuestion name/> }).collect_view()
                })}
                // In here and not beside: what is loaded is numbered in the order in which it is made, and on the server
                // the backlog above is made only when the handlers are there.
                {loaded(actions, |actions| view! { <Actions actions/> })}
            }
        })}
    }
}

fn names_of(handlers: &[HandlerView]) -> Vec<String> {
    handlers.iter().map(|handler| handler.name.clone()).collect()
}

fn projections_of(handlers: &[HandlerView]) -> Vec<String> {
    handlers.iter().filter(|handler| handler.is_projection).map(|handler| handler.name.clone()).collect()
}

/// What operators did, here and on the command line.
#[component]
fn Actions(actions: Vec<OperatorActionView>) -> impl IntoView {
    if actions.is_empty() {
        return ().into_any();
    }
    let rows = actions
        .into_iter()
        .map(|action| {
            let event = action.position.map(|position| {
                view! { <a href=Path::OperatorEvent(position).to_string()>{format!("event {position}")}</a> }
            });
            view! {
                <tr>
                    <Cell label="What" main=true>{action_label(&action.action)}</Cell>
                    <Cell label="Of"><code>{action.subject}</code></Cell>
                    <Cell label="Details"><span class="operator-details">{action.detail}" "{event}</span></Cell>
                    <Cell label="Who">{action.who}</Cell>
                    <Cell label="When"><RelativeTime at=action.done_at/></Cell>
                </tr>
            }
        })
        .collect_view();
    let columns = vec![
        Column::text("What"),
        Column::text("Of"),
        Column::text("Details"),
        Column::text("Who"),
        Column::text("When"),
    ];
    view! {
        <Section title="Done by operators" hint="Here and on the command line, newest first.">
            <DataTable caption="Done by operators" columns>{rows}</DataTable>
        </Section>
    }
    .into_any()
}
