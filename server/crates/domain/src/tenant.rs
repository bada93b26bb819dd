//! A tenant, its members and its API keys, as far as their history goes. Who they are (addresses, hashes) is mutable
//! personal data and lives in the `iam` tables, never in an event.

use crate::aggregate::{Aggregate, Existence};
use hookreel_kernel::{BrowserId, InvitationId, SessionId};
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
    /// Whether the person may see and steer the whole installation.
    pub is_operator: bool,
}

/// What somebody wants of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberCommand {
    /// Belong to the tenant.
    Join {
        /// The invitation, if there was one.
        invitation_id: Option<InvitationId>,
    },
    /// Note that a session was ended by hand.
    RevokeSession {
        /// The session.
        session_id: SessionId,
    },
    /// Note that the password was replaced.
    ResetPassword,
    /// Note that the person becomes an operator of the installation.
    GrantOperator,
    /// Note that the person is none any more.
    RevokeOperator,
    /// Note that the person, signed in, chose another password.
    ChangePassword,
    /// Note that the person has shown to read the mailbox of the address.
    VerifyAddress,
    /// Note that a link was sent to another address.
    RequestAddressChange,
    /// Note that the member has another address: that of the link.
    ChangeAddress,
    /// Note a sign-in from a browser that the account did not know.
    NoteNewBrowser {
        /// The browser.
        browser_id: BrowserId,
    },
    /// Belong to the tenant no longer, by whoever it was decided.
    Remove,
}

/// What happened to a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum MemberEvent {
    /// The person belongs to the tenant from now on.
    #[serde(rename = "member.joined")]
    Joined {
        /// The invitation, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invitation_id: Option<InvitationId>,
    },
    /// A session was ended by hand.
    #[serde(rename = "session.revoked")]
    SessionRevoked {
        /// The session.
        session_id: SessionId,
    },
    /// The password was replaced.
    #[serde(rename = "member.password_reset")]
    PasswordReset {},
    /// The person may see and steer the whole installation from now on.
    #[serde(rename = "member.operator_granted")]
    OperatorGranted {},
    /// Not any more.
    #[serde(rename = "member.operator_revoked")]
    OperatorRevoked {},
    /// The person, signed in, chose another password.
    #[serde(rename = "member.password_changed")]
    PasswordChanged {},
    /// The person has shown to read the mailbox of the address.
    #[serde(rename = "member.address_verified")]
    AddressVerified {},
    /// A link was sent to another address.
    #[serde(rename = "member.address_change_requested")]
    AddressChangeRequested {},
    /// The member has another address.
    #[serde(rename = "member.address_changed")]
    AddressChanged {},
    /// The account was signed in to from a browser that it did not know.
    #[serde(rename = "member.signed_in_from_new_browser")]
    SignedInFromNewBrowser {
        /// The browser. What it looks like is personal data, in `iam`.
        browser_id: BrowserId,
    },
    /// The person does not belong to the tenant any more.
    #[serde(rename = "member.removed")]
    Removed {},
}

impl Aggregate for Member {
    const STREAM_KIND: &'static str = "member";
    type Command = MemberCommand;
    type Event = MemberEvent;
    type Rejection = PeopleRejection;

    fn decide(&self, command: MemberCommand) -> Result<Vec<MemberEvent>, PeopleRejection> {
        match command {
            MemberCommand::Join { .. } if self.existence != Existence::Missing => Err(PeopleRejection::AlreadyExists),
            MemberCommand::Join { invitation_id } => Ok(vec![MemberEvent::Joined { invitation_id }]),
            _ if !self.existence.is_present() => Err(PeopleRejection::NotFound),
            MemberCommand::RevokeSession { session_id } => Ok(vec![MemberEvent::SessionRevoked { session_id }]),
            MemberCommand::ResetPassword => Ok(vec![MemberEvent::PasswordReset {}]),
            MemberCommand::GrantOperator if self.is_operator => Ok(vec![]),
            MemberCommand::GrantOperator => Ok(vec![MemberEvent::OperatorGranted {}]),
            MemberCommand::RevokeOperator if !self.is_operator => Ok(vec![]),
            MemberCommand::RevokeOperator => Ok(vec![MemberEvent::OperatorRevoked {}]),
            MemberCommand::ChangePassword => Ok(vec![MemberEvent::PasswordChanged {}]),
            MemberCommand::VerifyAddress => Ok(vec![MemberEvent::AddressVerified {}]),
            MemberCommand::RequestAddressChange => Ok(vec![MemberEvent::AddressChangeRequested {}]),
            MemberCommand::ChangeAddress => Ok(vec![MemberEvent::AddressChanged {}]),
            MemberCommand::NoteNewBrowser { browser_id } => {
                Ok(vec![MemberEvent::SignedInFromNewBrowser { browser_id }])
            }
            MemberCommand::Remove => Ok(vec![MemberEvent::Removed {}]),
        }
    }

