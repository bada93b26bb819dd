//! Reading sources.

use crate::page::id_at;
use hookreel_kernel::{ApplicationId, SourceId, TenantId, Timestamp};
use sqlx::PgConnection;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// How far back messages are counted.
const RECENT: Duration = Duration::from_hours(24);

/// A source as stored, with what came in.
#[derive(Debug, Clone)]
pub struct SourceRecord {
    /// Its id.
    pub id: SourceId,
    /// Where its messages go.
    pub application_id: ApplicationId,
    /// What people call it.
    pub name: String,
    /// `stripe`.
    pub provider: String,
    /// How requests are verified.
    pub rule: serde_json::Value,
    /// What follows `/in/` in the URL.
    pub token: String,
    /// How many secrets are valid now.
    pub secrets: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When the last request came in.
    pub last_received_at: Option<Timestamp>,
    /// Accepted in the last 24 hours.
    pub accepted_24h: u64,
    /// Quarantined in the last 24 hours.
    pub quarantined_24h: u64,
}

/// The sources of a tenant, newest first.
///
/// # Errors
/// When the database is away.
pub async fn list(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    now: Timestamp,
) -> Result<Vec<SourceRecord>, sqlx::Error> {
    read(connection, tenant_id, None, now).await
}

/// One source.
///
/// # Errors
/// When the database is away.
pub async fn find(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: SourceId,
    now: Timestamp,
) -> Result<Option<SourceRecord>, sqlx::Error> {
    Ok(read(connection, tenant_id, Some(id), now).await?.into_iter().next())
}

async fn read(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: Option<SourceId>,
    now: Timestamp,
) -> Result<Vec<SourceRecord>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select s.source_id, s.application_id, s.name, s.provider, s.rule, s.token, s.created_at, s.updated_at,
                  (select count(*) from ops.secrets x
                   where x.tenant_id = s.tenant_id and x.owner_id = s.source_id
                     and (x.expires_at is null or x.expires_at > now())) as "secrets!",
                  (select m.received_at from read.messages m
                   where m.tenant_id = s.tenant_id and m.source_id = s.source_id
                   order by m.message_id desc limit 1) as last_received_at
           from read.sources s
           where s.tenant_id = $1 and s.deleted_at is null and ($2::uuid is null or s.source_id = $2)
           order by s.source_id desc"#,
        tenant_id.uuid(),
        id.map(SourceId::uuid),
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.source_id).collect();
    let counts = recent_counts(connection, tenant_id, &ids, now).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (accepted_24h, quarantined_24h) = counts.get(&row.source_id).copied().unwrap_or_default();
            SourceRecord {
                id: SourceId::from_uuid(row.source_id),
                application_id: ApplicationId::from_uuid(row.application_id),
                name: row.name,
                provider: row.provider,
                rule: row.rule,
                token: row.token,
                secrets: row.secrets as u32,
                created_at: row.created_at,
                updated_at: row.updated_at,
                last_received_at: row.last_received_at,
                accepted_24h,
                quarantined_24h,
            }
        })
        .collect())
}

async fn recent_counts(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    ids: &[Uuid],
    now: Timestamp,
) -> Result<HashMap<Uuid, (u64, u64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select source_id as "source_id!", count(*) filter (where state = 'accepted') as "accepted!",
                  count(*) filter (where state = 'quarantined') as "quarantined!"
           from read.messages
           where tenant_id = $1 and source_id = any($2) and message_id >= $3
           group by source_id"#,
        tenant_id.uuid(),
        ids,
        id_at(now - RECENT),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.source_id, (row.accepted as u64, row.quarantined as u64))).collect())
}

/// A source as the receiving side needs it.
#[derive(Debug, Clone)]
pub struct InboundRecord {
    /// Whose.
    pub tenant_id: TenantId,
    /// The source.
    pub source_id: SourceId,
    /// Where its messages go.
    pub application_id: ApplicationId,
    /// How requests are verified.
    pub rule: serde_json::Value,
}

/// The source of a token, of whatever tenant: only for a connection that sees all tenants.
///
/// # Errors
/// When the database is away.
pub async fn find_by_token(connection: &mut PgConnection, token: &str) -> Result<Option<InboundRecord>, sqlx::Error> {
    let row = sqlx::query!(
        "select tenant_id, source_id, application_id, rule from read.sources
         where token = $1 and deleted_at is null",
        token
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| InboundRecord {
        tenant_id: TenantId::from_uuid(row.tenant_id),
        source_id: SourceId::from_uuid(row.source_id),
        application_id: ApplicationId::from_uuid(row.application_id),
        rule: row.rule,
    }))
}

/// Which of these sources exist.
///
/// # Errors
/// When the database is away.
pub async fn existing(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    ids: &[SourceId],
) -> Result<Vec<SourceId>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let found = sqlx::query_scalar!(
        "select source_id from read.sources where tenant_id = $1 and source_id = any($2) and deleted_at is null",
        tenant_id.uuid(),
        &ids
    )
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().map(SourceId::from_uuid).collect())
}
