//! Why events happened. Events name what led to them by its id, and there is no index of those: what is told here is told
//! by the event itself, or found by a whole key.

use super::{Names, Row, metadata_of, stream_text};
use hookreel_contract::views::EventCause;
use hookreel_domain::traffic::{
    CancelCause, DELIVERY_ATTEMPTED, DELIVERY_CANCELLED, DELIVERY_CREATED, DELIVERY_STREAM, MESSAGE_ACCEPTED,
};
use hookreel_event_store::bucket_of;
use hookreel_kernel::{DeliveryId, EventId, ReplayId, TenantId};
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// What an attempt does to its endpoint.
const BY_ATTEMPTS: [(&str, &str); 3] = [
    ("endpoint.breaker_opened", "An attempt failed"),
    ("endpoint.breaker_closed", "An attempt succeeded"),
    ("endpoint.disabled", "An attempt was answered 410 Gone"),
];

/// What led to the events of a page, where they do not say it themselves.
pub(super) struct Causes {
    /// By the event that asked for one more attempt: its metadata.
    resends: HashMap<Uuid, Value>,
    /// By the attempt: its delivery.
    attempts: HashMap<Uuid, Uuid>,
    /// By the delivery: the replay that made it.
    replays: HashMap<Uuid, Uuid>,
}

impl Causes {
    pub(super) async fn load(
        connection: &mut PgConnection,
        tenant_id: TenantId,
        rows: &[Row],
    ) -> Result<Self, sqlx::Error> {
        Ok(Self {
            resends: resends(connection, tenant_id, rows).await?,
            attempts: attempts(connection, tenant_id, rows).await?,
            replays: replays(connection, tenant_id, rows).await?,
        })
    }

    /// What says who asked for what led to events.
    pub(super) fn metadata(&self) -> impl Iterator<Item = &Value> {
        self.resends.values()
    }

    /// Why this happened, if it is known that something led to it.
    pub(super) fn of(&self, row: &Row, names: &Names) -> Option<EventCause> {
        match row.kind.as_str() {
            DELIVERY_ATTEMPTED if row.payload["manual"] == true => Some(self.resent(row, names)),
            DELIVERY_ATTEMPTED => Some(cause("Its message", text_of(row, "message_id"))),
            DELIVERY_CREATED => text_of(row, "replay_id").map(|replay| cause("A replay", Some(replay))),
            DELIVERY_CANCELLED => self.cancelled(row),
            kind => {
                let causation = causation_of(row)?;
                Some(match BY_ATTEMPTS.iter().find(|(of_attempt, _)| *of_attempt == kind) {
                    Some((_, words)) => cause(words, self.attempts.get(&causation).copied().map(delivery_text)),
                    None if kind == MESSAGE_ACCEPTED => cause("An event that operational webhooks tell of", None),
                    None if kind.starts_with("replay.") => {
                        cause("The replay was started", Some(stream_text(&row.stream_kind, row.stream_id)))
                    }
                    None => cause("Another event", None),
                })
            }
        }
    }

    fn resent(&self, row: &Row, names: &Names) -> EventCause {
        let asked = causation_of(row).and_then(|causation| self.resends.get(&causation));
        let words = match asked {
            Some(metadata) => format!("Resent by {}", names.actor(metadata)),
            None => "Resent by hand".to_owned(),
        };
        EventCause { words, stream: Some(delivery_text(row.stream_id)) }
    }

    fn cancelled(&self, row: &Row) -> Option<EventCause> {
        let endpoint = || text_of(row, "endpoint_id");
        Some(match row.payload["because"].as_str().and_then(CancelCause::parse)? {
            CancelCause::EndpointDisabled => cause("Its endpoint was disabled", endpoint()),
            CancelCause::EndpointDeleted => cause("Its endpoint was deleted", None),
            CancelCause::EndpointGone => cause("Its endpoint answered 410 Gone", endpoint()),
            CancelCause::ReplayCancelled => {
                let replay = self.replays.get(&row.stream_id).copied();
                cause("Its replay was cancelled", replay.map(|id| ReplayId::from_uuid(id).to_string()))
            }
        })
    }
}

