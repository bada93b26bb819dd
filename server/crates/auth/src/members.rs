//! Tenants and their members, as rows.

use crate::MemberIdentity;
use hookreel_kernel::{Email, MemberId, Name, TenantId, Timestamp};
use sqlx::{PgConnection, PgPool};

/// What a sign-up writes.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// The tenant's id.
    pub tenant_id: TenantId,
    /// What it is called.
    pub name: Name,
    /// Its first member.
    pub member_id: MemberId,
    /// The member's address, unique in the whole installation.
    pub email: Email,
    /// A PHC string.
    pub password_hash: String,
}

/// A member, for people.
#[derive(Debug, Clone)]
pub struct MemberRecord {
    /// The member's address.
    pub email: Email,
    /// What the tenant is called.
    pub tenant_name: String,
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
    sqlx::query!("insert into iam.tenants (tenant_id, name) values ($1, $2)", new.tenant_id.uuid(), new.name.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "insert into iam.members (tenant_id, member_id, email, password_hash) values ($1, $2, $3, $4)",
        new.tenant_id.uuid(),
        new.member_id.uuid(),
        new.email.as_str(),
        new.password_hash,
    )
    .execute(&mut *connection)
    .await?;
    Ok(MemberIdentity::verified(new.tenant_id, new.member_id))
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
        "select m.email, t.name as tenant_name
         from iam.members m join iam.tenants t on t.tenant_id = m.tenant_id
         where m.tenant_id = $1 and m.member_id = $2",
        tenant_id.uuid(),
        member_id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let email = Email::parse(&row.email).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(MemberRecord { email, tenant_name: row.tenant_name })
    })
    .transpose()
}

/// Replaces the password of the member with this address and ends all the member's sessions.
/// Returns who that is; `None` when nobody has the address.
///
/// # Errors
/// When the database refuses.
pub async fn set_password(
    pool: &PgPool,
    email: &Email,
    password_hash: &str,
) -> Result<Option<(TenantId, MemberId)>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let member = sqlx::query!(
        "update iam.members set password_hash = $2 where email = $1 returning tenant_id, member_id",
        email.as_str(),
        password_hash,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(member) = member else { return Ok(None) };
    sqlx::query!(
        "delete from iam.sessions where tenant_id = $1 and member_id = $2",
        member.tenant_id,
        member.member_id,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Some((TenantId::from_uuid(member.tenant_id), MemberId::from_uuid(member.member_id))))
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
