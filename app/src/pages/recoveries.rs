//! One recovery: how far it is, and what became of each delivery that GitHub was asked for.

use super::sources::repository::server::{CancelRecovery, get_recovery};
use crate::components::{
    ActionButton, Badge, ButtonKind, Cell, Column, CopyableId, Crumb, DataTable, Fact, Facts, Notice, PageHeader,
    Progress, RelativeTime, Section, StatRow, StatTile, StatusCode, Tone, loaded_in_parts, part,
};
use crate::live::{self, Topic};
use crate::pages::found::named;
use crate::pages::sources::event_text;
use crate::query::use_id;
use crate::routes::Path;
use hookreel_contract::recovery::{RecoveryRow, RecoveryView};
use hookreel_kernel::RecoveryId;
use leptos::prelude::*;

/// One recovery, live.
#[component]
pub fn RecoveryPage() -> impl IntoView {
    let id = use_id::<RecoveryId>();
    let cancel = ServerAction::<CancelRecovery>::new();
    let recovery = Resource::new(move || id.get(), |id| async move { get_recovery(named(id, "Recovery")?).await });
    live::refetch_on(&[Topic::Source, Topic::Message], recovery);
    loaded_in_parts(recovery, move |detail| {
        view! {
            {part(detail, |detail| detail.recovery.clone(), move |recovery| view! {
                <Head recovery=recovery.clone() cancel/>
                <Run recovery=recovery.clone()/>
                <About recovery/>
            })}
            {part(detail, |detail| detail.deliveries.clone(), |deliveries| view! { <Deliveries deliveries/> })}
        }
    })
}

/// Where a recovery stands.
#[component]
pub fn RecoveryBadge(recovery: RecoveryView) -> impl IntoView {
    let (tone, text) = match recovery.state.as_str() {
        "running" if recovery.waiting.is_some() => (Tone::Warn, "Waiting"),
        "running" => (Tone::Info, "Running"),
        "finished" => (Tone::Ok, "Finished"),
        "stopped" => (Tone::Bad, "Stopped"),
        _ => (Tone::Neutral, "Cancelled"),
    };
    view! { <Badge tone>{text}</Badge> }
}

#[component]
fn Head(recovery: RecoveryView, cancel: ServerAction<CancelRecovery>) -> impl IntoView {
    let stop = (recovery.state == "running").then(|| {
        let fields = vec![("id", recovery.id.to_string())];
        view! { <ActionButton action=cancel fields kind=ButtonKind::Danger>"Cancel the recovery"</ActionButton> }
    });
    let crumbs = vec![
        Crumb::new("Sources", Path::Sources),
        Crumb::new(recovery.source_name.clone(), Path::Source(recovery.source_id).with(&[("tab", "recover")])),
    ];
    view! {
        <PageHeader
            title=format!("Recovery from {}", recovery.repository)
            crumbs=crumbs
            badge=view! { <RecoveryBadge recovery=recovery.clone()/> }.into_any()
        >
            {stop}
        </PageHeader>
    }
}

/// The bar and the numbers, and what is in the way.
#[component]
fn Run(recovery: RecoveryView) -> impl IntoView {
    let obstacle = match (&recovery.waiting, recovery.state.as_str()) {
        (Some((why, until)), _) => {
            let (why, at) = (why.clone(), *until);
            Some(view! { <Notice tone=Tone::Warn><p>{why}" It goes on "<RelativeTime at/>"."</p></Notice> }.into_any())
        }
        (None, "stopped") => {
            let why = recovery.reason.clone();
            Some(
                view! { <Notice tone=Tone::Bad><p><strong>"It could not go on. "</strong>{why}</p></Notice> }
                    .into_any(),
            )
        }
        (None, _) => None,
    };
    let arrived = recovery.arrived + recovery.recovered;
    let under_way = recovery.requested.saturating_sub(recovery.recovered);
    let refused_tone = if recovery.refused > 0 { Tone::Bad } else { Tone::Neutral };
    view! {
        {obstacle}
        <div class="replay-run">
            <Progress done=recovery.handled() total=recovery.total label="Deliveries asked for"/>
            <StatRow>
                <StatTile label="Asked for" value=format!("{} of {}", recovery.handled(), recovery.total) hint="deliveries"/>
                <StatTile label="Arrived" value=arrived.to_string() hint="are messages now"/>
                <StatTile label="On their way" value=under_way.to_string() hint="GitHub has promised them"/>
                <StatTile label="Refused" value=recovery.refused.to_string() hint="GitHub does not deliver them" tone=refused_tone/>
            </StatRow>
        </div>
    }
}

#[component]
fn About(recovery: RecoveryView) -> impl IntoView {
    let ended = recovery.finished_at.map(|at| view! { <Fact label="Ended"><RelativeTime at/></Fact> });
    view! {
        <Facts>
            <Fact label="Recovery"><CopyableId id=recovery.id.to_string()/></Fact>
            <Fact label="Failed between">
                <RelativeTime at=recovery.since/>
                " and "
                <RelativeTime at=recovery.until/>
            </Fact>
            <Fact label="Started"><RelativeTime at=recovery.created_at/></Fact>
            {ended}
            <Fact label="Recorded as">
                <a href=Path::EventLog.with(&[("stream", &recovery.id.to_string())])>"Events of this recovery"</a>
            </Fact>
        </Facts>
    }
}

#[component]
fn Deliveries(deliveries: Vec<RecoveryRow>) -> impl IntoView {
    let rows = deliveries.into_iter().map(|delivery| view! { <Row delivery/> }).collect_view();
    let columns =
        vec![Column::text("Event"), Column::text("Failed with"), Column::text("Failed"), Column::text("Outcome")];
    view! {
        <Section title="Deliveries">
            <DataTable caption="Deliveries of this recovery" columns>{rows}</DataTable>
        </Section>
    }
}

#[component]
fn Row(delivery: RecoveryRow) -> impl IntoView {
    let outcome = match (delivery.message_id, delivery.outcome.as_str()) {
        (Some(id), _) => view! {
            <a href=Path::Message(id).to_string()><Badge tone=Tone::Ok>"Arrived"</Badge></a>
        }
        .into_any(),
        (None, "requested") => view! { <Badge tone=Tone::Info>"Asked for"</Badge> }.into_any(),
        (None, "refused") => view! {
            <Badge tone=Tone::Bad>"Refused"</Badge>
            <span class="cell-sub">{delivery.reason}</span>
        }
        .into_any(),
        (None, _) => view! { <Badge tone=Tone::Neutral>"Waiting"</Badge> }.into_any(),
    };
    view! {
        <tr>
            <Cell label="Event" main=true>
                <span>{event_text(&delivery.event, delivery.action.as_deref())}</span>
                <code class="cell-sub">{delivery.guid}</code>
            </Cell>
            <Cell label="Failed with"><StatusCode status=delivery.status/></Cell>
            <Cell label="Failed"><RelativeTime at=delivery.failed_at/></Cell>
            <Cell label="Outcome">{outcome}</Cell>
        </tr>
    }
}
