//! What an operator sees of handlers and their backlog.

use hookreel_kernel::{TenantId, Timestamp};
use sqlx::PgPool;

/// One event that a handler has not handled yet.
#[derive(Debug, Clone)]
pub struct BacklogRow {
    /// Whose backlog.
    pub handler: String,
    /// The event's place in the store.
    pub position: i64,
    /// Whose event.
    pub tenant_id: TenantId,
    /// What that tenant is called.
    pub tenant_name: String,
    /// `endpoint.disabled`.
    pub kind: String,
    /// `retrying`, `waiting`, `parked`.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried again.
    pub due_at: Timestamp,
    /// What went wrong last.
    pub error: String,
    /// Since when.
    pub noted_at: Timestamp,
}

/// A place in the backlog: the event's, and the handler's name.
pub type Place = (i64, String);

/// Where a handler stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerStatus {
    /// Its name.
    pub name: String,
    /// Up to where it has come.
    pub position: i64,
    /// How many positions are before it.
    pub behind: i64,
    /// Events that are tried again by themselves.
    pub retrying: u64,
    /// Events that wait behind an earlier one of their stream.
    pub waiting: u64,
    /// Events that wait for a person.
    pub parked: u64,
    /// Up to where it has to come to have caught up after a rebuild; `None` when it has.
    pub rebuilding_until: Option<i64>,
}

struct Row {
    handler: String,
    position: i64,
    tenant_id: uuid::Uuid,
    tenant_name: String,
    kind: String,
    state: String,
    tries: i32,
    due_at: Timestamp,
    error: String,
    noted_at: Timestamp,
}

impl From<Row> for BacklogRow {
    fn from(row: Row) -> Self {
        Self {
            handler: row.handler,
            position: row.position,
            tenant_id: TenantId::from_uuid(row.tenant_id),
            tenant_name: row.tenant_name,
            kind: row.kind,
            state: row.state,
            tries: u32::try_from(row.tries).unwrap_or_default(),
            due_at: row.due_at,
            error: row.error,
            noted_at: row.noted_at,
        }
    }
}

/// What is in the backlog, of one handler or of all, what is parked first, at most so many.
///
/// # Errors
/// When the database is away.
pub async fn list(pool: &PgPool, handler: Option<&str>, limit: i64) -> Result<Vec<BacklogRow>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select b.handler, b.position, b.tenant_id, coalesce(t.name, '') as "tenant_name!", b.kind, b.state, b.tries,
                  b.due_at, b.error, b.noted_at
           from ops.handler_backlog b left join iam.tenants t on t.tenant_id = b.tenant_id
           where $1::text is null or b.handler = $1
           order by (b.state = 'parked') desc, b.position limit $2"#,
        handler,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(BacklogRow::from).collect())
}

/// What is in one state, newest first, of one handler or of all, before a place, at most so many.
///
/// # Errors
/// When the database is away.
pub async fn list_state(
    pool: &PgPool,
    state: &str,
    handler: Option<&str>,
    before: Option<&Place>,
    limit: i64,
) -> Result<Vec<BacklogRow>, sqlx::Error> {
    let (position, name) = before.map_or((i64::MAX, ""), |(position, name)| (*position, name.as_str()));
    let rows = sqlx::query_as!(
        Row,
        r#"select b.handler, b.position, b.tenant_id, coalesce(t.name, '') as "tenant_name!", b.kind, b.state, b.tries,
                  b.due_at, b.error, b.noted_at
           from ops.handler_backlog b left join iam.tenants t on t.tenant_id = b.tenant_id
           where b.state = $1 and ($2::text is null or b.handler = $2) and (b.position, b.handler) < ($3, $4)
           order by b.position desc, b.handler desc limit $5"#,
        state,
        handler,
        position,
        name,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(BacklogRow::from).collect())
}

/// Where each handler stands that has ever run here.
///
/// # Errors
/// When the database is away.
pub async fn statuses(pool: &PgPool) -> Result<Vec<HandlerStatus>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with counts as materialized (
               select handler, count(*) filter (where state = 'retrying') as retrying,
                      count(*) filter (where state = 'waiting') as waiting,
                      count(*) filter (where state = 'parked') as parked
               from ops.handler_backlog group by handler
           )
           select c.name as "name!", c.position as "position!", h.position as head,
                  coalesce(b.retrying, 0) as "retrying!", coalesce(b.waiting, 0) as "waiting!",
                  coalesce(b.parked, 0) as "parked!",
                  (select a.position from ops.operator_actions a where a.action = 'rebuild' and a.subject = c.name
                   order by a.action_id desc limit 1) as rebuilt_until
           from (select substr(reader, length('handler.') + 1) as name, position from event_store.checkpoints
                 where reader like 'handler.%') c
           cross join event_store.head h
           left join counts b on b.handler = c.name
           order by c.name"#,
    )
    .fetch_all(pool)
    .await?;
    let statuses = rows.into_iter().map(|row| HandlerStatus {
        behind: (row.head - row.position).max(0),
        retrying: row.retrying as u64,
        waiting: row.waiting as u64,
        parked: row.parked as u64,
        rebuilding_until: row.rebuilt_until.filter(|until| *until > row.position),
        name: row.name,
        position: row.position,
    });
    Ok(statuses.collect())
}
