//! Recording outcomes: the second hot path's one transaction.
//!
//! The event that says what happened, the delivery's row, the attempt's row and the job of the next attempt become
//! durable together. A delivery's row is only changed by the outcome that follows on the version it was loaded at, so
//! of two workers that raced for one attempt exactly one is recorded.

mod write;

use crate::jobs::{self, DELIVER_LATER_QUEUE, JobId, NewJob};
use crate::load::LoadedDelivery;
use crate::tally::{Tallied, Tally};
use bytes::Bytes;
use hookreel_domain::traffic::DeliveryAttempted;
use hookreel_event_store::{AppendError, Commit, Turn};
use hookreel_kernel::{Actor, AttemptId, EventId, FailureReason, Metadata, Timestamp};
use sqlx::PgPool;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Next attempts that are due within the same span share a job.
const DUE_TICK: Duration = Duration::from_millis(250);
/// A scheduled attempt that is due this soon after one beside the schedule gets a new job: its own may have run.
const OVERDUE_MARGIN: Duration = Duration::from_secs(1);

/// What follows on an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextStep {
    Succeeded,
    /// Another attempt, after this long.
    Retry(Duration),
    /// It was an attempt beside the schedule: that goes on as it was.
    BackToSchedule,
    Exhausted,
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) delivery: LoadedDelivery,
    pub(crate) attempt_id: AttemptId,
    pub(crate) number: u32,
    pub(crate) url: String,
    pub(crate) request_headers: Vec<(String, String)>,
    pub(crate) status: Option<u16>,
    pub(crate) response_headers: Vec<(String, String)>,
    pub(crate) response_body: Bytes,
    pub(crate) response_truncated: bool,
    pub(crate) failure: Option<FailureReason>,
    pub(crate) duration_ms: u32,
    pub(crate) attempted_at: Timestamp,
    pub(crate) next: NextStep,
}

impl Outcome {
    fn state(&self) -> &'static str {
        match self.next {
            NextStep::Succeeded => "succeeded",
            NextStep::Retry(_) | NextStep::BackToSchedule => "retrying",
            // What had ended stays as it was: one more failed attempt does not undo an earlier success.
            NextStep::Exhausted => self.delivery.ended_as.unwrap_or("exhausted"),
        }
    }

    fn delay(&self) -> Option<Duration> {
        match self.next {
            NextStep::Retry(delay) => Some(delay),
            NextStep::BackToSchedule | NextStep::Succeeded | NextStep::Exhausted => None,
        }
    }

    fn count_in(&self, tallied: &mut Tallied) {
        match self.next {
            NextStep::Succeeded => tallied.succeeded += 1,
            NextStep::Retry(_) | NextStep::BackToSchedule => tallied.retrying += 1,
            NextStep::Exhausted => tallied.exhausted += 1,
        }
        tallied.took(self.duration_ms);
    }

    /// How long until the next attempt's new job runs; `None`: there is no next one, or it has its job.
    fn job_delay(&self) -> Option<Duration> {
        if self.next == NextStep::BackToSchedule {
            // What was due meanwhile has lost its job: the delivery named this attempt's.
            let is_overdue = |due: &Timestamp| *due < self.ended_at() + OVERDUE_MARGIN;
            return self.delivery.scheduled_due_at.filter(is_overdue).map(|_| OVERDUE_MARGIN);
        }
        self.delay()
    }

    fn ended_at(&self) -> Timestamp {
        self.attempted_at + Duration::from_millis(self.duration_ms.into())
    }

    fn due_at(&self) -> Option<Timestamp> {
        match self.next {
            NextStep::BackToSchedule => self.delivery.scheduled_due_at,
            _ => self.delay().map(|delay| self.attempted_at + delay),
        }
    }

    /// What it follows on: the message's acceptance began it all, and a resend was asked for.
    fn metadata(&self) -> Metadata {
        Metadata {
            actor: Actor::system("engine"),
            correlation_id: Some(self.delivery.message_event_id),
            causation_id: self.delivery.resend_id,
        }
    }

    /// Of what the engine does to the endpoint after this attempt, in one of its roles.
    pub(crate) fn leads_to(&self, role: &str) -> Metadata {
        let attempt = EventId::from_uuid(self.attempt_id.uuid());
        Metadata::by(Actor::system(role)).caused_within(attempt, Some(self.delivery.message_event_id))
    }

    /// What its event says.
    fn payload(&self) -> String {
        let state = self.state();
        let payload = DeliveryAttempted {
            message_id: self.delivery.message_id,
            endpoint_id: self.delivery.endpoint_id,
            number: self.number,
            manual: self.delivery.is_manual,
            url: self.url.clone(),
            request_headers: self.request_headers.clone(),
            status: self.status,
            response_headers: self.response_headers.clone(),
            response_truncated: self.response_truncated,
            failure: self.failure,
            duration_ms: self.duration_ms,
            attempted_at: self.attempted_at,
            state: state.to_owned(),
            due_at: self.due_at().filter(|_| state == "retrying"),
        };
        serde_json::to_string(&payload).unwrap_or_default()
    }
}

