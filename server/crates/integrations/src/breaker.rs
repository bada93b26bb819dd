//! The breaker of one service: the domain's breaker under the service's settings, closed by more than one probe.

use crate::config::BreakerConfig;
use hookreel_domain::{Admit, Breaker, BreakerPhase, BreakerSettings, Outcome, Transition};
use hookreel_kernel::time::rfc3339;
use hookreel_kernel::{Clock, Timestamp};
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How a service's breaker stands, for health checks and pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreakerSnapshot {
    /// Which service.
    pub service: &'static str,
    /// Where it stands. It stays open past `opened_until` until somebody calls the service.
    pub state: BreakerPhase,
    /// Calls in a row that failed.
    pub failures: u32,
    /// While it is open: until when the service is left alone.
    #[serde(with = "time::serde::rfc3339::option")]
    pub opened_until: Option<Timestamp>,
}

/// Shared by all calls of a service.
#[derive(Debug)]
pub(crate) struct ServiceBreaker {
    service: &'static str,
    clock: Arc<dyn Clock>,
    settings: BreakerSettings,
    probes: u32,
    state: Mutex<State>,
}

/// Pure but for the counters: what calls did to the breaker.
#[derive(Debug, Default)]
struct State {
    breaker: Breaker,
    /// Probes in a row that succeeded.
    probes_succeeded: u32,
    /// Grows whenever what earlier permits report no longer counts.
    epoch: u64,
}

/// The permission for one call. Without a report it counts for nothing, and a probe is free for the next call.
#[derive(Debug)]
pub(crate) struct Permit {
    breaker: Arc<ServiceBreaker>,
    epoch: u64,
    is_probe: bool,
    is_reported: bool,
}

impl ServiceBreaker {
    pub(crate) fn new(
        service: &'static str,
        config: &BreakerConfig,
        call_deadline: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let settings = config.settings(call_deadline);
        Self { service, clock, settings, probes: config.probes, state: Mutex::default() }
    }

