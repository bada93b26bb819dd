//! The protection of one endpoint: after too many failures in a row it is left alone for a while, then tried once. The
//! same, under other settings, protects the services that Hookreel calls.
//!
//! Pure: the caller brings the time and stores the value (`ops.breakers`, one column a field).

use hookreel_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Failures in a row after which an endpoint is left alone.
pub const FAILURES_TO_TRIP: u32 = 20;
/// How long it is left alone the first time.
pub const OPEN_FIRST: Duration = Duration::from_secs(30);
/// How long it is left alone at most.
pub const OPEN_MAX: Duration = Duration::from_hours(1);
/// A probe that has not reported by then is given up: the process that made it has died.
pub const PROBE_DEADLINE: Duration = Duration::from_mins(1);
/// While a probe is under way, others ask again this soon: mostly it is over by then.
pub const PROBE_PATIENCE: Duration = Duration::from_secs(2);

/// When a breaker opens, and for how long. The default is what endpoints have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures in a row after which it opens.
    pub failures_to_trip: u32,
    /// How long it stays open the first time; each time in a row after that twice as long.
    pub open_first: Duration,
    /// How long it stays open at most.
    pub open_max: Duration,
    /// A probe that has not reported by then is given up.
    pub probe_deadline: Duration,
}

impl BreakerSettings {
    /// Those of an endpoint that is delivered to.
    pub const ENDPOINT: Self = Self {
        failures_to_trip: FAILURES_TO_TRIP,
        open_first: OPEN_FIRST,
        open_max: OPEN_MAX,
        probe_deadline: PROBE_DEADLINE,
    };

    /// How long the breaker stays open the `trips`th time in a row.
    fn open_duration(&self, trips: u32) -> Duration {
        let doublings = trips.saturating_sub(1).min(16);
        self.open_first.saturating_mul(1 << doublings).min(self.open_max)
    }
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self::ENDPOINT
    }
}

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerPhase {
    /// Attempts are made.
    #[default]
    Closed,
    /// No attempts are made until the probe is due.
    Open,
    /// One probe is under way.
    HalfOpen,
}

impl BreakerPhase {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }

    /// The phase of a stored name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Closed, Self::Open, Self::HalfOpen].into_iter().find(|phase| phase.as_str() == text)
    }
}

/// How an attempt ended, as far as the breaker cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Answered with 2xx.
    Success,
    /// Anything else that is the endpoint's doing.
    Failure,
}

/// Whether an attempt may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admit {
    /// Make it.
    Yes,
    /// Make it: it is the one probe. Store the breaker before, so that nobody else probes too.
    Probe,
    /// Not before then.
    No {
        /// When to ask again.
        until: Timestamp,
    },
}

/// What became of the breaker: worth an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// The endpoint is left alone from now on.
    Opened {
        /// When it is tried again.
        until: Timestamp,
    },
    /// The endpoint answers again.
    Closed,
}

/// The breaker of one endpoint. The default is what an endpoint without a stored breaker has.
///
/// Invariants under the default settings, held by property tests: it is open only after [`FAILURES_TO_TRIP`] failures
/// in a row; one success closes it wherever it stands; while it is not closed at most one attempt a
/// [`PROBE_DEADLINE`] is admitted; it never refuses for longer than [`OPEN_MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Where it stands.
    pub phase: BreakerPhase,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// How often it has opened since the last success.
    pub trips: u32,
    /// The first failure since the last success.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub first_failure_at: Option<Timestamp>,
    /// Open: when a probe is due. Half open: when the probe under way is given up.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub probe_at: Option<Timestamp>,
}

impl Breaker {
    /// Whether an attempt may be made now. [`Admit::Probe`] changes the breaker.
    pub fn admit(&mut self, now: Timestamp) -> Admit {
        self.admit_under(&BreakerSettings::ENDPOINT, now)
    }

