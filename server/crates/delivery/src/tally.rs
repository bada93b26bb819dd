//! What this process has done since it started, for metrics. Added up once per committed batch, never per message.

use crate::Engine;
use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds of the classes of an attempt's duration, in milliseconds; what takes longer is in the last class.
pub const DURATION_BOUNDS_MS: [u32; 13] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 15_000, 30_000];
/// Classes of an attempt's duration.
pub const DURATION_CLASSES: usize = DURATION_BOUNDS_MS.len() + 1;

/// What was done: since the start, or in one batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallied {
    /// Messages taken in.
    pub accepted: u64,
    /// Messages kept and not delivered.
    pub quarantined: u64,
    /// Messages that had come before.
    pub duplicates: u64,
    /// Attempts that succeeded.
    pub succeeded: u64,
    /// Attempts that failed and are followed by another.
    pub retrying: u64,
    /// Attempts that failed and were the last.
    pub exhausted: u64,
    /// Attempts by their duration.
    pub durations: [u64; DURATION_CLASSES],
    /// All durations together.
    pub duration_ms: u64,
}

impl Tallied {
    /// Counts an attempt's duration.
    pub(crate) fn took(&mut self, duration_ms: u32) {
        let class = DURATION_BOUNDS_MS.iter().position(|bound| duration_ms <= *bound).unwrap_or(DURATION_CLASSES - 1);
        self.durations[class] += 1;
        self.duration_ms += u64::from(duration_ms);
    }
}

/// The sums. Relaxed: each is right by itself, and nobody reads them together as if they were one.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    accepted: AtomicU64,
    quarantined: AtomicU64,
    duplicates: AtomicU64,
    succeeded: AtomicU64,
    retrying: AtomicU64,
    exhausted: AtomicU64,
    durations: [AtomicU64; DURATION_CLASSES],
    duration_ms: AtomicU64,
}

impl Tally {
    pub(crate) fn add(&self, batch: &Tallied) {
        for (sum, more) in [
            (&self.accepted, batch.accepted),
            (&self.quarantined, batch.quarantined),
            (&self.duplicates, batch.duplicates),
            (&self.succeeded, batch.succeeded),
            (&self.retrying, batch.retrying),
            (&self.exhausted, batch.exhausted),
            (&self.duration_ms, batch.duration_ms),
        ]
        .into_iter()
        .chain(self.durations.iter().zip(batch.durations))
        {
            if more > 0 {
                sum.fetch_add(more, Ordering::Relaxed);
            }
        }
    }

    fn read(&self) -> Tallied {
        let read = |sum: &AtomicU64| sum.load(Ordering::Relaxed);
        Tallied {
            accepted: read(&self.accepted),
            quarantined: read(&self.quarantined),
            duplicates: read(&self.duplicates),
            succeeded: read(&self.succeeded),
            retrying: read(&self.retrying),
            exhausted: read(&self.exhausted),
            durations: std::array::from_fn(|class| read(&self.durations[class])),
            duration_ms: read(&self.duration_ms),
        }
    }
}

impl Engine {
    /// What this process has taken in and attempted since it started.
    pub fn tally(&self) -> Tallied {
        self.shared().tally.read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_add_up_and_durations_fall_into_their_classes() {
        let tally = Tally::default();
        for durations in [&[0, 5, 6][..], &[30_000, 30_001, u32::MAX]] {
            let mut batch = Tallied { accepted: 2, ..Tallied::default() };
            for duration_ms in durations {
                batch.took(*duration_ms);
            }
            tally.add(&batch);
        }
        let sums = tally.read();
        assert_eq!((sums.accepted, sums.exhausted), (4, 0));
        assert_eq!((sums.durations[0], sums.durations[1], sums.durations[12], sums.durations[13]), (2, 1, 1, 2));
        assert_eq!(sums.duration_ms, 11 + 30_000 + 30_001 + u64::from(u32::MAX));
    }
}
