//! Cancelled deliveries: the rows say so at once, in the transaction that cancels; the events follow here, a bounded
//! batch at a time, so that giving up a hundred thousand deliveries holds up nobody else's events.

use crate::engine::Shared;
use hookreel_domain::traffic::{CancelCause, DELIVERY_CANCELLED, DELIVERY_STREAM, DeliveryCancelled};
use hookreel_event_store::{AppendError, NewEvent, Stream};
use hookreel_kernel::{Actor, EndpointId, EventId, MessageId, Metadata, TenantId};

/// Events appended in one transaction.
const BATCH: i64 = 500;

/// Appends `delivery.cancelled` for whatever was cancelled and has none yet.
pub(crate) async fn record_cancelled(shared: &Shared) -> Result<(), AppendError> {
    while record_batch(shared).await? as i64 == BATCH {}
    Ok(())
}

async fn record_batch(shared: &Shared) -> Result<usize, AppendError> {
    let mut transaction = shared.pool.begin().await?;
    // What has arrived after all is not cancelled, and says nothing.
    let rows = sqlx::query!(
        r#"with batch as (
               select tenant_id, delivery_id, cancelled_by from read.deliveries
               where cancelled_by is not null
               order by delivery_id limit $1 for update skip locked
           )
           update read.deliveries d
           set cancelled_by = null,
               stream_version = d.stream_version + (d.state = 'cancelled')::integer
           from batch b
           where d.tenant_id = b.tenant_id and d.delivery_id = b.delivery_id
           returning d.tenant_id, d.delivery_id, d.message_id, d.endpoint_id, d.stream_version,
                     d.state = 'cancelled' as "is_cancelled!", d.cancelled_because, b.cancelled_by as "cancelled_by!""#,
        BATCH,
    )
    .fetch_all(&mut *transaction)
    .await?;
    let count = rows.len();
    let mut events = Vec::with_capacity(count);
    for row in rows.into_iter().filter(|row| row.is_cancelled) {
        let because = row.cancelled_because.as_deref().and_then(CancelCause::parse);
        let payload = DeliveryCancelled {
            message_id: MessageId::from_uuid(row.message_id),
            endpoint_id: EndpointId::from_uuid(row.endpoint_id),
            because: because.unwrap_or(CancelCause::EndpointDisabled),
        };
        events.push(NewEvent {
            tenant_id: TenantId::from_uuid(row.tenant_id),
            stream: Stream::traffic(DELIVERY_STREAM, row.delivery_id),
            stream_version: row.stream_version,
            event_id: EventId::generate(),
            kind: DELIVERY_CANCELLED,
            revision: 1,
            payload: serde_json::to_string(&payload).unwrap_or_default(),
            body: None,
            metadata: serde_json::from_value(row.cancelled_by)
                .unwrap_or_else(|_| Metadata::by(Actor::system("engine"))),
        });
    }
    if !events.is_empty() {
        hookreel_event_store::append(&mut transaction, &events).await?;
    }
    transaction.commit().await?;
    Ok(count)
}
