//! Reading recoveries, and which deliveries of a provider have come in.

use crate::ReadError;
use crate::page::{key_of, limit_of, rows_of};
use hookreel_contract::recovery::{RecoveryRow, RecoveryView};
use hookreel_contract::{Cursor, Page};
use hookreel_kernel::{MessageId, RecoveryId, SourceId, TenantId, Timestamp};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Recoveries that are shown in one list.
const LIST_MAX: i64 = 20;

struct Row {
    recovery_id: Uuid,
    source_id: Uuid,
    source_name: String,
    repository: String,
    since: Timestamp,
    until: Timestamp,
    state: String,
    reason: String,
    waits_for: String,
    due_at: Timestamp,
    total: i64,
    requested: i64,
    refused: i64,
    arrived: i64,
    recovered: i64,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
}

impl From<Row> for RecoveryView {
    fn from(row: Row) -> Self {
        let is_waiting = row.state == "running" && !row.waits_for.is_empty();
        Self {
            id: RecoveryId::from_uuid(row.recovery_id),
            source_id: SourceId::from_uuid(row.source_id),
            source_name: row.source_name,
            repository: row.repository,
            since: row.since,
            until: row.until,
            state: row.state,
            reason: row.reason,
            waiting: is_waiting.then_some((row.waits_for, row.due_at)),
            total: row.total as u64,
            requested: row.requested as u64,
            refused: row.refused as u64,
            arrived: row.arrived as u64,
            recovered: row.recovered as u64,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

/// The latest recoveries of a source, newest first.
///
/// # Errors
/// When the database is away.
pub async fn list(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    source_id: SourceId,
) -> Result<Vec<RecoveryView>, sqlx::Error> {
    read(connection, tenant_id, Wanted { source_id: Some(source_id), rows: LIST_MAX, ..Wanted::default() }).await
}

/// A page of a source's recoveries, newest first.
///
/// # Errors
/// See [`ReadError`].
pub async fn page(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    source_id: SourceId,
    cursor: Option<&Cursor>,
    limit: usize,
) -> Result<Page<RecoveryView>, ReadError> {
    let limit = limit_of(Some(limit));
    let wanted =
        Wanted { source_id: Some(source_id), before: key_of(cursor)?, rows: rows_of(limit), ..Wanted::default() };
    Ok(Page::of(read(connection, tenant_id, wanted).await?, limit, |recovery| recovery.id.to_string()))
}

/// One recovery.
///
/// # Errors
/// When the database is away.
pub async fn find(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: RecoveryId,
) -> Result<Option<RecoveryView>, sqlx::Error> {
    Ok(read(connection, tenant_id, Wanted { id: Some(id), rows: 1, ..Wanted::default() }).await?.pop())
}

/// Which recoveries are read.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    source_id: Option<SourceId>,
    id: Option<RecoveryId>,
    before: Option<RecoveryId>,
    rows: i64,
}

async fn read(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    wanted: Wanted,
) -> Result<Vec<RecoveryView>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"with page as (
               select * from read.recoveries
               where tenant_id = $1 and ($2::uuid is null or source_id = $2) and ($3::uuid is null or recovery_id = $3)
                 and ($5::uuid is null or recovery_id < $5)
               order by recovery_id desc limit $4
           ),
           counted as (
               select d.recovery_id, count(*) as total, count(*) filter (where d.outcome = 'requested') as requested,
                      count(*) filter (where d.outcome = 'refused') as refused,
                      count(*) filter (where d.outcome = 'arrived') as arrived,
                      count(k.key) filter (where d.outcome = 'requested') as recovered
               from page p
               join read.recovery_deliveries d on d.tenant_id = p.tenant_id and d.recovery_id = p.recovery_id
               left join ops.dedupe_keys k
                   on k.tenant_id = p.tenant_id and k.source_id = p.source_id and k.key = 'event_id:' || d.guid
               group by d.recovery_id
           )
           select p.recovery_id as "recovery_id!", p.source_id as "source_id!", s.name as "source_name!",
                  p.repository as "repository!", p.since as "since!", p.until as "until!", p.state as "state!",
                  p.reason as "reason!", p.waits_for as "waits_for!", p.due_at as "due_at!",
                  coalesce(c.total, 0) as "total!", coalesce(c.requested, 0) as "requested!",
                  coalesce(c.refused, 0) as "refused!", coalesce(c.arrived, 0) as "arrived!",
                  coalesce(c.recovered, 0) as "recovered!", p.created_at as "created_at!", p.finished_at
           from page p
           join read.sources s on s.tenant_id = p.tenant_id and s.source_id = p.source_id
           left join counted c on c.recovery_id = p.recovery_id
           order by p.recovery_id desc"#,
        tenant_id.uuid(),
        wanted.source_id.map(SourceId::uuid),
        wanted.id.map(RecoveryId::uuid),
        wanted.rows,
        wanted.before.map(RecoveryId::uuid),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(RecoveryView::from).collect())
}

/// The deliveries of a recovery, in the order in which they are asked for.
///
/// # Errors
/// When the database is away.
pub async fn deliveries(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: RecoveryId,
) -> Result<Vec<RecoveryRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select d.guid, d.event, d.action, d.status_code, d.failed_at, d.outcome, d.reason,
                  coalesce(k.message_id) as "message_id?"
           from read.recovery_deliveries d
           join read.recoveries r on r.tenant_id = d.tenant_id and r.recovery_id = d.recovery_id
           left join ops.dedupe_keys k
               on k.tenant_id = r.tenant_id and k.source_id = r.source_id and k.key = 'event_id:' || d.guid
           where d.tenant_id = $1 and d.recovery_id = $2
           order by d.place"#,
        tenant_id.uuid(),
        id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RecoveryRow {
            guid: row.guid,
            event: row.event,
            action: row.action,
            status: u16::try_from(row.status_code).ok().filter(|status| *status > 0),
            failed_at: row.failed_at,
            outcome: row.outcome,
            reason: row.reason,
            message_id: row.message_id.map(MessageId::from_uuid),
        })
        .collect())
}

/// The messages that a source has accepted for these ids of the provider's.
///
/// # Errors
/// When the database is away.
pub async fn arrived(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    source_id: SourceId,
    guids: &[String],
) -> Result<HashMap<String, MessageId>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select wanted.guid as "guid!", k.message_id from unnest($3::text[]) as wanted (guid)
           join ops.dedupe_keys k on k.tenant_id = $1 and k.source_id = $2 and k.key = 'event_id:' || wanted.guid"#,
        tenant_id.uuid(),
        source_id.uuid(),
        guids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.guid, MessageId::from_uuid(row.message_id))).collect())
}
