//! Reading attempts: rows for the lists, and the events of the deliveries for what was sent and came back.

use crate::page::{CLOCK_SKEW_MAX, highest_id, key_of, limit_of, lowest_id, rows_of};
use crate::{ReadError, body_view};
use hookreel_contract::views::AttemptView;
use hookreel_contract::{Cursor, Page};
use hookreel_domain::traffic::{DELIVERY_ATTEMPTED, DeliveryAttempted};
use hookreel_event_store::bucket_of;
use hookreel_kernel::{AttemptId, DeliveryId, EndpointId, MessageId, TenantId, Timestamp, masked_url};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Which attempts to list, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttemptFilter {
    /// Only to this endpoint.
    pub endpoint_id: Option<EndpointId>,
    /// Answered with 2xx, or not.
    pub succeeded: Option<bool>,
    /// The hundreds of the answer's status (200, 300, 400, 500); 0: there was no answer.
    pub code_class: Option<u16>,
    /// Any of these types.
    pub event_types: Option<Vec<String>>,
    /// The message was published on this channel.
    pub channel: Option<String>,
    /// Made before.
    pub before: Option<Timestamp>,
    /// Made after.
    pub after: Option<Timestamp>,
    /// Where the page begins.
    pub cursor: Option<Cursor>,
    /// 1 to 250; 50 if not given.
    pub limit: Option<usize>,
}

/// An attempt and what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageAttempt {
    /// The attempt.
    pub view: AttemptView,
    /// What was delivered.
    pub message_id: MessageId,
    /// Where to.
    pub endpoint_id: EndpointId,
    /// The delivery.
    pub delivery_id: DeliveryId,
}

struct Key {
    attempt_id: Uuid,
    delivery_id: Uuid,
    message_id: Uuid,
    endpoint_id: Uuid,
    stream_version: i32,
}

/// The attempts of a message, to every endpoint, newest first.
///
/// # Errors
/// See [`ReadError`].
pub async fn of_message(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    message_id: MessageId,
    filter: &AttemptFilter,
) -> Result<Page<MessageAttempt>, ReadError> {
    let endpoints = sqlx::query_scalar!(
        "select distinct endpoint_id from read.deliveries where tenant_id = $1 and message_id = $2",
        tenant_id.uuid(),
        message_id.uuid(),
    )
    .fetch_all(&mut *connection)
    .await?;
    list(connection, tenant_id, &endpoints, Some(message_id), filter).await
}

/// The attempts to an endpoint, newest first.
///
/// # Errors
/// See [`ReadError`].
pub async fn of_endpoint(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    endpoint_id: EndpointId,
    filter: &AttemptFilter,
) -> Result<Page<MessageAttempt>, ReadError> {
    list(connection, tenant_id, &[endpoint_id.uuid()], None, filter).await
}

async fn list(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    endpoints: &[Uuid],
    message_id: Option<MessageId>,
    filter: &AttemptFilter,
) -> Result<Page<MessageAttempt>, ReadError> {
    let limit = limit_of(filter.limit);
    let before: Option<AttemptId> = key_of(filter.cursor.as_ref())?;
    let keys = sqlx::query_as!(
        Key,
        r#"select a.attempt_id, a.delivery_id, a.message_id, a.endpoint_id, a.stream_version
           from read.attempts a
           where a.tenant_id = $1 and a.endpoint_id = any($2)
             and ($3::uuid is null or a.message_id = $3)
             and ($4::boolean is null or a.succeeded = $4)
             and ($5::integer is null or coalesce(a.status, 0) / 100 * 100 = $5)
             and ($6::text[] is null or a.event_type = any($6))
             and ($7::text is null or exists (
                 select from read.messages m
                 where m.tenant_id = a.tenant_id and m.message_id = a.message_id and $7 = any(m.channels)))
             and ($8::timestamptz is null or (a.attempted_at > $8 and a.attempt_id >= $9))
             and ($10::timestamptz is null or (a.attempted_at < $10 and a.attempt_id < $11))
             and ($12::uuid is null or a.attempt_id < $12)
             and ($13::uuid is null or a.endpoint_id = $13)
           order by a.attempt_id desc limit $14"#,
        tenant_id.uuid(),
        endpoints,
        message_id.map(MessageId::uuid),
        filter.succeeded,
        filter.code_class.map(|class| i32::from(class / 100 * 100)),
        filter.event_types.as_deref(),
        filter.channel,
        filter.after,
        lowest_id(filter.after, CLOCK_SKEW_MAX),
        filter.before,
        highest_id(filter.before),
        before.map(AttemptId::uuid),
        filter.endpoint_id.map(EndpointId::uuid),
        rows_of(limit),
    )
    .fetch_all(&mut *connection)
    .await?;
    let attempts = details(connection, tenant_id, keys).await?;
    Ok(Page::of(attempts, limit, |attempt| attempt.view.id.to_string()))
}

