//! Who may send now: a place in flight for each attempt, bounded in all, per tenant and per endpoint, and the endpoint's
//! breaker.
//!
//! A slow or dead endpoint must not take places from others. An endpoint starts with few places and earns more with
//! every success, up to a limit; a timeout halves what it has. So an endpoint that hangs holds a handful of places,
//! while one that answers keeps as many as it can use. However many endpoints of a tenant hang, the others' share of
//! the process is left alone, and nobody waits long for a place: the delivery waits in the database instead.

use hookreel_domain::{Admit, Breaker, Outcome, Transition};
use hookreel_kernel::{EndpointId, TenantId, Timestamp};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Places an endpoint has before it has answered at all.
const PLACES_AT_FIRST: usize = 8;
/// Places an endpoint keeps however often it fails.
const PLACES_MIN: usize = 2;
/// An endpoint whose places are all taken and that has not answered for so long is not waited for.
const STALLED_AFTER: Duration = Duration::from_secs(2);
/// The same of an endpoint that has never answered, and how long a place of the tenant's or the process's is waited for.
const PATIENCE: Duration = Duration::from_millis(250);
/// Deliveries that may wait in memory for one endpoint's places; the rest waits in the database.
const WAITING_MAX: usize = 8_192;

/// Bounds on what is in flight.
#[derive(Debug, Clone, Copy)]
pub struct InFlightLimits {
    /// Attempts at once in this process.
    pub total_max: usize,
    /// Attempts at once to all endpoints of one tenant.
    pub tenant_max: usize,
    /// Attempts at once to one endpoint.
    pub endpoint_max: usize,
}

impl InFlightLimits {
    /// A tenant may have one in so many of the process's attempts, unless something else is said.
    pub const TENANTS_SHARE: usize = 4;
}

impl Default for InFlightLimits {
    fn default() -> Self {
        Self { total_max: 4_096, tenant_max: 4_096 / Self::TENANTS_SHARE, endpoint_max: 1_024 }
    }
}

/// The gates of all endpoints this process has sent to.
#[derive(Debug)]
pub(crate) struct Admission {
    limits: InFlightLimits,
    total: Arc<Semaphore>,
    shares: Mutex<HashMap<TenantId, Arc<Share>>>,
    gates: Mutex<HashMap<EndpointId, Arc<Gate>>>,
}

/// One tenant's part of what may be in flight.
#[derive(Debug)]
struct Share {
    places: Arc<Semaphore>,
    max: usize,
    /// The last success, or the moment the first place was taken after all had been free.
    last_progress: Mutex<Instant>,
}

impl Share {
    fn new(max: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(max)), max, last_progress: Mutex::new(Instant::now()) }
    }

    /// A place; waits a little for one while anything of the tenant's moves.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if self.places.available_permits() == self.max {
            self.progressed();
        }
        let is_stalled = self.last_progress.lock().unwrap_or_else(PoisonError::into_inner).elapsed() > PATIENCE;
        place_of(&self.places, if is_stalled { Duration::ZERO } else { PATIENCE }).await
    }

    fn progressed(&self) {
        *self.last_progress.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

async fn place_of(places: &Arc<Semaphore>, patience: Duration) -> Option<OwnedSemaphorePermit> {
    match Arc::clone(places).try_acquire_owned() {
        Ok(place) => Some(place),
        Err(_) if patience.is_zero() => None,
        Err(_) => tokio::time::timeout(patience, Arc::clone(places).acquire_owned()).await.ok()?.ok(),
    }
}

/// Whether an attempt may be made now.
#[derive(Debug)]
pub(crate) enum Entry {
    /// Yes; the place is given back when this is dropped.
    Go(Place),
    /// Not now: every place is taken and nothing moves.
    Full,
    /// Not now: the tenant's places are taken, or the process's.
    Crowded,
    /// Not before then: the breaker is open.
    Open {
        /// When to ask again.
        until: Timestamp,
    },
}

impl Admission {
    pub(crate) fn new(limits: InFlightLimits) -> Self {
        Self {
            limits,
            total: Arc::new(Semaphore::new(limits.total_max)),
            shares: Mutex::default(),
            gates: Mutex::default(),
        }
    }

    /// The gate of an endpoint. `stored` is the breaker as the database has it, for one met for the first time.
    pub(crate) fn gate(
        &self,
        tenant_id: TenantId,
        endpoint_id: EndpointId,
        stored: impl FnOnce() -> Breaker,
    ) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let share = || {
            let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(shares.entry(tenant_id).or_insert_with(|| Arc::new(Share::new(self.limits.tenant_max))))
        };
        Arc::clone(gates.entry(endpoint_id).or_insert_with(|| {
            Arc::new(Gate {
                places_max: self.limits.endpoint_max,
                total: Arc::clone(&self.total),
                share: share(),
                state: Mutex::new(GateState {
                    places: PLACES_AT_FIRST.min(self.limits.endpoint_max),
                    taken: 0,
                    has_answered: false,
                    last_progress: Instant::now(),
                    breaker: stored(),
                }),
                left: Notify::new(),
                waiting: AtomicUsize::new(0),
            })
        }))
    }

    /// Attempts under way in this process.
    pub(crate) fn in_flight(&self) -> usize {
        self.limits.total_max - self.total.available_permits()
    }
}

