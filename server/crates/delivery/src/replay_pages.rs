//! Which messages a replay sends where.
//!
//! A message for one endpoint alone is none of the others'. Of those that failed, what is under way, held or about to be
//! attempted is left alone, and what is to be retried later is brought forward: nobody gets a message twice for it.

use hookreel_domain::replay::ReplayPlan;
use hookreel_kernel::{DeliveryId, EndpointId, MessageId, TenantId, Timestamp, id};
use sqlx::PgConnection;
use std::time::Duration;
use uuid::Uuid;

/// Messages looked at in one page.
const MESSAGES_PER_PAGE: i64 = 500;
/// A message's id may be older than its acceptance by as long as a request may take, and younger by clocks that
/// differ: the range of ids is this much wider than the range of times.
const ID_MARGIN: Duration = Duration::from_mins(10);

/// One delivery to make.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) message_id: MessageId,
    pub(crate) endpoint_id: EndpointId,
    pub(crate) event_type: String,
    pub(crate) body_bytes: usize,
    /// The endpoint is paused.
    pub(crate) held: bool,
    /// A delivery of it that is still to be attempted by itself: it is brought forward, and none is made.
    pub(crate) waiting: Option<DeliveryId>,
}

/// The next part of a replay.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) candidates: Vec<Candidate>,
    /// Where the next page begins; `None` if no message was left.
    pub(crate) last_message_id: Option<Uuid>,
    pub(crate) is_last: bool,
}

fn lowest_id(at: Timestamp) -> Uuid {
    let ms = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    id::lowest_at(ms)
}

/// How many deliveries there are to make or to bring forward.
pub(crate) async fn count(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    plan: &ReplayPlan,
) -> Result<u64, sqlx::Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from read.messages m
           join read.endpoints e on e.tenant_id = m.tenant_id and e.application_id = m.application_id
           where m.tenant_id = $1 and m.application_id = $2 and m.state = 'accepted'
             and m.message_id between $3 and $4 and m.received_at >= $5 and m.received_at < $6
             and ($7::text[] is null or m.event_type = any ($7))
             and e.deleted_at is null and e.state <> 'disabled' and ($8::uuid is null or e.endpoint_id = $8)
             and (e.filter_types is null or m.event_type = any (e.filter_types))
             and (e.filter_sources is null or m.source_id = any (e.filter_sources))
             and (e.filter_channels is null or e.filter_channels && m.channels)
             and (m.only_endpoint_id is null or m.only_endpoint_id = e.endpoint_id)
             and case $9
                 when 'failed' then not exists (
                     select from read.deliveries d where d.tenant_id = m.tenant_id and d.message_id = m.message_id
                       and d.endpoint_id = e.endpoint_id
                       and (d.state in ('succeeded', 'in_flight')
                            or (d.state in ('pending', 'retrying') and (d.due_at > now()) is not true)))
                 when 'missing' then not exists (
                     select from read.deliveries d where d.tenant_id = m.tenant_id and d.message_id = m.message_id
                       and d.endpoint_id = e.endpoint_id)
                 else true end"#,
        tenant_id.uuid(),
        plan.application_id.uuid(),
        lowest_id(plan.since - ID_MARGIN),
        lowest_id(plan.until + ID_MARGIN),
        plan.since,
        plan.until,
        plan.event_types.as_deref(),
        plan.endpoint_id.map(EndpointId::uuid),
        plan.selection.as_str(),
    )
    .fetch_one(connection)
    .await?;
    Ok(count.unsigned_abs())
}

/// The deliveries of the next messages after `cursor`.
pub(crate) async fn next(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    plan: &ReplayPlan,
    cursor: Option<Uuid>,
) -> Result<Page, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with page as (
               select m.tenant_id, m.message_id, m.event_type, m.source_id, m.channels, m.body_bytes,
                      m.only_endpoint_id
               from read.messages m
               where m.tenant_id = $1 and m.application_id = $2 and m.state = 'accepted'
                 and m.message_id > coalesce($3, '00000000-0000-0000-0000-000000000000'::uuid)
                 and m.message_id between $4 and $5 and m.received_at >= $6 and m.received_at < $7
                 and ($8::text[] is null or m.event_type = any ($8))
               order by m.message_id
               limit $9
           )
           select m.message_id, m.event_type, m.body_bytes, e.endpoint_id as "endpoint_id?", e.state as "endpoint_state?",
                  case when $11 = 'failed' then (
                      select d.delivery_id from read.deliveries d
                      where d.tenant_id = m.tenant_id and d.message_id = m.message_id and d.endpoint_id = e.endpoint_id
                        and d.state in ('pending', 'retrying')
                      limit 1) end as waiting_id
           from page m
           left join read.endpoints e
             on e.tenant_id = m.tenant_id and e.application_id = $2
            and e.deleted_at is null and e.state <> 'disabled' and ($10::uuid is null or e.endpoint_id = $10)
            and (e.filter_types is null or m.event_type = any (e.filter_types))
            and (e.filter_sources is null or m.source_id = any (e.filter_sources))
            and (e.filter_channels is null or e.filter_channels && m.channels)
            and (m.only_endpoint_id is null or m.only_endpoint_id = e.endpoint_id)
            and case $11
                when 'failed' then not exists (
                    select from read.deliveries d where d.tenant_id = m.tenant_id and d.message_id = m.message_id
                      and d.endpoint_id = e.endpoint_id
                      and (d.state in ('succeeded', 'in_flight')
                           or (d.state in ('pending', 'retrying') and (d.due_at > now()) is not true)))
                when 'missing' then not exists (
                    select from read.deliveries d where d.tenant_id = m.tenant_id and d.message_id = m.message_id
                      and d.endpoint_id = e.endpoint_id)
                else true end
           order by m.message_id"#,
        tenant_id.uuid(),
        plan.application_id.uuid(),
        cursor,
        lowest_id(plan.since - ID_MARGIN),
        lowest_id(plan.until + ID_MARGIN),
        plan.since,
        plan.until,
        plan.event_types.as_deref(),
        MESSAGES_PER_PAGE,
        plan.endpoint_id.map(EndpointId::uuid),
        plan.selection.as_str(),
    )
    .fetch_all(connection)
    .await?;
    let last_message_id = rows.last().map(|row| row.message_id);
    let mut messages = rows.iter().map(|row| row.message_id).collect::<Vec<_>>();
    messages.dedup();
    let candidates = rows
        .into_iter()
        .filter_map(|row| {
            Some(Candidate {
                message_id: MessageId::from_uuid(row.message_id),
                endpoint_id: EndpointId::from_uuid(row.endpoint_id?),
                event_type: row.event_type,
                body_bytes: row.body_bytes.unsigned_abs() as usize,
                held: row.endpoint_state.as_deref() == Some("paused"),
                waiting: row.waiting_id.map(DeliveryId::from_uuid),
            })
        })
        .collect();
    Ok(Page { candidates, last_message_id, is_last: (messages.len() as i64) < MESSAGES_PER_PAGE })
}
