//! How much of what strangers sent is kept of one source, whatever comes and for how long.
//!
//! The database says how much there is. Each process asks it every few seconds, and only about sources that refuse
//! something; in between it counts what it adds itself. Several processes together may therefore go beyond the caps by
//! what each takes in between two looks, which [`super::Limits`] bounds.

use crate::error::Failure;
use hookreel_database::Database;
use hookreel_kernel::{SourceId, TenantId};
use hookreel_read_models::messages::{StrangersMessages, of_strangers};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Messages of strangers that are kept of one source.
const MESSAGES_MAX: u64 = 10_000;
/// Their bodies together.
const BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How long an answer of the database counts.
const FRESH: Duration = Duration::from_secs(2);
/// Above this everything is forgotten.
const SOURCES_MAX: usize = 20_000;

#[derive(Debug, Clone, Copy)]
struct Known {
    kept: StrangersMessages,
    asked_at: Instant,
}

impl Known {
    /// Takes the space for one message more, if it is there.
    const fn take(&mut self, bytes: u64) -> bool {
        let after = StrangersMessages {
            messages: self.kept.messages.saturating_add(1),
            bytes: self.kept.bytes.saturating_add(bytes),
        };
        let fits = after.messages <= MESSAGES_MAX && after.bytes <= BYTES_MAX;
        if fits {
            self.kept = after;
        }
        fits
    }
}

/// Held while the database is asked: one question for all who refuse something at one source.
type Slot = Arc<tokio::sync::Mutex<Option<Known>>>;

/// The space of all sources.
#[derive(Debug, Clone)]
pub(crate) struct QuarantineSpace {
    database: Database,
    slots: Arc<Mutex<HashMap<SourceId, Slot>>>,
}

impl QuarantineSpace {
    pub(crate) fn new(database: Database) -> Self {
        Self { database, slots: Arc::default() }
    }

    /// Takes the space for a message of a stranger with a body of this size; says whether there was any.
    pub(crate) async fn take(&self, tenant_id: TenantId, source_id: SourceId, bytes: usize) -> Result<bool, Failure> {
        let slot = self.slot(source_id);
        let mut known = slot.lock().await;
        let fresh = (*known).filter(|known| known.asked_at.elapsed() < FRESH);
        let mut space = match fresh {
            Some(space) => space,
            None => self.ask(tenant_id, source_id).await?,
        };
        let fits = space.take(bytes as u64);
        *known = Some(space);
        Ok(fits)
    }

    async fn ask(&self, tenant_id: TenantId, source_id: SourceId) -> Result<Known, Failure> {
        let asked_at = Instant::now();
        let mut tx = self.database.tenant(tenant_id).await?;
        let kept = of_strangers(tx.connection(), tenant_id, source_id, MESSAGES_MAX).await?;
        tx.commit().await?;
        Ok(Known { kept, asked_at })
    }

    fn slot(&self, source_id: SourceId) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= SOURCES_MAX && !slots.contains_key(&source_id) {
            slots.clear();
        }
        Arc::clone(slots.entry(source_id).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(messages: u64, bytes: u64) -> Known {
        Known { kept: StrangersMessages { messages, bytes }, asked_at: Instant::now() }
    }

    #[test]
    fn neither_more_messages_nor_more_bytes_than_the_caps_are_taken() {
        let mut last = known(MESSAGES_MAX - 1, 0);
        assert!(last.take(1) && !last.take(1));
        let mut large = known(0, BYTES_MAX - 10);
        assert!(!large.take(11), "does not fit");
        assert!(large.take(10), "what does not fit takes nothing");
        assert!(!large.take(1));
    }
}
