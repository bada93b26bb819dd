//! A new replay in two steps: what to send, and the question with the number of deliveries. Both are pages with an
//! address of their own, so that they work without JavaScript and the back button corrects.

use super::describe::{SELECTIONS, range_text, selection_label};
use super::plan::ReplayPlan;
use super::server::{PlanReplay, StartReplay, preview_replay};
use crate::clock;
use crate::components::{
    ButtonKind, CardChoice, Choice, Count, Crumb, EmptyState, Fact, Facts, FormActions, FormError, Hidden, LinkButton,
    PageHeader, RadioCards, SelectField, ServerForm, SubmitButton, TextField, following, loaded,
};
use crate::pages::endpoints::server::{EndpointChoice, endpoint_choices};
use crate::pages::endpoints::text::without_scheme;
use crate::query::use_query;
use crate::routes::Path;
use crate::time_text;
use leptos::prelude::*;

/// Both steps; which one stands in the address.
#[component]
pub fn NewReplayPage() -> impl IntoView {
    let step = use_query("step");
    let plan = ReplayPlan::of_address();
    let is_confirm = Memo::new(move |_| step.get().as_deref() == Some("confirm"));
    let endpoints = Resource::new(|| (), |()| endpoint_choices());
    let prepare = ServerAction::<PlanReplay>::new();
    let start = ServerAction::<StartReplay>::new();
    view! {
        <PageHeader
            title="New replay"
            lead="Nothing is sent before you have seen how many deliveries it makes."
            crumbs=vec![Crumb::new("Replays", Path::Replays)]
        />
        <Steps is_confirm/>
        {loaded(endpoints, move |endpoints| {
            following(move || {
                let endpoints = endpoints.clone();
                if is_confirm.get() {
                    view! { <Question plan=plan.get() endpoints start/> }.into_any()
                } else {
                    view! { <PlanForm plan=plan.get() endpoints prepare/> }.into_any()
                }
            })
        })}
    }
}

#[component]
fn Steps(is_confirm: Memo<bool>) -> impl IntoView {
    let current = move |step: bool| (is_confirm.get() == step).then_some("step");
    view! {
        <ol class="replay-steps">
            <li aria-current=move || current(false)>"What to send"</li>
            <li aria-current=move || current(true)>"Confirm"</li>
        </ol>
    }
}

#[component]
fn PlanForm(plan: ReplayPlan, endpoints: Vec<EndpointChoice>, prepare: ServerAction<PlanReplay>) -> impl IntoView {
    let selections = SELECTIONS.map(|(value, title, text)| CardChoice::new(value, title, text)).to_vec();
    let (since, until) = range_of(&plan);
    let mut scopes = vec![Choice::new("", "Every enabled endpoint")];
    scopes.extend(EndpointChoice::options(&endpoints));
    view! {
        <ServerForm action=prepare>
            <SelectField
                name="endpoint"
                label="To"
                options=scopes
                value=plan.endpoint.unwrap_or_default()
            />
            <div class="replay-range">
                <TextField name="since" label="From (UTC)" kind="datetime-local" required=true value=since
                    hint="Messages received at or after."/>
                <TextField name="until" label="Until (UTC)" kind="datetime-local" required=true value=until
                    hint="Messages received before."/>
            </div>
            <RadioCards
                name="selection"
                legend="Which messages"
                options=selections
                value=plan.selection.unwrap_or_else(|| ReplayPlan::SELECTION.to_owned())
            />
            <TextField
                name="event_types"
                label="Event types"
                value=plan.event_types.unwrap_or_default()
                mono=true
                placeholder="invoice.paid, invoice.failed"
                hint="Separated by commas. Empty: every event type."
            />
            <FormError/>
            <FormActions>
                <SubmitButton>"See how many match"</SubmitButton>
                <LinkButton href=Path::Replays.to_string() kind=ButtonKind::Quiet>"Cancel"</LinkButton>
            </FormActions>
        </ServerForm>
    }
}