    /// [`Breaker::admit`] under settings of one's own.
    pub fn admit_under(&mut self, settings: &BreakerSettings, now: Timestamp) -> Admit {
        match (self.phase, self.probe_at) {
            (BreakerPhase::Open, Some(until)) if now < until => Admit::No { until },
            (BreakerPhase::HalfOpen, Some(until)) if now < until => {
                Admit::No { until: until.min(now + PROBE_PATIENCE) }
            }
            (BreakerPhase::Open | BreakerPhase::HalfOpen, _) => {
                self.phase = BreakerPhase::HalfOpen;
                self.probe_at = Some(now + settings.probe_deadline);
                Admit::Probe
            }
            (BreakerPhase::Closed, _) => Admit::Yes,
        }
    }

    /// Takes in how an attempt ended, in whatever phase it was made.
    pub fn record(&mut self, outcome: Outcome, now: Timestamp) -> Option<Transition> {
        self.record_under(&BreakerSettings::ENDPOINT, outcome, now)
    }

    /// [`Breaker::record`] under settings of one's own.
    pub fn record_under(&mut self, settings: &BreakerSettings, outcome: Outcome, now: Timestamp) -> Option<Transition> {
        match outcome {
            Outcome::Success => {
                let was_closed = self.phase == BreakerPhase::Closed;
                *self = Self::default();
                (!was_closed).then_some(Transition::Closed)
            }
            Outcome::Failure => {
                self.consecutive_failures = self.consecutive_failures.saturating_add(1);
                self.first_failure_at.get_or_insert(now);
                match self.phase {
                    BreakerPhase::Closed if self.consecutive_failures >= settings.failures_to_trip => {
                        Some(self.open(settings, now))
                    }
                    // A failure while it is open is of an attempt that had begun before: nothing new.
                    BreakerPhase::Closed | BreakerPhase::Open => None,
                    BreakerPhase::HalfOpen => Some(self.open(settings, now)),
                }
            }
        }
    }

    /// Whether it has nothing to remember, so that its row need not be kept.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    fn open(&mut self, settings: &BreakerSettings, now: Timestamp) -> Transition {
        self.trips = self.trips.saturating_add(1);
        let until = now + settings.open_duration(self.trips);
        self.phase = BreakerPhase::Open;
        self.probe_at = Some(until);
        Transition::Opened { until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOW: Timestamp = datetime!(2026-11-23 09:30:00 UTC);

    fn tripped() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES_TO_TRIP {
            breaker.record(Outcome::Failure, NOW);
        }
        breaker
    }

    #[test]
    fn twenty_failures_in_a_row_open_it() {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES_TO_TRIP {
            assert_eq!(breaker.record(Outcome::Failure, NOW), None);
            assert_eq!(breaker.admit(NOW), Admit::Yes);
        }
        let until = NOW + OPEN_FIRST;
        assert_eq!(breaker.record(Outcome::Failure, NOW), Some(Transition::Opened { until }));
        assert_eq!(breaker.admit(NOW), Admit::No { until });
    }

    #[test]
    fn a_success_in_between_starts_the_count_again() {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES_TO_TRIP {
            breaker.record(Outcome::Failure, NOW);
        }
        assert_eq!(breaker.record(Outcome::Success, NOW), None);
        assert!(breaker.is_default());
        assert_eq!(breaker.record(Outcome::Failure, NOW), None);
        assert_eq!(breaker.phase, BreakerPhase::Closed);
    }

    #[test]
    fn after_the_break_one_probe_goes_through() {
        let mut breaker = tripped();
        let due = NOW + OPEN_FIRST;
        assert_eq!(breaker.admit(due), Admit::Probe);
        assert_eq!(breaker.admit(due), Admit::No { until: due + PROBE_PATIENCE });
    }

    #[test]
    fn others_ask_again_soon_while_a_probe_is_under_way_and_never_after_its_deadline() {
        let mut breaker = tripped();
        let due = NOW + OPEN_FIRST;
        breaker.admit(due);
        let later = due + PROBE_DEADLINE - Duration::from_secs(1);
        assert_eq!(breaker.admit(later), Admit::No { until: due + PROBE_DEADLINE });
    }

    #[test]
    fn a_probe_that_succeeds_closes_it() {
        let mut breaker = tripped();
        breaker.admit(NOW + OPEN_FIRST);
        assert_eq!(breaker.record(Outcome::Success, NOW + OPEN_FIRST), Some(Transition::Closed));
        assert_eq!(breaker.admit(NOW + OPEN_FIRST), Admit::Yes);
    }

