//! A tenant, its members and its API keys, as far as their history goes. Who they are (addresses, hashes) is mutable
//! personal data and lives in the `iam` tables, never in an event.

use crate::aggregate::{Aggregate, Existence};
use hookreel_kernel::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why not: the one rule all three have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeopleRejection {
    /// It is not there.
    #[error("it does not exist")]
    NotFound,
    /// It is there already.
    #[error("it exists already")]
    AlreadyExists,
}

/// A tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tenant {
    /// Whether it is there.
    pub existence: Existence,
    /// What it is called.
    pub name: String,
}

/// What somebody wants of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantCommand {
    /// Make it.
    Create {
        /// What it is called.
        name: String,
    },
}

/// What happened to a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum TenantEvent {
    /// It was made.
    #[serde(rename = "tenant.created")]
    Created {
        /// What it is called.
        name: String,
    },
}

impl Aggregate for Tenant {
    const STREAM_KIND: &'static str = "tenant";
    type Command = TenantCommand;
    type Event = TenantEvent;
    type Rejection = PeopleRejection;

    fn decide(&self, command: TenantCommand) -> Result<Vec<TenantEvent>, PeopleRejection> {
        match command {
            TenantCommand::Create { .. } if self.existence.is_present() => Err(PeopleRejection::AlreadyExists),
            TenantCommand::Create { name } => Ok(vec![TenantEvent::Created { name }]),
        }
    }

    fn evolve(&mut self, event: &TenantEvent) {
        match event {
            TenantEvent::Created { name } => {
                self.existence = Existence::Present;
                self.name.clone_from(name);
            }
        }
    }

    fn kind(event: &TenantEvent) -> &'static str {
        match event {
            TenantEvent::Created { .. } => "tenant.created",
        }
    }
}

/// A member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// Whether the person belongs to the tenant.
    pub existence: Existence,
}

/// What somebody wants of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberCommand {
    /// Belong to the tenant.
    Join,
    /// Note that a session was ended by hand.
    RevokeSession {
        /// The session.
        session_id: SessionId,
    },
    /// Note that the password was replaced.
    ResetPassword,
}

/// What happened to a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum MemberEvent {
    /// The person belongs to the tenant from now on.
    #[serde(rename = "member.joined")]
    Joined {},
    /// A session was ended by hand.
    #[serde(rename = "session.revoked")]
    SessionRevoked {
        /// The session.
        session_id: SessionId,
    },
    /// The password was replaced.
    #[serde(rename = "member.password_reset")]
    PasswordReset {},
}

impl Aggregate for Member {
    const STREAM_KIND: &'static str = "member";
    type Command = MemberCommand;
    type Event = MemberEvent;
    type Rejection = PeopleRejection;

    fn decide(&self, command: MemberCommand) -> Result<Vec<MemberEvent>, PeopleRejection> {
        match command {
            MemberCommand::Join if self.existence.is_present() => Err(PeopleRejection::AlreadyExists),
            MemberCommand::Join => Ok(vec![MemberEvent::Joined {}]),
            _ if !self.existence.is_present() => Err(PeopleRejection::NotFound),
            MemberCommand::RevokeSession { session_id } => Ok(vec![MemberEvent::SessionRevoked { session_id }]),
            MemberCommand::ResetPassword => Ok(vec![MemberEvent::PasswordReset {}]),
        }
    }

    fn evolve(&mut self, event: &MemberEvent) {
        match event {
            MemberEvent::Joined {} => self.existence = Existence::Present,
            MemberEvent::SessionRevoked { .. } | MemberEvent::PasswordReset {} => {}
        }
    }

    fn kind(event: &MemberEvent) -> &'static str {
        match event {
            MemberEvent::Joined {} => "member.joined",
            MemberEvent::SessionRevoked { .. } => "session.revoked",
            MemberEvent::PasswordReset {} => "member.password_reset",
        }
    }
}

