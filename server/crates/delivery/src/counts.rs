//! Counting what comes in and is not a message. Counted in memory and written once a second: a crash loses a second of
//! counts and nothing else.

use crate::Engine;
use crate::engine::Shared;
use hookreel_kernel::{SourceId, TenantId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const INTERVAL: Duration = Duration::from_secs(1);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// The provider had sent it before.
    Duplicate,
    /// What the provider had sent before had another body then.
    Altered,
    /// Its body did not come to its end.
    BrokenOff,
    /// Refused, and not kept either.
    Dropped,
    /// The provider asked whether it may send.
    Handshake,
}

#[derive(Debug, Clone, Copy, Default)]
struct OfSource {
    duplicates: i64,
    altered: i64,
    broken_off: i64,
    dropped: i64,
    handshakes: i64,
}

/// What was counted and is not written yet.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<HashMap<(TenantId, SourceId), OfSource>>);

impl Counts {
    fn add(&self, tenant_id: TenantId, source_id: SourceId, count: Count) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_source = counts.entry((tenant_id, source_id)).or_default();
        match count {
            Count::Duplicate => of_source.duplicates += 1,
            Count::Altered => of_source.altered += 1,
            Count::BrokenOff => of_source.broken_off += 1,
            Count::Dropped => of_source.dropped += 1,
            Count::Handshake => of_source.handshakes += 1,
        }
    }

    fn take(&self) -> Vec<((TenantId, SourceId), OfSource)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }

    fn give_back(&self, counted: Vec<((TenantId, SourceId), OfSource)>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, more) in counted {
            let of_source = counts.entry(key).or_default();
            of_source.duplicates += more.duplicates;
            of_source.altered += more.altered;
            of_source.broken_off += more.broken_off;
            of_source.dropped += more.dropped;
            of_source.handshakes += more.handshakes;
        }
    }
}

impl Engine {
    /// Counts something that came in and is not a message.
    pub fn count(&self, tenant_id: TenantId, source_id: SourceId, count: Count) {
        self.shared().counts.add(tenant_id, source_id, count);
    }
}

/// Writes what was counted, until stopped, and once more then.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let stopped = stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await.is_none();
        let counted = shared.counts.take();
        if let Err(error) = write(&shared, &counted).await {
            tracing::debug!(%error, "counts could not be written yet");
            shared.counts.give_back(counted);
        }
        if stopped {
            return;
        }
    }
}

async fn write(shared: &Shared, counted: &[((TenantId, SourceId), OfSource)]) -> Result<(), sqlx::Error> {
    if counted.is_empty() {
        return Ok(());
    }
    let tenant_ids: Vec<Uuid> = counted.iter().map(|((tenant_id, _), _)| tenant_id.uuid()).collect();
    let source_ids: Vec<Uuid> = counted.iter().map(|((_, source_id), _)| source_id.uuid()).collect();
    let duplicates: Vec<i64> = counted.iter().map(|(_, counts)| counts.duplicates).collect();
    let altered: Vec<i64> = counted.iter().map(|(_, counts)| counts.altered).collect();
    let broken_off: Vec<i64> = counted.iter().map(|(_, counts)| counts.broken_off).collect();
    let dropped: Vec<i64> = counted.iter().map(|(_, counts)| counts.dropped).collect();
    let handshakes: Vec<i64> = counted.iter().map(|(_, counts)| counts.handshakes).collect();
    sqlx::query!(
        "insert into read.source_counts as c (
             tenant_id, source_id, hour, duplicates, altered, broken_off, dropped, handshakes)
         select tenant_id, source_id, date_trunc('hour', now(), 'UTC'), duplicates, altered, broken_off, dropped,
                handshakes
         from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
             as u (tenant_id, source_id, duplicates, altered, broken_off, dropped, handshakes)
         order by source_id
         on conflict (tenant_id, source_id, hour) do update
         set duplicates = c.duplicates + excluded.duplicates, altered = c.altered + excluded.altered,
             broken_off = c.broken_off + excluded.broken_off, dropped = c.dropped + excluded.dropped,
             handshakes = c.handshakes + excluded.handshakes",
        &tenant_ids,
        &source_ids,
        &duplicates,
        &altered,
        &broken_off,
        &dropped,
        &handshakes,
    )
    .execute(&shared.pool)
    .await
    .map(drop)
}