    #[test]
    fn a_probe_that_fails_doubles_the_break_up_to_an_hour() {
        let mut breaker = tripped();
        let mut now = NOW;
        let mut breaks = Vec::new();
        for _ in 0..9 {
            now = breaker.probe_at.unwrap();
            assert_eq!(breaker.admit(now), Admit::Probe);
            breaker.record(Outcome::Failure, now);
            breaks.push((breaker.probe_at.unwrap() - now).whole_seconds());
        }
        assert!(now > NOW);
        assert_eq!(breaks, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    }

    #[test]
    fn a_probe_that_never_reports_is_given_up() {
        let mut breaker = tripped();
        let due = NOW + OPEN_FIRST;
        assert_eq!(breaker.admit(due), Admit::Probe);
        assert_eq!(breaker.admit(due + PROBE_DEADLINE), Admit::Probe);
    }

    #[test]
    fn late_failures_of_earlier_attempts_do_not_lengthen_the_break() {
        let mut breaker = tripped();
        let before = breaker.probe_at;
        assert_eq!(breaker.record(Outcome::Failure, NOW + Duration::from_secs(10)), None);
        assert_eq!((breaker.probe_at, breaker.trips), (before, 1));
    }

    #[test]
    fn phases_round_trip_as_text() {
        for phase in [BreakerPhase::Closed, BreakerPhase::Open, BreakerPhase::HalfOpen] {
            assert_eq!(BreakerPhase::parse(phase.as_str()), Some(phase));
        }
        assert_eq!(BreakerPhase::parse("ajar"), None);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Admit,
        Record(Outcome),
        Wait(u32),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            2 => Just(Step::Admit),
            6 => Just(Step::Record(Outcome::Failure)),
            1 => Just(Step::Record(Outcome::Success)),
            1 => (0_u32..7200).prop_map(Step::Wait),
        ];
        prop::collection::vec(step, 0..300)
    }

    proptest! {
        #[test]
        fn its_invariants_hold_whatever_happens(steps in steps()) {
            let (mut breaker, mut now) = (Breaker::default(), NOW);
            let mut failures_in_a_row = 0;
            let mut last_probe: Option<Timestamp> = None;
            for step in steps {
                match step {
                    Step::Wait(seconds) => now += Duration::from_secs(seconds.into()),
                    Step::Record(Outcome::Success) => {
                        breaker.record(Outcome::Success, now);
                        (failures_in_a_row, last_probe) = (0, None);
                        prop_assert!(breaker.is_default());
                    }
                    Step::Record(Outcome::Failure) => {
                        breaker.record(Outcome::Failure, now);
                        failures_in_a_row += 1;
                    }
                    Step::Admit => match breaker.admit(now) {
                        Admit::Yes => prop_assert!(failures_in_a_row < FAILURES_TO_TRIP),
                        Admit::No { until } => {
                            prop_assert!(until > now && until - now <= OPEN_MAX);
                        }
                        Admit::Probe => {
                            let spaced = last_probe.is_none_or(|last| now - last >= PROBE_DEADLINE);
                            prop_assert!(spaced);
                            last_probe = Some(now);
                        }
                    },
                }
                prop_assert_eq!(breaker.phase == BreakerPhase::Closed, failures_in_a_row < FAILURES_TO_TRIP);
                prop_assert_eq!(breaker.probe_at.is_some(), breaker.phase != BreakerPhase::Closed);
                prop_assert_eq!(breaker.first_failure_at.is_some(), failures_in_a_row > 0);
            }
        }

        #[test]
        fn it_survives_being_stored(steps in steps()) {
            let mut breaker = Breaker::default();
            for step in steps {
                match step {
                    Step::Record(outcome) => drop(breaker.record(outcome, NOW)),
                    Step::Admit => drop(breaker.admit(NOW)),
                    Step::Wait(_) => {}
                }
            }
            let stored = serde_json::to_string(&breaker).unwrap();
            prop_assert_eq!(serde_json::from_str::<Breaker>(&stored).unwrap(), breaker);
        }
    }
}
