//! What the pages about event types ask the server.

use super::form::EventTypeForm;
use crate::error::AppError;
use hookreel_contract::Page;
use hookreel_contract::views::{EventTypeCount, EventTypeView, SchemaSuggestion, SchemaTrial};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Carries what a check has shown to the next page, once, where a form was sent without JavaScript.
#[cfg(feature = "ssr")]
const COOKIE: &str = "hookreel_trial";

/// Filters as they stand in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTypeQuery {
    /// In the name or the description.
    pub search: Option<String>,
    /// Anything: archived ones too.
    pub archived: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
}

/// One page of event types, and what was seen lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTypeList {
    /// By name.
    pub page: Page<EventTypeView>,
    /// Of the newest messages, also of types that are not in the catalogue.
    pub counts: Vec<EventTypeCount>,
}

/// A schema made from the newest message of a type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Suggestion {
    /// Nobody has asked for one.
    #[default]
    NotAskedFor,
    /// There is no message that one could be made from.
    Nothing,
    /// This one.
    Made(SchemaSuggestion),
}

impl Suggestion {
    /// Whether somebody has asked for one.
    pub fn is_asked_for(&self) -> bool {
        *self != Self::NotAskedFor
    }

    /// This one, or the one before: what is being worked on stays, whatever has come in since.
    pub fn or_earlier(self, earlier: Option<&Self>) -> Self {
        match earlier {
            Some(earlier) if earlier.is_asked_for() && self.is_asked_for() => earlier.clone(),
            _ => self,
        }
    }
}

impl From<Option<SchemaSuggestion>> for Suggestion {
    fn from(made: Option<SchemaSuggestion>) -> Self {
        made.map_or(Self::Nothing, Self::Made)
    }
}

/// An event type to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTypeToEdit {
    /// As it is.
    pub view: EventTypeView,
    /// A schema made from its newest message, if one was asked for.
    pub suggestion: Suggestion,
}

/// One page of event types.
#[server(prefix = "/do", endpoint = "list_event_types")]
pub async fn list_event_types(#[server(default)] query: EventTypeQuery) -> Result<EventTypeList, AppError> {
    use crate::error::filled;
    use crate::server::{caller, services};
    use hookreel_contract::input::EventTypeFilter;
    let caller = caller().await?;
    let event_types = &services()?.event_types;
    let filter = EventTypeFilter {
        search: filled(query.search),
        include_archived: filled(query.archived).is_some(),
        cursor: query.cursor.map(hookreel_contract::Cursor),
        limit: Some(50),
    };
    let page = event_types.list(&caller, filter).await?;
    Ok(EventTypeList { page, counts: event_types.count_recent(&caller).await? })
}

/// One event type, with a schema made from its newest message if `suggest`.
#[server(prefix = "/do", endpoint = "get_event_type")]
pub async fn get_event_type(name: String, suggest: bool) -> Result<EventTypeToEdit, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    let event_types = &services()?.event_types;
    let view = event_types.get(&caller, &name).await?;
    let suggestion = if suggest { event_types.suggest(&caller, &name).await?.into() } else { Suggestion::NotAskedFor };
    Ok(EventTypeToEdit { view, suggestion })
}

/// A schema made from the newest message of a type that is not in the catalogue yet.
#[server(prefix = "/do", endpoint = "suggest_schema")]
pub async fn suggest_schema(name: String) -> Result<Suggestion, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.event_types.suggest(&caller, &name).await?.into())
}

/// Adds an event type. With `intent` `check` it is only held against recent messages.
#[server(prefix = "/do", endpoint = "create_event_type")]
pub async fn create_event_type(
    #[server(flatten)] form: EventTypeForm,
    #[server(default)] intent: Option<String>,
) -> Result<Option<SchemaTrial>, AppError> {
    use crate::routes::{Done, event_type_notice};
    use crate::server::{caller, redirect, services};
    if is_check(intent) {
        return tried(&form).await.map(Some);
    }
    let input = form.input(None)?;
    let caller = caller().await?;
    let made = services()?.event_types.create(&caller, input).await?;
    redirect(event_type_notice(&made.name, Done::EventTypeCreated));
    Ok(None)
}