/// One attempt of a message.
///
/// # Errors
/// See [`ReadError`].
pub async fn find(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    message_id: MessageId,
    attempt_id: AttemptId,
) -> Result<Option<MessageAttempt>, ReadError> {
    let key = sqlx::query_as!(
        Key,
        "select attempt_id, delivery_id, message_id, endpoint_id, stream_version from read.attempts
         where tenant_id = $1 and message_id = $2 and attempt_id = $3
           and endpoint_id in (select endpoint_id from read.deliveries where tenant_id = $1 and message_id = $2)",
        tenant_id.uuid(),
        message_id.uuid(),
        attempt_id.uuid(),
    )
    .fetch_optional(&mut *connection)
    .await?;
    Ok(details(connection, tenant_id, key.into_iter().collect()).await?.pop())
}

/// The attempts of one delivery, oldest first.
pub(crate) async fn of_delivery(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: DeliveryId,
) -> Result<Vec<AttemptView>, ReadError> {
    let events = sqlx::query!(
        "select event_id, payload, body from event_store.events
         where bucket = $1 and stream_id = $2 and tenant_id = $3 and kind = $4
         order by stream_version",
        bucket_of(id.uuid()),
        id.uuid(),
        tenant_id.uuid(),
        DELIVERY_ATTEMPTED,
    )
    .fetch_all(connection)
    .await?;
    events.into_iter().map(|event| view_of(event.event_id, event.payload, event.body)).collect()
}

/// What was sent and came back, read for all keys at once, in their order.
async fn details(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    keys: Vec<Key>,
) -> Result<Vec<MessageAttempt>, ReadError> {
    let buckets: Vec<i32> = keys.iter().map(|key| bucket_of(key.delivery_id)).collect();
    let streams: Vec<Uuid> = keys.iter().map(|key| key.delivery_id).collect();
    let versions: Vec<i32> = keys.iter().map(|key| key.stream_version).collect();
    let events = sqlx::query!(
        "select e.event_id, e.payload, e.body
         from unnest($1::integer[], $2::uuid[], $3::integer[]) as k (bucket, stream_id, stream_version)
         join event_store.events e
           on e.bucket = k.bucket and e.stream_id = k.stream_id and e.stream_version = k.stream_version
         where e.tenant_id = $4 and e.kind = $5",
        &buckets,
        &streams,
        &versions,
        tenant_id.uuid(),
        DELIVERY_ATTEMPTED,
    )
    .fetch_all(connection)
    .await?;
    let mut views = HashMap::with_capacity(events.len());
    for event in events {
        views.insert(event.event_id, view_of(event.event_id, event.payload, event.body)?);
    }
    keys.into_iter()
        .map(|key| {
            let view = views
                .remove(&key.attempt_id)
                .ok_or_else(|| ReadError::unreadable("attempt", &key.attempt_id.to_string()))?;
            Ok(MessageAttempt {
                view,
                message_id: MessageId::from_uuid(key.message_id),
                endpoint_id: EndpointId::from_uuid(key.endpoint_id),
                delivery_id: DeliveryId::from_uuid(key.delivery_id),
            })
        })
        .collect()
}

/// The event's id is the attempt's.
fn view_of(event_id: Uuid, payload: serde_json::Value, body: Option<Vec<u8>>) -> Result<AttemptView, ReadError> {
    let attempted: DeliveryAttempted =
        serde_json::from_value(payload).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(AttemptView {
        id: AttemptId::from_uuid(event_id),
        number: attempted.number,
        manual: attempted.manual,
        succeeded: attempted.failure.is_none(),
        // Also of attempts that were stored before URLs were masked.
        url: masked_url(&attempted.url).into_owned(),
        status: attempted.status,
        failure: attempted.failure,
        duration_ms: attempted.duration_ms,
        attempted_at: attempted.attempted_at,
        request_headers: attempted.request_headers,
        response_headers: attempted.response_headers,
        response_body: body_view(&body.unwrap_or_default()),
        response_truncated: attempted.response_truncated,
    })
}
