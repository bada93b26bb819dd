//! Reading messages.

mod judgements;
mod passed_over;

pub use judgements::receipts;
pub use passed_over::passed_over;

use crate::page::{MESSAGE_ID_AGE_MAX, highest_id, key_of, limit_of, lowest_id, rows_of};
use crate::{ReadError, body_view, deliveries, search};
use hookreel_contract::Page;
use hookreel_contract::input::MessageFilter;
use hookreel_contract::source::QuarantineSelection;
use hookreel_contract::views::{
    DeliveryCounts, DeliveryRow, DeliveryState, InboundView, MessageDetail, MessageRow, MessageState,
    QuarantineStepKind,
};
use hookreel_domain::traffic::{InboundFacts, MessageReceived, ReceivedHeader};
use hookreel_event_store::bucket_of;
use hookreel_kernel::{ApplicationId, EndpointId, MessageId, SchemaFault, SourceId, TenantId, Timestamp};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// What is kept of one source that nobody believes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StrangersMessages {
    /// How many messages.
    pub messages: u64,
    /// The bytes of their bodies.
    pub bytes: u64,
}

/// How much is kept of a source that nobody believes. Counts no further than `messages_max`: that is all it costs.
///
/// # Errors
/// When the database is away.
pub async fn of_strangers(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    source_id: SourceId,
    messages_max: u64,
) -> Result<StrangersMessages, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) as "messages!", coalesce(sum(body_bytes), 0)::bigint as "bytes!" from (
               select body_bytes from read.messages
               where tenant_id = $1 and source_id = $2
                 and state = 'quarantined' and verdict in ('failed', 'unattempted')
               limit $3
           ) as kept"#,
        tenant_id.uuid(),
        source_id.uuid(),
        messages_max.cast_signed(),
    )
    .fetch_one(connection)
    .await?;
    Ok(StrangersMessages { messages: row.messages.unsigned_abs(), bytes: row.bytes.unsigned_abs() })
}

struct Row {
    message_id: Uuid,
    application_id: Uuid,
    source_id: Option<Uuid>,
    source_name: Option<String>,
    event_type: String,
    state: String,
    uid: Option<String>,
    provider_event_id: Option<String>,
    channels: Option<Vec<String>>,
    body_bytes: i32,
    verdict: Option<String>,
    dedupe_rung: Option<String>,
    refusal: Option<String>,
    schema_faults: Option<Json<Vec<SchemaFault>>>,
    received_at: Timestamp,
}

impl Row {
    fn view(self, deliveries: DeliveryCounts) -> Result<MessageRow, ReadError> {
        Ok(MessageRow {
            id: MessageId::from_uuid(self.message_id),
            application_id: ApplicationId::from_uuid(self.application_id),
            source_id: self.source_id.map(SourceId::from_uuid),
            source_name: self.source_name,
            event_type: self.event_type,
            state: state_of(&self.state).ok_or_else(|| ReadError::unreadable("message state", &self.state))?,
            uid: self.uid,
            provider_event_id: self.provider_event_id,
            channels: self.channels,
            body_bytes: u64::try_from(self.body_bytes).unwrap_or_default(),
            verdict: self.verdict,
            dedupe_rung: self.dedupe_rung,
            refusal: self.refusal,
            schema_faults: self.schema_faults.map(|faults| faults.0).unwrap_or_default(),
            received_at: self.received_at,
            deliveries,
        })
    }
}

fn state_of(text: &str) -> Option<MessageState> {
    [MessageState::Accepted, MessageState::Quarantined, MessageState::Duplicate]
        .into_iter()
        .find(|state| state.as_str() == text)
}

