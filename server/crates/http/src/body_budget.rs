//! How many bytes of received bodies are in memory at once.
//!
//! The beginning of a body is free, so that a small webhook never waits. Whoever sends more waits for room for all that
//! it may send before more of it is read: who waits holds nothing, so that nobody waits for somebody who waits. One
//! source has a share of the room, so that what is sent to it slowly holds up no other.

use hookreel_kernel::SourceId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So much of each body is free.
const FREE_BYTES: usize = 16 * 1024;
/// What room is counted in.
const UNIT_BYTES: usize = 1024;
/// What part of all room one source may have.
const SHARE: usize = 4;
/// Above this, sources that hold nothing are forgotten.
const SOURCES_MAX: usize = 1_000;

/// The room for bodies.
#[derive(Debug)]
pub(crate) struct BodyBudget {
    all: Arc<Semaphore>,
    share_units: usize,
    of_sources: Mutex<HashMap<SourceId, Weak<Semaphore>>>,
}

impl BodyBudget {
    pub(crate) fn new(bytes_max: usize) -> Self {
        let units = (bytes_max / UNIT_BYTES).clamp(SHARE, Semaphore::MAX_PERMITS);
        Self { all: Arc::new(Semaphore::new(units)), share_units: units / SHARE, of_sources: Mutex::default() }
    }

    /// For a body that comes to this source; holds nothing yet.
    pub(crate) const fn reserve_for(&self, source_id: SourceId) -> Reservation<'_> {
        Reservation { of: Some((self, source_id)), held: None }
    }

    /// Waits for room. The source's first: who waits for that takes nothing from others.
    async fn acquire(&self, source_id: SourceId, bytes: usize) -> Option<Held> {
        let units = u32::try_from(units_of(bytes).min(self.share_units)).unwrap_or(u32::MAX);
        let of_source = self.of_source(source_id).acquire_many_owned(units).await.ok()?;
        let of_all = Arc::clone(&self.all).acquire_many_owned(units).await.ok()?;
        Some(Held { of_source, of_all })
    }

    fn of_source(&self, source_id: SourceId) -> Arc<Semaphore> {
        let mut of_sources = self.of_sources.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_source) = of_sources.get(&source_id).and_then(Weak::upgrade) {
            return of_source;
        }
        if of_sources.len() >= SOURCES_MAX {
            of_sources.retain(|_, of_source| of_source.strong_count() > 0);
        }
        let of_source = Arc::new(Semaphore::new(self.share_units));
        of_sources.insert(source_id, Arc::downgrade(&of_source));
        of_source
    }
}

const fn units_of(bytes: usize) -> usize {
    bytes.div_ceil(UNIT_BYTES)
}

/// Room that is given back when this is dropped.
#[derive(Debug)]
struct Held {
    of_source: OwnedSemaphorePermit,
    of_all: OwnedSemaphorePermit,
}

/// The room that one body has.
#[derive(Debug, Default)]
pub(crate) struct Reservation<'b> {
    /// `None`: it needs none.
    of: Option<(&'b BodyBudget, SourceId)>,
    held: Option<Held>,
}

impl Reservation<'_> {
    /// Waits for room for `bytes_max` in all, once more has come than is free.
    pub(crate) async fn cover(&mut self, so_far: usize, bytes_max: usize) {
        if so_far <= FREE_BYTES || self.held.is_some() {
            return;
        }
        if let Some((budget, source_id)) = self.of {
            self.held = budget.acquire(source_id, bytes_max).await;
        }
    }

    /// Gives back what a body of this size does not need.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let Some(held) = &mut self.held else { return };
        for permit in [&mut held.of_source, &mut held.of_all] {
            let unneeded = permit.num_permits().saturating_sub(units_of(bytes));
            drop(permit.split(unneeded));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const KIB: usize = 1024;
    const LONG_ENOUGH: Duration = Duration::from_millis(50);

    /// A reservation that has been given its room, or `None` if it still waits.
    async fn covered(budget: &BodyBudget, source_id: SourceId, so_far: usize, bytes: usize) -> Option<Reservation<'_>> {
        let mut reservation = budget.reserve_for(source_id);
        let covering = tokio::time::timeout(LONG_ENOUGH, reservation.cover(so_far, bytes)).await;
        covering.ok().map(|()| reservation)
    }

    #[tokio::test]
    async fn a_small_body_never_waits_and_a_large_one_until_there_is_room() {
        let budget = BodyBudget::new(400 * KIB);
        let source = SourceId::generate();
        let first = covered(&budget, source, 20 * KIB, 100 * KIB).await;
        assert!(first.is_some());
        assert!(covered(&budget, source, 20 * KIB, 30 * KIB).await.is_none(), "the source's share is used up");
        assert!(covered(&budget, source, FREE_BYTES, 100 * KIB).await.is_some(), "it waited for nothing");
        drop(first);
        assert!(covered(&budget, source, 20 * KIB, 100 * KIB).await.is_some());
    }

    #[tokio::test]
    async fn a_source_holds_up_no_other_and_all_together_have_no_more_than_there_is() {
        let budget = BodyBudget::new(400 * KIB);
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(covered(&budget, SourceId::generate(), 20 * KIB, 100 * KIB).await.unwrap());
        }
        assert!(covered(&budget, SourceId::generate(), 20 * KIB, 100 * KIB).await.is_none());
        held.pop();
        assert!(covered(&budget, SourceId::generate(), 20 * KIB, 100 * KIB).await.is_some());
    }

    #[tokio::test]
    async fn what_was_not_needed_is_given_back_at_once() {
        let budget = BodyBudget::new(400 * KIB);
        let source = SourceId::generate();
        let mut first = covered(&budget, source, 20 * KIB, 100 * KIB).await.unwrap();
        first.shrink(21 * KIB);
        assert!(covered(&budget, source, 20 * KIB, 79 * KIB).await.is_some());
        assert!(covered(&budget, source, 20 * KIB, 80 * KIB).await.is_none());
    }

    #[tokio::test]
    async fn a_body_larger_than_the_share_is_read_all_the_same() {
        let budget = BodyBudget::new(400 * KIB);
        assert!(covered(&budget, SourceId::generate(), 20 * KIB, 1_000 * KIB).await.is_some());
    }
}
