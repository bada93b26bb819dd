//! How the installation is doing.

use super::frame::{OperatorHead, OperatorsOnly, keep_current};
use super::headline::{Problem, headline, problems, silence_text};
use super::queues::{QueueRow, queues};
use super::server::{ReadSubscriptions, operator_system};
use crate::components::{
    ActionButton, ButtonKind, Cell, Column, DataTable, Fact, Facts, LinkButton, Section, StatRow, StatTile, grouped,
    loaded_in_parts, part, size,
};
use crate::routes::Path;
use hookreel_contract::views::{PoolView, SystemView, UnreadSubscriptions};
use leptos::prelude::*;

/// Is everything running?
#[component]
pub fn OperatorPage() -> impl IntoView {
    view! { <OperatorsOnly><OperatorHead current=Path::Operator/><System/></OperatorsOnly> }
}

#[component]
fn System() -> impl IntoView {
    let system = Resource::new(|| (), |()| operator_system());
    keep_current(system);
    // In parts: what stands still keeps the focus while the numbers move.
    loaded_in_parts(system, |system: Memo<SystemView>| {
        view! {
            {part(system, headline, |(tone, text)| view! { <p class=format!("headline {}", tone.class())>{text}</p> })}
            {move || view! { <Numbers system=system.get()/> }}
            {part(system, problems, |problems| view! { <NeedsAttention problems/> })}
            {part(system, |system| system.subscriptions_unread.clone(), |unread| view! { <Subscriptions unread/> })}
            <Section title="Work" hint="Jobs by queue, and the workers that take them, in all processes.">
                {part(system, queues, |rows| view! { <Queues rows/> })}
            </Section>
            <Section title="Database">
                {move || view! { <DatabaseFacts system=system.get()/> }}
            </Section>
            <Section title="This process" hint="Other processes have their own.">
                {move || view! { <Process system=system.get()/> }}
            </Section>
        }
    })
}

#[component]
fn Numbers(system: SystemView) -> impl IntoView {
    view! {
        <StatRow>
            <StatTile label="Tenants" value=grouped(system.tenants)/>
            <StatTile label="Messages" value=grouped(system.messages) hint="as the database estimates"/>
            <StatTile label="Deliveries" value=grouped(system.deliveries) hint="as the database estimates"/>
            <StatTile label="Events" value=grouped(system.head) hint="in the store"/>
        </StatRow>
    }
}

#[component]
fn NeedsAttention(problems: Vec<Problem>) -> impl IntoView {
    let with_a_way: Vec<_> = problems.into_iter().filter_map(|problem| Some((problem.look?, problem))).collect();
    if with_a_way.is_empty() {
        return ().into_any();
    }
    let items = with_a_way
        .into_iter()
        .map(|((path, action), problem)| {
            view! {
                <li class=format!("attention {}", problem.tone.class())>
                    <p>{problem.text}</p>
                    <LinkButton href=path.to_string() kind=ButtonKind::Secondary small=true>{action}</LinkButton>
                </li>
            }
        })
        .collect_view();
    view! { <Section title="Needs attention"><ul class="attention-list">{items}</ul></Section> }.into_any()
}

/// What Stripe could not be asked about, if anything.
#[component]
fn Subscriptions(unread: UnreadSubscriptions) -> impl IntoView {
    let again = ServerAction::<ReadSubscriptions>::new();
    if unread.count == 0 {
        return ().into_any();
    }
    view! {
        <Section title="Subscriptions" hint="Stripe is asked again by itself, after longer and longer pauses of an hour at most.">
            <Facts>
                <Fact label="Could not be read">{grouped(unread.count)}</Fact>
                <Fact label="Why, with most of them" wide=true>{unread.error}</Fact>
            </Facts>
            <ActionButton action=again>"Ask again now"</ActionButton>
        </Section>
    }
    .into_any()
}

#[component]
fn Queues(rows: Vec<QueueRow>) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|row| {
            let heard = row.silent_s.map_or_else(|| "never".to_owned(), |s| format!("{} ago", silence_text(s)));
            view! {
                <tr>
                    <Cell label="Queue" main=true><code>{row.queue}</code></Cell>
                    <Cell label="Due now" number=true>{grouped(row.due)}</Cell>
                    <Cell label="Later" number=true>{grouped(row.later)}</Cell>
                    <Cell label="Taken" number=true>{grouped(row.taken)}</Cell>
                    <Cell label="Workers" number=true>{grouped(row.workers)}</Cell>
                    <Cell label="Last heard of">{heard}</Cell>
                </tr>
            }
        })
        .collect_view();
    let columns = vec![
        Column::text("Queue"),
        Column::number("Due now"),
        Column::number("Later"),
        Column::number("Taken"),
        Column::number("Workers"),
        Column::text("Last heard of"),
    ];
    view! { <DataTable caption="Queues" columns>{rows}</DataTable> }
}

#[component]
fn DatabaseFacts(system: SystemView) -> impl IntoView {
    let connections = format!("{} of {}", grouped(system.connections), grouped(system.connections_max));
    view! {
        <Facts>
            <Fact label="Size">{size(system.database_bytes)}</Fact>
            <Fact label="PostgreSQL">{system.database_version}</Fact>
            <Fact label="Connections">{connections}</Fact>
        </Facts>
    }
}

#[component]
fn Process(system: SystemView) -> impl IntoView {
    view! {
        <Facts>
            <Fact label="Version">{system.version}</Fact>
            <Fact label="Attempts under way">{grouped(system.in_flight)}</Fact>
        </Facts>
        <Pools pools=system.pools/>
    }
}

#[component]
fn Pools(pools: Vec<PoolView>) -> impl IntoView {
    let rows = pools
        .into_iter()
        .map(|pool| {
            view! {
                <tr>
                    <Cell label="Pool" main=true><code>{pool.name}</code></Cell>
                    <Cell label="In use" number=true>{pool.open.saturating_sub(pool.idle)}</Cell>
                    <Cell label="Idle" number=true>{pool.idle}</Cell>
                    <Cell label="At most" number=true>{pool.max}</Cell>
                </tr>
            }
        })
        .collect_view();
    let columns =
        vec![Column::text("Pool"), Column::number("In use"), Column::number("Idle"), Column::number("At most")];
    view! { <DataTable caption="Database connections of this process" columns>{rows}</DataTable> }
}
