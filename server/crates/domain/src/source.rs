//! A source: where webhooks of a provider come in.

mod repository;

pub use repository::{ConnectionPlan, HookFate, REPOSITORY_CONNECTING, REPOSITORY_PROVIDER, RepositoryConnection};

use crate::aggregate::{Aggregate, Existence};
use hookreel_kernel::time::TimestampSchema;
use hookreel_kernel::{ApplicationId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How a source is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceDetails {
    /// Where its messages go.
    pub application_id: ApplicationId,
    /// What people call it.
    pub name: String,
    /// `stripe`.
    pub provider: String,
    /// How requests are verified; the shape is the verifier's.
    pub rule: serde_json::Value,
    /// What follows `/in/` in the URL. It is an address, not a credential: requests are still verified.
    pub token: String,
    /// Limits, answers, deduplication; the shape is the receiver's.
    #[serde(default)]
    pub settings: serde_json::Value,
}

/// A source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Whether it is there.
    pub existence: Existence,
    /// `Some` once it was made.
    pub details: Option<SourceDetails>,
    /// The secret that is current.
    pub secret_id: Option<Uuid>,
    /// Whether others may still be valid beside it. Their time may also be over by now.
    pub has_old_secrets: bool,
    /// What comes in is kept, and waits until a person releases it.
    pub is_paused: bool,
    /// The repository whose webhook sends here.
    pub connection: Option<RepositoryConnection>,
}

/// What somebody wants of a source. Secrets are named, never carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceCommand {
    /// Make it, with its first secret if it is known already.
    Create {
        /// How it is configured.
        details: SourceDetails,
        /// The first secret.
        secret_id: Option<Uuid>,
    },
    /// Change how it is configured.
    Update {
        /// All of it, as it is to be.
        details: SourceDetails,
    },
    /// Keep what comes in, and deliver nothing of it.
    Pause,
    /// Deliver what comes in again.
    Resume,
    /// Use this secret and no other from now on.
    SetSecret {
        /// The secret.
        secret_id: Uuid,
    },
    /// Use this secret, which a provider has brought, if there has been none: or else anybody could bring another.
    TakeFirstSecret {
        /// The secret.
        secret_id: Uuid,
    },
    /// Use this secret; the one before stays valid for a while.
    RotateSecret {
        /// The new secret.
        secret_id: Uuid,
        /// Until when the one before is valid.
        old_valid_until: Timestamp,
    },
    /// Let no secret be valid but the current one.
    EndOldSecrets,
    /// Note that a repository is about to be connected.
    BeginConnection(ConnectionPlan),
    /// Note that it is, by this webhook; or that its webhook is another, or sends something else.
    Connect {
        /// Which repository, and what it sends.
        plan: ConnectionPlan,
        /// Names the webhook there.
        hook_id: u64,
    },
    /// Use this token from now on.
    ReplaceToken {
        /// Names the token.
        token_id: Uuid,
    },
    /// Forget the repository.
    Disconnect {
        /// What became of its webhook.
        hook: HookFate,
    },
    /// Delete it.
    Delete,
}