    /// Lets a call pass, or says when to ask again.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Permit, Timestamp> {
        let mut state = self.lock();
        let was_open = state.breaker.phase == BreakerPhase::Open;
        let is_probe = match state.breaker.admit_under(&self.settings, self.clock.now()) {
            Admit::No { until } => return Err(until),
            Admit::Yes => false,
            Admit::Probe => {
                // A probe before this one, if any, was given up.
                state.epoch += 1;
                true
            }
        };
        let epoch = state.epoch;
        drop(state);
        // Once an opening, however many probes follow.
        if is_probe && was_open {
            tracing::info!(service = self.service, "a service that failed is tried again");
        }
        Ok(Permit { breaker: Arc::clone(self), epoch, is_probe, is_reported: false })
    }

    pub(crate) fn snapshot(&self) -> BreakerSnapshot {
        let breaker = self.lock().breaker;
        let opened_until = breaker.probe_at.filter(|_| breaker.phase == BreakerPhase::Open);
        BreakerSnapshot {
            service: self.service,
            state: breaker.phase,
            failures: breaker.consecutive_failures,
            opened_until,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn report(
        &mut self,
        permit: &Permit,
        outcome: Outcome,
        now: Timestamp,
        settings: &BreakerSettings,
        probes: u32,
    ) -> Option<Transition> {
        // What a call of before the last change saw is old news.
        if permit.epoch != self.epoch {
            return None;
        }
        if permit.is_probe && outcome == Outcome::Success {
            self.probes_succeeded += 1;
            if self.probes_succeeded < probes {
                self.free_the_probe(now);
                return None;
            }
        }
        let transition = self.breaker.record_under(settings, outcome, now);
        if transition.is_some() {
            self.probes_succeeded = 0;
            self.epoch += 1;
        }
        transition
    }

    /// The next call may probe at once.
    fn free_the_probe(&mut self, now: Timestamp) {
        self.breaker.probe_at = Some(now);
    }
}

impl Permit {
    /// Whether the call is there to find out whether the service works again.
    pub(crate) const fn is_probe(&self) -> bool {
        self.is_probe
    }

    /// Whether the service may still be called: other calls may have found it broken meanwhile.
    pub(crate) fn still_holds(&self) -> bool {
        self.breaker.lock().epoch == self.epoch
    }

    /// How the call ended, as far as it says something about the service. Logs what that changes, once.
    pub(crate) fn report(mut self, outcome: Outcome) {
        self.is_reported = true;
        let ServiceBreaker { service, clock, settings, probes, .. } = &*self.breaker;
        let mut state = self.breaker.lock();
        let transition = state.report(&self, outcome, clock.now(), settings, *probes);
        let failures = state.breaker.consecutive_failures;
        drop(state);
        match transition {
            Some(Transition::Opened { until }) => {
                tracing::warn!(
                    service,
                    failures,
                    until = rfc3339(until),
                    "a service failed too often and is left alone for a while"
                );
            }
            Some(Transition::Closed) => tracing::info!(service, "a service that had failed works again"),
            None => {}
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.is_probe && !self.is_reported {
            let mut state = self.breaker.lock();
            if state.epoch == self.epoch {
                state.free_the_probe(self.breaker.clock.now());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::FixedClock;
    use proptest::prelude::*;
    use time::macros::datetime;

    const NOW: Timestamp = datetime!(2026-11-23 09:30:00 UTC);
    const OPEN_FOR: Duration = Duration::from_secs(30);
    const CALL_DEADLINE: Duration = Duration::from_mins(1);

    fn breaker() -> (Arc<ServiceBreaker>, FixedClock) {
        let clock = FixedClock::at(NOW);
        let config = BreakerConfig::default();
        let breaker = ServiceBreaker::new("test", &config, CALL_DEADLINE, Arc::new(clock.clone()));
        (Arc::new(breaker), clock)
    }

    fn fail(breaker: &Arc<ServiceBreaker>, times: u32) {
        for _ in 0..times {
            breaker.admit().unwrap().report(Outcome::Failure);
        }
    }

    #[test]
    fn five_failures_open_it_for_half_a_minute() {
        let (breaker, _clock) = breaker();
        fail(&breaker, 4);
        assert_eq!(breaker.snapshot().state, BreakerPhase::Closed);
        fail(&breaker, 1);
        let until = NOW + OPEN_FOR;
        assert_eq!(breaker.admit().unwrap_err(), until);
        let open =
            BreakerSnapshot { service: "test", state: BreakerPhase::Open, failures: 5, opened_until: Some(until) };
        assert_eq!(breaker.snapshot(), open);
        assert_eq!(
            serde_json::to_value(open).unwrap(),
            serde_json::json!({
                "service": "test", "state": "open", "failures": 5, "opened_until": "2026-11-23T09:30:30Z"
            })
        );
    }

    #[test]
    fn it_closes_after_two_probes_one_at_a_time() {
        let (breaker, clock) = breaker();
        fail(&breaker, 5);
        clock.advance(OPEN_FOR);
        let probe = breaker.admit().unwrap();
        assert!(probe.is_probe());
        breaker.admit().unwrap_err();
        probe.report(Outcome::Success);
        assert_eq!(breaker.snapshot().state, BreakerPhase::HalfOpen);
        let probe = breaker.admit().unwrap();
        assert!(probe.is_probe());
        breaker.admit().unwrap_err();
        probe.report(Outcome::Success);
        let closed = BreakerSnapshot { service: "test", state: BreakerPhase::Closed, failures: 0, opened_until: None };
        assert_eq!(breaker.snapshot(), closed);
        assert!(!breaker.admit().unwrap().is_probe());
    }

    #[test]
    fn a_probe_that_fails_opens_it_again_for_as_long() {
        let (breaker, clock) = breaker();
        fail(&breaker, 5);
        for _ in 0..3 {
            clock.advance(OPEN_FOR);
            breaker.admit().unwrap().report(Outcome::Success);
            breaker.admit().unwrap().report(Outcome::Failure);
            assert_eq!(breaker.admit().unwrap_err(), clock.now() + OPEN_FOR);
        }
    }

    #[test]
    fn a_probe_that_is_dropped_or_lost_is_free_for_the_next_call() {
        let (breaker, clock) = breaker();
        fail(&breaker, 5);
        clock.advance(OPEN_FOR);
        drop(breaker.admit().unwrap());
        let lost = breaker.admit().unwrap();
        breaker.admit().unwrap_err();
        clock.advance(CALL_DEADLINE);
        let probe = breaker.admit().unwrap();
        lost.report(Outcome::Failure);
        assert!(probe.still_holds(), "what a lost probe saw does not count");
    }

    #[test]
    fn what_calls_of_before_it_opened_saw_does_not_count() {
        let (breaker, _clock) = breaker();
        let [early, late] = [breaker.admit().unwrap(), breaker.admit().unwrap()];
        fail(&breaker, 5);
        assert!(!early.still_holds());
        let before = breaker.snapshot();
        early.report(Outcome::Success);
        late.report(Outcome::Failure);
        assert_eq!(breaker.snapshot(), before);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Call(Option<Outcome>),
        Wait(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            5 => Just(Step::Call(Some(Outcome::Failure))),
            3 => Just(Step::Call(Some(Outcome::Success))),
            1 => Just(Step::Call(None)),
            2 => (0_u64..60).prop_map(Step::Wait),
        ];
        prop::collection::vec(step, 0..200)
    }

    proptest! {
        #[test]
        fn it_does_what_a_table_of_its_states_says(steps in steps()) {
            let (breaker, clock) = breaker();
            // The model: failures in a row while closed; when it was opened; probes that succeeded since.
            let (mut failures, mut opened, mut probes) = (0, None::<Timestamp>, 0);
            for step in steps {
                let outcome = match step {
                    Step::Wait(seconds) => {
                        clock.advance(Duration::from_secs(seconds));
                        continue;
                    }
                    Step::Call(outcome) => outcome,
                };
                let permit = breaker.admit();
                prop_assert_eq!(permit.is_ok(), opened.is_none_or(|at| clock.now() >= at + OPEN_FOR));
                let Ok(permit) = permit else { continue };
                prop_assert_eq!(permit.is_probe(), opened.is_some());
                match outcome {
                    None => continue,
                    Some(outcome) => permit.report(outcome),
                }
                match (outcome, opened) {
                    (Some(Outcome::Success), None) => failures = 0,
                    (Some(Outcome::Success), Some(_)) => {
                        probes += 1;
                        if probes == 2 {
                            (failures, opened, probes) = (0, None, 0);
                        }
                    }
                    (Some(Outcome::Failure), _) => {
                        failures += 1;
                        if opened.is_some() || failures == 5 {
                            (opened, probes) = (Some(clock.now()), 0);
                        }
                    }
                    (None, _) => {}
                }
                let snapshot = breaker.snapshot();
                prop_assert_eq!(snapshot.state == BreakerPhase::Closed, opened.is_none());
                prop_assert_eq!(snapshot.failures, failures);
                prop_assert_eq!(snapshot.opened_until.is_some(), snapshot.state == BreakerPhase::Open);
            }
        }
    }
}
