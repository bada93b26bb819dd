//! Appending: the last statement of a transaction.

use crate::NewEvent;
use hookreel_kernel::TenantId;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else has appended to one of the streams since the writer loaded it, or the writer left a gap.
    #[error("the stream has changed in the meantime")]
    Conflict,
    /// The database refused or went away.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Appends events of any number of streams and tenants in one go, in the order given.
///
/// Call it last in a transaction: from here to the commit the transaction holds the row that orders everything, and
/// every other appender waits. Positions are assigned here, so commit order is position order.
///
/// Returns the position of the first event; the others follow without gaps.
///
/// # Errors
/// [`AppendError::Conflict`] when a version exists already or does not follow on the stream's last one. The
/// transaction must be rolled back then.
pub async fn append(connection: &mut PgConnection, events: &[NewEvent]) -> Result<i64, AppendError> {
    let columns = Columns::of(events);
    let inserted = sqlx::query!(
        r#"
        with head as (
            update event_store.head set position = position + $1::bigint
            returning position - $1::bigint as before
        ),
        tenants as (
            insert into event_store.tenant_heads as t (tenant_id, sequence)
            select u.tenant_id, u.n from unnest($2::uuid[], $3::bigint[]) as u (tenant_id, n), head
            on conflict (tenant_id) do update set sequence = t.sequence + excluded.sequence
            returning tenant_id, sequence
        ),
        sizes as (select * from unnest($2::uuid[], $3::bigint[]) as u (tenant_id, n))
        insert into event_store.events (
            bucket, position, tenant_id, tenant_sequence, stream_kind, stream_id, stream_version,
            event_id, kind, revision, payload, body, metadata, recorded_at
        )
        select e.bucket, head.before + e.ord, e.tenant_id, tenants.sequence - sizes.n + e.tenant_ord,
               e.stream_kind, e.stream_id, e.stream_version, e.event_id, e.kind, e.revision,
               e.payload::jsonb, e.body, e.metadata::jsonb, now()
        from unnest(
            $4::integer[], $5::uuid[], $6::bigint[], $7::text[], $8::uuid[], $9::integer[], $10::uuid[],
            $11::text[], $12::smallint[], $13::text[], $14::bytea[], $15::text[], $16::boolean[]
        ) with ordinality as e (
            bucket, tenant_id, tenant_ord, stream_kind, stream_id, stream_version, event_id,
            kind, revision, payload, body, metadata, needs_predecessor, ord
        )
        cross join head
        join tenants on tenants.tenant_id = e.tenant_id
        join sizes on sizes.tenant_id = e.tenant_id
        where not e.needs_predecessor or exists (
            select from event_store.events p
            where p.bucket = e.bucket and p.stream_id = e.stream_id and p.stream_version = e.stream_version - 1
        )
        returning position
        "#,
        events.len() as i64,
        &columns.tenants,
        &columns.tenant_sizes,
        &columns.buckets,
        &columns.tenant_ids,
        &columns.tenant_ordinals,
        &columns.stream_kinds as &[&str],
        &columns.stream_ids,
        &columns.stream_versions,
        &columns.event_ids,
        &columns.kinds as &[&str],
        &columns.revisions,
        &columns.payloads as &[&str],
        &columns.bodies as &[Option<&[u8]>],
        &columns.metadata,
        &columns.needs_predecessor,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(|error| if is_version_taken(&error) { AppendError::Conflict } else { AppendError::Database(error) })?;
    if inserted.len() != events.len() {
        return Err(AppendError::Conflict);
    }
    Ok(inserted.iter().map(|row| row.position).min().unwrap_or_default())
}

fn is_version_taken(error: &sqlx::Error) -> bool {
    // The constraint is named after the partition: events_202611_pkey, events_configuration_pkey.
    error.as_database_error().is_some_and(|error| {
        error.is_unique_violation()
            && error.constraint().is_some_and(|name| name.starts_with("events_") && name.ends_with("_pkey"))
    })
}

/// The events, column by column, as `unnest` wants them.
struct Columns<'a> {
    tenants: Vec<uuid::Uuid>,
    tenant_sizes: Vec<i64>,
    buckets: Vec<i32>,
    tenant_ids: Vec<uuid::Uuid>,
    tenant_ordinals: Vec<i64>,
    stream_kinds: Vec<&'a str>,
    stream_ids: Vec<uuid::Uuid>,
    stream_versions: Vec<i32>,
    event_ids: Vec<uuid::Uuid>,
    kinds: Vec<&'a str>,
    revisions: Vec<i16>,
    payloads: Vec<&'a str>,
    bodies: Vec<Option<&'a [u8]>>,
    metadata: Vec<String>,
    needs_predecessor: Vec<bool>,
}

impl<'a> Columns<'a> {
    fn of(events: &'a [NewEvent]) -> Self {
        let mut sizes: BTreeMap<TenantId, i64> = BTreeMap::new();
        let mut tenant_ordinals = Vec::with_capacity(events.len());
        let mut heads: BTreeMap<(i32, uuid::Uuid), i32> = BTreeMap::new();
        let mut needs_predecessor = Vec::with_capacity(events.len());
        for event in events {
            let size = sizes.entry(event.tenant_id).or_default();
            *size += 1;
            tenant_ordinals.push(*size);
            // The predecessor may be earlier in the same call, where the statement cannot see it yet.
            let before = heads.insert((event.stream.bucket, event.stream.id), event.stream_version);
            needs_predecessor.push(event.stream_version > 1 && before != Some(event.stream_version - 1));
        }
        Self {
            // In the order of the ids: two appenders never wait for each other crosswise (the head row is locked
            // before any of these anyway).
            tenants: sizes.keys().map(|id| id.uuid()).collect(),
            tenant_sizes: sizes.values().copied().collect(),
            buckets: events.iter().map(|e| e.stream.bucket).collect(),
            tenant_ids: events.iter().map(|e| e.tenant_id.uuid()).collect(),
            tenant_ordinals,
            stream_kinds: events.iter().map(|e| e.stream.kind).collect(),
            stream_ids: events.iter().map(|e| e.stream.id).collect(),
            stream_versions: events.iter().map(|e| e.stream_version).collect(),
            event_ids: events.iter().map(|e| e.event_id.uuid()).collect(),
            kinds: events.iter().map(|e| e.kind).collect(),
            revisions: events.iter().map(|e| e.revision).collect(),
            payloads: events.iter().map(|e| e.payload.as_str()).collect(),
            bodies: events.iter().map(|e| e.body.as_deref()).collect(),
            metadata: events.iter().map(|e| serde_json::to_string(&e.metadata).unwrap_or_default()).collect(),
            needs_predecessor,
        }
    }
}