/// What stands in the two time fields: what the address says, or the last 24 hours.
fn range_of(plan: &ReplayPlan) -> (String, String) {
    let now = clock::now();
    let text = |given: &Option<String>, otherwise| {
        let at = given.as_deref().and_then(time_text::parse_input).unwrap_or(otherwise);
        time_text::input_value(at)
    };
    // Rounded up to the next minute: what came in just now is meant to be part of it.
    (text(&plan.since, now - time::Duration::DAY), text(&plan.until, now + time::Duration::MINUTE))
}

#[component]
fn Question(plan: ReplayPlan, endpoints: Vec<EndpointChoice>, start: ServerAction<StartReplay>) -> impl IntoView {
    let asked = plan.clone();
    let count = Resource::new(move || asked.clone(), preview_replay);
    let back = plan.address(false);
    loaded(count, move |count: u64| {
        let (back, plan) = (back.clone(), plan.clone());
        if count == 0 {
            return view! {
                <PlanFacts plan=plan.clone() endpoints=endpoints.clone()/>
                <EmptyState title="Nothing matches" text="Widen the time range, or choose other messages.">
                    <LinkButton href=back>"Change it"</LinkButton>
                </EmptyState>
            }
            .into_any();
        }
        let sending = sending_text(&plan);
        view! {
            <PlanFacts plan=plan.clone() endpoints=endpoints.clone()/>
            <div class="replay-question">
                <p class="replay-count"><Count n=count noun="delivery" plural="deliveries"/></p>
                <p class="muted">{sending}</p>
            </div>
            <ServerForm action=start>
                <PlanInputs plan/>
                <FormError/>
                <FormActions>
                    <SubmitButton>"Replay "<Count n=count noun="delivery" plural="deliveries"/></SubmitButton>
                    <LinkButton href=back kind=ButtonKind::Quiet>"Change it"</LinkButton>
                </FormActions>
            </ServerForm>
        }
        .into_any()
    })
}

/// What happens to so many deliveries: what failed may still be on its way.
fn sending_text(plan: &ReplayPlan) -> &'static str {
    match plan.selection.as_deref().unwrap_or(ReplayPlan::SELECTION) {
        "failed" => {
            "will be made and sent. What happened before stays as it is. What is still to be retried is retried now instead: nothing arrives twice."
        }
        _ => "will be made and sent. What happened before stays as it is.",
    }
}

/// The plan, to be sent along with the confirmation.
#[component]
fn PlanInputs(plan: ReplayPlan) -> impl IntoView {
    view! {
        <Hidden name="endpoint" value=plan.endpoint.unwrap_or_default()/>
        <Hidden name="since" value=plan.since.unwrap_or_default()/>
        <Hidden name="until" value=plan.until.unwrap_or_default()/>
        <Hidden name="event_types" value=plan.event_types.unwrap_or_default()/>
        <Hidden name="selection" value=plan.selection.unwrap_or_default()/>
    }
}

#[component]
fn PlanFacts(plan: ReplayPlan, endpoints: Vec<EndpointChoice>) -> impl IntoView {
    let to = match plan.endpoint.as_deref() {
        None => "Every enabled endpoint".to_owned(),
        Some(id) => endpoints
            .iter()
            .find(|endpoint| endpoint.id.to_string() == id)
            .map_or_else(|| id.to_owned(), |endpoint| without_scheme(&endpoint.url).to_owned()),
    };
    let at = |text: &Option<String>| text.as_deref().and_then(time_text::parse_input);
    let range = at(&plan.since).zip(at(&plan.until)).map(|(since, until)| range_text(since, until));
    let selection = selection_label(plan.selection.as_deref().unwrap_or(ReplayPlan::SELECTION));
    view! {
        <Facts>
            <Fact label="To">{to}</Fact>
            <Fact label="Messages received">{range}</Fact>
            <Fact label="Which">{selection}</Fact>
            <Fact label="Event types">{plan.event_types.unwrap_or_else(|| "All".to_owned())}</Fact>
        </Facts>
    }
}