/// One endpoint's places and breaker.
#[derive(Debug)]
pub(crate) struct Gate {
    places_max: usize,
    total: Arc<Semaphore>,
    share: Arc<Share>,
    state: Mutex<GateState>,
    left: Notify,
    waiting: AtomicUsize,
}

#[derive(Debug)]
struct GateState {
    places: usize,
    taken: usize,
    /// It has, at least once in this process.
    has_answered: bool,
    /// The last success, or the moment the first place was taken after everything had been free.
    last_progress: Instant,
    breaker: Breaker,
}

impl GateState {
    /// How long it is waited for while nothing moves.
    const fn patience(&self) -> Duration {
        if self.has_answered { STALLED_AFTER } else { PATIENCE }
    }
}

/// A place in flight.
#[derive(Debug)]
pub(crate) struct Place {
    gate: Arc<Gate>,
    of_tenant: Option<OwnedSemaphorePermit>,
    total: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// Waits for a place as long as the endpoint makes progress. A person's own attempt passes an open breaker.
    pub(crate) async fn enter(self: &Arc<Self>, now: impl Fn() -> Timestamp, is_manual: bool) -> Entry {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Entry::Full;
        }
        let entry = self.wait(now, is_manual).await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        entry
    }

    async fn wait(self: &Arc<Self>, now: impl Fn() -> Timestamp, is_manual: bool) -> Entry {
        loop {
            // Registered before the look, so that a place given back in between is not missed.
            let mut left = std::pin::pin!(self.left.notified());
            left.as_mut().enable();
            let patience = match self.look(now(), is_manual) {
                Look::Go => break,
                Look::Stalled => return Entry::Full,
                Look::Open(until) => return Entry::Open { until },
                Look::Wait(patience) => patience,
            };
            // Looks again after a while even if nobody leaves: that is when a stall shows.
            tokio::time::timeout(patience, left).await.ok();
        }
        let place = self.taken_place().await;
        place.map_or(Entry::Crowded, Entry::Go)
    }

    fn look(&self, now: Timestamp, is_manual: bool) -> Look {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.taken >= state.places {
            let patience = state.patience();
            return if state.last_progress.elapsed() > patience { Look::Stalled } else { Look::Wait(patience) };
        }
        if !is_manual && let Admit::No { until } = state.breaker.admit(now) {
            return Look::Open(until);
        }
        if state.taken == 0 {
            state.last_progress = Instant::now();
        }
        state.taken += 1;
        Look::Go
    }

    /// The endpoint's place is taken; now one of the tenant's, and one of the process's.
    async fn taken_place(self: &Arc<Self>) -> Option<Place> {
        // Made first: if the wait is cancelled or in vain, dropping it gives the endpoint's place back.
        let mut place = Place { gate: Arc::clone(self), of_tenant: None, total: None };
        place.of_tenant = Some(self.share.place().await?);
        place.total = Some(place_of(&self.total, PATIENCE).await?);
        Some(place)
    }

    /// Takes in how an attempt ended.
    pub(crate) fn record(&self, outcome: Outcome, timed_out: bool, now: Timestamp) -> Option<(Transition, Breaker)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Outcome::Success => {
                self.share.progressed();
                state.has_answered = true;
                state.last_progress = Instant::now();
                state.places = (state.places + 1).min(self.places_max);
            }
            Outcome::Failure if timed_out => state.places = (state.places / 2).max(PLACES_MIN),
            Outcome::Failure => {}
        }
        let transition = state.breaker.record(outcome, now)?;
        Some((transition, state.breaker))
    }

    fn leave(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).taken -= 1;
        self.left.notify_one();
    }
}

