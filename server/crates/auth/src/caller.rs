//! Authorization as a value that one must obtain.

use hookreel_kernel::{Actor, ApiKeyId, MemberId, TenantId};
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;

/// Somebody whose right to act for a tenant has been verified.
///
/// There is no public constructor from loose ids: see [`crate::caller_from_session`],
/// [`crate::ApiKeyAuthenticator::authenticate`], [`MemberIdentity::caller`] and [`Caller::operator`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    tenant_id: TenantId,
    actor: Actor,
}

impl Caller {
    /// A member whose session has been looked up.
    pub(crate) const fn from_session(tenant_id: TenantId, member_id: MemberId) -> Self {
        Self { tenant_id, actor: Actor::Member(member_id) }
    }

    /// A program whose key has been looked up.
    pub(crate) const fn from_api_key(tenant_id: TenantId, key_id: ApiKeyId) -> Self {
        Self { tenant_id, actor: Actor::ApiKey(key_id) }
    }

    /// The operator, who has the machine and its files already: for the command line only.
    pub const fn operator(tenant_id: TenantId) -> Self {
        Self { tenant_id, actor: Actor::Operator }
    }

    /// Whose data the caller may see and change.
    pub const fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }

    /// Who it is, as kept with every event.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The person, when it is one.
    pub const fn member_id(&self) -> Option<MemberId> {
        match self.actor {
            Actor::Member(id) => Some(id),
            _ => None,
        }
    }
}

/// A member whose password has just been verified, or who has just signed up: what a session is begun for.
#[derive(Debug, Clone, Copy)]
pub struct MemberIdentity {
    tenant_id: TenantId,
    member_id: MemberId,
    /// Which password it was that was verified: a digest of its stored hash.
    password: [u8; 32],
}

/// Of the same person, whichever password it was.
impl PartialEq for MemberIdentity {
    fn eq(&self, other: &Self) -> bool {
        (self.tenant_id, self.member_id) == (other.tenant_id, other.member_id)
    }
}

impl Eq for MemberIdentity {}

impl MemberIdentity {
    pub(crate) fn verified(tenant_id: TenantId, member_id: MemberId, password_hash: &str) -> Self {
        Self { tenant_id, member_id, password: Sha256::digest(password_hash.as_bytes()).into() }
    }

    /// Which password it was.
    pub(crate) const fn password(&self) -> &[u8; 32] {
        &self.password
    }

    /// Whose member.
    pub const fn tenant_id(self) -> TenantId {
        self.tenant_id
    }

    /// Which member.
    pub const fn member_id(self) -> MemberId {
        self.member_id
    }

    /// The member as the one who acts.
    pub const fn caller(self) -> Caller {
        Caller::from_session(self.tenant_id, self.member_id)
    }
}

/// Where a request came from, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientInfo {
    /// The address of the connection's other end.
    pub address: Option<IpAddr>,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// Of what the browser calls itself, this much is kept.
const USER_AGENT_CHARS_MAX: usize = 400;

impl ClientInfo {
    /// What is kept of what the browser calls itself.
    pub(crate) fn shown_user_agent(&self) -> String {
        self.user_agent.chars().take(USER_AGENT_CHARS_MAX).filter(|c| !c.is_control()).collect()
    }

    /// The address for people; empty when it is unknown.
    pub(crate) fn shown_address(&self) -> String {
        self.address.map(|address| address.to_canonical().to_string()).unwrap_or_default()
    }
}