    fn evolve(&mut self, event: &MemberEvent) {
        match event {
            MemberEvent::OperatorGranted {} => self.is_operator = true,
            MemberEvent::OperatorRevoked {} => self.is_operator = false,
            MemberEvent::Joined { .. } => self.existence = Existence::Present,
            MemberEvent::Removed {} => self.existence = Existence::Deleted,
            MemberEvent::SessionRevoked { .. }
            | MemberEvent::PasswordReset {}
            | MemberEvent::PasswordChanged {}
            | MemberEvent::AddressVerified {}
            | MemberEvent::AddressChangeRequested {}
            | MemberEvent::AddressChanged {}
            | MemberEvent::SignedInFromNewBrowser { .. } => {}
        }
    }

    fn kind(event: &MemberEvent) -> &'static str {
        match event {
            MemberEvent::Joined { .. } => "member.joined",
            MemberEvent::SessionRevoked { .. } => "session.revoked",
            MemberEvent::PasswordReset {} => "member.password_reset",
            MemberEvent::OperatorGranted {} => "member.operator_granted",
            MemberEvent::OperatorRevoked {} => "member.operator_revoked",
            MemberEvent::PasswordChanged {} => "member.password_changed",
            MemberEvent::AddressVerified {} => "member.address_verified",
            MemberEvent::AddressChangeRequested {} => "member.address_change_requested",
            MemberEvent::AddressChanged {} => "member.address_changed",
            MemberEvent::SignedInFromNewBrowser { .. } => "member.signed_in_from_new_browser",
            MemberEvent::Removed {} => "member.removed",
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
        let joined = || MemberEvent::Joined { invitation_id: None };
        given::<Member>([]).when(MemberCommand::Join { invitation_id: None }).then([joined()]);
        given::<Member>([]).when(MemberCommand::RevokeSession { session_id }).then_rejected(PeopleRejection::NotFound);
        given::<Member>([joined()])
            .when(MemberCommand::RevokeSession { session_id })
            .then([MemberEvent::SessionRevoked { session_id }]);
        given::<Member>([joined()]).when(MemberCommand::ResetPassword).then([MemberEvent::PasswordReset {}]);
    }

    #[test]
    fn a_member_who_was_removed_is_gone_and_does_not_come_back_under_the_same_id() {
        let invitation_id = Some(InvitationId::from_uuid(Uuid::from_u128(8)));
        let removed = || [MemberEvent::Joined { invitation_id }, MemberEvent::Removed {}];
        given::<Member>([]).when(MemberCommand::Join { invitation_id }).then([MemberEvent::Joined { invitation_id }]);
        given::<Member>([MemberEvent::Joined { invitation_id }])
            .when(MemberCommand::Remove)
            .then([MemberEvent::Removed {}]);
        given::<Member>(removed()).when(MemberCommand::Remove).then_rejected(PeopleRejection::NotFound);
        given::<Member>(removed())
            .when(MemberCommand::Join { invitation_id })
            .then_rejected(PeopleRejection::AlreadyExists);
    }

    #[test]
    fn who_joined_before_there_were_invitations_is_still_read() {
        let read = crate::aggregate::decode::<Member>("member.joined", 1, serde_json::json!({}));
        assert_eq!(read.unwrap(), MemberEvent::Joined { invitation_id: None });
    }

    #[test]
    fn a_member_becomes_an_operator_once_and_stops_being_one_once() {
        let joined = || MemberEvent::Joined { invitation_id: None };
        let (granted, revoked) = (MemberEvent::OperatorGranted {}, MemberEvent::OperatorRevoked {});
        given::<Member>([]).when(MemberCommand::GrantOperator).then_rejected(PeopleRejection::NotFound);
        given::<Member>([joined()]).when(MemberCommand::RevokeOperator).then([]);
        given::<Member>([joined()]).when(MemberCommand::GrantOperator).then([granted.clone()]);
        given::<Member>([joined(), granted.clone()]).when(MemberCommand::GrantOperator).then([]);
        given::<Member>([joined(), granted.clone()]).when(MemberCommand::RevokeOperator).then([revoked.clone()]);
        given::<Member>([joined(), granted, revoked]).when(MemberCommand::RevokeOperator).then([]);
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
