//! Reading deliveries.

use crate::page::{CLOCK_SKEW_MAX, highest_id, key_of, limit_of, lowest_id, rows_of};
use crate::{ReadError, attempts};
use hookreel_contract::Page;
use hookreel_contract::input::DeliveryFilter;
use hookreel_contract::views::{
    DeliveryDetail, DeliveryRow, DeliveryState, DeliveryStep, DeliveryStepKind, MessageDetail,
};
use hookreel_kernel::{DeliveryId, EndpointId, FailureReason, MessageId, ReplayId, TenantId, Timestamp, masked_url};
use sqlx::PgConnection;
use uuid::Uuid;

struct Row {
    delivery_id: Uuid,
    message_id: Uuid,
    endpoint_id: Uuid,
    endpoint_url: Option<String>,
    event_type: String,
    state: String,
    attempts: i32,
    due_at: Option<Timestamp>,
    last_status: Option<i16>,
    last_failure: Option<String>,
    created_at: Timestamp,
    last_attempt_at: Option<Timestamp>,
    replay_id: Option<Uuid>,
    deferred_because: Option<String>,
    cancelled_because: Option<String>,
}

impl TryFrom<Row> for DeliveryRow {
    type Error = ReadError;

    fn try_from(row: Row) -> Result<Self, ReadError> {
        Ok(Self {
            id: DeliveryId::from_uuid(row.delivery_id),
            message_id: MessageId::from_uuid(row.message_id),
            endpoint_id: EndpointId::from_uuid(row.endpoint_id),
            endpoint_url: masked_url(&row.endpoint_url.unwrap_or_default()).into_owned(),
            event_type: row.event_type,
            state: DeliveryState::parse(&row.state)
                .ok_or_else(|| ReadError::unreadable("delivery state", &row.state))?,
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
            due_at: row.due_at,
            last_status: row.last_status.and_then(|status| u16::try_from(status).ok()),
            last_failure: row
                .last_failure
                .map(|code| code.parse().map_err(|_| ReadError::unreadable("failure reason", &code)))
                .transpose()?,
            created_at: row.created_at,
            last_attempt_at: row.last_attempt_at,
            replay_id: row.replay_id.map(ReplayId::from_uuid),
            deferred_because: row.deferred_because,
            cancelled_because: row.cancelled_because,
        })
    }
}

/// The deliveries that a filter lets through, newest first.
///
/// # Errors
/// See [`ReadError`].
pub async fn list(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    filter: &DeliveryFilter,
) -> Result<Page<DeliveryRow>, ReadError> {
    let limit = limit_of(filter.limit);
    let before: Option<DeliveryId> = key_of(filter.cursor.as_ref())?;
    if filter.state.as_deref().is_some_and(|state| DeliveryState::parse(state).is_none()) {
        let states: Vec<&str> = DeliveryState::ALL.iter().map(|state| state.as_str()).collect();
        return Err(ReadError::filter("state", format!("must be one of: {}", states.join(", "))));
    }
    let rows = sqlx::query_as!(
        Row,
        r#"select d.delivery_id, d.message_id, d.endpoint_id, e.url as "endpoint_url?", d.event_type, d.state,
                  d.attempts, d.due_at, d.last_status, d.last_failure, d.created_at, d.last_attempt_at, d.replay_id,
                  d.deferred_because, d.cancelled_because
           from read.deliveries d
           left join read.endpoints e on e.tenant_id = d.tenant_id and e.endpoint_id = d.endpoint_id
           where d.tenant_id = $1
             and ($2::uuid is null or d.endpoint_id = $2)
             and ($3::uuid is null or d.replay_id = $3)
             and ($4::text is null or d.state = $4)
             and ($5::text is null or d.event_type = $5)
             and ($6::timestamptz is null or (d.created_at >= $6 and d.delivery_id >= $7))
             and ($8::timestamptz is null or (d.created_at < $8 and d.delivery_id < $9))
             and ($10::uuid is null or d.delivery_id < $10)
           order by d.delivery_id desc limit $11"#,
        tenant_id.uuid(),
        filter.endpoint_id.map(EndpointId::uuid),
        filter.replay_id.map(ReplayId::uuid),
        filter.state,
        filter.event_type,
        filter.since,
        lowest_id(filter.since, CLOCK_SKEW_MAX),
        filter.until,
        highest_id(filter.until),
        before.map(DeliveryId::uuid),
        rows_of(limit),
    )
    .fetch_all(connection)
    .await?;
    let rows = rows.into_iter().map(DeliveryRow::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::of(rows, limit, |row| row.id.to_string()))
}