/// The messages that a filter lets through, newest first.
///
/// # Errors
/// See [`ReadError`].
pub async fn list(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    filter: &MessageFilter,
) -> Result<Page<MessageRow>, ReadError> {
    let limit = limit_of(filter.limit);
    let before: Option<MessageId> = key_of(filter.cursor.as_ref())?;
    if filter.state.as_deref().is_some_and(|state| state_of(state).is_none()) {
        return Err(ReadError::filter("state", "must be accepted, quarantined or duplicate"));
    }
    if let Some(question) = filter.search.as_deref().filter(|question| !question.trim().is_empty()) {
        if filter.refusal.is_some() {
            return Err(ReadError::filter("refusal", "cannot be looked for together with words of the message"));
        }
        let found = search::find(connection, filter, question, before, rows_of(limit)).await?;
        let rows = rows(connection, tenant_id, &found).await?;
        return Ok(Page::of(rows, limit, |row| row.id.to_string()));
    }
    let rows = sqlx::query_as!(
        Row,
        r#"select m.message_id, m.application_id, m.source_id, s.name as "source_name?", m.event_type, m.state, m.uid,
                  m.provider_event_id, m.channels, m.body_bytes, m.verdict, m.dedupe_rung, m.refusal,
                  m.schema_faults as "schema_faults: Json<Vec<SchemaFault>>", m.received_at
           from read.messages m
           left join read.sources s on s.tenant_id = m.tenant_id and s.source_id = m.source_id
           where m.tenant_id = $1
             and ($2::uuid is null or m.application_id = $2)
             and ($3::uuid is null or m.source_id = $3)
             and ($4::text[] is null or m.event_type = any($4))
             and ($5::text is null or $5 = any(m.channels))
             and ($6::text is null or m.state = $6)
             and ($7::timestamptz is null or (m.received_at >= $7 and m.message_id >= $8))
             and ($9::timestamptz is null or (m.received_at < $9 and m.message_id < $10))
             and ($11::uuid is null or m.message_id < $11)
             and (not $12 or m.schema_faults is not null)
             and ($13::text is null or strpos(lower(m.refusal), lower($13)) > 0)
           order by m.message_id desc limit $14"#,
        tenant_id.uuid(),
        filter.application_id.map(ApplicationId::uuid),
        filter.source_id.map(SourceId::uuid),
        filter.event_types.as_deref(),
        filter.channel,
        filter.state,
        filter.since,
        lowest_id(filter.since, MESSAGE_ID_AGE_MAX),
        filter.until,
        highest_id(filter.until),
        before.map(MessageId::uuid),
        filter.flagged,
        filter.refusal,
        rows_of(limit),
    )
    .fetch_all(&mut *connection)
    .await?;
    let rows = with_counts(connection, tenant_id, rows).await?;
    Ok(Page::of(rows, limit, |row| row.id.to_string()))
}

/// These messages, without headers and bodies, newest first; those that do not exist are left out.
///
/// # Errors
/// See [`ReadError`].
pub async fn rows(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    ids: &[MessageId],
) -> Result<Vec<MessageRow>, ReadError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select m.message_id, m.application_id, m.source_id, s.name as "source_name?", m.event_type, m.state, m.uid,
                  m.provider_event_id, m.channels, m.body_bytes, m.verdict, m.dedupe_rung, m.refusal,
                  m.schema_faults as "schema_faults: Json<Vec<SchemaFault>>", m.received_at
           from read.messages m
           left join read.sources s on s.tenant_id = m.tenant_id and s.source_id = m.source_id
           where m.tenant_id = $1 and m.message_id = any($2)
           order by m.message_id desc"#,
        tenant_id.uuid(),
        &ids,
    )
    .fetch_all(&mut *connection)
    .await?;
    with_counts(connection, tenant_id, rows).await
}

/// The id of a message of an application by its id or its uid.
///
/// # Errors
/// When the database is away.
pub async fn find_id(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    application_id: ApplicationId,
    id_or_uid: &str,
) -> Result<Option<MessageId>, sqlx::Error> {
    let id: Option<MessageId> = id_or_uid.parse().ok();
    let found = if let Some(id) = id {
        sqlx::query_scalar!(
            "select message_id from read.messages where tenant_id = $1 and message_id = $2 and application_id = $3",
            tenant_id.uuid(),
            id.uuid(),
            application_id.uuid(),
        )
        .fetch_optional(connection)
        .await?
    } else {
        sqlx::query_scalar!(
            "select message_id from read.messages where tenant_id = $1 and application_id = $2 and uid = $3",
            tenant_id.uuid(),
            application_id.uuid(),
            id_or_uid,
        )
        .fetch_optional(connection)
        .await?
    };
    Ok(found.map(MessageId::from_uuid))
}

