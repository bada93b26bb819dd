//! Invitations to join a tenant, as rows. All connections are transactions of the tenant.

use hookreel_kernel::{Email, InvitationId, MemberId, TenantId, Timestamp};
use sqlx::PgConnection;

/// Somebody who has been asked to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRecord {
    /// Names the invitation.
    pub id: InvitationId,
    /// Whom it was sent to.
    pub email: Email,
    /// The address of the member who invited, if that is still one.
    pub invited_by: Option<String>,
    /// When it was sent last.
    pub created_at: Timestamp,
    /// Until when its link works.
    pub expires_at: Timestamp,
}

/// Writes an invitation.
///
/// # Errors
/// A violation of `invitations_email_key` when the address has one already.
pub async fn insert_invitation(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    invited_by: MemberId,
    new: &InvitationRecord,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into iam.invitations (tenant_id, invitation_id, email, invited_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        tenant_id.uuid(),
        new.id.uuid(),
        new.email.as_str(),
        invited_by.uuid(),
        new.created_at,
        new.expires_at,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// The invitations that are neither accepted nor revoked, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn invitations(
    connection: &mut PgConnection,
    tenant_id: TenantId,
) -> Result<Vec<InvitationRecord>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select i.invitation_id, i.email, m.email as "invited_by?", i.created_at, i.expires_at
           from iam.invitations i
           left join iam.members m on m.tenant_id = i.tenant_id and m.member_id = i.invited_by
           where i.tenant_id = $1 order by i.invitation_id desc"#,
        tenant_id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(InvitationRecord {
                id: InvitationId::from_uuid(row.invitation_id),
                email: Email::parse(&row.email).map_err(|error| sqlx::Error::Decode(error.into()))?,
                invited_by: row.invited_by,
                created_at: row.created_at,
                expires_at: row.expires_at,
            })
        })
        .collect()
}

/// Lets an invitation begin anew, and says whom it is for; `None` when there is no such invitation.
///
/// # Errors
/// When the database refuses.
pub async fn renew_invitation(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: InvitationId,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<Option<Email>, sqlx::Error> {
    let email = sqlx::query_scalar!(
        "update iam.invitations set created_at = $3, expires_at = $4
         where tenant_id = $1 and invitation_id = $2 returning email",
        tenant_id.uuid(),
        id.uuid(),
        now,
        expires_at,
    )
    .fetch_optional(connection)
    .await?;
    email.map(|email| Email::parse(&email).map_err(|error| sqlx::Error::Decode(error.into()))).transpose()
}

/// Ends an invitation, and its link with it; `false` when there is no such invitation.
///
/// # Errors
/// When the database refuses.
pub async fn delete_invitation(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: InvitationId,
) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from iam.invitations where tenant_id = $1 and invitation_id = $2",
        tenant_id.uuid(),
        id.uuid(),
    )
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected() > 0)
}
