//! What GitHub failed to deliver: shown, asked for again, and what was asked for before.

use super::is_asked_for;
use super::server::{RangeForm, StartRecovery, list_recoveries, missed_deliveries};
use crate::components::{
    Badge, ButtonKind, CancelLink, Cell, Column, ConfirmDialog, ConfirmLink, DataTable, EmptyState, FilterBar,
    FilterTime, FormActions, FormError, Hidden, RelativeTime, RowLink, Section, ServerForm, StatusCode, SubmitButton,
    Tone, counted, loaded,
};
use crate::live::{self, Topic};
use crate::pages::recoveries::RecoveryBadge;
use crate::query::{here_with, use_query};
use crate::routes::Path;
use hookreel_contract::recovery::{KEPT_BY_GITHUB_H, MissedList, MissedRow, RecoveryView};
use hookreel_kernel::SourceId;
use leptos::prelude::*;

/// In the address: whether GitHub is asked without JavaScript.
const QUERY: &str = "look";
/// The question before anything is asked for.
const REDELIVER: &str = "redeliver";

/// What is missing, and what was done about it.
#[component]
pub fn Missed(id: SourceId) -> impl IntoView {
    let start = ServerAction::<StartRecovery>::new();
    let (since, until) = (use_query("since"), use_query("until"));
    let range = Memo::new(move |_| RangeForm { since: since.get(), until: until.get() });
    let is_asked = is_asked_for(QUERY);
    let missed = Resource::new(
        move || (is_asked.get(), range.get()),
        move |(is_asked, range)| missed_deliveries(id, is_asked, range),
    );
    let recoveries = Resource::new(|| (), move |()| list_recoveries(id));
    live::refetch_on(&[Topic::Source, Topic::Message], recoveries);
    let ask = here_with(vec![(QUERY, Some("asked".to_owned()))]);
    let hint = format!(
        "GitHub tries once and never again by itself. It remembers what failed for {KEPT_BY_GITHUB_H} hours, and delivers it again when it is asked."
    );
    view! {
        <Section title="What GitHub failed to deliver" hint=hint>
            <FilterBar keep=vec!["tab", QUERY]>
                <FilterTime name="since" label="From (UTC)"/>
                <FilterTime name="until" label="Until (UTC)"/>
            </FilterBar>
            {loaded(missed, move |missed: Option<MissedList>| match missed {
                Some(missed) => view! { <Found id missed range=range.get_untracked() start/> }.into_any(),
                None => view! {
                    <p class="muted" role="status">"GitHub is being asked."</p>
                    <a class=ButtonKind::Secondary.class(true) href=ask data-noscroll=true>"Ask GitHub"</a>
                }
                .into_any(),
            })}
        </Section>
        {loaded(recoveries, |recoveries: Vec<RecoveryView>| {
            (!recoveries.is_empty()).then(|| view! { <Recoveries recoveries/> })
        })}
    }
}

#[component]
fn Found(id: SourceId, missed: MissedList, range: RangeForm, start: ServerAction<StartRecovery>) -> impl IntoView {
    if missed.deliveries.is_empty() {
        return view! {
            <EmptyState
                title="Nothing is missing"
                text="GitHub has delivered everything that it tried to deliver in this time."
            />
        }
        .into_any();
    }
    let lost = missed.lost();
    let button = (lost > 0).then(|| {
        let label = format!("Redeliver {lost}…");
        view! { <ConfirmLink name=REDELIVER kind=ButtonKind::Primary>{label}</ConfirmLink> }
    });
    let question = (lost > 0).then(|| view! { <Question id lost range start/> });
    let incomplete = (!missed.is_complete).then(|| {
        view! { <p class="muted">"There are more than are shown. Redeliver these first, or look at a shorter time."</p> }
    });
    let rows = missed.deliveries.into_iter().map(|missed| view! { <Row missed/> }).collect_view();
    let columns = vec![
        Column::text("Event"),
        Column::text("Last answer"),
        Column::number("Attempts"),
        Column::text("Failed"),
        Column::text("Here"),
    ];
    view! {
        <div class="missed-summary">
            <p role="status">{summary(lost)}</p>
            {button}
        </div>
        {incomplete}
        <DataTable caption="What GitHub failed to deliver" columns>{rows}</DataTable>
        {question}
    }
    .into_any()
}