/// One message with everything about it.
///
/// # Errors
/// See [`ReadError`].
pub async fn detail(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: MessageId,
) -> Result<Option<MessageDetail>, ReadError> {
    let Some(mut row) = rows(&mut *connection, tenant_id, &[id]).await?.pop() else { return Ok(None) };
    let Some(Received { facts, body, .. }) = received(&mut *connection, tenant_id, &[id]).await?.pop() else {
        return Ok(None);
    };
    let headers = facts.headers.iter().map(|header| (header.name.clone(), shown(header))).collect();
    let only_endpoint_id = facts.only_endpoint_id;
    let mut matched: BTreeSet<EndpointId> = facts.deliveries.iter().map(|delivery| delivery.endpoint_id).collect();
    let inbound = match facts.inbound {
        Some(inbound) => Some(inbound_view(&mut *connection, tenant_id, id, inbound, facts.refusal).await?),
        None => None,
    };
    for step in inbound.iter().flat_map(|inbound| &inbound.quarantine) {
        if let QuarantineStepKind::Released { matched: then, .. } = &step.what {
            matched.extend(then);
        }
    }
    let deliveries = deliveries::of_message(connection, tenant_id, id).await?;
    let sent_later: HashSet<EndpointId> =
        deliveries.iter().map(|delivery| delivery.endpoint_id).filter(|endpoint| !matched.contains(endpoint)).collect();
    // Read after the row's own counts, and shown beside them: the two must agree.
    row.deliveries = count(&deliveries);
    let steps = deliveries::steps(connection, tenant_id, &deliveries).await?;
    Ok(Some(MessageDetail {
        row,
        inbound,
        headers,
        body: body_view(&body),
        only_endpoint_id,
        matched: matched.into_iter().collect(),
        sent_later: sent_later.len() as u64,
        deliveries,
        steps,
    }))
}

fn shown(header: &ReceivedHeader) -> String {
    if header.is_base64 { format!("base64:{}", header.value) } else { header.value.clone() }
}

async fn inbound_view(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: MessageId,
    inbound: InboundFacts,
    refusal: Option<String>,
) -> Result<InboundView, ReadError> {
    let in_quarantine = judgements::in_quarantine(connection, tenant_id, id).await?;
    // What is not believed is not read: only a second look may have found out what is in it.
    let items = if in_quarantine.items.is_empty() { inbound.items } else { in_quarantine.items };
    Ok(InboundView {
        method: inbound.method,
        sender: inbound.sender,
        verdict: inbound.verdict,
        rule: inbound.rule,
        refusal,
        items: items.into_iter().map(|item| (item.event_id, item.event_type)).collect(),
        is_truncated: inbound.truncated,
        repeats: inbound.repeats,
        quarantine: in_quarantine.steps,
    })
}

/// A message exactly as it came in.
#[derive(Debug, Clone)]
pub struct Received {
    /// Which.
    pub id: MessageId,
    /// When.
    pub at: Timestamp,
    /// How, and what was found out about it then.
    pub facts: MessageReceived,
    /// The exact body.
    pub body: Vec<u8>,
}

/// These messages exactly as they came in; those that do not exist are left out.
///
/// # Errors
/// See [`ReadError`].
pub async fn received(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    ids: &[MessageId],
) -> Result<Vec<Received>, ReadError> {
    let buckets: Vec<i32> = ids.iter().map(|id| bucket_of(id.uuid())).collect();
    let streams: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select e.stream_id, e.recorded_at, e.payload, e.body
         from unnest($1::integer[], $2::uuid[]) as k (bucket, stream_id)
         join event_store.events e on e.bucket = k.bucket and e.stream_id = k.stream_id and e.stream_version = 1
         where e.tenant_id = $3 and e.stream_kind = 'message'",
        &buckets,
        &streams,
        tenant_id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Received {
                id: MessageId::from_uuid(row.stream_id),
                at: row.recorded_at,
                facts: serde_json::from_value(row.payload).map_err(|error| sqlx::Error::Decode(error.into()))?,
                body: row.body.unwrap_or_default(),
            })
        })
        .collect()
}

/// Bodies of quarantined messages that are held in memory at once, in bytes; a single larger one still passes.
const QUARANTINED_BYTES_MAX: i64 = 16 << 20;

