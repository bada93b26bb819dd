//! How a service is called: where it is, with which key, and how patiently.

use hookreel_domain::BreakerSettings;
use hookreel_kernel::Secret;
use std::num::NonZeroU32;
use std::time::Duration;

/// How one service is called. Nothing here is specific to a vendor. Where a service is has no default: whoever makes a
/// client says it.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// Where the service is, `http` or `https`, without a query. A path is kept as a prefix, as GitHub Enterprise
    /// needs it (`https://github.example.com/api/v3`).
    ///
    /// Calls leave through `hookreel-egress`: a service on a private address has to be on the operator's allow-list.
    pub base_url: String,
    /// The key that is sent as a bearer token with calls that bring none of their own.
    pub key: Option<Secret<String>>,
    /// What the service is told about the caller. GitHub refuses calls without it.
    pub user_agent: String,
    /// How long one try may take: name, connection, TLS, request and the whole answer.
    pub try_timeout: Duration,
    /// How long a call may take in all, with its tries and the waits between them.
    pub deadline: Duration,
    /// How often a call is tried again after the first try.
    pub retries: u32,
    /// How long is waited between tries.
    pub backoff: Backoff,
    /// The longest wait that a call takes upon itself because the service asked for it, or because calls come too
    /// fast. If it would be longer, the call ends at once and says so.
    pub wait_max: Duration,
    /// The longest answer, in octets. A longer one is an error, never cut.
    pub answer_bytes_max: usize,
    /// How fast calls are made.
    pub rate: Rate,
    /// When the service is left alone.
    pub breaker: BreakerConfig,
}

impl ServiceConfig {
    /// The defaults, for a service at `base_url`.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            key: None,
            user_agent: concat!("Hookreel/", env!("CARGO_PKG_VERSION")).to_owned(),
            try_timeout: Duration::from_secs(10),
            deadline: Duration::from_mins(1),
            retries: 3,
            backoff: Backoff::default(),
            wait_max: Duration::from_secs(30),
            answer_bytes_max: 1024 * 1024,
            rate: Rate::default(),
            breaker: BreakerConfig::default(),
        }
    }
}

/// The waits between tries: they double, and each is moved at random so that callers do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first try.
    pub first: Duration,
    /// The longest wait.
    pub max: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), max: Duration::from_secs(8) }
    }
}

impl Backoff {
    /// How long to wait after `tries` tries (at least 1). `random` is evenly spread over 0..1.
    ///
    /// The wait is between half of its step and the whole of it: `first`, twice that, and so on up to `max`.
    pub fn delay(&self, tries: u32, random: f64) -> Duration {
        let doublings = tries.saturating_sub(1).min(31);
        let step = self.first.saturating_mul(1 << doublings).min(self.max);
        step / 2 + (step / 2).mul_f64(random.clamp(0.0, 1.0))
    }
}

/// How fast calls are made, all callers together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many calls a minute, over time.
    pub per_minute: NonZeroU32,
    /// How many at once after a pause.
    pub burst: NonZeroU32,
}

impl Default for Rate {
    fn default() -> Self {
        const PER_MINUTE: NonZeroU32 = NonZeroU32::new(300).unwrap();
        const BURST: NonZeroU32 = NonZeroU32::new(30).unwrap();
        Self { per_minute: PER_MINUTE, burst: BURST }
    }
}

/// When a service is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerConfig {
    /// Calls in a row that failed, each after all its tries.
    pub failures_to_trip: u32,
    /// How long it is left alone then.
    pub open_for: Duration,
    /// How many calls in a row must succeed, one at a time and each in one try, before it is called freely again.
    pub probes: u32,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self { failures_to_trip: 5, open_for: Duration::from_secs(30), probes: 2 }
    }
}

impl BreakerConfig {
    /// As the breaker takes it. A probe is given up with the deadline of the call that it is.
    pub(crate) fn settings(&self, call_deadline: Duration) -> BreakerSettings {
        BreakerSettings {
            failures_to_trip: self.failures_to_trip,
            open_first: self.open_for,
            open_max: self.open_for,
            probe_deadline: call_deadline,
        }
    }
}

/// Why a service cannot be called as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The base URL is none, or one that nothing may be sent to.
    #[error("the base URL of {service} cannot be used: {reason}")]
    BaseUrl {
        /// Whose.
        service: &'static str,
        /// Why.
        reason: String,
    },
    /// The key holds characters that a header cannot carry.
    #[error("the key of {service} holds characters that a header cannot carry")]
    Key {
        /// Whose.
        service: &'static str,
    },
    /// The user agent or another fixed header holds characters that a header cannot carry.
    #[error("the {name} header of {service} holds characters that a header cannot carry")]
    Header {
        /// Whose.
        service: &'static str,
        /// Which.
        name: &'static str,
    },
    /// There is no key, and the service cannot be called without.
    #[error("{service} has no key")]
    KeyMissing {
        /// Whose.
        service: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn defaults_are_those_that_are_documented() {
        let config = ServiceConfig::new("https://api.example.com");
        assert_eq!((config.try_timeout, config.retries), (Duration::from_secs(10), 3));
        assert_eq!((config.deadline, config.answer_bytes_max), (Duration::from_mins(1), 1024 * 1024));
        let breaker = BreakerConfig { failures_to_trip: 5, open_for: Duration::from_secs(30), probes: 2 };
        assert_eq!(config.breaker, breaker);
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let backoff = Backoff { first: Duration::from_millis(500), max: Duration::from_secs(8) };
        let steps: Vec<_> = (1..8).map(|tries| backoff.delay(tries, 1.0).as_millis()).collect();
        assert_eq!(steps, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(backoff.delay(2, 0.0), Duration::from_millis(500));
    }

    proptest! {
        #[test]
        fn a_wait_is_between_half_its_step_and_the_step(
            first_ms in 0_u64..10_000, max_ms in 0_u64..100_000, tries: u32, random in -1.0..2.0,
        ) {
            let backoff = Backoff { first: Duration::from_millis(first_ms), max: Duration::from_millis(max_ms) };
            let step = backoff.delay(tries, 1.0);
            prop_assert!(step <= backoff.max);
            let delay = backoff.delay(tries, random);
            prop_assert!(delay <= step && delay * 2 >= step.saturating_sub(Duration::from_nanos(4)));
        }

        #[test]
        fn more_tries_never_mean_a_shorter_step(first_ms in 0_u64..10_000, tries in 1_u32..40) {
            let backoff = Backoff { first: Duration::from_millis(first_ms), max: Duration::from_secs(8) };
            prop_assert!(backoff.delay(tries + 1, 1.0) >= backoff.delay(tries, 1.0));
        }
    }
}