/// What happened to a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum SourceEvent {
    /// It was made.
    #[serde(rename = "source.created")]
    Created(SourceDetails),
    /// It was changed.
    #[serde(rename = "source.updated")]
    Updated(SourceDetails),
    /// It got a secret; others stopped being valid.
    #[serde(rename = "source.secret_set")]
    SecretSet {
        /// Names the secret.
        secret_id: Uuid,
    },
    /// It got a new secret; the one before stays valid for a while.
    #[serde(rename = "source.secret_rotated")]
    SecretRotated {
        /// Names the new secret.
        secret_id: Uuid,
        /// Until when the one before is valid. Of the first rotations it was not recorded: a day.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
        #[schemars(with = "Option<TimestampSchema>")]
        old_valid_until: Option<Timestamp>,
    },
    /// Secrets before the current one stopped being valid before their time.
    #[serde(rename = "source.old_secrets_ended")]
    OldSecretsEnded {},
    /// What comes in waits.
    #[serde(rename = "source.paused")]
    Paused {},
    /// What comes in is delivered again.
    #[serde(rename = "source.resumed")]
    Resumed {},
    /// Nothing has come for longer than ever before.
    #[serde(rename = "source.went_silent")]
    WentSilent {
        /// When the last message came.
        #[serde(with = "time::serde::rfc3339")]
        #[schemars(with = "TimestampSchema")]
        last_received_at: Timestamp,
        /// The longest pause before, in seconds.
        longest_pause_s: u64,
    },
    /// A message came after that.
    #[serde(rename = "source.heard_again")]
    HeardAgain {
        /// When the last message before the silence came.
        #[serde(with = "time::serde::rfc3339")]
        #[schemars(with = "TimestampSchema")]
        silent_since: Timestamp,
    },
    /// A repository is about to be connected: from here on its webhook may be there.
    #[serde(rename = "source.repository_connecting")]
    RepositoryConnecting(ConnectionPlan),
    /// A repository's webhook sends here.
    #[serde(rename = "source.repository_connected")]
    RepositoryConnected {
        /// Which repository, and what it sends.
        #[serde(flatten)]
        plan: ConnectionPlan,
        /// Names the webhook there.
        hook_id: u64,
    },
    /// The connected repository is managed by another token from now on.
    #[serde(rename = "source.repository_token_replaced")]
    RepositoryTokenReplaced {
        /// Names the token.
        token_id: Uuid,
    },
    /// The repository was forgotten, and its token with it.
    #[serde(rename = "source.repository_disconnected")]
    RepositoryDisconnected {
        /// Which repository it was.
        repository: String,
        /// What became of its webhook.
        hook: HookFate,
    },
    /// It was deleted.
    #[serde(rename = "source.deleted")]
    Deleted {},
}

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceRejection {
    /// It is not there.
    #[error("the source does not exist")]
    NotFound,
    /// It is there already.
    #[error("the source exists already")]
    AlreadyExists,
    /// It has a secret, which only people replace.
    #[error("the source has a secret already, and takes no other from whoever sends")]
    HasSecret,
    /// Its provider has no repositories.
    #[error("only a source of GitHub can have a repository")]
    NoRepositories,
    /// It has another repository.
    #[error("the source is connected to {repository}; disconnect that first")]
    ConnectedToAnother {
        /// Which.
        repository: String,
    },
    /// It has no repository, or not by this connection.
    #[error("the source is not connected to a repository")]
    NotConnected,
}

impl Aggregate for Source {
    const STREAM_KIND: &'static str = "source";
    type Command = SourceCommand;
    type Event = SourceEvent;
    type Rejection = SourceRejection;

    fn decide(&self, command: SourceCommand) -> Result<Vec<SourceEvent>, SourceRejection> {
        match command {
            SourceCommand::Create { details, secret_id } if self.existence == Existence::Missing => {
                let mut events = vec![SourceEvent::Created(details)];
                events.extend(secret_id.map(|secret_id| SourceEvent::SecretSet { secret_id }));
                Ok(events)
            }
            SourceCommand::Create { .. } => Err(SourceRejection::AlreadyExists),
            _ if !self.existence.is_present() => Err(SourceRejection::NotFound),
            SourceCommand::Update { details } if self.details.as_ref() == Some(&details) => Ok(Vec::new()),
            SourceCommand::Update { details } => Ok(vec![SourceEvent::Updated(details)]),
            SourceCommand::Pause if self.is_paused => Ok(Vec::new()),
            SourceCommand::Pause => Ok(vec![SourceEvent::Paused {}]),
            SourceCommand::Resume if !self.is_paused => Ok(Vec::new()),
            SourceCommand::Resume => Ok(vec![SourceEvent::Resumed {}]),
            SourceCommand::TakeFirstSecret { .. } if self.secret_id.is_some() => Err(SourceRejection::HasSecret),
            SourceCommand::SetSecret { secret_id } | SourceCommand::TakeFirstSecret { secret_id } => {
                Ok(vec![SourceEvent::SecretSet { secret_id }])
            }
            // The first secret has no predecessor to keep valid.
            SourceCommand::RotateSecret { secret_id, .. } if self.secret_id.is_none() => {
                Ok(vec![SourceEvent::SecretSet { secret_id }])
            }
            SourceCommand::RotateSecret { secret_id, old_valid_until } => {
                Ok(vec![SourceEvent::SecretRotated { secret_id, old_valid_until: Some(old_valid_until) }])
            }
            SourceCommand::EndOldSecrets if !self.has_old_secrets => Ok(Vec::new()),
            SourceCommand::EndOldSecrets => Ok(vec![SourceEvent::OldSecretsEnded {}]),
            SourceCommand::BeginConnection(plan) => self.begin_connection(plan),
            SourceCommand::Connect { plan, hook_id } => self.connect(plan, hook_id),
            SourceCommand::ReplaceToken { token_id } => {
                self.connected()?;
                Ok(vec![SourceEvent::RepositoryTokenReplaced { token_id }])
            }
            SourceCommand::Disconnect { hook } => {
                let repository = self.connected()?.plan.repository.clone();
                Ok(vec![SourceEvent::RepositoryDisconnected { repository, hook }])
            }
            SourceCommand::Delete => Ok(vec![SourceEvent::Deleted {}]),
        }
    }