/// The next quarantined messages of a selection, oldest first, at most so many and not too large together; and how many
/// there are in all.
///
/// # Errors
/// When the database is away.
pub async fn quarantined(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    selection: &QuarantineSelection,
    verdicts: &[&str],
    limit: i64,
) -> Result<(Vec<(MessageId, SourceId)>, u64), sqlx::Error> {
    let ids: Option<Vec<Uuid>> = selection.ids.as_ref().map(|ids| ids.iter().map(|id| id.uuid()).collect());
    let rows = sqlx::query!(
        r#"select message_id, source_id as "source_id!", total as "all!" from (
               select message_id, source_id, count(*) over () as total,
                      sum(body_bytes) over (order by message_id) - body_bytes as bytes_before
               from read.messages
               where tenant_id = $1 and state = 'quarantined' and source_id is not null
                 and coalesce(verdict, 'failed') = any ($2)
                 and ($3::uuid is null or source_id = $3)
                 and ($4::uuid[] is null or message_id = any ($4))
                 and ($5::timestamptz is null or received_at >= $5)
                 and ($6::timestamptz is null or received_at < $6)
                 and ($7::uuid is null or message_id > $7)
           ) as selected
           where bytes_before < $8
           order by message_id limit $9"#,
        tenant_id.uuid(),
        verdicts as &[&str],
        selection.source_id.map(SourceId::uuid),
        ids.as_deref(),
        selection.since,
        selection.until,
        selection.after.map(MessageId::uuid),
        QUARANTINED_BYTES_MAX,
        limit,
    )
    .fetch_all(connection)
    .await?;
    let all = rows.first().map_or(0, |row| row.all as u64);
    let found = rows.iter().map(|row| (MessageId::from_uuid(row.message_id), SourceId::from_uuid(row.source_id)));
    Ok((found.collect(), all))
}

fn count(deliveries: &[DeliveryRow]) -> DeliveryCounts {
    let mut counts = DeliveryCounts::default();
    for delivery in deliveries {
        match delivery.state {
            DeliveryState::Succeeded => counts.succeeded += 1,
            DeliveryState::Pending | DeliveryState::InFlight | DeliveryState::Retrying => counts.waiting += 1,
            DeliveryState::Exhausted => counts.failed += 1,
            DeliveryState::Cancelled => counts.cancelled += 1,
        }
    }
    counts
}

/// The exact bodies of these messages; those that do not exist are left out.
///
/// # Errors
/// When the database is away.
pub async fn bodies(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    ids: &[MessageId],
) -> Result<HashMap<MessageId, Vec<u8>>, sqlx::Error> {
    let buckets: Vec<i32> = ids.iter().map(|id| bucket_of(id.uuid())).collect();
    let streams: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select e.stream_id, e.body from unnest($1::integer[], $2::uuid[]) as k (bucket, stream_id)
         join event_store.events e on e.bucket = k.bucket and e.stream_id = k.stream_id and e.stream_version = 1
         where e.tenant_id = $3 and e.stream_kind = 'message'",
        &buckets,
        &streams,
        tenant_id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (MessageId::from_uuid(row.stream_id), row.body.unwrap_or_default())).collect())
}

async fn with_counts(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    rows: Vec<Row>,
) -> Result<Vec<MessageRow>, ReadError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.message_id).collect();
    let counts = sqlx::query!(
        r#"select message_id, count(*) filter (where state = 'succeeded') as "succeeded!",
                  count(*) filter (where state in ('pending', 'in_flight', 'retrying')) as "waiting!",
                  count(*) filter (where state = 'exhausted') as "failed!",
                  count(*) filter (where state = 'cancelled') as "cancelled!"
           from read.deliveries where tenant_id = $1 and message_id = any($2)
           group by message_id"#,
        tenant_id.uuid(),
        &ids,
    )
    .fetch_all(connection)
    .await?;
    let counts: HashMap<Uuid, DeliveryCounts> = counts
        .into_iter()
        .map(|row| {
            let counts = DeliveryCounts {
                succeeded: row.succeeded as u32,
                waiting: row.waiting as u32,
                failed: row.failed as u32,
                cancelled: row.cancelled as u32,
            };
            (row.message_id, counts)
        })
        .collect();
    rows.into_iter()
        .map(|row| {
            let counts = counts.get(&row.message_id).copied().unwrap_or_default();
            row.view(counts)
        })
        .collect()
}
