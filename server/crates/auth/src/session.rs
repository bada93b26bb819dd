//! What a session says: who signed in, and from where.

use crate::{AuthError, Caller, ClientInfo, MemberIdentity};
use hookreel_kernel::{MemberId, SessionId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use tower_sessions::Session;

/// Where the session's data keeps [`SignedIn`].
pub(crate) const MEMBER_KEY: &str = "member";

/// Who signed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SignedIn {
    pub(crate) tenant_id: TenantId,
    pub(crate) member_id: MemberId,
    pub(crate) session_id: SessionId,
    pub(crate) user_agent: String,
    pub(crate) address: String,
    /// Which password it was, in hexadecimal: the session only begins while that is still the member's.
    #[serde(default)]
    pub(crate) password: String,
}

/// One sign-in that is still valid, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Names the session; not its cookie.
    pub id: SessionId,
    /// The browser, as it calls itself.
    pub user_agent: String,
    /// Where it signed in from; empty when unknown.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
}

/// Signs a member in: the browser gets a new id, and whatever it came with is worth nothing from now on.
///
/// The row is written here, so that an answer that says "signed in" is never sent without it. It is not written when the
/// password was replaced since it was verified: what ends all sessions ends those that are about to begin, too.
///
/// # Errors
/// [`AuthError::Session`] when the store cannot be written, or the password is another one by now.
pub async fn begin_session(
    session: &Session,
    identity: MemberIdentity,
    client: &ClientInfo,
) -> Result<SessionId, AuthError> {
    let session_id = SessionId::generate();
    let member = SignedIn {
        tenant_id: identity.tenant_id(),
        member_id: identity.member_id(),
        session_id,
        user_agent: client.shown_user_agent(),
        address: client.shown_address(),
        password: hex::encode(identity.password()),
    };
    session.cycle_id().await?;
    session.insert(MEMBER_KEY, member).await?;
    session.save().await?;
    Ok(session_id)
}

/// Signs out: the row is deleted, the cookie removed.
///
/// # Errors
/// [`AuthError::Session`] when the store cannot be written; the session is then still valid.
pub async fn end_session(session: &Session) -> Result<(), AuthError> {
    if session.id().is_some() {
        session.flush().await?;
    }
    Ok(())
}

/// Who is signed in, if anybody is. Reads the store once per request; a revoked session is over at once.
///
/// # Errors
/// [`AuthError::Session`] when the store cannot be read.
pub async fn caller_from_session(session: &Session) -> Result<Option<(Caller, SessionId)>, AuthError> {
    if session.id().is_none() {
        return Ok(None);
    }
    let member: Option<SignedIn> = session.get(MEMBER_KEY).await?;
    Ok(member.map(|member| (Caller::from_session(member.tenant_id, member.member_id), member.session_id)))
}

/// The member's sessions that are still valid, newest use first; `connection` is a transaction of the tenant.
///
/// # Errors
/// When the database refuses.
pub async fn member_sessions(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    member_id: MemberId,
    now: Timestamp,
) -> Result<Vec<SessionRecord>, sqlx::Error> {
    let rows = sqlx::query!(
        "select session_id, user_agent, address, created_at, last_seen_at from iam.sessions
         where tenant_id = $1 and member_id = $2 and expires_at > $3 and last_seen_at > $4
         order by last_seen_at desc, session_id desc",
        tenant_id.uuid(),
        member_id.uuid(),
        now,
        now - crate::session_store::IDLE_MAX,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionRecord {
            id: SessionId::from_uuid(row.session_id),
            user_agent: row.user_agent,
            address: row.address,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        })
        .collect())
}

/// Ends one of the member's sessions; `false` when the member has no such session.
///
/// # Errors
/// When the database refuses.
pub async fn revoke_session(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    member_id: MemberId,
    session_id: SessionId,
) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from iam.sessions where tenant_id = $1 and member_id = $2 and session_id = $3",
        tenant_id.uuid(),
        member_id.uuid(),
        session_id.uuid(),
    )
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected() > 0)
}
