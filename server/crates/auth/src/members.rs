//! Tenants and their members, as rows.

use crate::MemberIdentity;
use hookreel_kernel::{Email, MemberId, Name, SessionId, TenantId, Timestamp};
use sqlx::{PgConnection, PgPool};

/// What a sign-up writes.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// What it is called.
    pub name: Name,
    /// Its first member.
    pub member: NewMember,
}

/// A member to be.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Whose.
    pub tenant_id: TenantId,
    /// The member's id.
    pub member_id: MemberId,
    /// The member's address, unique in the whole installation.
    pub email: Email,
    /// A PHC string.
    pub password_hash: String,
    /// When the address was confirmed, if it is already.
    pub verified_at: Option<Timestamp>,
}

/// A member, for people.
#[derive(Debug, Clone)]
pub struct MemberRecord {
    /// The member's address.
    pub email: Email,
    /// Whether the address is confirmed.
    pub is_verified: bool,
    /// What the tenant is called.
    pub tenant_name: String,
    /// Whether the member may see and steer the whole installation.
    pub is_operator: bool,
}

/// A member among the others of the tenant.
#[derive(Debug, Clone)]
pub struct PersonRecord {
    /// The member.
    pub member_id: MemberId,
    /// The member's address.
    pub email: Email,
    /// When it was confirmed.
    pub verified_at: Option<Timestamp>,
    /// When the person joined.
    pub joined_at: Timestamp,
    /// When the person used the dashboard last, to the minute.
    pub last_seen_at: Option<Timestamp>,
}

/// A member as sign-in needs it.
#[derive(Debug)]
pub(crate) struct StoredMember {
    pub(crate) tenant_id: TenantId,
    pub(crate) member_id: MemberId,
    pub(crate) password_hash: String,
}

/// Writes a tenant and its first member; `connection` is a transaction that has named the tenant. The identity is
/// worth what the transaction's commit is worth.
///
/// # Errors
/// A violation of `members_email_key` when the address is taken.
pub async fn insert_tenant(connection: &mut PgConnection, new: &NewTenant) -> Result<MemberIdentity, sqlx::Error> {
    let tenant_id = new.member.tenant_id;
    sqlx::query!("insert into iam.tenants (tenant_id, name) values ($1, $2)", tenant_id.uuid(), new.name.as_str())
        .execute(&mut *connection)
        .await?;
    insert_member(connection, &new.member).await
}

/// Writes a member of a tenant that is there; otherwise as [`insert_tenant`].
///
/// # Errors
/// A violation of `members_email_key` when the address is taken.
pub async fn insert_member(connection: &mut PgConnection, new: &NewMember) -> Result<MemberIdentity, sqlx::Error> {
    sqlx::query!(
        "insert into iam.members (tenant_id, member_id, email, password_hash, email_verified_at)
         values ($1, $2, $3, $4, $5)",
        new.tenant_id.uuid(),
        new.member_id.uuid(),
        new.email.as_str(),
        new.password_hash,
        new.verified_at,
    )
    .execute(&mut *connection)
    .await?;
    Ok(MemberIdentity::verified(new.tenant_id, new.member_id, &new.password_hash))
}

/// Writes a tenant of Hookreel's own, which has no members, unless it is there; `connection` is a transaction that has
/// named it.
///
/// # Errors
/// When the database refuses.
pub async fn insert_built_in_tenant(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    name: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into iam.tenants (tenant_id, name, built_in) values ($1, $2, true) on conflict (tenant_id) do nothing",
        tenant_id.uuid(),
        name,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Reads a member of the transaction's tenant.
///
/// # Errors
/// When the database refuses.
pub async fn member_record(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    member_id: MemberId,
) -> Result<Option<MemberRecord>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select m.email, m.email_verified_at is not null as "is_verified!", t.name as tenant_name, exists (
               select from iam.operators o where o.tenant_id = m.tenant_id and o.member_id = m.member_id
           ) as "is_operator!"
           from iam.members m join iam.tenants t on t.tenant_id = m.tenant_id
           where m.tenant_id = $1 and m.member_id = $2"#,
        tenant_id.uuid(),
        member_id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let email = Email::parse(&row.email).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(MemberRecord {
            email,
            is_verified: row.is_verified,
            tenant_name: row.tenant_name,
            is_operator: row.is_operator,
        })
    })
    .transpose()
}