/// Whether an outcome is the one that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    Yes,
    /// Another worker recorded this attempt, or the delivery was changed in the meantime.
    Stale,
}

/// The writer of outcomes.
#[derive(Debug)]
pub(crate) struct RecordOutcomes {
    pool: PgPool,
    turn: Turn,
    tally: Arc<Tally>,
}

impl RecordOutcomes {
    pub(crate) const fn new(pool: PgPool, turn: Turn, tally: Arc<Tally>) -> Self {
        Self { pool, turn, tally }
    }
}

impl Commit for RecordOutcomes {
    type Item = Arc<Outcome>;
    type Outcome = Recorded;
    type Error = AppendError;

    fn bytes(item: &Arc<Outcome>) -> usize {
        item.response_body.len() + 1024
    }

    async fn commit(&self, outcomes: &[Arc<Outcome>]) -> Result<Vec<Recorded>, AppendError> {
        let (jobs, job_ids) = retry_jobs(outcomes);
        let mut connection = self.pool.acquire().await?;
        let turn = self.turn.wait().await;
        let written = write::write(&mut connection, outcomes, &jobs, &job_ids).await?;
        drop(turn);
        let mut tallied = Tallied::default();
        let recorded = outcomes.iter().map(|outcome| {
            if written.contains(&outcome.attempt_id.uuid()) {
                outcome.count_in(&mut tallied);
                Recorded::Yes
            } else {
                Recorded::Stale
            }
        });
        let recorded = recorded.collect();
        self.tally.add(&tallied);
        Ok(recorded)
    }
}

/// One job for all next attempts that are due in the same tick, and each outcome's job.
fn retry_jobs(outcomes: &[Arc<Outcome>]) -> (Vec<NewJob>, Vec<Option<JobId>>) {
    let mut by_tick: BTreeMap<u128, Vec<usize>> = BTreeMap::new();
    for (index, outcome) in outcomes.iter().enumerate() {
        if let Some(delay) = outcome.job_delay() {
            by_tick.entry(delay.as_millis().div_ceil(DUE_TICK.as_millis())).or_default().push(index);
        }
    }
    let mut jobs = Vec::new();
    let mut job_ids = vec![None; outcomes.len()];
    for (tick, indices) in by_tick {
        let delay = DUE_TICK.saturating_mul(u32::try_from(tick).unwrap_or(u32::MAX));
        for chunk in indices.chunks(jobs::DELIVERIES_PER_JOB_MAX) {
            let mut job = NewJob::new(DELIVER_LATER_QUEUE, delay);
            for index in chunk {
                job.due.push(outcomes[*index].delivery.due());
                job_ids[*index] = Some(job.id.clone());
            }
            jobs.push(job);
        }
    }
    (jobs, job_ids)
}