/// The deliveries of one message, oldest first.
///
/// # Errors
/// See [`ReadError`].
pub async fn of_message(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    message_id: MessageId,
) -> Result<Vec<DeliveryRow>, ReadError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select d.delivery_id, d.message_id, d.endpoint_id, e.url as "endpoint_url?", d.event_type, d.state,
                  d.attempts, d.due_at, d.last_status, d.last_failure, d.created_at, d.last_attempt_at, d.replay_id,
                  d.deferred_because, d.cancelled_because
           from read.deliveries d
           left join read.endpoints e on e.tenant_id = d.tenant_id and e.endpoint_id = d.endpoint_id
           where d.tenant_id = $1 and d.message_id = $2
           order by d.delivery_id limit $3"#,
        tenant_id.uuid(),
        message_id.uuid(),
        MessageDetail::DELIVERIES_MAX as i64,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(DeliveryRow::try_from).collect()
}

/// One delivery with every attempt.
///
/// # Errors
/// See [`ReadError`].
pub async fn detail(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: DeliveryId,
) -> Result<Option<DeliveryDetail>, ReadError> {
    let row = sqlx::query_as!(
        Row,
        r#"select d.delivery_id, d.message_id, d.endpoint_id, e.url as "endpoint_url?", d.event_type, d.state,
                  d.attempts, d.due_at, d.last_status, d.last_failure, d.created_at, d.last_attempt_at, d.replay_id,
                  d.deferred_because, d.cancelled_because
           from read.deliveries d
           left join read.endpoints e on e.tenant_id = d.tenant_id and e.endpoint_id = d.endpoint_id
           where d.tenant_id = $1 and d.delivery_id = $2"#,
        tenant_id.uuid(),
        id.uuid(),
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let attempts = attempts::of_delivery(&mut *connection, tenant_id, id).await?;
    let deferrals = deferrals(connection, tenant_id, &[id.uuid()]).await?;
    Ok(Some(DeliveryDetail { row: row.try_into()?, attempts, deferrals }))
}

/// So many steps of a message's deliveries are read.
const STEPS_MAX: i64 = 500;

/// Every attempt of these deliveries, and every reason for which they were put off, oldest first.
///
/// # Errors
/// See [`ReadError`].
pub(crate) async fn steps(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    deliveries: &[DeliveryRow],
) -> Result<Vec<DeliveryStep>, ReadError> {
    let ids: Vec<Uuid> = deliveries.iter().map(|delivery| delivery.id.uuid()).collect();
    let endpoints: Vec<Uuid> = deliveries.iter().map(|delivery| delivery.endpoint_id.uuid()).collect();
    // No attempt of a delivery is older than the delivery: of a busy endpoint only what came later is looked through.
    let oldest = deliveries.iter().map(|delivery| delivery.created_at).min();
    let attempts = sqlx::query!(
        "select delivery_id, number, manual, status, failure, duration_ms, attempted_at from read.attempts
         where tenant_id = $1 and endpoint_id = any($2) and delivery_id = any($3) and attempt_id >= $4
         order by attempt_id limit $5",
        tenant_id.uuid(),
        &endpoints,
        &ids,
        lowest_id(oldest, CLOCK_SKEW_MAX).unwrap_or_default(),
        STEPS_MAX,
    )
    .fetch_all(&mut *connection)
    .await?;
    let deferrals = deferrals(connection, tenant_id, &ids).await?;
    let attempts = attempts.into_iter().map(|row| DeliveryStep {
        delivery_id: DeliveryId::from_uuid(row.delivery_id),
        at: row.attempted_at,
        what: DeliveryStepKind::Attempt {
            number: u32::try_from(row.number).unwrap_or_default(),
            manual: row.manual,
            status: row.status.and_then(|status| u16::try_from(status).ok()),
            failure: row.failure.and_then(|failure| failure.parse::<FailureReason>().ok()),
            duration_ms: u32::try_from(row.duration_ms).unwrap_or_default(),
        },
    });
    let mut steps: Vec<DeliveryStep> = attempts.chain(deferrals).collect();
    steps.sort_by_key(|step| step.at);
    Ok(steps)
}

/// Every reason for which these deliveries were put off, oldest first.
async fn deferrals(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    deliveries: &[Uuid],
) -> Result<Vec<DeliveryStep>, ReadError> {
    let rows = sqlx::query!(
        "select delivery_id, reason, times, first_at, last_at from read.deferrals
         where tenant_id = $1 and delivery_id = any($2) order by first_at limit $3",
        tenant_id.uuid(),
        deliveries,
        STEPS_MAX,
    )
    .fetch_all(connection)
    .await?;
    let step = |(delivery_id, at, reason, times, last_at): (Uuid, Timestamp, String, i32, Timestamp)| DeliveryStep {
        delivery_id: DeliveryId::from_uuid(delivery_id),
        at,
        what: DeliveryStepKind::Deferred { reason, times: u32::try_from(times).unwrap_or_default(), last_at },
    };
    Ok(rows.into_iter().map(|row| step((row.delivery_id, row.first_at, row.reason, row.times, row.last_at))).collect())
}