/// Replaces what is configured about an event type. With `intent` `check` it is only held against recent messages.
#[server(prefix = "/do", endpoint = "update_event_type")]
pub async fn update_event_type(
    #[server(flatten)] form: EventTypeForm,
    #[server(default)] intent: Option<String>,
) -> Result<Option<SchemaTrial>, AppError> {
    use crate::routes::{Done, event_type_notice};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::input::EventTypeInput;
    if is_check(intent) {
        return tried(&form).await.map(Some);
    }
    let caller = caller().await?;
    let event_types = &services()?.event_types;
    let now = event_types.get(&caller, &form.name).await?;
    let input = EventTypeInput { archived: now.archived, ..form.input(now.schemas)? };
    let saved = event_types.update(&caller, &now.name, input).await?;
    redirect(event_type_notice(&saved.name, Done::EventTypeSaved));
    Ok(None)
}

/// Hides an event type.
#[server(prefix = "/do", endpoint = "archive_event_type")]
pub async fn archive_event_type(name: String) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.event_types.delete(&caller, &name).await?;
    redirect(Path::EventTypes.notice(Done::EventTypeArchived));
    Ok(())
}

/// Shows an archived event type again.
#[server(prefix = "/do", endpoint = "restore_event_type")]
pub async fn restore_event_type(name: String) -> Result<(), AppError> {
    use crate::routes::{Done, event_type_notice};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::input::EventTypeInput;
    let caller = caller().await?;
    let event_types = &services()?.event_types;
    let EventTypeView { description, schemas, deprecated, .. } = event_types.get(&caller, &name).await?;
    let input =
        EventTypeInput { name: name.clone(), description, schemas, validation: None, archived: false, deprecated };
    event_types.update(&caller, &name, input).await?;
    redirect(event_type_notice(&name, Done::EventTypeRestored));
    Ok(())
}

#[cfg(feature = "ssr")]
fn is_check(intent: Option<String>) -> bool {
    intent.as_deref() == Some("check")
}

/// What the newest messages say about the schema that was typed. A form without JavaScript is told on its own page,
/// where what was typed still stands.
#[cfg(feature = "ssr")]
async fn tried(form: &EventTypeForm) -> Result<SchemaTrial, AppError> {
    use crate::server::{caller, hand_over, is_plain_form, services};
    use hookreel_contract::ApiError;
    let schema = form.schema()?.ok_or_else(|| AppError::field("schemas", "has to be there, to be checked"))?;
    let caller = caller().await?;
    let trial = services()?.event_types.try_schema(&caller, form.name.trim(), schema).await?;
    if is_plain_form() {
        hand_over(COOKIE, &super::trial::cut(trial));
        return Err(ApiError::conflict("Nothing was saved. What the check has shown stands below.").into());
    }
    Ok(trial)
}

/// What a check has shown that a form without JavaScript has just asked for.
pub(super) fn take_trial() -> Option<SchemaTrial> {
    #[cfg(feature = "ssr")]
    {
        crate::server::take_over(COOKIE)
    }
    #[cfg(not(feature = "ssr"))]
    {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Suggestion;

    #[test]
    fn a_suggestion_that_is_worked_on_stays() {
        let (none, nothing) = (Suggestion::NotAskedFor, Suggestion::Nothing);
        assert_eq!(nothing.clone().or_earlier(None), nothing);
        assert_eq!(nothing.clone().or_earlier(Some(&none)), nothing);
        assert_eq!(none.clone().or_earlier(Some(&nothing)), none);
        assert!(nothing.is_asked_for() && !none.is_asked_for());
    }
}
