//! The table `ops.secrets`.

use crate::sealed::{SecretBox, SecretError};
use hookreel_kernel::{TenantId, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

/// A row: still encrypted.
#[derive(Debug, Clone)]
pub struct StoredSecret {
    /// Whose.
    pub tenant_id: TenantId,
    /// The endpoint or source.
    pub owner_id: Uuid,
    /// Names it in events.
    pub secret_id: Uuid,
    /// Open it with [`SecretBox::open_all`].
    pub ciphertext: Vec<u8>,
    /// `None`: it is the current one. Otherwise it is valid, beside the current one, until then.
    pub expires_at: Option<Timestamp>,
}

/// Encrypts a new current secret, stores it, and returns its name.
///
/// # Errors
/// When the database refuses.
pub async fn insert_secret(
    connection: &mut PgConnection,
    secrets: &SecretBox,
    tenant_id: TenantId,
    owner_id: Uuid,
    plain: &str,
) -> Result<Uuid, SecretError> {
    let secret_id = Uuid::now_v7();
    let ciphertext = secrets.seal(tenant_id, owner_id, secret_id, plain)?;
    sqlx::query!(
        "insert into ops.secrets (tenant_id, owner_id, secret_id, ciphertext) values ($1, $2, $3, $4)",
        tenant_id.uuid(),
        owner_id,
        secret_id,
        ciphertext
    )
    .execute(connection)
    .await?;
    Ok(secret_id)
}

/// The secrets of an owner that are valid now, the current one first, then the younger before the older.
///
/// # Errors
/// When the database is away.
pub async fn load_secrets(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    owner_id: Uuid,
) -> Result<Vec<StoredSecret>, sqlx::Error> {
    load_secrets_of_many(connection, &[tenant_id], &[owner_id]).await
}

/// The same for many owners at once, of any tenants the connection may see: `tenant_ids[i]` owns `owner_ids[i]`.
///
/// # Errors
/// When the database is away.
pub async fn load_secrets_of_many(
    connection: &mut PgConnection,
    tenant_ids: &[TenantId],
    owner_ids: &[Uuid],
) -> Result<Vec<StoredSecret>, sqlx::Error> {
    let tenants: Vec<Uuid> = tenant_ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select s.tenant_id, s.owner_id, s.secret_id, s.ciphertext, s.expires_at
         from unnest($1::uuid[], $2::uuid[]) as wanted (tenant_id, owner_id)
         join ops.secrets s on s.tenant_id = wanted.tenant_id and s.owner_id = wanted.owner_id
         where s.expires_at is null or s.expires_at > now()
         order by s.tenant_id, s.owner_id, s.expires_at desc nulls first, s.secret_id desc",
        &tenants,
        owner_ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| StoredSecret {
            tenant_id: TenantId::from_uuid(row.tenant_id),
            owner_id: row.owner_id,
            secret_id: row.secret_id,
            ciphertext: row.ciphertext,
            expires_at: row.expires_at,
        })
        .collect())
}

/// Lets every current secret of an owner be valid only until `at`, and removes those whose time is over.
///
/// # Errors
/// When the database refuses.
pub async fn expire_secrets(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    owner_id: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with gone as (
            delete from ops.secrets where tenant_id = $1 and owner_id = $2 and expires_at <= now()
         )
         update ops.secrets set expires_at = $3 where tenant_id = $1 and owner_id = $2 and expires_at is null",
        tenant_id.uuid(),
        owner_id,
        at
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Removes every secret of an owner but the current one.
///
/// # Errors
/// When the database refuses.
pub async fn delete_old_secrets(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    owner_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from ops.secrets where tenant_id = $1 and owner_id = $2 and expires_at is not null",
        tenant_id.uuid(),
        owner_id
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Removes all but so many of the youngest old secrets of an owner.
///
/// # Errors
/// When the database refuses.
pub async fn delete_oldest_secrets(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    owner_id: Uuid,
    kept: usize,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from ops.secrets where tenant_id = $1 and owner_id = $2 and secret_id in (
             select secret_id from ops.secrets
             where tenant_id = $1 and owner_id = $2 and expires_at is not null
             order by expires_at desc, secret_id desc offset $3)",
        tenant_id.uuid(),
        owner_id,
        i64::try_from(kept).unwrap_or(i64::MAX)
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Lets the secrets of an owner that are valid now be valid without end.
///
/// # Errors
/// When the database refuses.
pub async fn keep_secrets(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    owner_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update ops.secrets set expires_at = null where tenant_id = $1 and owner_id = $2 and expires_at > now()",
        tenant_id.uuid(),
        owner_id
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Removes secrets of any tenants whose time is over: only for a connection that sees all tenants. Says how many.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired_secrets(connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!("delete from ops.secrets where expires_at <= now()").execute(connection).await?;
    Ok(deleted.rows_affected())
}
/// Removes every secret of an owner.
///
/// # Errors
/// When the database refuses.
pub async fn delete_secrets(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    owner_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from ops.secrets where tenant_id = $1 and owner_id = $2", tenant_id.uuid(), owner_id)
        .execute(connection)
        .await
        .map(drop)
}
