//! Reading the event log.

mod causes;

use crate::ReadError;
use crate::page::{key_of, limit_of, rows_of};
use causes::Causes;
use hookreel_contract::Page;
use hookreel_contract::input::EventFilter;
use hookreel_contract::views::EventRow;
use hookreel_event_store::{CONFIGURATION_BUCKET, bucket_of};
use hookreel_kernel::{
    Actor, ApiKeyId, ApplicationId, BillingId, DeliveryId, EndpointId, EventId, HandshakesId, InvitationId, MemberId,
    MessageId, Metadata, RecoveryId, ReplayId, RetentionId, SourceId, TenantId, Timestamp, masked_url,
};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

struct Row {
    tenant_sequence: i64,
    position: i64,
    stream_kind: String,
    stream_id: Uuid,
    stream_version: i32,
    event_id: Uuid,
    kind: String,
    payload: serde_json::Value,
    metadata: serde_json::Value,
    recorded_at: Timestamp,
}

macro_rules! streams {
    ($($kind:literal => $id:ty, $bucket:expr;)+) => {
        /// A stream's id as people see it. What has no id of its own (an event type) keeps its UUID.
        pub fn stream_text(kind: &str, id: Uuid) -> String {
            match kind {
                $($kind => <$id>::from_uuid(id).to_string(),)+
                _ => id.to_string(),
            }
        }

        /// The bucket and the id of a stream as people see it.
        fn stream_of(text: &str) -> Option<(i32, Uuid)> {
            $(if let Ok(id) = text.parse::<$id>() {
                let bucket: fn(Uuid) -> i32 = $bucket;
                return Some((bucket(id.uuid()), id.uuid()));
            })+
            text.parse().ok().map(|id| (CONFIGURATION_BUCKET, id))
        }
    };
}

streams! {
    "tenant" => TenantId, |_| CONFIGURATION_BUCKET;
    "member" => MemberId, |_| CONFIGURATION_BUCKET;
    "invitation" => InvitationId, |_| CONFIGURATION_BUCKET;
    "api_key" => ApiKeyId, |_| CONFIGURATION_BUCKET;
    "application" => ApplicationId, |_| CONFIGURATION_BUCKET;
    "source" => SourceId, |_| CONFIGURATION_BUCKET;
    "endpoint" => EndpointId, |_| CONFIGURATION_BUCKET;
    "message" => MessageId, bucket_of;
    "delivery" => DeliveryId, bucket_of;
    "replay" => ReplayId, bucket_of;
    "recovery" => RecoveryId, bucket_of;
    "handshakes" => HandshakesId, bucket_of;
    "billing" => BillingId, |_| CONFIGURATION_BUCKET;
    "retention" => RetentionId, bucket_of;
}

/// The events of a tenant that a filter lets through, newest first.
///
/// # Errors
/// See [`ReadError`].
pub async fn list(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    filter: &EventFilter,
) -> Result<Page<EventRow>, ReadError> {
    let limit = limit_of(filter.limit);
    let before: Option<i64> = key_of(filter.cursor.as_ref())?;
    let rows = match &filter.stream {
        Some(stream) => {
            let stream = stream_of(stream.trim())
                .ok_or_else(|| ReadError::filter("stream", "must be an id such as ep_01h455vb4pex5vsknk084sn02q"))?;
            of_stream(&mut *connection, tenant_id, stream, filter, before, rows_of(limit)).await?
        }
        None => of_tenant(&mut *connection, tenant_id, filter, before, rows_of(limit)).await?,
    };
    let causes = Causes::load(connection, tenant_id, &rows).await?;
    let metadata: Vec<_> = rows.iter().map(|row| &row.metadata).chain(causes.metadata()).collect();
    let names = Names::load(connection, tenant_id, &metadata).await?;
    let views = rows.into_iter().map(|row| view(row, &names, &causes)).collect();
    Ok(Page::of(views, limit, |row: &EventRow| row.tenant_sequence.to_string()))
}

async fn of_tenant(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    filter: &EventFilter,
    before: Option<i64>,
    rows: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select tenant_sequence, position, stream_kind, stream_id, stream_version, event_id, kind, payload, metadata,
                recorded_at
         from event_store.events
         where tenant_id = $1 and ($2::bigint is null or tenant_sequence < $2)
           and ($3::text is null or stream_kind = $3) and ($4::text is null or kind = $4)
         order by tenant_sequence desc limit $5",
        tenant_id.uuid(),
        before,
        filter.stream_kind,
        filter.kind,
        rows,
    )
    .fetch_all(connection)
    .await
}

