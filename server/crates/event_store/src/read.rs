//! Reading streams, and everything in order.

use crate::{StoredEvent, Stream};
use hookreel_kernel::{EventId, TenantId};
use sqlx::PgConnection;

/// The position of the newest event; 0 in an empty store.
///
/// # Errors
/// When the database cannot be reached.
pub async fn head(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("select position from event_store.head").fetch_one(connection).await
}

/// The whole history of one thing, oldest first, without bodies.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_stream(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    stream: Stream,
) -> Result<Vec<StoredEvent>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select position, tenant_id, tenant_sequence, stream_kind, stream_id, stream_version, event_id, kind,
                  revision, payload, null::bytea as body, metadata, recorded_at
           from event_store.events
           where bucket = $1 and stream_id = $2 and tenant_id = $3
           order by stream_version"#,
        stream.bucket,
        stream.id,
        tenant_id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(StoredEvent::from).collect())
}

/// The version of a stream's last event; 0 if it has none.
///
/// # Errors
/// When the database cannot be reached.
pub async fn last_version(connection: &mut PgConnection, stream: Stream) -> Result<i32, sqlx::Error> {
    let version = sqlx::query_scalar!(
        "select stream_version from event_store.events where bucket = $1 and stream_id = $2
         order by stream_version desc limit 1",
        stream.bucket,
        stream.id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(version.unwrap_or_default())
}

/// Up to `limit` events of all tenants after a position, in order, without bodies.
///
/// # Errors
/// When the database cannot be reached.
pub async fn read_after(
    connection: &mut PgConnection,
    position: i64,
    limit: i64,
) -> Result<Vec<StoredEvent>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select position, tenant_id, tenant_sequence, stream_kind, stream_id, stream_version, event_id, kind,
                  revision, payload, null::bytea as body, metadata, recorded_at
           from event_store.events where position > $1 order by position limit $2"#,
        position,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(StoredEvent::from).collect())
}

/// Which events a reader wants, and what of them.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Of these kinds.
    pub kinds: &'a [&'a str],
    /// Of a kind named here only those whose payload contains the JSON beside it.
    pub only_containing: &'a [(&'a str, &'a str)],
    /// Whether payloads come along; otherwise they are null.
    pub with_payloads: bool,
    /// Bodies come along, and the answer ends before they are more than this together; a single larger one still comes.
    pub body_bytes_max: Option<i64>,
}

/// The events a reader wants in positions after `from` up to `until`, in order, and up to which position they are all
/// there are.
///
/// # Errors
/// When the database cannot be reached.
pub async fn read_kinds(
    connection: &mut PgConnection,
    from: i64,
    until: i64,
    wanted: Wanted<'_>,
) -> Result<(Vec<StoredEvent>, i64), sqlx::Error> {
    let Wanted { kinds, only_containing, with_payloads, body_bytes_max } = wanted;
    let (some_kinds, contents): (Vec<&str>, Vec<&str>) = only_containing.iter().copied().unzip();
    let rows = sqlx::query_as!(
        Row,
        r#"with sizes as (
               select position, sum(octet_length(body)) over (order by position) - coalesce(octet_length(body), 0)
                          as bytes_before
               from event_store.events
               where position > $1 and position <= $2 and kind = any($3) and not exists (
                   select from unnest($5::text[], $6::text[]) as narrowed (of_kind, content)
                   where of_kind = kind and not payload @> content::jsonb)
           )
           select e.position, tenant_id, tenant_sequence, stream_kind, stream_id, stream_version, event_id, kind,
                  revision, case when $7::boolean then payload else 'null' end as "payload!",
                  case when $4::bigint is null then null else body end as body, metadata, recorded_at
           from sizes s join event_store.events e on e.position = s.position
           where $4::bigint is null or coalesce(s.bytes_before, 0) < $4
           order by e.position"#,
        from,
        until,
        kinds as &[&str],
        body_bytes_max,
        &some_kinds as &[&str],
        &contents as &[&str],
        with_payloads,
    )
    .fetch_all(&mut *connection)
    .await?;
    let events: Vec<StoredEvent> = rows.into_iter().map(StoredEvent::from).collect();
    let bytes: i64 = events.iter().filter_map(|event| event.body.as_ref()).map(|body| body.len() as i64).sum();
    let is_cut = body_bytes_max.is_some_and(|max| bytes >= max);
    let complete_until = events.last().filter(|_| is_cut).map_or(until, |last| last.position);
    Ok((events, complete_until))
}

/// One event with its body.
///
/// # Errors
/// When the database cannot be reached.
pub async fn read_one(connection: &mut PgConnection, position: i64) -> Result<Option<StoredEvent>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select position, tenant_id, tenant_sequence, stream_kind, stream_id, stream_version, event_id, kind,
                revision, payload, body, metadata, recorded_at
         from event_store.events where position = $1",
        position,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(StoredEvent::from))
}

struct Row {
    position: i64,
    tenant_id: uuid::Uuid,
    tenant_sequence: i64,
    stream_kind: String,
    stream_id: uuid::Uuid,
    stream_version: i32,
    event_id: uuid::Uuid,
    kind: String,
    revision: i16,
    payload: serde_json::Value,
    body: Option<Vec<u8>>,
    metadata: serde_json::Value,
    recorded_at: time::OffsetDateTime,
}

impl From<Row> for StoredEvent {
    fn from(row: Row) -> Self {
        Self {
            position: row.position,
            tenant_id: TenantId::from_uuid(row.tenant_id),
            tenant_sequence: row.tenant_sequence,
            stream_kind: row.stream_kind,
            stream_id: row.stream_id,
            stream_version: row.stream_version,
            event_id: EventId::from_uuid(row.event_id),
            kind: row.kind,
            revision: row.revision,
            payload: row.payload,
            body: row.body,
            metadata: row.metadata,
            recorded_at: row.recorded_at,
        }
    }
}
