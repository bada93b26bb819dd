//! What was found out about received messages, as their events tell it.

use hookreel_contract::views::{QuarantineStep, QuarantineStepKind, Receipt};
use hookreel_domain::traffic::{
    DuplicateFound, InboundItem, MESSAGE_DUPLICATE_FOUND, MESSAGE_RELEASED, MessageReleased, MessageReverified,
};
use hookreel_event_store::bucket_of;
use hookreel_kernel::{MessageId, Metadata, TenantId};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// So many things that were done with one message in quarantine are read.
const QUARANTINE_STEPS_MAX: i64 = 100;

/// What was done with a message in quarantine.
#[derive(Debug, Default)]
pub(super) struct InQuarantine {
    /// Oldest first; the last things of many.
    pub(super) steps: Vec<QuarantineStep>,
    /// The events of a body that is a list of them, by the last look at it.
    pub(super) items: Vec<InboundItem>,
}

/// What was done with a message in quarantine, and was found out there.
///
/// # Errors
/// When the database is away, or holds something that this version cannot read.
pub(super) async fn in_quarantine(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: MessageId,
) -> Result<InQuarantine, sqlx::Error> {
    let rows = sqlx::query!(
        "select kind, payload, metadata, recorded_at from event_store.events
         where bucket = $1 and stream_id = $2 and tenant_id = $3 and stream_version > 1
           and kind in ('message.reverified', 'message.released', 'message.duplicate_found')
         order by stream_version desc limit $4",
        bucket_of(id.uuid()),
        id.uuid(),
        tenant_id.uuid(),
        QUARANTINE_STEPS_MAX,
    )
    .fetch_all(connection)
    .await?;
    let mut found = InQuarantine::default();
    for row in rows.into_iter().rev() {
        let by = serde_json::from_value::<Metadata>(row.metadata).map(|metadata| metadata.actor.to_string());
        let what =
            step_kind(&row.kind, row.payload, &mut found.items).map_err(|error| sqlx::Error::Decode(error.into()))?;
        found.steps.push(QuarantineStep { at: row.recorded_at, by: by.unwrap_or_default(), what });
    }
    Ok(found)
}

/// What was done; if it was a look, the items are those that it has found.
fn step_kind(
    kind: &str,
    payload: serde_json::Value,
    items: &mut Vec<InboundItem>,
) -> Result<QuarantineStepKind, serde_json::Error> {
    if kind == MESSAGE_RELEASED {
        let MessageReleased { verdict, deliveries, .. } = serde_json::from_value(payload)?;
        let matched = deliveries.iter().map(|delivery| delivery.endpoint_id).collect();
        return Ok(QuarantineStepKind::Released { verdict, matched });
    }
    if kind == MESSAGE_DUPLICATE_FOUND {
        let DuplicateFound { duplicate_of } = serde_json::from_value(payload)?;
        return Ok(QuarantineStepKind::DuplicateFound { duplicate_of });
    }
    let MessageReverified { verdict, rule, refusal, items: listed, .. } = serde_json::from_value(payload)?;
    *items = listed;
    Ok(QuarantineStepKind::VerifiedAgain { verdict, rule, refusal })
}

/// What was found out about these messages, by the last look at each; those that do not exist are left out.
///
/// # Errors
/// When the database is away.
pub async fn receipts(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    ids: &[MessageId],
) -> Result<HashMap<MessageId, Receipt>, sqlx::Error> {
    let buckets: Vec<i32> = ids.iter().map(|id| bucket_of(id.uuid())).collect();
    let streams: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select e.stream_id, coalesce(jsonb_array_length(again.payload -> 'items'),
                                        jsonb_array_length(e.payload -> 'inbound' -> 'items'), 0) as "items!",
                  case when again.payload is null then e.payload -> 'inbound' ->> 'rule'
                       else again.payload ->> 'rule' end as "rule?"
           from unnest($1::integer[], $2::uuid[]) as k (bucket, stream_id)
           join event_store.events e on e.bucket = k.bucket and e.stream_id = k.stream_id and e.stream_version = 1
           left join lateral (
               select r.payload from event_store.events r
               where r.bucket = k.bucket and r.stream_id = k.stream_id and r.tenant_id = $3
                 and r.stream_version > 1 and r.kind = 'message.reverified'
               order by r.stream_version desc limit 1
           ) as again on true
           where e.tenant_id = $3 and e.stream_kind = 'message'"#,
        &buckets,
        &streams,
        tenant_id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    let receipt = |rule, items: i32| Receipt { rule, items: u64::from(items.unsigned_abs()) };
    Ok(rows.into_iter().map(|row| (MessageId::from_uuid(row.stream_id), receipt(row.rule, row.items))).collect())
}