enum Look {
    Go,
    /// Until somebody leaves, or for so long.
    Wait(Duration),
    Stalled,
    Open(Timestamp),
}

impl Drop for Place {
    fn drop(&mut self) {
        drop((self.total.take(), self.of_tenant.take()));
        self.gate.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(limits: InFlightLimits) -> Arc<Gate> {
        Admission::new(limits).gate(TenantId::generate(), EndpointId::generate(), Breaker::default)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_timestamp(seconds).unwrap()
    }

    #[tokio::test]
    async fn an_endpoint_that_never_answers_gets_its_first_places_and_no_more() {
        let gate = gate(InFlightLimits::default());
        let mut places = Vec::new();
        for _ in 0..PLACES_AT_FIRST {
            match gate.enter(|| at(0), false).await {
                Entry::Go(place) => places.push(place),
                other => panic!("{other:?}"),
            }
        }
        // `Instant` does not follow the paused clock, so the stall is told directly.
        gate.state.lock().unwrap().last_progress = Instant::now().checked_sub(STALLED_AFTER * 2).unwrap();
        assert!(matches!(gate.enter(|| at(0), false).await, Entry::Full));
        drop(places);
        assert!(matches!(gate.enter(|| at(0), false).await, Entry::Go(_)));
    }

    #[tokio::test]
    async fn a_tenant_gets_its_share_and_no_more_and_others_go_on() {
        let admission = Admission::new(InFlightLimits { total_max: 40, tenant_max: 10, endpoint_max: 40 });
        let (crowded, other) = (TenantId::generate(), TenantId::generate());
        let mut places = Vec::new();
        for _ in 0..10 {
            let gate = admission.gate(crowded, EndpointId::generate(), Breaker::default);
            match gate.enter(|| at(0), false).await {
                Entry::Go(place) => places.push(place),
                refused => panic!("{refused:?}"),
            }
        }
        let another = admission.gate(crowded, EndpointId::generate(), Breaker::default);
        assert!(matches!(another.enter(|| at(0), false).await, Entry::Crowded));
        let gate = admission.gate(other, EndpointId::generate(), Breaker::default);
        assert!(matches!(gate.enter(|| at(0), false).await, Entry::Go(_)));
        drop(places);
        assert!(matches!(another.enter(|| at(0), false).await, Entry::Go(_)));
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_for_a_place_of_the_process() {
        let admission = Admission::new(InFlightLimits { total_max: 1, tenant_max: 1, endpoint_max: 1 });
        let first = admission.gate(TenantId::generate(), EndpointId::generate(), Breaker::default);
        let Entry::Go(_place) = first.enter(|| at(0), false).await else { panic!("the first place is free") };
        let second = admission.gate(TenantId::generate(), EndpointId::generate(), Breaker::default);
        assert!(matches!(second.enter(|| at(0), false).await, Entry::Crowded));
    }

    #[tokio::test]
    async fn successes_earn_places_and_timeouts_cost_them() {
        let gate = gate(InFlightLimits { total_max: 100, tenant_max: 100, endpoint_max: 40 });
        for _ in 0..50 {
            gate.record(Outcome::Success, false, at(0));
        }
        assert_eq!(gate.state.lock().unwrap().places, 40);
        for _ in 0..10 {
            gate.record(Outcome::Failure, true, at(0));
        }
        assert_eq!(gate.state.lock().unwrap().places, PLACES_MIN);
    }

    #[tokio::test]
    async fn an_open_breaker_refuses_all_but_a_persons_own_attempt() {
        let gate = gate(InFlightLimits::default());
        for _ in 0..hookreel_domain::breaker::FAILURES_TO_TRIP {
            gate.record(Outcome::Failure, false, at(0));
        }
        assert!(matches!(gate.enter(|| at(1), false).await, Entry::Open { .. }));
        assert!(matches!(gate.enter(|| at(1), true).await, Entry::Go(_)));
    }

    #[tokio::test]
    async fn a_waiter_gets_the_place_that_is_given_back() {
        let gate = gate(InFlightLimits { total_max: 100, tenant_max: 100, endpoint_max: 1 });
        let Entry::Go(place) = gate.enter(|| at(0), false).await else { panic!("the first place is free") };
        let waiter = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { matches!(gate.enter(|| at(0), false).await, Entry::Go(_)) }
        });
        tokio::task::yield_now().await;
        drop(place);
        assert!(waiter.await.unwrap());
    }
}
