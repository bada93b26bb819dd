//! What a worker does with a job: send what is due, record what came of it, and never hold a job up for one endpoint.

use crate::admission::{Entry, Gate};
use crate::engine::Shared;
use crate::health;
use crate::jobs::{self, DELIVER_LATER_QUEUE, JobId};
use crate::load::{self, EndpointStanding, LoadedDelivery};
use crate::outcome::{NextStep, Outcome, Recorded};
use crate::snooze::{Deferral, Snoozed, Wait};
use crate::target::Target;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hookreel_domain::Outcome as BreakerOutcome;
use hookreel_domain::traffic::CancelCause;
use hookreel_kernel::FailureReason;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// An attempt that takes longer no longer holds its job: an alarm is set instead.
const HAND_OVER_AFTER: Duration = Duration::from_secs(1);
/// How much longer than an attempt's deadline an alarm waits before the attempt is taken for lost.
const ALARM_MARGIN: Duration = Duration::from_secs(15);
/// How long a delivery waits whose endpoint has no place for it.
const FULL_WAIT: Duration = Duration::from_secs(5);
/// How long a delivery waits whose tenant has no place for it: what it takes places from may well answer.
const CROWDED_WAIT: Duration = Duration::from_secs(2);
/// How long a delivery waits whose endpoint cannot be read.
const BROKEN_TARGET_WAIT: Duration = Duration::from_mins(1);
/// How often recording an outcome is tried while the database is away: about half a minute in all.
const RECORD_TRIES: u32 = 8;

/// Works a job off. It is done when each of its deliveries has been recorded or waits under a later job; an error
/// leaves it to the queue and the reconciler to bring its deliveries back. What is known of them need not be loaded.
pub(crate) async fn run_job(
    shared: Arc<Shared>,
    job: JobId,
    payload: &serde_json::Value,
    known: Option<Vec<LoadedDelivery>>,
) -> Result<(), sqlx::Error> {
    let deliveries = match (known, jobs::parse_due(payload)) {
        (Some(known), _) => known,
        (None, Some(due)) => load::load(&shared.pool, &job, &due).await?,
        (None, None) => {
            tracing::warn!(job = job.as_str(), "a job's payload is not of this version; its deliveries get a new job");
            return Ok(());
        }
    };
    let (deliveries, held) = sort_out(deliveries);
    snooze(&shared, held).await;
    let targets = shared.targets.of(&deliveries).await?;

    let running = FuturesUnordered::new();
    let mut under_way = Vec::new();
    let mut broken = Vec::new();
    for delivery in deliveries {
        let Some(target) = targets.get(&delivery.endpoint_id) else {
            broken.push(Snoozed::new(&delivery, Wait::For(BROKEN_TARGET_WAIT, Deferral::EndpointUnreadable)));
            continue;
        };
        let attempt = UnderWay {
            is_sending: Arc::new(AtomicBool::new(false)),
            is_done: Arc::new(AtomicBool::new(false)),
            alarm: Snoozed::new(&delivery, Wait::AttemptUnderWay(shared.sender.settings.deadline + ALARM_MARGIN)),
        };
        let flags = (Arc::clone(&attempt.is_sending), Arc::clone(&attempt.is_done));
        let (shared, target) = (Arc::clone(&shared), Arc::clone(target));
        // A task of its own: it goes on when this job is handed over, and when the worker that runs it breaks down.
        let tracker = shared.attempts.clone();
        running.push(tracker.spawn(async move {
            deliver(shared, delivery, target, &flags.0).await;
            flags.1.store(true, Ordering::Release);
        }));
        under_way.push(attempt);
    }
    snooze(&shared, broken).await;
    wait_or_hand_over(&shared, running, under_way).await;
    Ok(())
}

/// An attempt that this job has begun.
struct UnderWay {
    is_sending: Arc<AtomicBool>,
    is_done: Arc<AtomicBool>,
    alarm: Snoozed,
}

/// Waits for the attempts of a job; those that are at the endpoint for long get an alarm and are let go.
async fn wait_or_hand_over(
    shared: &Shared,
    mut running: FuturesUnordered<tokio::task::JoinHandle<()>>,
    mut under_way: Vec<UnderWay>,
) {
    let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + HAND_OVER_AFTER, HAND_OVER_AFTER);
    let mut sent_since_last_tick: Vec<Snoozed> = Vec::new();
    loop {
        tokio::select! {
            finished = running.next() => match finished {
                Some(Ok(())) => {}
                Some(Err(error)) => tracing::error!(%error, "an attempt broke down; its delivery is brought back"),
                None => return,
            },
            _ = tick.tick() => {
                under_way.retain(|attempt| !attempt.is_done.load(Ordering::Acquire));
                let (sending, waiting): (Vec<_>, Vec<_>) =
                    under_way.into_iter().partition(|attempt| attempt.is_sending.load(Ordering::Acquire));
                sent_since_last_tick.extend(sending.into_iter().map(|attempt| attempt.alarm));
                snooze(shared, std::mem::take(&mut sent_since_last_tick)).await;
                if waiting.is_empty() {
                    return;
                }
                under_way = waiting;
            }
        }
    }
}

