//! Reading the catalogue of event types.

use crate::ReadError;
use crate::page::{key_of, limit_of, rows_of};
use hookreel_contract::views::EventTypeView;
use hookreel_contract::{Cursor, Page};
use hookreel_kernel::{EventType, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

/// The event types of a tenant by name.
///
/// # Errors
/// See [`ReadError`].
pub async fn list(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    cursor: Option<&Cursor>,
    limit: Option<usize>,
    include_archived: bool,
) -> Result<Page<EventTypeView>, ReadError> {
    let limit = limit_of(limit);
    let after: Option<EventType> = key_of(cursor)?;
    let views = sqlx::query_as!(
        EventTypeView,
        r#"select name, description, schemas, archived, deprecated, created_at, updated_at
           from read.event_types
           where tenant_id = $1 and ($2::text is null or name > $2) and ($3 or not archived)
           order by name limit $4"#,
        tenant_id.uuid(),
        after.as_ref().map(EventType::as_str),
        include_archived,
        rows_of(limit),
    )
    .fetch_all(connection)
    .await?;
    Ok(Page::of(views, limit, |view| view.name.clone()))
}

/// One event type by its name, archived or not.
///
/// # Errors
/// When the database is away.
pub async fn find(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    name: &str,
) -> Result<Option<EventTypeView>, sqlx::Error> {
    sqlx::query_as!(
        EventTypeView,
        "select name, description, schemas, archived, deprecated, created_at, updated_at
         from read.event_types where tenant_id = $1 and name = $2",
        tenant_id.uuid(),
        name,
    )
    .fetch_optional(connection)
    .await
}

/// The stream of an event type: its name is not an id.
///
/// # Errors
/// When the database is away.
pub async fn stream_of(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    name: &str,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select stream_id from read.event_types where tenant_id = $1 and name = $2",
        tenant_id.uuid(),
        name
    )
    .fetch_optional(connection)
    .await
}
