//! Reading endpoints, and what becomes of their deliveries when they change.

use crate::page::{key_of, limit_of, rows_of};
use crate::{ReadError, stats};
use hookreel_contract::views::{BreakerState, EndpointState, EndpointStats, EndpointView};
use hookreel_contract::{Cursor, Page};
use hookreel_domain::traffic::CancelCause;
use hookreel_kernel::{ApplicationId, EndpointId, Metadata, SourceId, TenantId, Timestamp};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use uuid::Uuid;

/// How far back attempts are counted.
const RECENT: Duration = Duration::from_hours(24);

struct Row {
    endpoint_id: Uuid,
    application_id: Uuid,
    uid: Option<String>,
    url: String,
    description: String,
    state: String,
    disabled_reason: Option<String>,
    filter_types: Option<Vec<String>>,
    filter_channels: Option<Vec<String>>,
    filter_sources: Option<Vec<Uuid>>,
    headers: Json<BTreeMap<String, String>>,
    metadata: Json<BTreeMap<String, String>>,
    signature_scheme: String,
    forward_headers: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    breaker: Option<String>,
    probe_at: Option<Timestamp>,
}

impl Row {
    fn view(self, stats: EndpointStats) -> Result<EndpointView, ReadError> {
        let breaker = match self.breaker.as_deref() {
            None | Some("closed") => BreakerState::Closed,
            Some("open") => BreakerState::Open,
            Some("half_open") => BreakerState::HalfOpen,
            Some(other) => return Err(ReadError::unreadable("breaker state", other)),
        };
        Ok(EndpointView {
            id: EndpointId::from_uuid(self.endpoint_id),
            application_id: ApplicationId::from_uuid(self.application_id),
            uid: self.uid,
            url: self.url,
            description: self.description,
            state: state_of(&self.state)?,
            disabled_reason: self.disabled_reason,
            filter_types: self.filter_types,
            filter_channels: self.filter_channels,
            filter_sources: self.filter_sources.map(|ids| ids.into_iter().map(SourceId::from_uuid).collect()),
            headers: self.headers.0,
            metadata: self.metadata.0,
            signature_scheme: self.signature_scheme,
            forward_headers: self.forward_headers,
            created_at: self.created_at,
            updated_at: self.updated_at,
            breaker,
            breaker_probe_at: self.probe_at.filter(|_| breaker != BreakerState::Closed),
            stats,
        })
    }
}

pub(crate) fn state_of(text: &str) -> Result<EndpointState, ReadError> {
    [EndpointState::Enabled, EndpointState::Paused, EndpointState::Disabled]
        .into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| ReadError::unreadable("endpoint state", text))
}

/// Which endpoints are read.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted<'a> {
    application_id: Option<ApplicationId>,
    ids: Option<&'a [EndpointId]>,
    uid: Option<&'a str>,
    before: Option<EndpointId>,
    rows: i64,
}

/// The endpoints of a tenant or of one application, newest first. Values of their headers are still encrypted.
///
/// # Errors
/// See [`ReadError`].
pub async fn list(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    application_id: Option<ApplicationId>,
    cursor: Option<&Cursor>,
    limit: Option<usize>,
    now: Timestamp,
) -> Result<Page<EndpointView>, ReadError> {
    let limit = limit_of(limit);
    let wanted = Wanted { application_id, before: key_of(cursor)?, rows: rows_of(limit), ..Wanted::default() };
    let views = read(connection, tenant_id, wanted, now).await?;
    Ok(Page::of(views, limit, |view| view.id.to_string()))
}

/// One endpoint. Values of its headers are still encrypted.
///
/// # Errors
/// See [`ReadError`].
pub async fn get(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: EndpointId,
    now: Timestamp,
) -> Result<Option<EndpointView>, ReadError> {
    Ok(views(connection, tenant_id, &[id], now).await?.pop())
}

/// These endpoints, newest first; those that do not exist are left out. Values of their headers are still encrypted.
///
/// # Errors
/// See [`ReadError`].
pub async fn views(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    ids: &[EndpointId],
    now: Timestamp,
) -> Result<Vec<EndpointView>, ReadError> {
    let wanted = Wanted { ids: Some(ids), rows: ids.len() as i64, ..Wanted::default() };
    read(connection, tenant_id, wanted, now).await
}

/// One endpoint of an application by its id or its uid. Values of its headers are still encrypted.
///
/// # Errors
/// See [`ReadError`].
pub async fn find(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    application_id: ApplicationId,
    id_or_uid: &str,
    now: Timestamp,
) -> Result<Option<EndpointView>, ReadError> {
    // A text that reads as an id is one: uids of that form are refused when they are given.
    let id: Option<EndpointId> = id_or_uid.parse().ok();
    let uid = if id.is_none() { Some(id_or_uid) } else { None };
    let application_id = Some(application_id);
    let wanted = Wanted { application_id, ids: id.as_ref().map(std::slice::from_ref), uid, before: None, rows: 1 };
    Ok(read(connection, tenant_id, wanted, now).await?.pop())
}

