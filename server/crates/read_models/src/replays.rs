//! Reading replays.

use crate::ReadError;
use crate::page::{key_of, limit_of, rows_of};
use hookreel_contract::views::ReplayView;
use hookreel_contract::{Cursor, Page};
use hookreel_kernel::{ApplicationId, EndpointId, ReplayId, TenantId, Timestamp, masked_url};
use sqlx::PgConnection;
use uuid::Uuid;

/// Replays that are shown in one list.
const LIST_MAX: i64 = 200;

struct Row {
    replay_id: Uuid,
    application_id: Uuid,
    endpoint_id: Option<Uuid>,
    endpoint_url: Option<String>,
    since: Timestamp,
    until: Timestamp,
    event_types: Option<Vec<String>>,
    selection: String,
    state: String,
    matched: i64,
    created: i64,
    succeeded: i64,
    failed: i64,
    cancelled: i64,
    brought_forward: i64,
    waiting: i64,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
}

impl From<Row> for ReplayView {
    fn from(row: Row) -> Self {
        // Made is not ended: what the engine notes a little later is known here from the counts.
        let state = match row.state.as_str() {
            "sending" | "finished" if row.waiting > 0 => "sending".to_owned(),
            "sending" => "finished".to_owned(),
            _ => row.state,
        };
        Self {
            id: ReplayId::from_uuid(row.replay_id),
            application_id: ApplicationId::from_uuid(row.application_id),
            endpoint_id: row.endpoint_id.map(EndpointId::from_uuid),
            endpoint_url: row.endpoint_url.map(|url| masked_url(&url).into_owned()),
            since: row.since,
            until: row.until,
            event_types: row.event_types,
            selection: row.selection,
            finished_at: row.finished_at.filter(|_| state != "sending"),
            state,
            matched: row.matched as u64,
            created: row.created as u64,
            succeeded: row.succeeded as u64,
            failed: row.failed as u64,
            cancelled: row.cancelled as u64,
            brought_forward: row.brought_forward as u64,
            created_at: row.created_at,
        }
    }
}

/// The latest replays of a tenant, newest first.
///
/// # Errors
/// See [`ReadError`].
pub async fn list(connection: &mut PgConnection, tenant_id: TenantId) -> Result<Vec<ReplayView>, ReadError> {
    Ok(read(connection, tenant_id, Wanted { rows: LIST_MAX, ..Wanted::default() }).await?)
}

/// A page of a tenant's replays, newest first.
///
/// # Errors
/// See [`ReadError`].
pub async fn page(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    cursor: Option<&Cursor>,
    limit: usize,
) -> Result<Page<ReplayView>, ReadError> {
    let limit = limit_of(Some(limit));
    let wanted = Wanted { before: key_of(cursor)?, rows: rows_of(limit), ..Wanted::default() };
    Ok(Page::of(read(connection, tenant_id, wanted).await?, limit, |replay| replay.id.to_string()))
}

/// One replay.
///
/// # Errors
/// See [`ReadError`].
pub async fn find(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: ReplayId,
) -> Result<Option<ReplayView>, ReadError> {
    Ok(read(connection, tenant_id, Wanted { id: Some(id), rows: 1, ..Wanted::default() }).await?.pop())
}

/// Which replays are read.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    id: Option<ReplayId>,
    before: Option<ReplayId>,
    rows: i64,
}

async fn read(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    wanted: Wanted,
) -> Result<Vec<ReplayView>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"with page as (
               select * from read.replays
               where tenant_id = $1 and ($2::uuid is null or replay_id = $2)
                 and ($4::uuid is null or replay_id < $4)
               order by replay_id desc limit $3
           ),
           ended as (
               select d.replay_id, count(*) filter (where d.state = 'succeeded') as succeeded,
                      count(*) filter (where d.state = 'exhausted') as failed,
                      count(*) filter (where d.state = 'cancelled') as cancelled,
                      count(*) filter (where d.state in ('pending', 'in_flight', 'retrying')) as waiting
               from read.deliveries d
               where d.tenant_id = $1 and d.replay_id in (select replay_id from page)
               group by d.replay_id
           )
           select r.replay_id as "replay_id!", r.application_id as "application_id!", r.endpoint_id,
                  e.url as "endpoint_url?", r.since as "since!", r.until as "until!", r.event_types,
                  r.selection as "selection!", r.state as "state!", r.matched as "matched!", r.created as "created!",
                  coalesce(x.succeeded, 0) as "succeeded!", coalesce(x.failed, 0) as "failed!",
                  coalesce(x.cancelled, 0) as "cancelled!", coalesce(x.waiting, 0) as "waiting!",
                  r.brought_forward as "brought_forward!",
                  r.created_at as "created_at!", r.finished_at
           from page r
           left join read.endpoints e on e.tenant_id = r.tenant_id and e.endpoint_id = r.endpoint_id
           left join ended x on x.replay_id = r.replay_id
           order by r.replay_id desc"#,
        tenant_id.uuid(),
        wanted.id.map(ReplayId::uuid),
        wanted.rows,
        wanted.before.map(ReplayId::uuid),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(ReplayView::from).collect())
}
