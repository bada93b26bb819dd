//! Reading sources.

mod verdicts;

pub use verdicts::verdicts;

use crate::ReadError;
use crate::page::{id_at, key_of, limit_of, rows_of};
use hookreel_contract::source::{SourceFailure, SourceHealth, SourceSilence};
use hookreel_contract::{Cursor, Page};
use hookreel_domain::traffic::ALTERED_REFUSAL;
use hookreel_kernel::{ApplicationId, MessageId, SourceId, TenantId, Timestamp};
use sqlx::PgConnection;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// How far back messages are counted.
pub const RECENT: Duration = Duration::from_hours(24);

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
    /// Limits, answers, deduplication.
    pub settings: serde_json::Value,
    /// What comes in waits for a person.
    pub is_paused: bool,
    /// How it is doing.
    pub health: SourceHealth,
    /// How many secrets are valid now.
    pub secrets: u32,
    /// Until when those before the current one are.
    pub old_secrets_valid_until: Option<Timestamp>,
    /// The repository that is connected, or about to be.
    pub repository: Option<String>,
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
    read(connection, tenant_id, Wanted::default(), now).await
}

/// A page of a tenant's sources, newest first.
///
/// # Errors
/// See [`ReadError`].
pub async fn page(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    cursor: Option<&Cursor>,
    limit: usize,
    now: Timestamp,
) -> Result<Page<SourceRecord>, ReadError> {
    let limit = limit_of(Some(limit));
    let wanted = Wanted { before: key_of(cursor)?, rows: Some(rows_of(limit)), ..Wanted::default() };
    let records = read(connection, tenant_id, wanted, now).await?;
    Ok(Page::of(records, limit, |record| record.id.to_string()))
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
    let wanted = Wanted { id: Some(id), ..Wanted::default() };
    Ok(read(connection, tenant_id, wanted, now).await?.into_iter().next())
}

/// Which sources are read.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    id: Option<SourceId>,
    before: Option<SourceId>,
    rows: Option<i64>,
}

async fn read(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    wanted: Wanted,
    now: Timestamp,
) -> Result<Vec<SourceRecord>, sqlx::Error> {
    // A repetition with another body waits for a person, but nothing is wrong with the source: it is no failure of it.
    //
    // What is usual of a source is found out by the engine (`delivery::silence`), by which the warning is told too.
    //
    // `coalesce` of one: whether a joined column is known to be null would otherwise depend on the plan, and with it the
    // committed query data.
    let rows = sqlx::query!(
        r#"select s.source_id, s.application_id, s.name, s.provider, s.rule, s.token, s.settings, s.paused,
                  s.repository, s.created_at, s.updated_at,
                  (select count(*) from ops.secrets x
                   where x.tenant_id = s.tenant_id and x.owner_id = s.source_id
                     and (x.expires_at is null or x.expires_at > now())) as "secrets!",
                  coalesce(newest.received_at) as "last_received_at?", coalesce(rhythm.longest_s) as "longest_s?",
                  coalesce(ops.is_silent(rhythm.messages, rhythm.first_at, newest.received_at, rhythm.longest_s, $3)
                           and coalesce((s.settings ->> 'warn_when_silent')::boolean, true), false) as "is_silent!",
                  (select max(x.expires_at) from ops.secrets x
                   where x.tenant_id = s.tenant_id and x.owner_id = s.source_id
                     and x.expires_at > now()) as old_secrets_valid_until,
                  coalesce(failure.message_id) as "failure_id?", coalesce(failure.received_at) as "failed_at?",
                  coalesce(failure.refusal) as "failure_reason?"
           from read.sources s
           left join ops.source_rhythms rhythm on rhythm.tenant_id = s.tenant_id and rhythm.source_id = s.source_id
           left join lateral (
               select m.received_at from read.messages m
               where m.source_id = s.source_id and m.tenant_id = s.tenant_id
               order by m.message_id desc limit 1
           ) as newest on true
           left join lateral (
               select m.message_id, m.received_at, m.refusal from read.messages m
               where m.source_id = s.source_id and m.tenant_id = s.tenant_id and m.state = 'quarantined'
                 and starts_with(m.refusal, $6) is not true
               order by m.message_id desc limit 1
           ) as failure on true
           where s.tenant_id = $1 and s.deleted_at is null and ($2::uuid is null or s.source_id = $2)
             and ($4::uuid is null or s.source_id < $4)
           order by s.source_id desc limit $5"#,
        tenant_id.uuid(),
        wanted.id.map(SourceId::uuid),
        now,
        wanted.before.map(SourceId::uuid),
        wanted.rows,
        ALTERED_REFUSAL,
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.source_id).collect();
    let counts = recent_counts(connection, tenant_id, &ids, now).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let counted = counts.get(&row.source_id).copied().unwrap_or_default();
            let silent = row.last_received_at.zip(row.longest_s).filter(|_| row.is_silent);
            let silent = silent.map(|(since, longest_s)| SourceSilence { since, longest_before_s: longest_s as u64 });
            let failure = row.failure_id.zip(row.failed_at).map(|(id, at)| SourceFailure {
                message_id: MessageId::from_uuid(id),
                at,
                reason: row.failure_reason.unwrap_or_default(),
            });
            SourceRecord {
                id: SourceId::from_uuid(row.source_id),
                application_id: ApplicationId::from_uuid(row.application_id),
                name: row.name,
                provider: row.provider,
                rule: row.rule,
                token: row.token,
                settings: row.settings,
                is_paused: row.paused,
                health: SourceHealth {
                    duplicates_24h: counted.duplicates,
                    altered_24h: counted.altered,
                    broken_off_24h: counted.broken_off,
                    dropped_24h: counted.dropped,
                    handshakes_24h: counted.handshakes,
                    last_failure: failure,
                    silent,
                },
                secrets: row.secrets as u32,
                old_secrets_valid_until: row.old_secrets_valid_until,
                repository: row.repository,
                created_at: row.created_at,
                updated_at: row.updated_at,
                last_received_at: row.last_received_at,
                accepted_24h: counted.accepted,
                quarantined_24h: counted.quarantined,
            }
        })
        .collect())
}