fn cause(words: &str, stream: Option<String>) -> EventCause {
    EventCause { words: words.to_owned(), stream }
}

fn delivery_text(id: Uuid) -> String {
    DeliveryId::from_uuid(id).to_string()
}

fn text_of(row: &Row, field: &str) -> Option<String> {
    row.payload[field].as_str().map(str::to_owned)
}

fn causation_of(row: &Row) -> Option<Uuid> {
    metadata_of(&row.metadata)?.causation_id.map(EventId::uuid)
}

/// Who asked for attempts beside the schedule: that stands in the delivery's own stream.
async fn resends(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    rows: &[Row],
) -> Result<HashMap<Uuid, Value>, sqlx::Error> {
    let (mut buckets, mut streams, mut events) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows.iter().filter(|row| row.kind == DELIVERY_ATTEMPTED && row.stream_kind == DELIVERY_STREAM) {
        if let Some(event_id) = causation_of(row) {
            buckets.push(bucket_of(row.stream_id));
            streams.push(row.stream_id);
            events.push(event_id);
        }
    }
    if events.is_empty() {
        return Ok(HashMap::new());
    }
    let found = sqlx::query!(
        r#"select e.event_id as "event_id!", e.metadata as "metadata!"
           from unnest($2::integer[], $3::uuid[], $4::uuid[]) as k (bucket, stream_id, event_id)
           cross join lateral (
               select event_id, metadata from event_store.events v
               where v.bucket = k.bucket and v.stream_id = k.stream_id and v.tenant_id = $1
                 and v.event_id = k.event_id offset 0
           ) as e"#,
        tenant_id.uuid(),
        &buckets,
        &streams,
        &events,
    )
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().map(|row| (row.event_id, row.metadata)).collect())
}

/// The deliveries of the attempts that changed how an endpoint is doing.
async fn attempts(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    rows: &[Row],
) -> Result<HashMap<Uuid, Uuid>, sqlx::Error> {
    let (mut endpoints, mut attempts) = (Vec::new(), Vec::new());
    for row in rows.iter().filter(|row| BY_ATTEMPTS.iter().any(|(kind, _)| *kind == row.kind)) {
        if let Some(attempt_id) = causation_of(row) {
            endpoints.push(row.stream_id);
            attempts.push(attempt_id);
        }
    }
    if attempts.is_empty() {
        return Ok(HashMap::new());
    }
    let found = sqlx::query!(
        r#"select a.attempt_id as "attempt_id!", a.delivery_id as "delivery_id!"
           from unnest($2::uuid[], $3::uuid[]) as k (endpoint_id, attempt_id)
           cross join lateral (
               select attempt_id, delivery_id from read.attempts t
               where t.tenant_id = $1 and t.endpoint_id = k.endpoint_id and t.attempt_id = k.attempt_id offset 0
           ) as a"#,
        tenant_id.uuid(),
        &endpoints,
        &attempts,
    )
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().map(|row| (row.attempt_id, row.delivery_id)).collect())
}

/// The replays that made deliveries which were cancelled.
async fn replays(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    rows: &[Row],
) -> Result<HashMap<Uuid, Uuid>, sqlx::Error> {
    let cancelled: Vec<Uuid> =
        rows.iter().filter(|row| row.kind == DELIVERY_CANCELLED).map(|row| row.stream_id).collect();
    if cancelled.is_empty() {
        return Ok(HashMap::new());
    }
    let found = sqlx::query!(
        r#"select delivery_id, replay_id as "replay_id!" from read.deliveries
           where tenant_id = $1 and delivery_id = any ($2) and replay_id is not null"#,
        tenant_id.uuid(),
        &cancelled,
    )
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().map(|row| (row.delivery_id, row.replay_id)).collect())
}
