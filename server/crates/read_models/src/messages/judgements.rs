//! What was found out about received messages, as their events tell it.

use hookreel_contract::views::Receipt;
use hookreel_event_store::bucket_of;
use hookreel_kernel::{MessageId, TenantId};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

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
        r#"select e.stream_id, coalesce(jsonb_array_length(e.payload -> 'inbound' -> 'items'), 0) as "items!",
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