/// What the transaction's tenant is called.
///
/// # Errors
/// When the database refuses.
pub async fn tenant_name(connection: &mut PgConnection, tenant_id: TenantId) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!("select name from iam.tenants where tenant_id = $1", tenant_id.uuid())
        .fetch_one(connection)
        .await
}

/// The members of the transaction's tenant, those who joined first at the top.
///
/// # Errors
/// When the database refuses.
pub async fn people(connection: &mut PgConnection, tenant_id: TenantId) -> Result<Vec<PersonRecord>, sqlx::Error> {
    let rows = sqlx::query!(
        "select member_id, email, email_verified_at, created_at, last_seen_at from iam.members
         where tenant_id = $1 order by member_id",
        tenant_id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PersonRecord {
                member_id: MemberId::from_uuid(row.member_id),
                email: Email::parse(&row.email).map_err(|error| sqlx::Error::Decode(error.into()))?,
                verified_at: row.email_verified_at,
                joined_at: row.created_at,
                last_seen_at: row.last_seen_at,
            })
        })
        .collect()
}

/// The members of the transaction's tenant, none of whom comes, goes or changes before the transaction ends.
///
/// # Errors
/// When the database refuses.
pub async fn lock_members(
    connection: &mut PgConnection,
    tenant_id: TenantId,
) -> Result<Vec<(MemberId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select member_id, email from iam.members where tenant_id = $1 order by member_id for update",
        tenant_id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (MemberId::from_uuid(row.member_id), row.email)).collect())
}

/// Notes that the member has shown to read this mailbox; `false` when it is not the member's address.
///
/// # Errors
/// When the database refuses.
pub async fn set_verified(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    member_id: MemberId,
    email: &Email,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        "update iam.members set email_verified_at = coalesce(email_verified_at, $4)
         where tenant_id = $1 and member_id = $2 and email = $3",
        tenant_id.uuid(),
        member_id.uuid(),
        email.as_str(),
        now,
    )
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() > 0)
}

/// Gives the member another address, whose mailbox the member has shown to read.
///
/// # Errors
/// A violation of `members_email_key` when the address is taken.
pub async fn set_address(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    member_id: MemberId,
    email: &Email,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update iam.members set email = $3, email_verified_at = $4 where tenant_id = $1 and member_id = $2",
        tenant_id.uuid(),
        member_id.uuid(),
        email.as_str(),
        now,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Deletes a member, and with it the member's sessions, links in mails and known browsers.
///
/// # Errors
/// When the database refuses.
pub async fn delete_member(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    member_id: MemberId,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from iam.members where tenant_id = $1 and member_id = $2", tenant_id.uuid(), member_id.uuid(),)
        .execute(connection)
        .await
        .map(drop)
}

/// Replaces the password of a member in the caller's transaction, and ends all the member's sessions. `false` when the
/// member is gone or has another address by now.
///
/// # Errors
/// When the database refuses.
pub async fn set_password(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    member_id: MemberId,
    email: &Email,
    password_hash: &str,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        "update iam.members set password_hash = $4 where tenant_id = $1 and member_id = $2 and email = $3",
        tenant_id.uuid(),
        member_id.uuid(),
        email.as_str(),
        password_hash,
    )
    .execute(&mut *connection)
    .await?;
    if updated.rows_affected() == 0 {
        return Ok(false);
    }
    end_what_the_old_password_began(connection, tenant_id, member_id, None).await?;
    Ok(true)
}