/// The same for one stream, which its own key finds at once.
async fn of_stream(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    (bucket, stream_id): (i32, Uuid),
    filter: &EventFilter,
    before: Option<i64>,
    rows: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select tenant_sequence, position, stream_kind, stream_id, stream_version, event_id, kind, payload, metadata,
                recorded_at
         from event_store.events
         where bucket = $6 and stream_id = $7
           and tenant_id = $1 and ($2::bigint is null or tenant_sequence < $2)
           and ($3::text is null or stream_kind = $3) and ($4::text is null or kind = $4)
         order by stream_version desc limit $5",
        tenant_id.uuid(),
        before,
        filter.stream_kind,
        filter.kind,
        rows,
        bucket,
        stream_id,
    )
    .fetch_all(connection)
    .await
}

/// What people and keys are called now.
struct Names {
    members: HashMap<Uuid, String>,
    keys: HashMap<Uuid, String>,
}

impl Names {
    async fn load(
        connection: &mut PgConnection,
        tenant_id: TenantId,
        all: &[&serde_json::Value],
    ) -> Result<Self, sqlx::Error> {
        let (mut members, mut keys) = (Vec::new(), Vec::new());
        for metadata in all {
            match actor_of(metadata) {
                Some(Actor::Member(id)) => members.push(id.uuid()),
                Some(Actor::ApiKey(id)) => keys.push(id.uuid()),
                _ => {}
            }
        }
        let members = sqlx::query!(
            "select member_id, email from iam.members where tenant_id = $1 and member_id = any($2)",
            tenant_id.uuid(),
            &members
        )
        .fetch_all(&mut *connection)
        .await?;
        let keys = sqlx::query!(
            "select key_id, name from iam.api_keys where tenant_id = $1 and key_id = any($2)",
            tenant_id.uuid(),
            &keys
        )
        .fetch_all(connection)
        .await?;
        Ok(Self {
            members: members.into_iter().map(|row| (row.member_id, row.email)).collect(),
            keys: keys.into_iter().map(|row| (row.key_id, row.name)).collect(),
        })
    }

    fn actor(&self, metadata: &serde_json::Value) -> String {
        match actor_of(metadata) {
            Some(Actor::Member(id)) if self.members.contains_key(&id.uuid()) => self.members[&id.uuid()].clone(),
            Some(Actor::ApiKey(id)) if self.keys.contains_key(&id.uuid()) => {
                format!("API key {}", self.keys[&id.uuid()])
            }
            Some(actor) => actor.to_string(),
            None => "unknown".to_owned(),
        }
    }
}

fn view(mut row: Row, names: &Names, causes: &Causes) -> EventRow {
    let cause = causes.of(&row, names);
    mask_urls(&mut row.payload);
    EventRow {
        tenant_sequence: row.tenant_sequence as u64,
        position: row.position as u64,
        stream: stream_text(&row.stream_kind, row.stream_id),
        stream_kind: row.stream_kind,
        stream_version: row.stream_version as u32,
        kind: row.kind,
        payload: row.payload.to_string(),
        actor: names.actor(&row.metadata),
        event_id: EventId::from_uuid(row.event_id),
        correlation_id: metadata_of(&row.metadata).and_then(|metadata| metadata.correlation_id),
        cause,
        recorded_at: row.recorded_at,
    }
}

/// The events hold the configuration itself: what may be a secret in it is left out where it is shown. Of a received
/// request the URL is the sender's own.
fn mask_urls(payload: &mut serde_json::Value) {
    for (name, value) in payload.as_object_mut().into_iter().flatten() {
        match value {
            serde_json::Value::String(url) if name == "url" => *url = masked_url(url).into_owned(),
            _ if name != "inbound" => mask_urls(value),
            _ => {}
        }
    }
}

fn actor_of(metadata: &serde_json::Value) -> Option<Actor> {
    metadata_of(metadata).map(|metadata| metadata.actor)
}

fn metadata_of(metadata: &serde_json::Value) -> Option<Metadata> {
    serde_json::from_value(metadata.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_endpoints_are_masked_wherever_they_stand() {
        let url = "https://example.com/?token=abc";
        let mut payload = serde_json::json!({"url": url, "details": {"url": url}, "inbound": {"url": url}});
        mask_urls(&mut payload);
        let masked = "https://example.com/?token=***";
        let expected = serde_json::json!({"url": masked, "details": {"url": masked}, "inbound": {"url": url}});
        assert_eq!(payload, expected);
    }

    #[test]
    fn streams_are_named_as_people_see_them() {
        let id = EndpointId::generate();
        assert_eq!(stream_text("endpoint", id.uuid()), id.to_string());
        assert_eq!(stream_of(&id.to_string()), Some((CONFIGURATION_BUCKET, id.uuid())));
        let id = DeliveryId::generate();
        assert_eq!(stream_of(&id.to_string()), Some((bucket_of(id.uuid()), id.uuid())));
        let id = Uuid::from_u128(7);
        assert_eq!(stream_of(&stream_text("event_type", id)), Some((CONFIGURATION_BUCKET, id)));
        assert_eq!(stream_of("nonsense"), None);
    }
}
