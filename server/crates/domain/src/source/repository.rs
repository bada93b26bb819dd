//! A repository that is connected to a source: its webhook sends there.

use super::{Source, SourceEvent, SourceRejection};
use hookreel_kernel::ConnectionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The provider whose repositories can be connected.
pub const REPOSITORY_PROVIDER: &str = "github";

/// The name of the event with which connecting begins.
pub const REPOSITORY_CONNECTING: &str = "source.repository_connecting";

/// What a webhook of a repository is to send to a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionPlan {
    /// Owns the token.
    pub connection_id: ConnectionId,
    /// `owner/name`.
    pub repository: String,
    /// `push`, `pull_request`, …, or `*` for everything.
    pub events: Vec<String>,
}

/// A repository that is connected, or is about to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryConnection {
    /// Which repository, and what it sends.
    pub plan: ConnectionPlan,
    /// Names the webhook there; `None`: it may or may not have been made.
    pub hook_id: Option<u64>,
}

impl RepositoryConnection {
    /// Whether it is about this repository. GitHub does not tell names apart by their case.
    pub fn is_of(&self, repository: &str) -> bool {
        self.plan.repository.eq_ignore_ascii_case(repository)
    }
}

/// What became of the webhook when its repository was disconnected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HookFate {
    /// It is gone.
    Deleted,
    /// It may still be there.
    Left,
    /// GitHub refused to make it.
    NotMade,
}

impl Source {
    pub(super) fn connected(&self) -> Result<&RepositoryConnection, SourceRejection> {
        self.connection.as_ref().ok_or(SourceRejection::NotConnected)
    }

    pub(super) fn begin_connection(&self, plan: ConnectionPlan) -> Result<Vec<SourceEvent>, SourceRejection> {
        if self.details.as_ref().is_none_or(|details| details.provider != REPOSITORY_PROVIDER) {
            return Err(SourceRejection::NoRepositories);
        }
        match &self.connection {
            Some(now) if now.hook_id.is_some() && !now.is_of(&plan.repository) => {
                Err(SourceRejection::ConnectedToAnother { repository: now.plan.repository.clone() })
            }
            Some(now) if now.plan == plan => Ok(Vec::new()),
            _ => Ok(vec![SourceEvent::RepositoryConnecting(plan)]),
        }
    }

    pub(super) fn connect(&self, plan: ConnectionPlan, hook_id: u64) -> Result<Vec<SourceEvent>, SourceRejection> {
        let now = self.connected()?;
        // Somebody disconnected it, or began anew, while GitHub was asked.
        if now.plan.connection_id != plan.connection_id || !now.is_of(&plan.repository) {
            return Err(SourceRejection::NotConnected);
        }
        if now.plan == plan && now.hook_id == Some(hook_id) {
            return Ok(Vec::new());
        }
        Ok(vec![SourceEvent::RepositoryConnected { plan, hook_id }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::spec::given;
    use crate::source::{SourceCommand, SourceDetails};
    use hookreel_kernel::ApplicationId;
    use uuid::Uuid;

    const TOKEN: Uuid = Uuid::from_u128(10);

    fn of(provider: &str) -> SourceEvent {
        SourceEvent::Created(SourceDetails {
            application_id: ApplicationId::from_uuid(Uuid::from_u128(1)),
            name: "Repositories".into(),
            provider: provider.into(),
            rule: serde_json::Value::Null,
            token: "t".into(),
            settings: serde_json::Value::Null,
        })
    }

    fn github() -> SourceEvent {
        of("github")
    }

    fn plan(connection: u128, repository: &str) -> ConnectionPlan {
        ConnectionPlan {
            connection_id: ConnectionId::from_uuid(Uuid::from_u128(connection)),
            repository: repository.into(),
            events: vec!["push".into()],
        }
    }

    fn connected(connection: u128, repository: &str) -> SourceEvent {
        SourceEvent::RepositoryConnected { plan: plan(connection, repository), hook_id: 7 }
    }

    #[test]
    fn a_repository_is_connected_in_two_steps_that_can_be_repeated() {
        let connecting = SourceEvent::RepositoryConnecting(plan(1, "octo/hello"));
        let begin = SourceCommand::BeginConnection(plan(1, "octo/hello"));
        let connect = SourceCommand::Connect { plan: plan(1, "octo/hello"), hook_id: 7 };
        given::<Source>([github()]).when(begin.clone()).then([connecting.clone()]);
        given::<Source>([github(), connecting.clone()]).when(begin.clone()).then([]);
        let events = [github(), connecting];
        given::<Source>(events.clone()).when(connect.clone()).then([connected(1, "octo/hello")]);
        let events = [&events[..], &[connected(1, "octo/hello")]].concat();
        given::<Source>(events.clone()).when(begin).then([]);
        given::<Source>(events).when(connect).then([]);
    }

    #[test]
    fn what_is_begun_anew_while_github_was_asked_is_not_finished_by_the_one_before() {
        let connecting = |connection| SourceEvent::RepositoryConnecting(plan(connection, "octo/hello"));
        given::<Source>([github(), connecting(1), connecting(2)])
            .when(SourceCommand::Connect { plan: plan(1, "octo/hello"), hook_id: 7 })
            .then_rejected(SourceRejection::NotConnected);
        let disconnected =
            SourceEvent::RepositoryDisconnected { repository: "octo/hello".into(), hook: HookFate::Left };
        given::<Source>([github(), connecting(1), disconnected])
            .when(SourceCommand::Connect { plan: plan(1, "octo/hello"), hook_id: 7 })
            .then_rejected(SourceRejection::NotConnected);
    }

    #[test]
    fn a_source_has_one_repository_at_a_time_and_only_of_github() {
        given::<Source>([github(), connected(1, "octo/hello")])
            .when(SourceCommand::BeginConnection(plan(2, "octo/other")))
            .then_rejected(SourceRejection::ConnectedToAnother { repository: "octo/hello".into() });
        given::<Source>([github(), connected(1, "octo/hello")])
            .when(SourceCommand::BeginConnection(plan(2, "Octo/Hello")))
            .then([SourceEvent::RepositoryConnecting(plan(2, "Octo/Hello"))]);
        given::<Source>([of("stripe")])
            .when(SourceCommand::BeginConnection(plan(1, "octo/hello")))
            .then_rejected(SourceRejection::NoRepositories);
    }

    #[test]
    fn a_webhook_stays_known_while_its_repository_is_connected_anew() {
        let connecting = SourceEvent::RepositoryConnecting(plan(2, "octo/hello"));
        let state = given::<Source>([github(), connected(1, "octo/hello"), connecting]).0;
        assert_eq!(state.connection.unwrap().hook_id, Some(7));
    }

    #[test]
    fn what_is_not_connected_can_neither_be_disconnected_nor_get_a_token() {
        let disconnect = SourceCommand::Disconnect { hook: HookFate::Deleted };
        given::<Source>([github()]).when(disconnect.clone()).then_rejected(SourceRejection::NotConnected);
        let replace = SourceCommand::ReplaceToken { token_id: TOKEN };
        given::<Source>([github()]).when(replace.clone()).then_rejected(SourceRejection::NotConnected);
        let events = [github(), connected(1, "octo/hello")];
        given::<Source>(events.clone()).when(replace).then([SourceEvent::RepositoryTokenReplaced { token_id: TOKEN }]);
        given::<Source>(events)
            .when(disconnect)
            .then([SourceEvent::RepositoryDisconnected { repository: "octo/hello".into(), hook: HookFate::Deleted }]);
    }
}
