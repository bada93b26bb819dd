//! Recognising what a provider sends twice.
//!
//! A message that came in claims its key, in the transaction that stores it: of two requests with one key, however
//! close together, exactly one becomes a message. A key that was claimed longer ago than the source's window is free.

use crate::accept::NewMessage;
use hookreel_kernel::{MessageId, SourceId, TenantId};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use uuid::Uuid;

/// The longest window there is: keys older than this are forgotten.
pub const DEDUPE_WINDOW_MAX: Duration = Duration::from_hours(90 * 24);

/// By what a repetition of a message is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DedupeKey {
    /// `event_id`, `webhook_id` or `content_hash`.
    pub rung: &'static str,
    /// What was found there.
    pub value: String,
    /// How long a repetition counts as one.
    pub window: Duration,
}

impl DedupeKey {
    /// The stored form.
    pub(crate) fn stored(&self) -> String {
        format!("{}:{}", self.rung, self.value)
    }
}

/// A key that somebody wants to claim.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) tenant_id: TenantId,
    pub(crate) source_id: SourceId,
    pub(crate) message_id: MessageId,
    pub(crate) key: String,
    pub(crate) window: Duration,
}

/// What the messages of a batch want to claim. What is quarantined claims nothing.
pub(crate) fn claims(messages: &[NewMessage]) -> Vec<Claim> {
    let claim = |message: &NewMessage| {
        let received = message.received.as_ref().filter(|_| message.refusal.is_none())?;
        let (source_id, key) = (message.source_id?, received.dedupe.as_ref()?);
        let (tenant_id, message_id) = (message.tenant_id, message.message_id);
        Some(Claim { tenant_id, source_id, message_id, key: key.stored(), window: key.window })
    };
    messages.iter().filter_map(claim).collect()
}

/// Claims keys, and returns the messages that came too late, each with the message that was there before.
pub(crate) async fn claim(
    connection: &mut PgConnection,
    claims: &[Claim],
) -> Result<HashMap<MessageId, MessageId>, sqlx::Error> {
    let mut duplicates = HashMap::new();
    if claims.is_empty() {
        return Ok(duplicates);
    }
    // One statement may touch a key once: of several in one batch the first wins.
    let mut first: HashMap<(SourceId, &str), MessageId> = HashMap::new();
    let mut asking = Vec::with_capacity(claims.len());
    for claim in claims {
        match first.entry((claim.source_id, &claim.key)) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(claim.message_id);
                asking.push(claim);
            }
            std::collections::hash_map::Entry::Occupied(entry) => {
                duplicates.insert(claim.message_id, *entry.get());
            }
        }
    }
    // In one order, so that two batches never wait for each other crosswise.
    asking.sort_unstable_by(|a, b| (a.source_id, &a.key).cmp(&(b.source_id, &b.key)));
    let claimed = insert(connection, &asking).await?;
    let late: Vec<&Claim> = asking.into_iter().filter(|claim| !claimed.contains(&claim.message_id.uuid())).collect();
    let holders = holders(connection, &late).await?;
    for claim in late {
        let holder = holders.get(&(claim.source_id.uuid(), claim.key.clone())).copied();
        duplicates.insert(claim.message_id, holder.map_or(claim.message_id, MessageId::from_uuid));
    }
    // Who was second within the batch repeats whatever the first repeated.
    let through_first: Vec<(MessageId, MessageId)> = duplicates
        .iter()
        .filter_map(|(late, original)| Some((*late, *duplicates.get(original).filter(|id| *id != original)?)))
        .collect();
    duplicates.extend(through_first);
    Ok(duplicates)
}

async fn insert(connection: &mut PgConnection, asking: &[&Claim]) -> Result<HashSet<Uuid>, sqlx::Error> {
    let tenant_ids: Vec<Uuid> = asking.iter().map(|claim| claim.tenant_id.uuid()).collect();
    let source_ids: Vec<Uuid> = asking.iter().map(|claim| claim.source_id.uuid()).collect();
    let message_ids: Vec<Uuid> = asking.iter().map(|claim| claim.message_id.uuid()).collect();
    let keys: Vec<&str> = asking.iter().map(|claim| claim.key.as_str()).collect();
    let windows_s: Vec<f64> = asking.iter().map(|claim| claim.window.as_secs_f64()).collect();
    let claimed = sqlx::query_scalar!(
        r#"with claim as (
               select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::float8[])
                   as u (tenant_id, source_id, message_id, key, window_s)
           )
           insert into ops.dedupe_keys as k (tenant_id, source_id, key, message_id, seen_at)
           select tenant_id, source_id, key, message_id, now() from claim
           on conflict (tenant_id, source_id, key) do update
           set message_id = excluded.message_id, seen_at = excluded.seen_at
           where k.seen_at < excluded.seen_at - make_interval(secs => (
               select window_s from claim where claim.source_id = k.source_id and claim.key = k.key))
           returning message_id"#,
        &tenant_ids,
        &source_ids,
        &message_ids,
        &keys as &[&str],
        &windows_s,
    )
    .fetch_all(connection)
    .await?;
    Ok(claimed.into_iter().collect())
}

/// Rare: only asked when something came twice.
async fn holders(connection: &mut PgConnection, late: &[&Claim]) -> Result<HashMap<(Uuid, String), Uuid>, sqlx::Error> {
    if late.is_empty() {
        return Ok(HashMap::new());
    }
    let tenant_ids: Vec<Uuid> = late.iter().map(|claim| claim.tenant_id.uuid()).collect();
    let source_ids: Vec<Uuid> = late.iter().map(|claim| claim.source_id.uuid()).collect();
    let keys: Vec<&str> = late.iter().map(|claim| claim.key.as_str()).collect();
    let rows = sqlx::query!(
        "select k.source_id, k.key, k.message_id from unnest($1::uuid[], $2::uuid[], $3::text[])
             as u (tenant_id, source_id, key)
         join ops.dedupe_keys k on k.tenant_id = u.tenant_id and k.source_id = u.source_id and k.key = u.key",
        &tenant_ids,
        &source_ids,
        &keys as &[&str],
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.source_id, row.key), row.message_id)).collect())
}
