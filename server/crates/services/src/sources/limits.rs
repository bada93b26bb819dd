//! How much of what comes in is let through, and how much of what is refused is kept. Counted by each process for itself.

use hookreel_kernel::SourceId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Handshakes that one source may be asked in a burst, and how many a second come back.
const HANDSHAKES: Allowance = Allowance { burst: 30.0, per_second: 0.5 };
/// Keys that are fetched from a provider because of requests to one source that are not believed yet.
const KEY_FETCHES: Allowance = Allowance { burst: 30.0, per_second: 0.5 };
/// Refused requests that one source keeps in a burst, and how many a second come back.
const KEPT: Allowance = Allowance { burst: 1_000.0, per_second: 5.0 };
/// Bytes of refused requests, likewise.
const KEPT_BYTES: Allowance = Allowance { burst: 64.0 * 1024.0 * 1024.0, per_second: 256.0 * 1024.0 };

#[derive(Debug, Clone, Copy)]
struct Allowance {
    burst: f64,
    per_second: f64,
}

/// What is left of an allowance.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    const fn full(allowance: Allowance, now: Instant) -> Self {
        Self { left: allowance.burst, at: now }
    }

    /// Takes as much, or says when there will be as much.
    fn take(&mut self, amount: f64, allowance: Allowance, now: Instant) -> Result<(), Duration> {
        let back = now.saturating_duration_since(self.at).as_secs_f64() * allowance.per_second;
        self.left = (self.left + back).min(allowance.burst);
        self.at = now;
        if self.left >= amount {
            self.left -= amount;
            return Ok(());
        }
        Err(Duration::from_secs_f64((amount - self.left) / allowance.per_second))
    }
}

#[derive(Debug)]
struct OfSource {
    requests: Bucket,
    handshakes: Bucket,
    proven_handshakes: Bucket,
    key_fetches: Bucket,
    kept: Bucket,
    kept_bytes: Bucket,
}

/// The limits of all sources.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits(Arc<Mutex<HashMap<SourceId, OfSource>>>);

impl Limits {
    /// Lets a request through, or says when the next one may come.
    pub(crate) fn request(&self, source: SourceId, per_second_max: u32) -> Result<(), Duration> {
        let allowance = Allowance { burst: f64::from(per_second_max), per_second: f64::from(per_second_max) };
        self.with(source, |limits, now| limits.requests.take(1.0, allowance, now))
    }

    /// Lets a handshake be answered, or says when the next one may be. What only the provider can have asked has an
    /// allowance of its own, which nobody else uses up.
    pub(crate) fn handshake(&self, source: SourceId, is_proven: bool) -> Result<(), Duration> {
        self.with(source, |limits, now| {
            let bucket = if is_proven { &mut limits.proven_handshakes } else { &mut limits.handshakes };
            bucket.take(1.0, HANDSHAKES, now)
        })
    }

    /// Whether a key may be fetched that nobody has seen yet.
    pub(crate) fn may_fetch_key(&self, source: SourceId) -> bool {
        self.with(source, |limits, now| limits.key_fetches.take(1.0, KEY_FETCHES, now).is_ok())
    }

    /// Whether a refused request of this size is kept.
    pub(crate) fn may_keep(&self, source: SourceId, bytes: usize) -> bool {
        self.with(source, |limits, now| {
            limits.kept.take(1.0, KEPT, now).is_ok() && limits.kept_bytes.take(bytes as f64, KEPT_BYTES, now).is_ok()
        })
    }

    fn with<T>(&self, source: SourceId, act: impl FnOnce(&mut OfSource, Instant) -> T) -> T {
        let now = Instant::now();
        let mut limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_source = limits.entry(source).or_insert_with(|| OfSource {
            requests: Bucket { left: f64::MAX, at: now },
            handshakes: Bucket::full(HANDSHAKES, now),
            proven_handshakes: Bucket::full(HANDSHAKES, now),
            key_fetches: Bucket::full(KEY_FETCHES, now),
            kept: Bucket::full(KEPT, now),
            kept_bytes: Bucket::full(KEPT_BYTES, now),
        });
        act(of_source, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_up_comes_back_with_time() {
        let allowance = Allowance { burst: 2.0, per_second: 4.0 };
        let begin = Instant::now();
        let mut bucket = Bucket::full(allowance, begin);
        assert_eq!(bucket.take(1.0, allowance, begin), Ok(()));
        assert_eq!(bucket.take(1.0, allowance, begin), Ok(()));
        assert_eq!(bucket.take(1.0, allowance, begin), Err(Duration::from_millis(250)));
        assert_eq!(bucket.take(1.0, allowance, begin + Duration::from_millis(250)), Ok(()));
        assert!(bucket.take(3.0, allowance, begin + Duration::from_mins(1)).is_err(), "never more than the burst");
    }

    #[test]
    fn what_anybody_asks_does_not_use_up_what_the_provider_may_ask() {
        let (limits, source) = (Limits::default(), SourceId::generate());
        assert!((0..100).any(|_| limits.handshake(source, false).is_err()));
        assert!(limits.handshake(source, true).is_ok());
    }

    #[test]
    fn a_source_that_floods_does_not_use_up_another_ones_allowance() {
        let (limits, flooding, other) = (Limits::default(), SourceId::generate(), SourceId::generate());
        assert_eq!((0..10).filter(|_| limits.request(flooding, 1).is_ok()).count(), 1);
        assert!(limits.request(other, 1).is_ok());
    }
}
