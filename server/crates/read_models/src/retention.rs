//! Removing old rows of what is shown. The events they follow from stay.
//!
//! A message goes when it is old, and with it its deliveries; but not while one of them is still on its way, or was made
//! lately by a replay. What was genuine and held, because the plan's messages were used up, was promised to be kept until
//! there is room: it stays for longer. What has no message or delivery any more goes by its own age.

use crate::page::id_at;
use hookreel_domain::plan::OVER_QUOTA;
use hookreel_kernel::{TenantId, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

/// What one step removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// Messages.
    pub messages: u64,
    /// Deliveries of them.
    pub deliveries: u64,
}

/// A tenant and its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeping {
    /// Who.
    pub tenant_id: TenantId,
    /// The plan that a subscription gave.
    pub plan: Option<String>,
}

/// Every tenant of the installation after one, in order, at most so many, with the plan that a subscription gave it. The
/// connection is one of `hookreel_engine`.
///
/// # Errors
/// When the database is away.
pub async fn tenants(
    connection: &mut PgConnection,
    after: Option<TenantId>,
    limit: i64,
) -> Result<Vec<Keeping>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select t.tenant_id, b.plan as "plan?" from iam.tenants t left join read.billing b on b.tenant_id = t.tenant_id
           where t.tenant_id > $1 order by t.tenant_id limit $2"#,
        after.map_or(Uuid::nil(), TenantId::uuid),
        limit,
    )
    .fetch_all(connection)
    .await?;
    let tenants = rows.into_iter().map(|row| Keeping { tenant_id: TenantId::from_uuid(row.tenant_id), plan: row.plan });
    Ok(tenants.collect())
}

/// When the plan of a tenant was changed last.
///
/// # Errors
/// When the database is away.
pub async fn plan_changed_at(
    connection: &mut PgConnection,
    tenant_id: TenantId,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let stream = hookreel_domain::billing::billing_of(tenant_id);
    sqlx::query_scalar!(
        "select recorded_at from event_store.events
         where bucket = $1 and stream_id = $2 and kind = 'plan.changed' order by stream_version desc limit 1",
        hookreel_event_store::CONFIGURATION_BUCKET,
        stream.uuid(),
    )
    .fetch_optional(connection)
    .await
}

/// Removes a tenant's oldest messages from before a time, at most so many, with their deliveries; but nothing that was
/// held for the plan's quota since `held_since`. The connection is a transaction of `hookreel_engine`.
///
/// # Errors
/// When the database refuses.
pub async fn remove_messages(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    before: Timestamp,
    held_since: Timestamp,
    limit: i64,
) -> Result<Removed, sqlx::Error> {
    let messages = sqlx::query_scalar!(
        "delete from read.messages where tenant_id = $1 and message_id in (
             select m.message_id from read.messages m
             where m.tenant_id = $1 and m.message_id < $2 and not exists (
                 select from read.deliveries d
                 where d.message_id = m.message_id
                   and (d.delivery_id >= $2 or d.state in ('pending', 'in_flight', 'retrying')))
               and not (m.state = 'quarantined' and m.message_id >= $4 and m.refusal is not distinct from $5::text)
             order by m.message_id limit $3)
         returning message_id",
        tenant_id.uuid(),
        id_at(before),
        limit,
        id_at(held_since),
        OVER_QUOTA,
    )
    .fetch_all(&mut *connection)
    .await?;
    let deliveries = sqlx::query_scalar!(
        "delete from read.deliveries where tenant_id = $1 and message_id = any ($2) returning delivery_id",
        tenant_id.uuid(),
        &messages,
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from read.message_words where tenant_id = $1 and message_id = any ($2)",
        tenant_id.uuid(),
        &messages,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from read.deferrals where tenant_id = $1 and delivery_id = any ($2)",
        tenant_id.uuid(),
        &deliveries,
    )
    .execute(connection)
    .await?;
    Ok(Removed { messages: messages.len() as u64, deliveries: deliveries.len() as u64 })
}

/// The endpoints of a tenant that have attempts from before a time, also deleted ones.
///
/// # Errors
/// When the database is away.
pub async fn endpoints(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    before: Timestamp,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select e.endpoint_id from read.endpoints e where e.tenant_id = $1 and exists (
             select from read.attempts a
             where a.tenant_id = $1 and a.endpoint_id = e.endpoint_id and a.attempt_id < $2)",
        tenant_id.uuid(),
        id_at(before),
    )
    .fetch_all(connection)
    .await
}

/// Removes attempts to an endpoint from before a time whose deliveries are gone, at most so many.
///
/// # Errors
/// When the database refuses.
pub async fn remove_attempts(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    endpoint_id: Uuid,
    before: Timestamp,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query!(
        "delete from read.attempts where tenant_id = $1 and endpoint_id = $2 and attempt_id in (
             select a.attempt_id from read.attempts a
             where a.tenant_id = $1 and a.endpoint_id = $2 and a.attempt_id < $3 and not exists (
                 select from read.deliveries d where d.tenant_id = $1 and d.delivery_id = a.delivery_id)
             order by a.attempt_id limit $4)",
        tenant_id.uuid(),
        endpoint_id,
        id_at(before),
        limit,
    )
    .execute(connection)
    .await?;
    Ok(removed.rows_affected())
}

/// Removes what else is counted by time, and words of messages that are gone (a rebuilt index has them again).
///
/// # Errors
/// When the database refuses.
pub async fn remove_the_rest(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    before: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from read.delivery_stats where tenant_id = $1 and minute < $2", tenant_id.uuid(), before)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("delete from read.source_counts where tenant_id = $1 and hour < $2", tenant_id.uuid(), before)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "delete from read.message_words w where w.tenant_id = $1 and w.message_id < $2 and not exists (
             select from read.messages m where m.tenant_id = $1 and m.message_id = w.message_id)",
        tenant_id.uuid(),
        id_at(before),
    )
    .execute(connection)
    .await
    .map(drop)
}
