//! What goes into the store and what comes out of it.

use bytes::Bytes;
use hookreel_kernel::{EventId, Metadata, TenantId, Timestamp, id};
use uuid::Uuid;

/// The bucket of the long-lived streams of the configuration.
pub const CONFIGURATION_BUCKET: i32 = 0;

/// The month in which a UUIDv7 was made, as `yyyymm`: the bucket of a traffic stream.
pub fn bucket_of(stream_id: Uuid) -> i32 {
    let seconds = (id::unix_ms_of(stream_id) / 1000) as i64;
    Timestamp::from_unix_timestamp(seconds)
        .map_or(CONFIGURATION_BUCKET, |at| at.year() * 100 + i32::from(u8::from(at.month())))
}

/// The history of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stream {
    /// The partition that holds all of it.
    pub bucket: i32,
    /// `endpoint`, `message`, `delivery`.
    pub kind: &'static str,
    /// The thing's id.
    pub id: Uuid,
}

impl Stream {
    /// A long-lived stream: kept when old months are dropped.
    pub const fn configuration(kind: &'static str, id: Uuid) -> Self {
        Self { bucket: CONFIGURATION_BUCKET, kind, id }
    }

    /// A stream that lives and goes with the month it began in.
    pub fn traffic(kind: &'static str, id: Uuid) -> Self {
        Self { bucket: bucket_of(id), kind, id }
    }
}

/// A fact that is about to be recorded.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Whose.
    pub tenant_id: TenantId,
    /// Of what.
    pub stream: Stream,
    /// Its place in the stream, from 1: one more than the last event the writer knows of.
    pub stream_version: i32,
    /// Its own id.
    pub event_id: EventId,
    /// `endpoint.paused`.
    pub kind: &'static str,
    /// The shape of the payload.
    pub revision: i16,
    /// JSON text.
    pub payload: String,
    /// Exact bytes that came in or went out.
    pub body: Option<Bytes>,
    /// Who and why.
    pub metadata: Metadata,
}

/// A recorded fact.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// The place in the whole store.
    pub position: i64,
    /// Whose.
    pub tenant_id: TenantId,
    /// The place among the tenant's events.
    pub tenant_sequence: i64,
    /// `endpoint`.
    pub stream_kind: String,
    /// The thing's id.
    pub stream_id: Uuid,
    /// The place in the stream.
    pub stream_version: i32,
    /// Its own id.
    pub event_id: EventId,
    /// `endpoint.paused`.
    pub kind: String,
    /// The shape of the payload.
    pub revision: i16,
    /// What happened.
    pub payload: serde_json::Value,
    /// Exact bytes; `None` where there are none or where they were not asked for.
    pub body: Option<Vec<u8>>,
    /// Who and why.
    pub metadata: serde_json::Value,
    /// When.
    pub recorded_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_is_the_birth_month_of_the_id() {
        // 2026-11-23T00:00:00Z
        assert_eq!(bucket_of(id::lowest_at(1_795_392_000_000)), 202_611);
    }
}