/// An API key, without the key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiKey {
    /// Whether it works; deleted means revoked.
    pub existence: Existence,
}

/// What somebody wants of an API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiKeyCommand {
    /// Make it.
    Create {
        /// What people call it.
        name: String,
        /// The last characters of it.
        hint: String,
    },
    /// Make it stop working.
    Revoke,
}

/// What happened to an API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum ApiKeyEvent {
    /// It was made.
    #[serde(rename = "api_key.created")]
    Created {
        /// What people call it.
        name: String,
        /// The last characters of it.
        hint: String,
    },
    /// It stopped working.
    #[serde(rename = "api_key.revoked")]
    Revoked {},
}

impl Aggregate for ApiKey {
    const STREAM_KIND: &'static str = "api_key";
    type Command = ApiKeyCommand;
    type Event = ApiKeyEvent;
    type Rejection = PeopleRejection;

    fn decide(&self, command: ApiKeyCommand) -> Result<Vec<ApiKeyEvent>, PeopleRejection> {
        match (command, self.existence) {
            (ApiKeyCommand::Create { name, hint }, Existence::Missing) => Ok(vec![ApiKeyEvent::Created { name, hint }]),
            (ApiKeyCommand::Create { .. }, _) => Err(PeopleRejection::AlreadyExists),
            (ApiKeyCommand::Revoke, Existence::Missing) => Err(PeopleRejection::NotFound),
            (ApiKeyCommand::Revoke, Existence::Present) => Ok(vec![ApiKeyEvent::Revoked {}]),
            (ApiKeyCommand::Revoke, Existence::Deleted) => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: &ApiKeyEvent) {
        match event {
            ApiKeyEvent::Created { .. } => self.existence = Existence::Present,
            ApiKeyEvent::Revoked {} => self.existence = Existence::Deleted,
        }
    }

    fn kind(event: &ApiKeyEvent) -> &'static str {
        match event {
            ApiKeyEvent::Created { .. } => "api_key.created",
            ApiKeyEvent::Revoked {} => "api_key.revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::spec::given;
    use uuid::Uuid;

    #[test]
    fn a_tenant_is_made_once() {
        let created = TenantEvent::Created { name: "Acme".into() };
        given::<Tenant>([]).when(TenantCommand::Create { name: "Acme".into() }).then([created.clone()]);
        given::<Tenant>([created])
            .when(TenantCommand::Create { name: "Acme".into() })
            .then_rejected(PeopleRejection::AlreadyExists);
    }

    #[test]
    fn a_member_joins_before_anything_else() {
        let session_id = SessionId::from_uuid(Uuid::from_u128(7));
        given::<Member>([]).when(MemberCommand::Join).then([MemberEvent::Joined {}]);
        given::<Member>([]).when(MemberCommand::RevokeSession { session_id }).then_rejected(PeopleRejection::NotFound);
        given::<Member>([MemberEvent::Joined {}])
            .when(MemberCommand::RevokeSession { session_id })
            .then([MemberEvent::SessionRevoked { session_id }]);
        given::<Member>([MemberEvent::Joined {}])
            .when(MemberCommand::ResetPassword)
            .then([MemberEvent::PasswordReset {}]);
    }

    #[test]
    fn an_api_key_is_revoked_once() {
        let create = ApiKeyCommand::Create { name: "CI".into(), hint: "abcd".into() };
        let created = ApiKeyEvent::Created { name: "CI".into(), hint: "abcd".into() };
        given::<ApiKey>([]).when(create).then([created.clone()]);
        given::<ApiKey>([created.clone()]).when(ApiKeyCommand::Revoke).then([ApiKeyEvent::Revoked {}]);
        given::<ApiKey>([created, ApiKeyEvent::Revoked {}]).when(ApiKeyCommand::Revoke).then([]);
        given::<ApiKey>([]).when(ApiKeyCommand::Revoke).then_rejected(PeopleRejection::NotFound);
    }
}