fn summary(lost: u64) -> String {
    match lost {
        0 => "All of these have come in since.".to_owned(),
        _ => format!("{} not come in since.", counted(lost, "delivery has", "deliveries have")),
    }
}

#[component]
fn Row(missed: MissedRow) -> impl IntoView {
    let here = match missed.arrived {
        Some(id) => view! {
            <a href=Path::Message(id).to_string()><Badge tone=Tone::Ok>"Arrived"</Badge></a>
        }
        .into_any(),
        None => view! { <Badge tone=Tone::Bad>"Missing"</Badge> }.into_any(),
    };
    view! {
        <tr>
            <Cell label="Event" main=true>
                <span>{event_text(&missed.event, missed.action.as_deref())}</span>
                <code class="cell-sub">{missed.guid}</code>
            </Cell>
            <Cell label="Last answer">
                <StatusCode status=missed.status/>
                <span class="cell-sub">{missed.outcome}</span>
            </Cell>
            <Cell label="Attempts" number=true>{missed.attempts.to_string()}</Cell>
            <Cell label="Failed"><RelativeTime at=missed.failed_at/></Cell>
            <Cell label="Here">{here}</Cell>
        </tr>
    }
}

/// `pull_request.opened`.
pub fn event_text(event: &str, action: Option<&str>) -> String {
    action.map_or_else(|| event.to_owned(), |action| format!("{event}.{action}"))
}

/// Says how many before GitHub is asked for them.
#[component]
fn Question(id: SourceId, lost: u64, range: RangeForm, start: ServerAction<StartRecovery>) -> impl IntoView {
    let many = counted(lost, "delivery", "deliveries");
    let (id, since, until) = (
        Signal::stored(id.to_string()),
        Signal::stored(range.since.unwrap_or_default()),
        Signal::stored(range.until.unwrap_or_default()),
    );
    let label = Signal::stored(format!("Redeliver {lost}"));
    view! {
        <ConfirmDialog name=REDELIVER title=format!("Have GitHub redeliver {many}?")>
            <p>
                "GitHub is asked for one after the other, in the background: you can leave this page. What comes twice is recognised and kept once; your endpoints get each message once."
            </p>
            <ServerForm action=start>
                <Hidden name="id" value=id/>
                <Hidden name="since" value=since/>
                <Hidden name="until" value=until/>
                <FormError/>
                <FormActions>
                    <SubmitButton>{move || label.get()}</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}

#[component]
fn Recoveries(recoveries: Vec<RecoveryView>) -> impl IntoView {
    let rows = recoveries.into_iter().map(|recovery| view! { <RecoveryLine recovery/> }).collect_view();
    let columns = vec![
        Column::text("Started"),
        Column::text("State"),
        Column::number("Deliveries"),
        Column::number("Arrived"),
        Column::number("Refused"),
    ];
    view! {
        <Section title="Recoveries">
            <DataTable caption="Recoveries" columns>{rows}</DataTable>
        </Section>
    }
}

#[component]
fn RecoveryLine(recovery: RecoveryView) -> impl IntoView {
    let (id, started_at) = (recovery.id, recovery.created_at);
    let (total, refused) = (recovery.total.to_string(), recovery.refused.to_string());
    let arrived = (recovery.arrived + recovery.recovered).to_string();
    view! {
        <tr>
            <Cell label="Started" main=true>
                <RowLink href=Path::Recovery(id)><RelativeTime at=started_at/></RowLink>
            </Cell>
            <Cell label="State"><RecoveryBadge recovery/></Cell>
            <Cell label="Deliveries" number=true>{total}</Cell>
            <Cell label="Arrived" number=true>{arrived}</Cell>
            <Cell label="Refused" number=true>{refused}</Cell>
        </tr>
    }
}
