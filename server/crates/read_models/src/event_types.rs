//! Reading the catalogue of event types.

use crate::ReadError;
use crate::page::{key_of, limit_of, rows_of};
use hookreel_contract::Page;
use hookreel_contract::input::EventTypeFilter;
use hookreel_contract::views::{EventTypeCount, EventTypeView};
use hookreel_kernel::{EventType, MessageId, TenantId, Timestamp, Validation};
use sqlx::PgConnection;
use uuid::Uuid;

/// Messages whose types are counted.
const MESSAGES_COUNTED: i64 = 1_000;
/// Messages among which those of a type are looked for.
const MESSAGES_LOOKED_AT: i64 = 20_000;

struct Row {
    name: String,
    description: String,
    schemas: Option<serde_json::Value>,
    validation: String,
    archived: bool,
    deprecated: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Row {
    fn view(self) -> Result<EventTypeView, ReadError> {
        let validation = validation_of(&self.validation)?;
        let Self { name, description, schemas, archived, deprecated, created_at, updated_at, .. } = self;
        Ok(EventTypeView { name, description, schemas, validation, archived, deprecated, created_at, updated_at })
    }
}

fn validation_of(text: &str) -> Result<Validation, ReadError> {
    Validation::parse(text).ok_or_else(|| ReadError::unreadable("validation", text))
}

/// The event types of a tenant by name; with `search`, those that have it in their name or description.
///
/// # Errors
/// See [`ReadError`].
pub async fn list(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    filter: &EventTypeFilter,
) -> Result<Page<EventTypeView>, ReadError> {
    let limit = limit_of(filter.limit);
    let after: Option<EventType> = key_of(filter.cursor.as_ref())?;
    let rows = sqlx::query_as!(
        Row,
        r#"select name, description, schemas, validation, archived, deprecated, created_at, updated_at
           from read.event_types
           where tenant_id = $1 and ($2::text is null or name > $2) and ($3 or not archived)
             and ($4::text is null or strpos(lower(name || ' ' || description), lower($4)) > 0)
           order by name limit $5"#,
        tenant_id.uuid(),
        after.as_ref().map(EventType::as_str),
        filter.include_archived,
        filter.search,
        rows_of(limit),
    )
    .fetch_all(connection)
    .await?;
    let views = rows.into_iter().map(Row::view).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::of(views, limit, |view| view.name.clone()))
}

/// One event type by its name, archived or not.
///
/// # Errors
/// See [`ReadError`].
pub async fn find(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    name: &str,
) -> Result<Option<EventTypeView>, ReadError> {
    let row = sqlx::query_as!(
        Row,
        "select name, description, schemas, validation, archived, deprecated, created_at, updated_at
         from read.event_types where tenant_id = $1 and name = $2",
        tenant_id.uuid(),
        name,
    )
    .fetch_optional(connection)
    .await?;
    row.map(Row::view).transpose()
}

/// How often each type is among the newest messages of the tenant, most often first.
///
/// # Errors
/// When the database is away.
pub async fn count_recent(
    connection: &mut PgConnection,
    tenant_id: TenantId,
) -> Result<Vec<EventTypeCount>, sqlx::Error> {
    sqlx::query_as!(
        EventTypeCountRow,
        r#"select n.event_type as "name!", count(*) as "messages!", bool_or(t.name is not null) as "is_known!"
           from (
               select event_type from read.messages where tenant_id = $1 order by message_id desc limit $2
           ) n
           left join read.event_types t on t.tenant_id = $1 and t.name = n.event_type
           group by n.event_type order by count(*) desc, n.event_type"#,
        tenant_id.uuid(),
        MESSAGES_COUNTED,
    )
    .fetch_all(connection)
    .await
    .map(|rows| rows.into_iter().map(EventTypeCountRow::view).collect())
}

struct EventTypeCountRow {
    name: String,
    messages: i64,
    is_known: bool,
}

impl EventTypeCountRow {
    fn view(self) -> EventTypeCount {
        EventTypeCount { name: self.name, messages: self.messages.unsigned_abs(), is_known: self.is_known }
    }
}

/// The newest accepted messages of a type, at most so many, and not too large together: id, and when they came in.
///
/// # Errors
/// When the database is away.
pub async fn newest_messages(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    name: &str,
    limit: i64,
    bytes_max: i64,
) -> Result<Vec<(MessageId, Timestamp)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select message_id, received_at from (
               select message_id, received_at, sum(body_bytes) over (order by message_id desc) as bytes
               from (
                   select message_id, received_at, body_bytes, event_type, state
                   from read.messages where tenant_id = $1 order by message_id desc limit $2
               ) newest
               where event_type = $3 and state = 'accepted'
               order by message_id desc limit $4
           ) of_type
           where bytes <= $5
           order by message_id desc"#,
        tenant_id.uuid(),
        MESSAGES_LOOKED_AT,
        name,
        limit,
        bytes_max,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (MessageId::from_uuid(row.message_id), row.received_at)).collect())
}

/// An event type whose payloads are held against its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    /// Which.
    pub name: String,
    /// What becomes of what does not fit.
    pub validation: Validation,
    /// Tells one configuration from the next.
    pub stream_version: i32,
}

/// Every event type of a tenant whose payloads are held against its schema.
///
/// # Errors
/// See [`ReadError`].
pub async fn validated(connection: &mut PgConnection, tenant_id: TenantId) -> Result<Vec<Validated>, ReadError> {
    let rows = sqlx::query!(
        "select name, validation, stream_version from read.event_types where tenant_id = $1 and validation <> 'off'",
        tenant_id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let validation = validation_of(&row.validation)?;
            Ok(Validated { name: row.name, validation, stream_version: row.stream_version })
        })
        .collect()
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
