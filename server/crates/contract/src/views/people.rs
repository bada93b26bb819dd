//! Members, sessions, keys.

use hookreel_kernel::secret::Revealed;
use hookreel_kernel::{ApiKeyId, ApplicationId, Email, MemberId, SessionId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentMember {
    /// The person.
    pub member_id: MemberId,
    /// The person's address.
    pub email: Email,
    /// Whose data is shown.
    pub tenant_id: TenantId,
    /// What the tenant is called.
    pub tenant_name: String,
    /// The application that always exists.
    pub default_application_id: ApplicationId,
    /// Whether the person may see and steer the whole installation.
    pub is_operator: bool,
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
