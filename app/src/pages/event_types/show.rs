//! One event type: how it is configured, and the form to change it.

use super::LifeBadges;
use super::fields::{EventTypeActions, EventTypeFields, Suggested, with_suggestion};
use super::form::EventTypeForm;
use super::server::{ArchiveEventType, EventTypeToEdit, RestoreEventType, UpdateEventType, get_event_type, take_trial};
use super::trial::TrialResult;
use crate::components::{
    ActionButton, ButtonKind, CancelLink, ConfirmDialog, ConfirmLink, Crumb, Fact, Facts, FormActions, FormError,
    Hidden, LinkButton, Notice, PageHeader, RelativeTime, Section, ServerForm, SubmitButton, ValidationBadge,
    loaded_in_parts, part,
};
use crate::error::AppError;
use crate::pages::messages::query::FLAGGED;
use crate::query::{here_with, use_query};
use crate::routes::Path;
use hookreel_contract::views::{EventTypeView, SchemaTrial, highest_version};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// What the latest check has shown: of the form on this page, or of one that was sent without JavaScript.
pub(super) fn latest_trial(
    answer: Signal<Option<Result<Option<SchemaTrial>, AppError>>>,
    taken_over: fn() -> Option<SchemaTrial>,
) -> Signal<Option<SchemaTrial>> {
    let without_script = SharedValue::new(taken_over).into_inner();
    Signal::derive(move || {
        answer.with(|answer| match answer {
            Some(Ok(trial)) => trial.clone(),
            Some(Err(_)) => None,
            None => without_script.clone(),
        })
    })
}

/// One event type.
#[component]
pub fn EventTypePage() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.read().get("name").unwrap_or_default());
    let suggest = use_query("suggest");
    let found = Resource::new(
        move || (name.get(), suggest.get().is_some()),
        |(name, suggest)| async move { get_event_type(name, suggest).await },
    );
    let update = ServerAction::<UpdateEventType>::new();
    let archive = ServerAction::<ArchiveEventType>::new();
    let restore = ServerAction::<RestoreEventType>::new();
    let trial = latest_trial(update.value().into(), take_trial);
    loaded_in_parts(found, move |latest: Memo<EventTypeToEdit>| {
        let kept = Memo::new(move |earlier: Option<&EventTypeToEdit>| {
            let now = latest.get();
            let same = earlier.filter(|earlier| earlier.view.name == now.view.name);
            EventTypeToEdit { suggestion: now.suggestion.or_earlier(same.map(|same| &same.suggestion)), ..now }
        });
        part(kept, Clone::clone, move |EventTypeToEdit { view: event_type, suggestion }| {
            let form = with_suggestion(EventTypeForm::of(&event_type), &suggestion);
            view! {
                <Head event_type=event_type.clone()/>
                {event_type.archived.then(|| view! { <Archived name=event_type.name.clone() restore/> })}
                <EventTypeFacts event_type=event_type.clone()/>
                <Section title="Settings" actions=suggest_link(suggestion.is_asked_for())>
                    <Suggested suggestion/>
                    <ServerForm action=update>
                        <EventTypeFields form/>
                        <EventTypeActions save="Save"/>
                    </ServerForm>
                    {move || trial.get().map(|trial| view! { <TrialResult trial/> })}
                </Section>
                {(!event_type.archived).then(|| view! { <Archive name=event_type.name.clone() archive/> })}
            }
        })
    })
}

#[component]
fn Head(event_type: EventTypeView) -> impl IntoView {
    let badges = view! {
        <ValidationBadge validation=event_type.validation/>
        <LifeBadges archived=event_type.archived deprecated=event_type.deprecated/>
    }
    .into_any();
    let lead = Some(event_type.description).filter(|text| !text.is_empty());
    let lead = lead.unwrap_or_else(|| "It has no description yet.".to_owned());
    view! {
        <PageHeader
            title=event_type.name
            lead
            crumbs=vec![Crumb::new("Event types", Path::EventTypes)]
            badge=badges
            mono=true
        />
    }
}

#[component]
fn EventTypeFacts(event_type: EventTypeView) -> impl IntoView {
    let name = event_type.name;
    let version = event_type.schemas.as_ref().and_then(highest_version).map(|(version, _)| version);
    let schema = match version {
        None => "None".to_owned(),
        Some(version) => format!("Version {version}"),
    };
    let all = Path::Messages.with(&[("type", &name)]);
    let flagged = Path::Messages.with(&[("type", &name), ("state", FLAGGED)]);
    view! {
        <Facts>
            <Fact label="Schema">{schema}</Fact>
            <Fact label="Messages"><a href=all>"Of this type"</a></Fact>
            <Fact label="Flagged"><a href=flagged>"Those that did not fit"</a></Fact>
            <Fact label="Created"><RelativeTime at=event_type.created_at/></Fact>
            <Fact label="Last changed"><RelativeTime at=event_type.updated_at/></Fact>
        </Facts>
    }
}

fn suggest_link(is_suggested: bool) -> AnyView {
    if is_suggested {
        return ().into_any();
    }
    let href = here_with(vec![("suggest", Some("latest".to_owned()))]);
    view! { <LinkButton href kind=ButtonKind::Secondary small=true>"Generate a schema from a recent message"</LinkButton> }
        .into_any()
}

#[component]
fn Archived(name: String, restore: ServerAction<RestoreEventType>) -> impl IntoView {
    view! {
        <Notice>
            <p>"This event type is archived: hidden from lists. Messages of it are accepted, and held against its schema, as before."</p>
            <ActionButton action=restore fields=vec![("name", name)] kind=ButtonKind::Secondary small=true>"Bring it back"</ActionButton>
        </Notice>
    }
}

#[component]
fn Archive(name: String, archive: ServerAction<ArchiveEventType>) -> impl IntoView {
    let title = format!("Archive {name}?");
    let name = StoredValue::new(name);
    view! {
        <Section title="Archive" hint="It disappears from lists. Nothing is deleted, and it can be brought back.">
            <ConfirmLink name="archive" kind=ButtonKind::Secondary>"Archive this event type…"</ConfirmLink>
        </Section>
        <ConfirmDialog name="archive" title=title>
            <p>"Messages of this type are still accepted and delivered, and still held against its schema: to end that, choose “Nobody looks” first."</p>
            <ServerForm action=archive>
                <Hidden name="name" value=name.get_value()/>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Archive event type"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}