/// What came in lately.
#[derive(Debug, Clone, Copy, Default)]
struct Recent {
    accepted: u64,
    quarantined: u64,
    duplicates: u64,
    altered: u64,
    broken_off: u64,
    dropped: u64,
    handshakes: u64,
}

async fn recent_counts(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    ids: &[Uuid],
    now: Timestamp,
) -> Result<HashMap<Uuid, Recent>, sqlx::Error> {
    let messages = sqlx::query!(
        r#"select source_id as "source_id!", count(*) filter (where state = 'accepted') as "accepted!",
                  count(*) filter (where state = 'quarantined') as "quarantined!"
           from read.messages
           where tenant_id = $1 and source_id = any($2) and message_id >= $3
           group by source_id"#,
        tenant_id.uuid(),
        ids,
        id_at(now - RECENT),
    )
    .fetch_all(&mut *connection)
    .await?;
    let others = sqlx::query!(
        r#"select source_id, sum(duplicates)::bigint as "duplicates!", sum(altered)::bigint as "altered!",
                  sum(broken_off)::bigint as "broken_off!", sum(dropped)::bigint as "dropped!",
                  sum(handshakes)::bigint as "handshakes!"
           from read.source_counts where tenant_id = $1 and source_id = any($2) and hour > $3
           group by source_id"#,
        tenant_id.uuid(),
        ids,
        now - RECENT,
    )
    .fetch_all(connection)
    .await?;
    let mut counts: HashMap<Uuid, Recent> = HashMap::new();
    for row in messages {
        let recent = counts.entry(row.source_id).or_default();
        (recent.accepted, recent.quarantined) = (row.accepted as u64, row.quarantined as u64);
    }
    for row in others {
        let recent = counts.entry(row.source_id).or_default();
        (recent.duplicates, recent.altered) = (row.duplicates as u64, row.altered as u64);
        (recent.broken_off, recent.dropped) = (row.broken_off as u64, row.dropped as u64);
        recent.handshakes = row.handshakes as u64;
    }
    Ok(counts)
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
    /// Limits, answers, deduplication.
    pub settings: serde_json::Value,
    /// What comes in waits for a person.
    pub is_paused: bool,
}

struct InboundRow {
    tenant_id: Uuid,
    source_id: Uuid,
    application_id: Uuid,
    rule: serde_json::Value,
    settings: serde_json::Value,
    paused: bool,
}

impl From<InboundRow> for InboundRecord {
    fn from(row: InboundRow) -> Self {
        Self {
            tenant_id: TenantId::from_uuid(row.tenant_id),
            source_id: SourceId::from_uuid(row.source_id),
            application_id: ApplicationId::from_uuid(row.application_id),
            rule: row.rule,
            settings: row.settings,
            is_paused: row.paused,
        }
    }
}

/// The source of a token, of whatever tenant: only for a connection that sees all tenants.
///
/// # Errors
/// When the database is away.
pub async fn find_by_token(connection: &mut PgConnection, token: &str) -> Result<Option<InboundRecord>, sqlx::Error> {
    let row = sqlx::query_as!(
        InboundRow,
        "select tenant_id, source_id, application_id, rule, settings, paused from read.sources
         where token = $1 and deleted_at is null",
        token
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(InboundRecord::from))
}

/// A source of a tenant as the receiving side needs it.
///
/// # Errors
/// When the database is away.
pub async fn find_inbound(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: SourceId,
) -> Result<Option<InboundRecord>, sqlx::Error> {
    let row = sqlx::query_as!(
        InboundRow,
        "select tenant_id, source_id, application_id, rule, settings, paused from read.sources
         where tenant_id = $1 and source_id = $2 and deleted_at is null",
        tenant_id.uuid(),
        id.uuid()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(InboundRecord::from))
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
