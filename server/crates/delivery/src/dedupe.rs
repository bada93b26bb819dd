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

/// How long a nonce counts. Longer than any source believes in the time that is signed with it, either way.
const NONCE_WINDOW: Duration = Duration::from_hours(48);

/// By what a repetition of a message is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DedupeKey {
    /// `event_id`, `event_ids`, `webhook_id` or `content_hash`.
    pub rung: &'static str,
    /// What was found there.
    pub value: String,
    /// How long a repetition counts as one.
    pub window: Duration,
}

impl DedupeKey {
    /// The stored form.
    fn stored(&self) -> String {
        format!("{}:{}", self.rung, self.value)
    }
}

/// A key that somebody wants to claim.
#[derive(Debug)]
struct Claim {
    tenant_id: TenantId,
    source_id: SourceId,
    message_id: MessageId,
    key: String,
    window: Duration,
}

/// What several messages want to claim.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    nonces: Vec<Claim>,
    keys: Vec<Claim>,
}

impl Claims {
    /// What the messages of a batch want to claim. What is quarantined claims nothing.
    pub(crate) fn of(messages: &[NewMessage]) -> Self {
        let mut claims = Self::default();
        for message in messages.iter().filter(|message| message.refusal.is_none()) {
            if let (Some(received), Some(source_id)) = (&message.received, message.source_id) {
                let whose = (message.tenant_id, source_id, message.message_id);
                claims.add(whose, received.nonce.as_deref(), received.dedupe.as_ref());
            }
        }
        claims
    }

    /// Adds what one message wants to claim.
    pub(crate) fn add(
        &mut self,
        (tenant_id, source_id, message_id): (TenantId, SourceId, MessageId),
        nonce: Option<&str>,
        key: Option<&DedupeKey>,
    ) {
        let claim = |key, window| Claim { tenant_id, source_id, message_id, key, window };
        self.nonces.extend(nonce.map(|nonce| claim(format!("nonce:{nonce}"), NONCE_WINDOW)));
        self.keys.extend(key.map(|key| claim(key.stored(), key.window)));
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.nonces.is_empty() && self.keys.is_empty()
    }

    /// Claims everything, and returns the messages that came too late, each with the message that was there before.
    ///
    /// Nonces first: whoever comes second with one gets no key, which a genuine message may still want. A nonce of what
    /// then turns out to be a repetition is kept, for the message that it repeats.
    pub(crate) async fn make(
        self,
        connection: &mut PgConnection,
    ) -> Result<HashMap<MessageId, MessageId>, sqlx::Error> {
        let Self { nonces, mut keys } = self;
        let by_nonce = claim(connection, &nonces).await?;
        keys.retain(|claim| !by_nonce.contains_key(&claim.message_id));
        let mut duplicates = claim(connection, &keys).await?;
        pass_on(connection, &nonces, &duplicates).await?;
        for (late, original) in by_nonce {
            let original = duplicates.get(&original).copied().unwrap_or(original);
            duplicates.insert(late, original);
        }
        Ok(duplicates)
    }
}

/// Gives the nonces of repetitions to the messages that they repeat. Rare.
async fn pass_on(
    connection: &mut PgConnection,
    nonces: &[Claim],
    duplicates: &HashMap<MessageId, MessageId>,
) -> Result<(), sqlx::Error> {
    let passed: Vec<(&Claim, Uuid)> =
        nonces.iter().filter_map(|claim| Some((claim, duplicates.get(&claim.message_id)?.uuid()))).collect();
    if passed.is_empty() {
        return Ok(());
    }
    let tenant_ids: Vec<Uuid> = passed.iter().map(|(claim, _)| claim.tenant_id.uuid()).collect();
    let source_ids: Vec<Uuid> = passed.iter().map(|(claim, _)| claim.source_id.uuid()).collect();
    let keys: Vec<&str> = passed.iter().map(|(claim, _)| claim.key.as_str()).collect();
    let message_ids: Vec<Uuid> = passed.iter().map(|(_, message_id)| *message_id).collect();
    sqlx::query!(
        "update ops.dedupe_keys k set message_id = u.message_id
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) as u (tenant_id, source_id, key, message_id)
         where k.tenant_id = u.tenant_id and k.source_id = u.source_id and k.key = u.key",
        &tenant_ids,
        &source_ids,
        &keys as &[&str],
        &message_ids,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Claims keys, and returns the messages that came too late, each with the message that was there before.
async fn claim(connection: &mut PgConnection, claims: &[Claim]) -> Result<HashMap<MessageId, MessageId>, sqlx::Error> {
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
