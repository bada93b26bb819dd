//! The form of a new event type.

use super::fields::{EventTypeActions, EventTypeFields, Suggested, with_suggestion};
use super::form::EventTypeForm;
use super::server::{CreateEventType, Suggestion, suggest_schema, take_trial};
use super::show::latest_trial;
use super::trial::TrialResult;
use crate::components::{Crumb, PageHeader, ServerForm, loaded_in_parts, part};
use crate::query::use_query;
use crate::routes::Path;
use leptos::prelude::*;

/// A new event type; its name may stand in the address.
#[component]
pub fn NewEventTypePage() -> impl IntoView {
    let (name, suggest) = (use_query("name"), use_query("suggest"));
    let suggestion = Resource::new(
        move || (name.get(), suggest.get().is_some()),
        |(name, suggest)| async move {
            match name.filter(|_| suggest) {
                Some(name) => suggest_schema(name).await,
                None => Ok(Suggestion::NotAskedFor),
            }
        },
    );
    let create = ServerAction::<CreateEventType>::new();
    let trial = latest_trial(create.value().into(), take_trial);
    view! {
        <PageHeader
            title="New event type"
            lead="What a kind of message is about, and what its payload has to look like."
            crumbs=vec![Crumb::new("Event types", Path::EventTypes)]
        />
        {loaded_in_parts(suggestion, move |latest: Memo<Suggestion>| {
            let kept = Memo::new(move |earlier| latest.get().or_earlier(earlier));
            part(kept, Clone::clone, move |suggestion| {
                let name = name.get_untracked().unwrap_or_default();
                let form = with_suggestion(EventTypeForm { name, ..EventTypeForm::default() }, &suggestion);
                view! {
                    <Suggested suggestion/>
                    <ServerForm action=create>
                        <EventTypeFields form is_new=true/>
                        <EventTypeActions save="Add event type"/>
                    </ServerForm>
                    {move || trial.get().map(|trial| view! { <TrialResult trial/> })}
                }
            })
        })}
    }
}
