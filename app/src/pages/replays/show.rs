//! One replay: how far it is, and what it sent.

use super::describe::{range_text, scope_text, selection_label};
use super::server::{CancelReplay, get_replay};
use crate::components::{
    ButtonKind, CancelLink, ConfirmDialog, ConfirmLink, CopyableId, Crumb, EmptyState, Fact, Facts, FilterBar,
    FilterSelect, FilterText, FormActions, FormError, Hidden, PageHeader, Progress, RelativeTime, ReplayBadge, Section,
    ServerForm, StatRow, StatTile, SubmitButton, Tone, counted, grouped, loaded, loaded_in_parts, part,
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
        {loaded_in_parts(replay, move |replay: Memo<ReplayView>| view! {
            {part(replay, |replay| (to_text(replay), replay.state.clone(), replay.is_under_way()), head)}
            {part(
                replay,
                ReplayView::is_under_way,
                move |is_under_way| is_under_way.then(|| view! { <CancelDialog replay cancel/> }),
            )}
            {part(replay, Clone::clone, |replay: ReplayView| view! { <Run replay=replay.clone()/><ReplayFacts replay/> })}
        })}
        {loaded(opened, |replay: Option<ReplayView>| replay.map(|replay| view! { <Sent id=replay.id/> }))}
    }
}

fn head((to, state, is_under_way): (String, String, bool)) -> impl IntoView {
    let stop = is_under_way.then(|| {
        view! { <ConfirmLink name="cancel" kind=ButtonKind::Danger>"Cancel the replay…"</ConfirmLink> }
    });
    view! {
        <PageHeader
            title=format!("Replay to {to}")
            crumbs=vec![Crumb::new("Replays", Path::Replays)]
            badge=view! { <ReplayBadge state/> }.into_any()
        >
            {stop}
        </PageHeader>
    }
}

/// Where it sends to, within a sentence.
fn to_text(replay: &ReplayView) -> String {
    let scope = scope_text(replay);
    if replay.endpoint_url.is_some() { scope } else { scope.to_lowercase() }
}

/// Deliveries of it that have not ended.
const fn waiting(replay: &ReplayView) -> u64 {
    replay.created.saturating_sub(replay.succeeded + replay.failed + replay.cancelled)
}

/// What cancelling does, before it is done.
fn loss(replay: &ReplayView) -> String {
    let cancelled =
        |n| counted(n, "delivery has not arrived and is cancelled.", "deliveries have not arrived and are cancelled.");
    match (waiting(replay), replay.state.as_str()) {
        (0, _) => "No more deliveries are made.".to_owned(),
        (n, "running") => format!("{} No more are made.", cancelled(n)),
        (n, _) => cancelled(n),
    }
}

/// The question; its numbers change while it is read.
#[component]
fn CancelDialog(replay: Memo<ReplayView>, cancel: ServerAction<CancelReplay>) -> impl IntoView {
    let what = move || replay.with(loss);
    view! {
        <ConfirmDialog name="cancel" title="Cancel this replay?">
            <p>{what}" What has arrived stays. Another replay can send the rest later."</p>
            <ServerForm action=cancel>
                <Hidden name="id" value=replay.with_untracked(|replay| replay.id.to_string())/>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Cancel the replay"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}

/// The bar and the numbers.
#[component]
fn Run(replay: ReplayView) -> impl IntoView {
    let waiting = waiting(&replay);
    let failed_tone = if replay.failed > 0 { Tone::Bad } else { Tone::Neutral };
    let cancelled = (replay.cancelled > 0).then(|| {
        view! { <StatTile label="Cancelled" value=grouped(replay.cancelled) hint="before they arrived"/> }
    });
    let brought_forward = (replay.brought_forward > 0).then(|| {
        let value = grouped(replay.brought_forward);
        view! { <StatTile label="Brought forward" value hint="to be retried anyway: retried now"/> }
    });
    view! {
        <div class="replay-run">
        <Progress done=replay.done() total=replay.matched label="Deliveries ended"/>
        <StatRow>
            <StatTile label="Made" value=grouped(replay.created) hint="deliveries"/>
            <StatTile label="Succeeded" value=grouped(replay.succeeded) hint="answered with 2xx"/>
            <StatTile label="On their way" value=grouped(waiting) hint="waiting or retrying"/>
            <StatTile label="Failed" value=grouped(replay.failed) hint="given up after the last attempt" tone=failed_tone/>
            {cancelled}
            {brought_forward}
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

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::ApplicationId;
    use time::macros::datetime;

    fn replay(state: &str, created: u64, succeeded: u64) -> ReplayView {
        ReplayView {
            id: ReplayId::generate(),
            application_id: ApplicationId::generate(),
            endpoint_id: None,
            endpoint_url: None,
            since: datetime!(2026-11-23 14:00 UTC),
            until: datetime!(2026-11-23 15:00 UTC),
            event_types: None,
            selection: "all".to_owned(),
            state: state.to_owned(),
            matched: 5,
            created,
            succeeded,
            failed: 0,
            cancelled: 0,
            brought_forward: 0,
            created_at: datetime!(2026-11-23 16:00 UTC),
            finished_at: None,
        }
    }

    #[test]
    fn what_cancelling_loses_is_counted_before() {
        assert_eq!(loss(&replay("running", 0, 0)), "No more deliveries are made.");
        assert_eq!(loss(&replay("sending", 5, 4)), "1 delivery has not arrived and is cancelled.");
        assert!(loss(&replay("running", 3, 1)).starts_with("2 deliveries have not arrived"));
    }
}
