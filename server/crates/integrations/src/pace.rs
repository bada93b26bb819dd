//! Not too fast: our own limit for all calls of a service, and the pauses that the service asked for.

use crate::config::Rate;
use hookreel_kernel::Secret;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How many credentials' pauses are remembered.
const PAUSES_MAX: usize = 10_000;
/// The longest pause that is believed: the window of every known service is an hour at most.
const PAUSE_MAX: Duration = Duration::from_hours(1);

/// When the next call may begin: a bucket of `burst` tokens that fills evenly, kept as one point in time (GCRA).
///
/// Invariant, held by a property test: in any stretch of time begin at most `burst` calls and those that the rate
/// allows in that time. Calls that wait have their places: whoever came first goes first.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    tolerance: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn new(rate: Rate) -> Self {
        let interval = Duration::from_mins(1) / rate.per_minute.get();
        let tolerance = interval.saturating_mul(rate.burst.get() - 1);
        Self { interval, tolerance, next: Mutex::new(None) }
    }

    /// Takes a place and says how long it is away, or how long that would be if it is further away than `wait_max`.
    pub(crate) fn reserve(&self, now: Instant, wait_max: Duration) -> Result<Duration, Duration> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let ideal = next.map_or(now, |next| next.max(now));
        let wait = ideal.duration_since(now).saturating_sub(self.tolerance);
        if wait > wait_max {
            return Err(wait);
        }
        *next = Some(ideal + self.interval);
        Ok(wait)
    }
}

/// Until when which credential must not be used, by what the service said. Limits are counted per credential there, so
/// one tenant's pause holds up nobody else.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    until: Mutex<HashMap<u64, Instant>>,
    // Keyed at random, so that what is remembered of a credential says nothing about it.
    fingerprints: RandomState,
}

impl Pauses {
    /// Takes in how long the service wants to be left alone.
    pub(crate) fn note(&self, credential: Option<&Secret<String>>, now: Instant, pause: Duration) {
        let key = self.fingerprint(credential);
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.len() >= PAUSES_MAX {
            until.retain(|_, until| *until > now);
            // Still full: forgetting costs a refused call each, remembering would cost memory without end.
            if until.len() >= PAUSES_MAX {
                until.clear();
            }
        }
        let end = now + pause.min(PAUSE_MAX);
        until.entry(key).and_modify(|until| *until = end.max(*until)).or_insert(end);
    }

    /// How long the credential must not be used yet.
    pub(crate) fn left(&self, credential: Option<&Secret<String>>, now: Instant) -> Duration {
        let key = self.fingerprint(credential);
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.get(&key).map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    fn fingerprint(&self, credential: Option<&Secret<String>>) -> u64 {
        self.fingerprints.hash_one(credential.map(Secret::expose))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::num::NonZeroU32;

    fn pace(per_minute: u32, burst: u32) -> Pace {
        let number = |n| NonZeroU32::new(n).unwrap();
        Pace::new(Rate { per_minute: number(per_minute), burst: number(burst) })
    }

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_burst_calls_wait_for_their_places() {
        let pace = pace(60, 3);
        let begun = Instant::now();
        let mut begins = Vec::new();
        for _ in 0..6 {
            let wait = pace.reserve(Instant::now(), Duration::from_mins(1)).unwrap();
            tokio::time::sleep(wait).await;
            begins.push(begun.elapsed().as_secs());
        }
        assert_eq!(begins, [0, 0, 0, 1, 2, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_would_wait_too_long_takes_no_place() {
        let pace = pace(60, 1);
        let now = Instant::now();
        let bound = Duration::from_secs(1);
        assert_eq!(pace.reserve(now, bound), Ok(Duration::ZERO));
        assert_eq!(pace.reserve(now, bound), Ok(Duration::from_secs(1)));
        for _ in 0..3 {
            assert_eq!(pace.reserve(now, bound), Err(Duration::from_secs(2)));
        }
        assert_eq!(pace.reserve(now + Duration::from_secs(2), bound), Ok(Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_its_credentials_alone_and_ends() {
        let pauses = Pauses::default();
        let (mine, theirs) = (secret("one"), secret("two"));
        pauses.note(Some(&mine), Instant::now(), Duration::from_secs(20));
        pauses.note(Some(&mine), Instant::now(), Duration::from_secs(10));
        assert_eq!(pauses.left(Some(&mine), Instant::now()), Duration::from_secs(20));
        assert_eq!(pauses.left(Some(&theirs), Instant::now()), Duration::ZERO);
        assert_eq!(pauses.left(None, Instant::now()), Duration::ZERO);
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(pauses.left(Some(&mine), Instant::now()), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn no_pause_is_longer_than_an_hour_and_not_all_are_remembered() {
        let pauses = Pauses::default();
        pauses.note(None, Instant::now(), Duration::from_secs(u64::MAX));
        assert_eq!(pauses.left(None, Instant::now()), PAUSE_MAX);
        for number in 0..=PAUSES_MAX {
            pauses.note(Some(&secret(&number.to_string())), Instant::now(), Duration::from_secs(1));
        }
        assert!(pauses.until.lock().unwrap().len() <= PAUSES_MAX);
    }

    proptest! {
        #[test]
        fn in_no_stretch_of_time_begin_more_calls_than_allowed(
            per_minute in 1_u32..600, burst in 1_u32..20, gaps_ms in prop::collection::vec(0_u64..3_000, 1..60),
        ) {
            let pace = pace(per_minute, burst);
            let start = Instant::now();
            let mut now = start;
            let mut begins = Vec::new();
            for gap_ms in gaps_ms {
                now += Duration::from_millis(gap_ms);
                if let Ok(wait) = pace.reserve(now, Duration::from_secs(5)) {
                    prop_assert!(wait <= Duration::from_secs(5));
                    begins.push(now + wait);
                }
            }
            prop_assert!(begins.is_sorted());
            let interval = Duration::from_mins(1) / per_minute;
            for (first, begin) in begins.iter().enumerate() {
                for (last, end) in begins.iter().enumerate().skip(first) {
                    let count = (last - first + 1) as u32;
                    let allowed_beyond_burst = end.duration_since(*begin).as_nanos() / interval.as_nanos();
                    prop_assert!(u128::from(count) <= u128::from(burst) + allowed_beyond_burst);
                }
            }
        }

        #[test]
        fn a_slow_caller_never_waits(per_minute in 1_u32..600, burst in 1_u32..20, calls in 1_usize..50) {
            let pace = pace(per_minute, burst);
            let mut now = Instant::now();
            for _ in 0..calls {
                prop_assert_eq!(pace.reserve(now, Duration::ZERO), Ok(Duration::ZERO));
                now += Duration::from_mins(1) / per_minute;
            }
        }
    }
}