/// Replaces the password of a member who is signed in, in the caller's transaction, and ends the member's other sessions.
/// `false` when the member is gone.
///
/// # Errors
/// When the database refuses.
pub async fn change_password(
    connection: &mut PgConnection,
    identity: MemberIdentity,
    password_hash: &str,
    keep: SessionId,
) -> Result<bool, sqlx::Error> {
    let (tenant_id, member_id) = (identity.tenant_id(), identity.member_id());
    let updated = sqlx::query!(
        "update iam.members set password_hash = $3 where tenant_id = $1 and member_id = $2",
        tenant_id.uuid(),
        member_id.uuid(),
        password_hash,
    )
    .execute(&mut *connection)
    .await?;
    if updated.rows_affected() == 0 {
        return Ok(false);
    }
    end_what_the_old_password_began(connection, tenant_id, member_id, Some(keep)).await?;
    Ok(true)
}

/// Sessions, and links that would give the account a new password or another address: whoever knew the old password may
/// have asked for them.
async fn end_what_the_old_password_began(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    member_id: MemberId,
    keep: Option<SessionId>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from iam.sessions
         where tenant_id = $1 and member_id = $2 and ($3::uuid is null or session_id <> $3)",
        tenant_id.uuid(),
        member_id.uuid(),
        keep.map(SessionId::uuid),
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from iam.mail_tokens
         where tenant_id = $1 and member_id = $2 and purpose in ('reset_password', 'change_address')",
        tenant_id.uuid(),
        member_id.uuid(),
    )
    .execute(connection)
    .await
    .map(drop)
}

/// A tenant, for the operator.
#[derive(Debug, Clone)]
pub struct TenantRecord {
    /// The tenant's id.
    pub tenant_id: TenantId,
    /// What it is called.
    pub name: String,
    /// The addresses of its members.
    pub emails: Vec<String>,
    /// When it signed up.
    pub created_at: Timestamp,
}

/// Every tenant of the installation, oldest first, without Hookreel's own: for the operator.
///
/// # Errors
/// When the database refuses.
pub async fn tenants(pool: &PgPool) -> Result<Vec<TenantRecord>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select t.tenant_id, t.name, t.created_at,
                  coalesce(array_agg(m.email order by m.email) filter (where m.email is not null), '{}') as "emails!"
           from iam.tenants t left join iam.members m on m.tenant_id = t.tenant_id
           where not t.built_in
           group by t.tenant_id order by t.tenant_id"#
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| TenantRecord {
            tenant_id: TenantId::from_uuid(row.tenant_id),
            name: row.name,
            emails: row.emails,
            created_at: row.created_at,
        })
        .collect())
}

/// Whether the address is a member's, of whatever tenant. To be told to whoever reads its mailbox, and to nobody else.
///
/// # Errors
/// When the database refuses.
pub async fn has_account(pool: &PgPool, email: &Email) -> Result<bool, sqlx::Error> {
    find_by_email(pool, email.as_str()).await.map(|member| member.is_some())
}

pub(crate) async fn find_by_email(pool: &PgPool, email: &str) -> Result<Option<StoredMember>, sqlx::Error> {
    let row = sqlx::query!("select tenant_id, member_id, password_hash from iam.members where email = $1", email)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|row| StoredMember {
        tenant_id: TenantId::from_uuid(row.tenant_id),
        member_id: MemberId::from_uuid(row.member_id),
        password_hash: row.password_hash,
    }))
}

/// Keeps a password under today's parameters, unless it was changed in the meantime.
pub(crate) async fn replace_hash(pool: &PgPool, member: &StoredMember, stronger: &str) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query!(
        "update iam.members set password_hash = $4
         where tenant_id = $1 and member_id = $2 and password_hash = $3",
        member.tenant_id.uuid(),
        member.member_id.uuid(),
        member.password_hash,
        stronger,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