async fn read(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    wanted: Wanted<'_>,
    now: Timestamp,
) -> Result<Vec<EndpointView>, ReadError> {
    let ids: Option<Vec<Uuid>> = wanted.ids.map(|ids| ids.iter().map(|id| id.uuid()).collect());
    let rows = sqlx::query_as!(
        Row,
        r#"select e.endpoint_id, e.application_id, e.uid, e.url, e.description, e.state, e.disabled_reason,
                  e.filter_types, e.filter_channels, e.filter_sources,
                  e.headers as "headers: Json<BTreeMap<String, String>>",
                  e.metadata as "metadata: Json<BTreeMap<String, String>>",
                  e.signature_scheme, e.forward_headers, e.created_at, e.updated_at,
                  b.state as "breaker?", b.probe_at as "probe_at?"
           from read.endpoints e
           left join ops.breakers b on b.tenant_id = e.tenant_id and b.endpoint_id = e.endpoint_id
           where e.tenant_id = $1 and e.deleted_at is null
             and ($2::uuid is null or e.application_id = $2)
             and ($3::uuid[] is null or e.endpoint_id = any($3))
             and ($4::text is null or e.uid = $4)
             and ($5::uuid is null or e.endpoint_id < $5)
           order by e.endpoint_id desc limit $6"#,
        tenant_id.uuid(),
        wanted.application_id.map(ApplicationId::uuid),
        ids.as_deref(),
        wanted.uid,
        wanted.before.map(EndpointId::uuid),
        wanted.rows,
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.endpoint_id).collect();
    let mut stats = stats::of_endpoints(&mut *connection, tenant_id, &ids, now - RECENT).await?;
    for (id, waiting) in waiting_of(connection, tenant_id, &ids).await? {
        stats.entry(id).or_default().waiting = waiting;
    }
    rows.into_iter()
        .map(|row| {
            let stats = stats.get(&row.endpoint_id).copied().unwrap_or_default();
            row.view(stats)
        })
        .collect()
}

/// Deliveries that wait for an attempt: those that are due at some time, and those that a paused endpoint holds. An
/// index of its own finds either kind, however many deliveries have ended.
async fn waiting_of(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, u64>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select endpoint_id as "endpoint_id!", sum(n)::bigint as "count!"
           from (
               select endpoint_id, count(*) as n from read.deliveries
               where tenant_id = $1 and endpoint_id = any($2) and due_at is not null
               group by endpoint_id
               union all
               select endpoint_id, count(*) from read.deliveries
               where tenant_id = $1 and endpoint_id = any($2)
                 and due_at is null and state in ('pending', 'retrying')
               group by endpoint_id
           ) as waiting
           group by endpoint_id"#,
        tenant_id.uuid(),
        ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.endpoint_id, row.count as u64)).collect())
}

/// Waits for everybody who changes an endpoint and keeps others out until the transaction ends. Whoever changes an
/// endpoint together with its deliveries does this first, so that two never wait for each other crosswise.
///
/// # Errors
/// When the database is away.
pub async fn lock(connection: &mut PgConnection, tenant_id: TenantId, id: EndpointId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select endpoint_id from read.endpoints where tenant_id = $1 and endpoint_id = $2 for update",
        tenant_id.uuid(),
        id.uuid(),
    )
    .fetch_optional(connection)
    .await
    .map(drop)
}

/// Makes the held deliveries of an endpoint due now; whoever finds them without a job gives them one. Says how many.
///
/// # Errors
/// When the database refuses.
pub async fn release_deliveries(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: EndpointId,
) -> Result<u64, sqlx::Error> {
    let released = sqlx::query!(
        "update read.deliveries set due_at = now(), job_id = null, deferred_because = null
         where tenant_id = $1 and endpoint_id = $2 and due_at is null and state in ('pending', 'retrying')",
        tenant_id.uuid(),
        id.uuid(),
    )
    .execute(connection)
    .await?;
    Ok(released.rows_affected())
}

/// Gives up the waiting deliveries of an endpoint and says how many there were. The events that say so follow: the
/// engine's reconciler appends them, so it is to be woken after the commit.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_deliveries(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: EndpointId,
    cause: CancelCause,
    metadata: &Metadata,
) -> Result<u64, sqlx::Error> {
    let cancelled = sqlx::query!(
        "update read.deliveries
         set state = 'cancelled', due_at = null, job_id = null, manual = false, resend_id = null,
             scheduled_due_at = null, scheduled_job_id = null, cancelled_because = $3, cancelled_by = $4
         where tenant_id = $1 and endpoint_id = $2 and state in ('pending', 'in_flight', 'retrying')",
        tenant_id.uuid(),
        id.uuid(),
        cause.as_str(),
        serde_json::to_value(metadata).unwrap_or_default(),
    )
    .execute(connection)
    .await?;
    Ok(cancelled.rows_affected())
}

/// The ids of every endpoint of an application.
///
/// # Errors
/// When the database is away.
pub async fn ids_of(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    application_id: ApplicationId,
) -> Result<Vec<EndpointId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select endpoint_id from read.endpoints
         where tenant_id = $1 and application_id = $2 and deleted_at is null order by endpoint_id",
        tenant_id.uuid(),
        application_id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(EndpointId::from_uuid).collect())
}
