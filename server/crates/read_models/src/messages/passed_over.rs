//! Where a message did not go.

use crate::ReadError;
use crate::endpoints::state_of;
use crate::page::{key_of, limit_of, rows_of};
use hookreel_contract::views::PassedOver;
use hookreel_contract::{Cursor, Page};
use hookreel_kernel::{EndpointId, MessageId, SourceId, TenantId};
use sqlx::PgConnection;

/// The endpoints of a message's application that have no delivery of it, newest first, and how many there are in all.
/// Of a message that does not exist there are none.
///
/// # Errors
/// See [`ReadError`].
pub async fn passed_over(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: MessageId,
    cursor: Option<&Cursor>,
    limit: usize,
) -> Result<(Page<PassedOver>, u64), ReadError> {
    let limit = limit_of(Some(limit));
    let before: Option<EndpointId> = key_of(cursor)?;
    let rows = sqlx::query!(
        r#"select e.endpoint_id, e.url, e.state, e.filter_types, e.filter_channels, e.filter_sources, e.created_at,
                  e.updated_at
           from read.messages m
           join read.endpoints e on e.tenant_id = m.tenant_id and e.application_id = m.application_id
           where m.tenant_id = $1 and m.message_id = $2 and e.deleted_at is null
             and ($3::uuid is null or e.endpoint_id < $3)
             and not exists (select 1 from read.deliveries d
                             where d.message_id = m.message_id and d.tenant_id = m.tenant_id
                               and d.endpoint_id = e.endpoint_id)
           order by e.endpoint_id desc limit $4"#,
        tenant_id.uuid(),
        id.uuid(),
        before.map(EndpointId::uuid),
        rows_of(limit),
    )
    .fetch_all(&mut *connection)
    .await?;
    let total = sqlx::query_scalar!(
        r#"select count(*) as "total!"
           from read.messages m
           join read.endpoints e on e.tenant_id = m.tenant_id and e.application_id = m.application_id
           where m.tenant_id = $1 and m.message_id = $2 and e.deleted_at is null
             and not exists (select 1 from read.deliveries d
                             where d.message_id = m.message_id and d.tenant_id = m.tenant_id
                               and d.endpoint_id = e.endpoint_id)"#,
        tenant_id.uuid(),
        id.uuid(),
    )
    .fetch_one(connection)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.push(PassedOver {
            endpoint_id: EndpointId::from_uuid(row.endpoint_id),
            url: row.url,
            state: state_of(&row.state)?,
            filter_types: row.filter_types,
            filter_channels: row.filter_channels,
            filter_sources: row.filter_sources.map(|ids| ids.into_iter().map(SourceId::from_uuid).collect()),
            created_at: row.created_at,
            updated_at: row.updated_at,
        });
    }
    Ok((Page::of(found, limit, |endpoint| endpoint.endpoint_id.to_string()), total as u64))
}