/// What may be sent now, and what waits for its endpoint. What a person resends passes a pause.
fn sort_out(deliveries: Vec<LoadedDelivery>) -> (Vec<LoadedDelivery>, Vec<Snoozed>) {
    let mut held = Vec::new();
    let mut sendable = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        let wait = match delivery.endpoint {
            EndpointStanding::Deleted => Some(Wait::Cancelled(CancelCause::EndpointDeleted)),
            EndpointStanding::Disabled if !delivery.is_manual => Some(Wait::Cancelled(CancelCause::EndpointDisabled)),
            EndpointStanding::Paused if !delivery.is_manual => Some(Wait::ForResume),
            _ => None,
        };
        match wait {
            Some(wait) => held.push(Snoozed::new(&delivery, wait)),
            None => sendable.push(delivery),
        }
    }
    (sendable, held)
}

async fn snooze(shared: &Shared, items: Vec<Snoozed>) {
    futures::future::join_all(items.into_iter().map(|item| async {
        if let Err(error) = shared.snoozer.submit(item).await {
            // The delivery is still due under this job's name: the reconciler brings it back.
            tracing::warn!(%error, "a delivery could not be put off");
        }
    }))
    .await;
}

/// One delivery: a place, an attempt, a record.
async fn deliver(shared: Arc<Shared>, delivery: LoadedDelivery, target: Arc<Target>, is_sending: &AtomicBool) {
    let gate = shared.admission.gate(delivery.tenant_id, delivery.endpoint_id, || target.breaker);
    let place = match gate.enter(|| shared.sender.clock.now(), delivery.is_manual).await {
        Entry::Go(place) => place,
        Entry::Full => {
            let wait = Wait::For(spread(FULL_WAIT), Deferral::EndpointBusy);
            return snooze(&shared, vec![Snoozed::new(&delivery, wait)]).await;
        }
        Entry::Crowded => {
            let wait = Wait::For(spread(CROWDED_WAIT), Deferral::TenantBusy);
            return snooze(&shared, vec![Snoozed::new(&delivery, wait)]).await;
        }
        Entry::Open { until } => {
            let wait = Duration::try_from(until - shared.sender.clock.now()).unwrap_or_default();
            let wait = Wait::For(wait + spread(FULL_WAIT) / 4, Deferral::BreakerOpen);
            return snooze(&shared, vec![Snoozed::new(&delivery, wait)]).await;
        }
    };
    is_sending.store(true, Ordering::Release);
    let outcome = Arc::new(shared.sender.attempt(delivery, &target).await);
    drop(place);
    take_in(&shared, &gate, &outcome).await;
    record(&shared, outcome).await;
}

/// Between half of it and all of it, so that what was put off together does not come back together.
fn spread(wait: Duration) -> Duration {
    wait.mul_f64(0.5 + rand::random::<f64>() / 2.0)
}

/// Tells the endpoint's gate how the attempt went. What is our own fault, or the URL's, says nothing of its health.
async fn take_in(shared: &Arc<Shared>, gate: &Arc<Gate>, outcome: &Outcome) {
    let (result, timed_out) = match outcome.failure {
        None => (BreakerOutcome::Success, false),
        Some(FailureReason::Internal) => return,
        Some(reason) => (BreakerOutcome::Failure, reason == FailureReason::Timeout),
    };
    if let Some((transition, breaker)) = gate.record(result, timed_out, shared.sender.clock.now()) {
        health::breaker_changed(shared, outcome, transition, breaker).await;
    }
}

/// Records an outcome, also when the database is away for a while. If it stays away, the delivery's alarm or the
/// reconciler makes the attempt again: a duplicate for the receiver, under the same `webhook-id`.
async fn record(shared: &Arc<Shared>, outcome: Arc<Outcome>) {
    let delivery_id = outcome.delivery.delivery_id;
    for tries in 0..RECORD_TRIES {
        match shared.recorder.submit(Arc::clone(&outcome)).await {
            Ok(Recorded::Yes) => return recorded(shared, &outcome).await,
            Ok(Recorded::Stale) => {
                tracing::debug!(delivery = %delivery_id, "an outcome was stale: another worker recorded this attempt");
                return;
            }
            Err(error) => {
                tracing::warn!(delivery = %delivery_id, %error, tries, "an outcome could not be recorded yet");
                tokio::time::sleep(Duration::from_millis(250 << tries.min(5))).await;
            }
        }
    }
    tracing::error!(delivery = %delivery_id, "an outcome could not be recorded; the attempt will be made again");
}

async fn recorded(shared: &Arc<Shared>, outcome: &Outcome) {
    if outcome.failure == Some(FailureReason::Gone) {
        health::endpoint_gone(shared, outcome).await;
    }
    if let NextStep::Retry(delay) = outcome.next
        && delay < Duration::from_millis(200)
    {
        shared.wake.workers(DELIVER_LATER_QUEUE);
    }
}
