//! Members, sessions, keys.

use hookreel_kernel::secret::Revealed;
use hookreel_kernel::{ApiKeyId, ApplicationId, Email, InvitationId, MemberId, SessionId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentMember {
    /// The person.
    pub member_id: MemberId,
    /// The person's address.
    pub email: Email,
    /// Whether it is confirmed.
    pub address: AddressState,
    /// Whose data is shown.
    pub tenant_id: TenantId,
    /// What the tenant is called.
    pub tenant_name: String,
    /// The application that always exists.
    pub default_application_id: ApplicationId,
    /// Whether the person may see and steer the whole installation.
    pub is_operator: bool,
}

/// Whether a member has shown to read the mailbox of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressState {
    /// The member has.
    Confirmed,
    /// Not yet: a mail with a link was sent there.
    LinkSent,
    /// Not yet, and there is no mail server: the link stands where the operator sees it.
    LinkShown,
}

/// The people of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersView {
    /// Those who belong to it, the first at the top.
    pub members: Vec<MemberView>,
    /// Those who were asked to, the newest at the top.
    pub invitations: Vec<InvitationView>,
}

/// A member among the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// The person.
    pub id: MemberId,
    /// The person's address.
    pub email: Email,
    /// Whether it is confirmed.
    pub is_verified: bool,
    /// When the person joined.
    pub joined_at: Timestamp,
    /// When the person used the dashboard last, to the minute.
    pub last_seen_at: Option<Timestamp>,
    /// The member that asks.
    pub is_self: bool,
}

/// Somebody who was asked to join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationView {
    /// Names the invitation.
    pub id: InvitationId,
    /// Whom it was sent to.
    pub email: Email,
    /// The address of the member who invited, if that is still one.
    pub invited_by: Option<String>,
    /// When it was sent last.
    pub sent_at: Timestamp,
    /// Until when its link works.
    pub expires_at: Timestamp,
    /// Whether that time is over.
    pub is_expired: bool,
}

/// What whoever has the link of an invitation is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationOffer {
    /// What to join.
    pub tenant_name: String,
    /// Under which address.
    pub email: Email,
    /// Whether the address is a member's already, of some tenant: it cannot be another's too.
    pub has_account: bool,
}

/// One sign-in that is still valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Names the session; not its cookie.
    pub id: SessionId,
    /// The browser, as it calls itself.
    pub user_agent: String,
    /// Where it signed in from.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// The session that asks.
    pub current: bool,
}

/// A key of the REST API, without the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyView {
    /// Names the key.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: String,
    /// Its last characters.
    pub hint: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it stopped working.
    pub revoked_at: Option<Timestamp>,
}

/// A key that was just made: the only time it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewApiKey {
    /// What stays visible.
    pub view: ApiKeyView,
    /// The key itself.
    pub key: Revealed,
}
