//! Reading applications.

use crate::ReadError;
use crate::page::{key_of, limit_of, rows_of};
use hookreel_contract::views::ApplicationView;
use hookreel_contract::{Cursor, Page};
use hookreel_kernel::{ApplicationId, TenantId, Timestamp};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

struct Row {
    application_id: Uuid,
    uid: Option<String>,
    name: String,
    metadata: Json<BTreeMap<String, String>>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Row> for ApplicationView {
    fn from(row: Row) -> Self {
        Self {
            id: ApplicationId::from_uuid(row.application_id),
            uid: row.uid,
            name: row.name,
            metadata: row.metadata.0,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The applications of a tenant, newest first.
///
/// # Errors
/// See [`ReadError`].
pub async fn list(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    cursor: Option<&Cursor>,
    limit: Option<usize>,
) -> Result<Page<ApplicationView>, ReadError> {
    let limit = limit_of(limit);
    let before: Option<ApplicationId> = key_of(cursor)?;
    let rows = sqlx::query_as!(
        Row,
        r#"select application_id, uid, name, metadata as "metadata: Json<BTreeMap<String, String>>",
                  created_at, updated_at
           from read.applications
           where tenant_id = $1 and deleted_at is null and ($2::uuid is null or application_id < $2)
           order by application_id desc limit $3"#,
        tenant_id.uuid(),
        before.map(ApplicationId::uuid),
        rows_of(limit),
    )
    .fetch_all(connection)
    .await?;
    let views = rows.into_iter().map(ApplicationView::from).collect();
    Ok(Page::of(views, limit, |view: &ApplicationView| view.id.to_string()))
}

/// One application by its id or its uid.
///
/// # Errors
/// When the database is away.
pub async fn find(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id_or_uid: &str,
) -> Result<Option<ApplicationView>, sqlx::Error> {
    // A text that reads as an id is one: uids of that form are refused when they are given.
    let id: Option<ApplicationId> = id_or_uid.parse().ok();
    let row = sqlx::query_as!(
        Row,
        r#"select application_id, uid, name, metadata as "metadata: Json<BTreeMap<String, String>>",
                  created_at, updated_at
           from read.applications
           where tenant_id = $1 and deleted_at is null
             and (application_id = $2 or ($2::uuid is null and uid = $3))"#,
        tenant_id.uuid(),
        id.map(ApplicationId::uuid),
        id_or_uid,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(ApplicationView::from))
}

/// Keeps an application from being deleted until the transaction ends; `false` if there is none.
///
/// # Errors
/// When the database is away.
pub async fn lock_to_use(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select application_id from read.applications
         where tenant_id = $1 and application_id = $2 and deleted_at is null for share",
        tenant_id.uuid(),
        id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Waits for everybody who uses an application and keeps others out until the transaction ends.
///
/// # Errors
/// When the database is away.
pub async fn lock_to_delete(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select application_id from read.applications where tenant_id = $1 and application_id = $2 for update",
        tenant_id.uuid(),
        id.uuid(),
    )
    .fetch_optional(connection)
    .await
    .map(drop)
}

/// How many sources put their messages into an application.
///
/// # Errors
/// When the database is away.
pub async fn sources_of(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    application_id: ApplicationId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from read.sources
           where tenant_id = $1 and application_id = $2 and deleted_at is null"#,
        tenant_id.uuid(),
        application_id.uuid(),
    )
    .fetch_one(connection)
    .await
}
