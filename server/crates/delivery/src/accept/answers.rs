//! What the callers of a batch are told.

use super::{Accepted, NewMessage, Plan};
use hookreel_event_store::bucket_of;
use hookreel_kernel::id::unix_ms_of;
use hookreel_kernel::{MessageId, Timestamp};
use sqlx::PgPool;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// An answer for each message, in order; for duplicates, the one that was there before.
pub(super) async fn answers(
    pool: &PgPool,
    messages: &[NewMessage],
    plan: &Plan<'_>,
    received: &HashMap<Uuid, Timestamp>,
    duplicates: &HashMap<MessageId, MessageId>,
) -> Result<Vec<Accepted>, sqlx::Error> {
    let deliveries: HashMap<MessageId, usize> =
        plan.messages.iter().map(|planned| (planned.message.message_id, planned.deliveries)).collect();
    let mut answered = HashSet::new();
    let mut answers = Vec::with_capacity(messages.len());
    for message in messages {
        let is_new = answered.insert(message.message_id);
        if let Some(received_at) = received.get(&message.message_id.uuid()) {
            answers.push(Accepted {
                message_id: message.message_id,
                is_duplicate: !is_new,
                is_altered: false,
                received_at: *received_at,
                deliveries: deliveries.get(&message.message_id).copied().unwrap_or_default(),
            });
        } else {
            // Rare: a query of its own does no harm.
            let original = duplicates.get(&message.message_id).copied().unwrap_or(message.message_id);
            let mut answer = find_original(pool, message, original).await?;
            answer.is_altered = is_altered(pool, messages, message, original).await?;
            answers.push(answer);
        }
    }
    Ok(answers)
}

/// Whether what came in again has another body than the original, which may be of the same batch.
async fn is_altered(
    pool: &PgPool,
    messages: &[NewMessage],
    message: &NewMessage,
    original: MessageId,
) -> Result<bool, sqlx::Error> {
    if message.received.is_none() {
        return Ok(false);
    }
    if let Some(first) = messages.iter().find(|other| other.message_id == original) {
        return Ok(first.body != message.body);
    }
    let differs = sqlx::query_scalar!(
        r#"select body is distinct from $3::bytea as "differs!" from event_store.events
           where bucket = $1 and stream_id = $2 and stream_version = 1"#,
        bucket_of(original.uuid()),
        original.uuid(),
        &message.body[..],
    )
    .fetch_optional(pool)
    .await?;
    Ok(differs.unwrap_or(false))
}

async fn find_original(pool: &PgPool, message: &NewMessage, original: MessageId) -> Result<Accepted, sqlx::Error> {
    let row = sqlx::query!(
        "select message_id, received_at from read.messages
         where tenant_id = $1
           and (message_id = $2 or (uid = $3 and application_id = $4))
         order by message_id limit 1",
        message.tenant_id.uuid(),
        original.uuid(),
        message.uid.as_deref(),
        message.application_id.uuid(),
    )
    .fetch_optional(pool)
    .await?;
    // It may have been removed with old history, while its key still counts.
    let (message_id, received_at) = row
        .map_or_else(|| (original, born_at(original)), |row| (MessageId::from_uuid(row.message_id), row.received_at));
    Ok(Accepted { message_id, is_duplicate: true, is_altered: false, received_at, deliveries: 0 })
}

/// When a message was given its id.
fn born_at(id: MessageId) -> Timestamp {
    let nanos = i128::from(unix_ms_of(id.uuid())) * 1_000_000;
    Timestamp::from_unix_timestamp_nanos(nanos).unwrap_or(Timestamp::UNIX_EPOCH)
}
