//! One replay: how far it is, and what it sent.

use super::describe::{range_text, scope_text, selection_label};
use super::server::{CancelReplay, get_replay};
use crate::components::{
    ActionButton, ButtonKind, CopyableId, Crumb, EmptyState, Fact, Facts, FilterBar, FilterSelect, FilterText,
    PageHeader, Progress, RelativeTime, ReplayBadge, Section, StatRow, StatTile, Tone, loaded,
};
use crate::live::{self, Topic};
use crate::pages::deliveries::query::DeliveryQuery;
use crate::pages::deliveries::server::list_deliveries;
use crate::pages::deliveries::{DeliveryList, state_choices};
use crate::pages::found::{found, named};
use crate::query::use_id;
use crate::routes::Path;
use hookreel_contract::views::ReplayView;
use hookreel_kernel::ReplayId;
use leptos::prelude::*;

/// One replay, live.
#[component]
pub fn ReplayPage() -> impl IntoView {
    let id = use_id::<ReplayId>();
    let cancel = ServerAction::<CancelReplay>::new();
    let replay = Resource::new(move || id.get(), |id| async move { get_replay(named(id, "Replay")?).await });
    live::refetch_on(&[Topic::Replay, Topic::Delivery], replay);
    let opened = Resource::new(
        move || id.get(),
        |id| async move { found(async { get_replay(named(id, "Replay")?).await }.await) },
    );
    view! {
        {loaded(replay, move |replay: ReplayView| {
            let stop = (replay.state == "running").then(|| {
                let fields = vec![("id", replay.id.to_string())];
                view! { <ActionButton action=cancel fields kind=ButtonKind::Danger>"Cancel the replay"</ActionButton> }
            });
            view! {
                <PageHeader
                    title=format!("Replay to {}", to_text(&replay))
                    crumbs=vec![Crumb::new("Replays", Path::Replays)]
                    badge=view! { <ReplayBadge state=replay.state.clone()/> }.into_any()
                >
                    {stop}
                </PageHeader>
                <Run replay=replay.clone()/>
                <ReplayFacts replay/>
            }
        })}
        {loaded(opened, |replay: Option<ReplayView>| replay.map(|replay| view! { <Sent id=replay.id/> }))}
    }
}

/// Where it sends to, within a sentence.
fn to_text(replay: &ReplayView) -> String {
    let scope = scope_text(replay);
    if replay.endpoint_url.is_some() { scope } else { scope.to_lowercase() }
}

/// The bar and the numbers.
#[component]
fn Run(replay: ReplayView) -> impl IntoView {
    let waiting = replay.created.saturating_sub(replay.succeeded + replay.failed);
    let failed_tone = if replay.failed > 0 { Tone::Bad } else { Tone::Neutral };
    view! {
        <div class="replay-run">
        <Progress done=replay.created total=replay.matched label="Deliveries made"/>
        <StatRow>
            <StatTile label="Made" value=format!("{} of {}", replay.created, replay.matched) hint="deliveries"/>
            <StatTile label="Succeeded" value=replay.succeeded.to_string() hint="answered with 2xx"/>
            <StatTile label="On their way" value=waiting.to_string() hint="waiting or retrying"/>
            <StatTile label="Failed" value=replay.failed.to_string() hint="given up or cancelled" tone=failed_tone/>
        </StatRow>
        </div>
    }
}

#[component]
fn ReplayFacts(replay: ReplayView) -> impl IntoView {
    let types = replay.event_types.clone().map_or_else(|| "All".to_owned(), |types| types.join(", "));
    let to = match (replay.endpoint_id, &replay.endpoint_url) {
        (Some(id), Some(url)) => {
            view! { <a class="endpoint-url" href=Path::Endpoint(id).to_string()>{url.clone()}</a> }.into_any()
        }
        _ => scope_text(&replay).into_any(),
    };
    let finished = replay.finished_at.map(|at| {
        let label = if replay.state == "cancelled" { "Cancelled" } else { "Finished" };
        view! { <Fact label><RelativeTime at/></Fact> }
    });
    view! {
        <Facts>
            <Fact label="Replay"><CopyableId id=replay.id.to_string()/></Fact>
            <Fact label="To">{to}</Fact>
            <Fact label="Messages received">{range_text(replay.since, replay.until)}</Fact>
            <Fact label="Which">{selection_label(&replay.selection)}</Fact>
            <Fact label="Event types">{types}</Fact>
            <Fact label="Started"><RelativeTime at=replay.created_at/></Fact>
            {finished}
            <Fact label="Recorded as">
                <a href=Path::EventLog.with(&[("stream", &replay.id.to_string())])>"Events of this replay"</a>
            </Fact>
        </Facts>
    }
}

/// The deliveries it made.
#[component]
fn Sent(id: ReplayId) -> impl IntoView {
    let address = DeliveryQuery::of_address();
    let query = Memo::new(move |_| DeliveryQuery { replay: Some(id.to_string()), ..address.get() });
    let deliveries = Resource::new(move || query.get(), list_deliveries);
    live::refetch_on_first_page(&[Topic::Replay, Topic::Delivery], deliveries);
    let nothing = move || {
        let text = if address.read().is_filtered() {
            "No delivery of this replay matches these filters."
        } else {
            "They appear here as they are made."
        };
        view! { <EmptyState title="No deliveries" text/> }
    };
    view! {
        <Section title="Deliveries">
            <FilterBar>
                <FilterSelect name="state" label="State" options=state_choices()/>
                <FilterText name="type" label="Event type" placeholder="invoice.paid"/>
            </FilterBar>
            <DeliveryList page=deliveries caption="Deliveries of this replay" empty=nothing/>
        </Section>
    }
}