    fn evolve(&mut self, event: &SourceEvent) {
        match event {
            SourceEvent::Created(details) | SourceEvent::Updated(details) => {
                self.existence = Existence::Present;
                self.details = Some(details.clone());
            }
            SourceEvent::SecretSet { secret_id } => {
                self.secret_id = Some(*secret_id);
                self.has_old_secrets = false;
            }
            SourceEvent::SecretRotated { secret_id, .. } => {
                self.secret_id = Some(*secret_id);
                self.has_old_secrets = true;
            }
            SourceEvent::OldSecretsEnded {} => self.has_old_secrets = false,
            SourceEvent::Paused {} => self.is_paused = true,
            SourceEvent::Resumed {} => self.is_paused = false,
            // Whether it is silent now is seen from what came in, not from what was told about it.
            SourceEvent::WentSilent { .. }
            | SourceEvent::HeardAgain { .. }
            | SourceEvent::RepositoryTokenReplaced { .. } => {}
            SourceEvent::RepositoryConnecting(plan) => {
                // The webhook of before, if it is the same repository's, is still the one to look for.
                let hook_id =
                    self.connection.take().filter(|now| now.is_of(&plan.repository)).and_then(|now| now.hook_id);
                self.connection = Some(RepositoryConnection { plan: plan.clone(), hook_id });
            }
            SourceEvent::RepositoryConnected { plan, hook_id } => {
                self.connection = Some(RepositoryConnection { plan: plan.clone(), hook_id: Some(*hook_id) });
            }
            SourceEvent::RepositoryDisconnected { .. } => self.connection = None,
            SourceEvent::Deleted {} => {
                self.existence = Existence::Deleted;
                self.connection = None;
            }
        }
    }

