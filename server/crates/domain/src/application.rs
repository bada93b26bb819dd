//! An application: a group of endpoints of one tenant.

use crate::aggregate::{Aggregate, Existence};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The uid of the application that every tenant has from the start and that always stays.
pub const DEFAULT_UID: &str = "default";

/// What can be configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationDetails {
    /// What people call it.
    pub name: String,
    /// The tenant's own id of it; unique per tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// For programs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// An application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// Whether it is there.
    pub existence: Existence,
    /// How it is configured.
    pub details: ApplicationDetails,
}

/// What somebody wants of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplicationCommand {
    /// Make it.
    Create(ApplicationDetails),
    /// Replace what was configured.
    Update(ApplicationDetails),
    /// Delete it. Its endpoints are deleted by their own commands before.
    Delete,
}

/// What happened to an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum ApplicationEvent {
    /// It was made.
    #[serde(rename = "application.created")]
    Created(ApplicationDetails),
    /// It was changed.
    #[serde(rename = "application.updated")]
    Updated(ApplicationDetails),
    /// It was deleted.
    #[serde(rename = "application.deleted")]
    Deleted {},
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationRejection {
    /// It is not there.
    #[error("the application does not exist")]
    NotFound,
    /// It is there already.
    #[error("the application exists already")]
    AlreadyExists,
    /// The default application always stays.
    #[error("the default application cannot be deleted")]
    DefaultStays,
    /// The default application is found by its uid.
    #[error("the uid of the default application cannot be changed")]
    DefaultKeepsUid,
}

impl Application {
    fn is_default(&self) -> bool {
        self.details.uid.as_deref() == Some(DEFAULT_UID)
    }
}

impl Aggregate for Application {
    const STREAM_KIND: &'static str = "application";
    type Command = ApplicationCommand;
    type Event = ApplicationEvent;
    type Rejection = ApplicationRejection;

    fn decide(&self, command: ApplicationCommand) -> Result<Vec<ApplicationEvent>, ApplicationRejection> {
        if let ApplicationCommand::Create(details) = command {
            return match self.existence {
                Existence::Missing => Ok(vec![ApplicationEvent::Created(details)]),
                Existence::Present | Existence::Deleted => Err(ApplicationRejection::AlreadyExists),
            };
        }
        if !self.existence.is_present() {
            return Err(ApplicationRejection::NotFound);
        }
        match command {
            ApplicationCommand::Update(details) if details == self.details => Ok(vec![]),
            ApplicationCommand::Update(details) if self.is_default() && details.uid != self.details.uid => {
                Err(ApplicationRejection::DefaultKeepsUid)
            }
            ApplicationCommand::Update(details) => Ok(vec![ApplicationEvent::Updated(details)]),
            ApplicationCommand::Delete if self.is_default() => Err(ApplicationRejection::DefaultStays),
            ApplicationCommand::Delete => Ok(vec![ApplicationEvent::Deleted {}]),
            ApplicationCommand::Create(_) => Err(ApplicationRejection::AlreadyExists),
        }
    }

    fn evolve(&mut self, event: &ApplicationEvent) {
        match event {
            ApplicationEvent::Created(details) => {
                self.existence = Existence::Present;
                self.details = details.clone();
            }
            ApplicationEvent::Updated(details) => self.details = details.clone(),
            ApplicationEvent::Deleted {} => self.existence = Existence::Deleted,
        }
    }

    fn kind(event: &ApplicationEvent) -> &'static str {
        match event {
            ApplicationEvent::Created(_) => "application.created",
            ApplicationEvent::Updated(_) => "application.updated",
            ApplicationEvent::Deleted {} => "application.deleted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::spec::given;

    fn details(name: &str, uid: Option<&str>) -> ApplicationDetails {
        ApplicationDetails { name: name.into(), uid: uid.map(str::to_owned), ..Default::default() }
    }

    #[test]
    fn an_application_is_made_once() {
        let acme = details("Acme", Some("acme"));
        given::<Application>([])
            .when(ApplicationCommand::Create(acme.clone()))
            .then([ApplicationEvent::Created(acme.clone())]);
        given::<Application>([ApplicationEvent::Created(acme.clone())])
            .when(ApplicationCommand::Create(acme))
            .then_rejected(ApplicationRejection::AlreadyExists);
    }

    #[test]
    fn a_change_that_changes_nothing_is_no_event() {
        let acme = details("Acme", None);
        given::<Application>([ApplicationEvent::Created(acme.clone())])
            .when(ApplicationCommand::Update(acme.clone()))
            .then([]);
        given::<Application>([ApplicationEvent::Created(acme)])
            .when(ApplicationCommand::Update(details("Acme Inc.", None)))
            .then([ApplicationEvent::Updated(details("Acme Inc.", None))]);
    }

    #[test]
    fn a_deleted_application_cannot_be_changed_or_deleted_again() {
        let history = [ApplicationEvent::Created(details("Acme", None)), ApplicationEvent::Deleted {}];
        given::<Application>(history.clone())
            .when(ApplicationCommand::Delete)
            .then_rejected(ApplicationRejection::NotFound);
        given::<Application>(history)
            .when(ApplicationCommand::Update(details("x", None)))
            .then_rejected(ApplicationRejection::NotFound);
    }

    #[test]
    fn the_default_application_stays_and_keeps_its_uid() {
        let history = [ApplicationEvent::Created(details("Default", Some(DEFAULT_UID)))];
        given::<Application>(history.clone())
            .when(ApplicationCommand::Delete)
            .then_rejected(ApplicationRejection::DefaultStays);
        given::<Application>(history.clone())
            .when(ApplicationCommand::Update(details("Default", None)))
            .then_rejected(ApplicationRejection::DefaultKeepsUid);
        given::<Application>(history)
            .when(ApplicationCommand::Update(details("Main", Some(DEFAULT_UID))))
            .then([ApplicationEvent::Updated(details("Main", Some(DEFAULT_UID)))]);
    }

    #[test]
    fn an_application_that_is_deleted_says_so() {
        given::<Application>([ApplicationEvent::Created(details("Acme", None))])
            .when(ApplicationCommand::Delete)
            .then([ApplicationEvent::Deleted {}]);
    }
}
