//! An event type of a tenant's catalogue: `invoice.paid`.

use crate::aggregate::{Aggregate, Existence};
use hookreel_kernel::Validation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What can be configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventTypeDetails {
    /// Its name, which never changes.
    pub name: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// JSON Schemas by version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schemas: Option<serde_json::Value>,
    /// Whether payloads are held against the schema of the highest version.
    #[serde(default, skip_serializing_if = "Validation::is_off")]
    pub validation: Validation,
    /// Hidden from pickers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// Still sent, but on its way out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
}

/// An event type. It is archived, never deleted: messages of it may exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventTypeEntry {
    /// Whether it is there.
    pub existence: Existence,
    /// How it is configured.
    pub details: EventTypeDetails,
}

/// What somebody wants of an event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventTypeCommand {
    /// Add it to the catalogue, or bring an archived one back.
    Create(EventTypeDetails),
    /// Replace what was configured.
    Update(EventTypeDetails),
    /// Hide it.
    Archive,
}

/// What happened to an event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum EventTypeEvent {
    /// It was added.
    #[serde(rename = "event_type.created")]
    Created(EventTypeDetails),
    /// It was changed.
    #[serde(rename = "event_type.updated")]
    Updated(EventTypeDetails),
    /// It was hidden.
    #[serde(rename = "event_type.archived")]
    Archived {},
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventTypeRejection {
    /// It is not in the catalogue.
    #[error("the event type does not exist")]
    NotFound,
    /// It is in the catalogue already.
    #[error("an event type of this name exists already")]
    AlreadyExists,
}

impl Aggregate for EventTypeEntry {
    const STREAM_KIND: &'static str = "event_type";
    type Command = EventTypeCommand;
    type Event = EventTypeEvent;
    type Rejection = EventTypeRejection;

    fn decide(&self, command: EventTypeCommand) -> Result<Vec<EventTypeEvent>, EventTypeRejection> {
        match command {
            EventTypeCommand::Create(details) if !self.existence.is_present() => {
                Ok(vec![EventTypeEvent::Created(details)])
            }
            EventTypeCommand::Create(details) if self.details.archived => Ok(vec![EventTypeEvent::Updated(details)]),
            EventTypeCommand::Create(_) => Err(EventTypeRejection::AlreadyExists),
            EventTypeCommand::Update(_) | EventTypeCommand::Archive if !self.existence.is_present() => {
                Err(EventTypeRejection::NotFound)
            }
            EventTypeCommand::Update(details) if details == self.details => Ok(vec![]),
            EventTypeCommand::Update(details) => Ok(vec![EventTypeEvent::Updated(details)]),
            EventTypeCommand::Archive if self.details.archived => Ok(vec![]),
            EventTypeCommand::Archive => Ok(vec![EventTypeEvent::Archived {}]),
        }
    }

    fn evolve(&mut self, event: &EventTypeEvent) {
        match event {
            EventTypeEvent::Created(details) | EventTypeEvent::Updated(details) => {
                self.existence = Existence::Present;
                self.details = details.clone();
            }
            EventTypeEvent::Archived {} => self.details.archived = true,
        }
    }

    fn kind(event: &EventTypeEvent) -> &'static str {
        match event {
            EventTypeEvent::Created(_) => "event_type.created",
            EventTypeEvent::Updated(_) => "event_type.updated",
            EventTypeEvent::Archived {} => "event_type.archived",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::spec::given;

    fn paid(description: &str) -> EventTypeDetails {
        EventTypeDetails {
            name: "invoice.paid".into(),
            description: description.into(),
            schemas: Some(serde_json::json!({"1": {"type": "object"}})),
            ..Default::default()
        }
    }

    #[test]
    fn an_event_type_is_added_once() {
        given::<EventTypeEntry>([]).when(EventTypeCommand::Create(paid(""))).then([EventTypeEvent::Created(paid(""))]);
        given::<EventTypeEntry>([EventTypeEvent::Created(paid(""))])
            .when(EventTypeCommand::Create(paid("again")))
            .then_rejected(EventTypeRejection::AlreadyExists);
    }

    #[test]
    fn an_archived_event_type_comes_back_when_it_is_added_again() {
        given::<EventTypeEntry>([EventTypeEvent::Created(paid("")), EventTypeEvent::Archived {}])
            .when(EventTypeCommand::Create(paid("back")))
            .then([EventTypeEvent::Updated(paid("back"))]);
    }

    #[test]
    fn archiving_twice_is_one_event() {
        given::<EventTypeEntry>([EventTypeEvent::Created(paid(""))])
            .when(EventTypeCommand::Archive)
            .then([EventTypeEvent::Archived {}]);
        given::<EventTypeEntry>([EventTypeEvent::Created(paid("")), EventTypeEvent::Archived {}])
            .when(EventTypeCommand::Archive)
            .then([]);
    }

    #[test]
    fn what_is_not_in_the_catalogue_cannot_be_changed() {
        given::<EventTypeEntry>([])
            .when(EventTypeCommand::Update(paid("")))
            .then_rejected(EventTypeRejection::NotFound);
        given::<EventTypeEntry>([]).when(EventTypeCommand::Archive).then_rejected(EventTypeRejection::NotFound);
    }
}