    fn kind(event: &SourceEvent) -> &'static str {
        match event {
            SourceEvent::Created(_) => "source.created",
            SourceEvent::Updated(_) => "source.updated",
            SourceEvent::SecretSet { .. } => "source.secret_set",
            SourceEvent::SecretRotated { .. } => "source.secret_rotated",
            SourceEvent::OldSecretsEnded {} => "source.old_secrets_ended",
            SourceEvent::Paused {} => "source.paused",
            SourceEvent::Resumed {} => "source.resumed",
            SourceEvent::WentSilent { .. } => "source.went_silent",
            SourceEvent::HeardAgain { .. } => "source.heard_again",
            SourceEvent::RepositoryConnecting(_) => REPOSITORY_CONNECTING,
            SourceEvent::RepositoryConnected { .. } => "source.repository_connected",
            SourceEvent::RepositoryTokenReplaced { .. } => "source.repository_token_replaced",
            SourceEvent::RepositoryDisconnected { .. } => "source.repository_disconnected",
            SourceEvent::Deleted {} => "source.deleted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::spec::given;
    use crate::aggregate::{decode, encode};

    fn stripe() -> SourceDetails {
        SourceDetails {
            application_id: ApplicationId::from_uuid(Uuid::from_u128(1)),
            name: "Stripe".into(),
            provider: "stripe".into(),
            rule: serde_json::json!({"provider": "stripe"}),
            token: "t".into(),
            settings: serde_json::Value::Null,
        }
    }

    const FIRST: Uuid = Uuid::from_u128(10);
    const SECOND: Uuid = Uuid::from_u128(11);
    const UNTIL: Timestamp = time::macros::datetime!(2026-11-24 09:30:00 UTC);

    #[test]
    fn a_source_can_be_made_before_its_secret_is_known() {
        given::<Source>([])
            .when(SourceCommand::Create { details: stripe(), secret_id: None })
            .then([SourceEvent::Created(stripe())]);
        given::<Source>([])
            .when(SourceCommand::Create { details: stripe(), secret_id: Some(FIRST) })
            .then([SourceEvent::Created(stripe()), SourceEvent::SecretSet { secret_id: FIRST }]);
    }

    #[test]
    fn rotating_without_a_secret_sets_the_first_one() {
        given::<Source>([SourceEvent::Created(stripe())])
            .when(SourceCommand::RotateSecret { secret_id: FIRST, old_valid_until: UNTIL })
            .then([SourceEvent::SecretSet { secret_id: FIRST }]);
        given::<Source>([SourceEvent::Created(stripe()), SourceEvent::SecretSet { secret_id: FIRST }])
            .when(SourceCommand::RotateSecret { secret_id: SECOND, old_valid_until: UNTIL })
            .then([SourceEvent::SecretRotated { secret_id: SECOND, old_valid_until: Some(UNTIL) }]);
    }

    #[test]
    fn old_secrets_end_once_and_only_where_there_may_be_some() {
        let rotated = SourceEvent::SecretRotated { secret_id: SECOND, old_valid_until: Some(UNTIL) };
        let first = [SourceEvent::Created(stripe()), SourceEvent::SecretSet { secret_id: FIRST }];
        given::<Source>(first.clone()).when(SourceCommand::EndOldSecrets).then([]);
        given::<Source>([&first[..], std::slice::from_ref(&rotated)].concat())
            .when(SourceCommand::EndOldSecrets)
            .then([SourceEvent::OldSecretsEnded {}]);
        given::<Source>([&first[..], &[rotated, SourceEvent::OldSecretsEnded {}]].concat())
            .when(SourceCommand::EndOldSecrets)
            .then([]);
    }

    #[test]
    fn a_rotation_of_before_is_still_read() {
        let stored = serde_json::json!({"kind": "source.secret_rotated", "payload": {"secret_id": FIRST}});
        let event: SourceEvent = serde_json::from_value(stored).unwrap();
        assert_eq!(event, SourceEvent::SecretRotated { secret_id: FIRST, old_valid_until: None });
    }

    #[test]
    fn a_secret_can_be_replaced_at_once() {
        given::<Source>([SourceEvent::Created(stripe()), SourceEvent::SecretSet { secret_id: FIRST }])
            .when(SourceCommand::SetSecret { secret_id: SECOND })
            .then([SourceEvent::SecretSet { secret_id: SECOND }]);
    }

    #[test]
    fn a_secret_that_a_provider_brings_is_taken_once() {
        let brings = |secret_id| SourceCommand::TakeFirstSecret { secret_id };
        let made = SourceEvent::Created(stripe());
        given::<Source>([made.clone()]).when(brings(FIRST)).then([SourceEvent::SecretSet { secret_id: FIRST }]);
        given::<Source>([made, SourceEvent::SecretSet { secret_id: FIRST }])
            .when(brings(SECOND))
            .then_rejected(SourceRejection::HasSecret);
    }

    #[test]
    fn what_is_told_of_a_silence_survives_being_stored() {
        let at = time::macros::datetime!(2026-03-12 14:05 UTC);
        for event in [
            SourceEvent::WentSilent { last_received_at: at, longest_pause_s: 5400 },
            SourceEvent::HeardAgain { silent_since: at },
        ] {
            let payload = serde_json::from_str(&encode::<Source>(&event).unwrap()).unwrap();
            assert_eq!(decode::<Source>(Source::kind(&event), Source::REVISION, payload).unwrap(), event);
        }
    }

    #[test]
    fn a_deleted_source_takes_no_secret() {
        given::<Source>([SourceEvent::Created(stripe())]).when(SourceCommand::Delete).then([SourceEvent::Deleted {}]);
        given::<Source>([SourceEvent::Created(stripe()), SourceEvent::Deleted {}])
            .when(SourceCommand::SetSecret { secret_id: FIRST })
            .then_rejected(SourceRejection::NotFound);
    }
}
