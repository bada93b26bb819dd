//! News for open pages, read from the event store: whichever process did something, the pages of this one hear of it.

use crate::engine::Shared;
use crate::signal::{Signal, Topic};
use crate::stats;
use hookreel_domain::traffic::{DELIVERY_CREATED, HANDSHAKE_ANSWERED};
use hookreel_domain::{Aggregate, Recovery};
use hookreel_kernel::{DeliveryId, EndpointId, MessageId, ReplayId, SourceId, TenantId};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often the store is looked at while a page is open.
const INTERVAL: Duration = Duration::from_millis(200);
/// The checkpoint of what counts messages: the handler `usage_meter`.
const METER: &str = "handler.usage_meter";
/// Positions looked at in one statement.
const BATCH: i64 = 1_000;

/// Tells what happens, while anybody listens, until stopped.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    while stop.run_until_cancelled(shared.signals.until_heard()).await.is_some() {
        let (mut told, mut has_failed) = (None, false);
        while shared.signals.are_heard() {
            // What was not told yet is told later; that it is late is said once.
            let outcome = tell(&shared, &mut told).await;
            if let (Err(error), false) = (&outcome, has_failed) {
                tracing::warn!(%error, "open pages hear no news: the event store could not be read; it is tried again");
            }
            has_failed = outcome.is_err();
            if stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await.is_none() {
                return;
            }
        }
    }
}

/// How far was told.
struct Told {
    /// The position in the store.
    events: i64,
    /// What pages show of an endpoint's attempts comes from the statistics, which follow a little later.
    counted: i64,
    /// And what they show of usage, from the meter.
    metered: i64,
}

/// Tells what has happened since; at first nothing, since whoever has just come has just read everything.
async fn tell(shared: &Shared, told: &mut Option<Told>) -> Result<(), sqlx::Error> {
    let (head, counted) = (head(shared).await?, reached(shared, stats::READER).await?);
    let metered = reached(shared, METER).await?;
    let Some(told) = told else {
        *told = Some(Told { events: head, counted, metered });
        return Ok(());
    };
    while told.events < head {
        let until = head.min(told.events + BATCH);
        for signal in read(shared, told.events, until).await? {
            shared.signals.send(signal);
        }
        told.events = until;
    }
    if counted > told.counted {
        let signals = read(shared, told.counted.max(counted - BATCH), counted).await?;
        for signal in signals.into_iter().filter(|signal| matches!(signal.topic, Topic::Delivery(_))) {
            shared.signals.send(signal);
        }
        told.counted = counted;
    }
    if metered > told.metered {
        let signals = read(shared, told.metered.max(metered - BATCH), metered).await?;
        let messages = signals.into_iter().filter(|signal| matches!(signal.topic, Topic::Message(_)));
        for tenant_id in messages.map(|signal| signal.tenant_id).collect::<HashSet<_>>() {
            shared.signals.send(Signal { tenant_id, topic: Topic::Usage });
        }
        told.metered = metered;
    }
    Ok(())
}

/// How far a reader has come.
async fn reached(shared: &Shared, reader: &str) -> Result<i64, sqlx::Error> {
    let position = sqlx::query_scalar!("select position from event_store.checkpoints where reader = $1", reader)
        .fetch_optional(&shared.pool)
        .await?;
    Ok(position.unwrap_or_default())
}

async fn head(shared: &Shared) -> Result<i64, sqlx::Error> {
    let mut connection = shared.pool.acquire().await?;
    hookreel_event_store::head(&mut connection).await
}

/// What changed in these positions, each thing once.
async fn read(shared: &Shared, after: i64, until: i64) -> Result<Vec<Signal>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select tenant_id, stream_kind, stream_id, about from (
               select tenant_id, stream_kind, stream_id, position,
                      case when kind = $3 then payload ->> 'replay_id'
                           when kind = $4 or stream_kind = $5 then payload ->> 'source_id' end as about
               from event_store.events where position > $1 and position <= $2
           ) as news
           group by tenant_id, stream_kind, stream_id, about order by min(position)"#,
        after,
        until,
        DELIVERY_CREATED,
        HANDSHAKE_ANSWERED,
        Recovery::STREAM_KIND,
    )
    .fetch_all(&shared.pool)
    .await?;
    let mut told = HashSet::new();
    let mut signals = Vec::new();
    for row in rows {
        let topics = [topic(&row.stream_kind, row.stream_id), row.about.as_deref().and_then(topic_of)];
        for topic in topics.into_iter().flatten() {
            let signal = Signal { tenant_id: TenantId::from_uuid(row.tenant_id), topic };
            if told.insert(signal) {
                signals.push(signal);
            }
        }
    }
    Ok(signals)
}

fn topic(stream_kind: &str, id: Uuid) -> Option<Topic> {
    Some(match stream_kind {
        "message" => Topic::Message(MessageId::from_uuid(id)),
        "delivery" => Topic::Delivery(DeliveryId::from_uuid(id)),
        "replay" => Topic::Replay(ReplayId::from_uuid(id)),
        "endpoint" => Topic::Endpoint(EndpointId::from_uuid(id)),
        "source" => Topic::Source(SourceId::from_uuid(id)),
        "billing" => Topic::Usage,
        _ => return None,
    })
}

/// What an event is also about, besides its stream.
fn topic_of(id: &str) -> Option<Topic> {
    let replay = id.parse().ok().map(Topic::Replay);
    replay.or_else(|| id.parse().ok().map(Topic::Source))
}
