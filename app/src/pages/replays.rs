//! History sent again on purpose: the list. A new replay is [`NewReplayPage`], one replay [`ReplayPage`].

pub mod describe;
pub mod new;
pub mod plan;
pub mod server;
pub mod show;

pub use new::NewReplayPage;
pub use show::ReplayPage;

use crate::components::{
    Cell, Column, CopyableId, DataTable, EmptyState, LinkButton, PageHeader, Progress, RelativeTime, ReplayBadge,
    RowLink, loaded,
};
use crate::live::{self, Topic};
use crate::routes::Path;
use describe::{range_text, scope_text, selection_label};
use hookreel_contract::views::ReplayView;
use leptos::prelude::*;
use server::list_replays;

/// Every replay, newest first.
#[component]
pub fn ReplaysPage() -> impl IntoView {
    let replays = Resource::new(|| (), |()| list_replays());
    live::refetch_on(&[Topic::Replay, Topic::Delivery], replays);
    view! {
        <PageHeader title="Replays" lead="Send a stretch of history again: to an endpoint that was down, or to a new one.">
            <LinkButton href=Path::NewReplay.to_string()>"New replay"</LinkButton>
        </PageHeader>
        {loaded(replays, |replays: Vec<ReplayView>| {
            if replays.is_empty() {
                return view! { <Nothing/> }.into_any();
            }
            let rows = replays.into_iter().map(|replay| view! { <Row replay/> }).collect_view();
            view! {
                <DataTable
                    caption="Replays"
                    columns=vec![
                        Column::text("To"),
                        Column::text("State"),
                        Column::text("Messages received"),
                        Column::text("Which"),
                        Column::text("Progress"),
                        Column::text("Started"),
                    ]
                >
                    {rows}
                </DataTable>
            }
            .into_any()
        })}
    }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState
            title="Nothing replayed yet"
            text="Choose an endpoint and a stretch of time. You see how many deliveries it makes before anything is sent, and what happened before is never changed."
        >
            <LinkButton href=Path::NewReplay.to_string()>"Start a replay"</LinkButton>
        </EmptyState>
    }
}

#[component]
fn Row(replay: ReplayView) -> impl IntoView {
    let (id, href, scope) = (replay.id.to_string(), Path::Replay(replay.id).to_string(), scope_text(&replay));
    let done = replay.done();
    let ReplayView { state, selection, event_types, since, until, matched, created_at, .. } = replay;
    let types = event_types.map(|types| view! { <span class="cell-sub">{types.join(", ")}</span> });
    view! {
        <tr>
            <Cell label="To" main=true>
                <RowLink href><span class="endpoint-url">{scope}</span></RowLink>
                <span class="cell-sub"><CopyableId id/></span>
            </Cell>
            <Cell label="State"><ReplayBadge state/></Cell>
            <Cell label="Messages received">{range_text(since, until)}</Cell>
            <Cell label="Which"><div class="stacked">{selection_label(&selection)}{types}</div></Cell>
            <Cell label="Progress"><Progress done total=matched label="Deliveries ended"/></Cell>
            <Cell label="Started"><RelativeTime at=created_at/></Cell>
        </tr>
    }
}
