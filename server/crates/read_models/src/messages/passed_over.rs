//! Where a message did not go.

use crate::ReadError;
use crate::endpoints::state_of;
use crate::page::{key_of, limit_of, rows_of};
use hookreel_contract::views::{EndpointThen, PassedOver};
use hookreel_contract::{Cursor, Page};
use hookreel_domain::Aggregate;
use hookreel_domain::aggregate::decode;
use hookreel_domain::endpoint::Endpoint;
use hookreel_event_store::{CONFIGURATION_BUCKET, bucket_of};
use hookreel_kernel::{EndpointId, MessageId, TenantId};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// The endpoints of a message's application that have no delivery of it, newest first, each with what it wanted when the
/// message was given out, and how many there are in all. Of a message that does not exist there are none.
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
        "select e.endpoint_id, e.url
         from read.messages m
         join read.endpoints e on e.tenant_id = m.tenant_id and e.application_id = m.application_id
         where m.tenant_id = $1 and m.message_id = $2 and e.deleted_at is null
           and ($3::uuid is null or e.endpoint_id < $3)
           and not exists (select 1 from read.deliveries d
                           where d.message_id = m.message_id and d.tenant_id = m.tenant_id
                             and d.endpoint_id = e.endpoint_id)
         order by e.endpoint_id desc limit $4",
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
    .fetch_one(&mut *connection)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.endpoint_id).collect();
    let position = given_out_at(&mut *connection, tenant_id, id).await?;
    let mut states = states_at(connection, tenant_id, &ids, position).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let then = states.remove(&row.endpoint_id).map(then_of).transpose()?.flatten();
        found.push(PassedOver { endpoint_id: EndpointId::from_uuid(row.endpoint_id), url: row.url, then });
    }
    Ok((Page::of(found, limit, |endpoint| endpoint.endpoint_id.to_string()), total as u64))
}

/// The position of the event that says where a message goes: a quarantined one goes nowhere before it is released. What
/// went nowhere yet would go by what endpoints want now.
async fn given_out_at(connection: &mut PgConnection, tenant_id: TenantId, id: MessageId) -> Result<i64, sqlx::Error> {
    let position = sqlx::query_scalar!(
        "select max(position) from event_store.events
         where bucket = $1 and stream_id = $2 and tenant_id = $3
           and kind in ('message.accepted', 'message.released')",
        bucket_of(id.uuid()),
        id.uuid(),
        tenant_id.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(position.unwrap_or(i64::MAX))
}

/// These endpoints as they were at a position; those that came later are left out. Times would not do: an event carries
/// that of its transaction's beginning, and its place is taken at the end.
///
/// What an endpoint wants is in the last event that carries its details, and whether it gets anything in the last about
/// that: two events of each are read, however many there are.
async fn states_at(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    ids: &[Uuid],
    position: i64,
) -> Result<HashMap<Uuid, Endpoint>, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct on (stream_id, kind in ('endpoint.created', 'endpoint.updated'))
                stream_id, kind, revision, payload
         from event_store.events
         where bucket = $1 and stream_id = any ($2) and tenant_id = $3 and position <= $4
           and kind in ('endpoint.created', 'endpoint.updated', 'endpoint.paused', 'endpoint.resumed',
                        'endpoint.disabled', 'endpoint.enabled')
         order by stream_id, kind in ('endpoint.created', 'endpoint.updated'), stream_version desc",
        CONFIGURATION_BUCKET,
        ids,
        tenant_id.uuid(),
        position,
    )
    .fetch_all(connection)
    .await?;
    let mut states: HashMap<Uuid, Endpoint> = HashMap::with_capacity(ids.len());
    for row in rows {
        let event = decode::<Endpoint>(&row.kind, row.revision, row.payload)
            .map_err(|error| sqlx::Error::Decode(error.into()))?;
        states.entry(row.stream_id).or_default().evolve(&event);
    }
    Ok(states)
}

fn then_of(endpoint: Endpoint) -> Result<Option<EndpointThen>, ReadError> {
    let Some(details) = endpoint.details else { return Ok(None) };
    Ok(Some(EndpointThen {
        state: state_of(endpoint.activity.as_str())?,
        filter_types: details.filter_types,
        filter_channels: details.filter_channels,
        filter_sources: details.filter_sources,
    }))
}
