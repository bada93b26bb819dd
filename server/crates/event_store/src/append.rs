//! Appending: the last thing a transaction does.

use crate::NewEvent;
use sqlx::PgConnection;
use std::collections::HashMap;

/// What the function `event_store.append` raises when a version does not follow on its stream's last one.
const CONFLICT: &str = "HR001";

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
    let position = sqlx::query_scalar!(
        "select event_store.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &columns.buckets,
        &columns.tenant_ids,
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
    .fetch_one(&mut *connection)
    .await
    .map_err(AppendError::of)?;
    Ok(position.unwrap_or_default())
}

impl AppendError {
    /// Why a statement failed that calls `event_store.append`.
    pub fn of(error: sqlx::Error) -> Self {
        let is_conflict = error.as_database_error().is_some_and(|error| {
            // The constraint is named after the partition: events_202611_pkey, events_configuration_pkey.
            let is_taken = error.is_unique_violation()
                && error.constraint().is_some_and(|name| name.starts_with("events_") && name.ends_with("_pkey"));
            is_taken || error.code().is_some_and(|code| code == CONFLICT)
        });
        if is_conflict { Self::Conflict } else { Self::Database(error) }
    }
}

/// The events, column by column, as `unnest` wants them.
struct Columns<'a> {
    buckets: Vec<i32>,
    tenant_ids: Vec<uuid::Uuid>,
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
        let mut heads: HashMap<(i32, uuid::Uuid), i32> = HashMap::new();
        let mut needs_predecessor = Vec::with_capacity(events.len());
        for event in events {
            // The predecessor may be earlier in the same call, where the statement cannot see it yet.
            let before = heads.insert((event.stream.bucket, event.stream.id), event.stream_version);
            needs_predecessor.push(event.stream_version > 1 && before != Some(event.stream_version - 1));
        }
        Self {
            buckets: events.iter().map(|e| e.stream.bucket).collect(),
            tenant_ids: events.iter().map(|e| e.tenant_id.uuid()).collect(),
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
