//! Recording outcomes: the second hot path's one transaction.
//!
//! The event that says what happened, the delivery's row, the attempt's row and the job of the next attempt become
//! durable together. A delivery's row is only changed by the outcome that follows on the version it was loaded at, so
//! of two workers that raced for one attempt exactly one is recorded.

use crate::jobs::{self, DELIVER_LATER_QUEUE, JobId, NewJob};
use crate::load::LoadedDelivery;
use crate::tally::{Tallied, Tally};
use bytes::Bytes;
use hookreel_domain::traffic::{DELIVERY_ATTEMPTED, DELIVERY_STREAM, DeliveryAttempted};
use hookreel_event_store::{AppendError, Commit, NewEvent, Stream, Turn};
use hookreel_kernel::{Actor, AttemptId, EventId, FailureReason, Metadata, Timestamp};
use sqlx::{PgConnection, PgPool};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

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

    fn event(&self, written: &Written) -> NewEvent {
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
            state: written.state.clone(),
            due_at: self.due_at().filter(|_| written.state == "retrying"),
        };
        NewEvent {
            tenant_id: self.delivery.tenant_id,
            stream: Stream::traffic(DELIVERY_STREAM, self.delivery.delivery_id.uuid()),
            stream_version: written.stream_version,
            event_id: EventId::from_uuid(self.attempt_id.uuid()),
            kind: DELIVERY_ATTEMPTED,
            revision: 1,
            payload: serde_json::to_string(&payload).unwrap_or_default(),
            body: (!self.response_body.is_empty()).then(|| self.response_body.clone()),
            metadata: self.metadata(),
        }
    }
}

/// What a delivery's row says after an outcome.
struct Written {
    stream_version: i32,
    state: String,
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
        let mut transaction = self.pool.begin().await?;
        let current = write_rows(&mut transaction, outcomes, &job_ids).await?;
        jobs::insert_jobs(&mut transaction, &jobs).await?;
        let mut recorded = Vec::with_capacity(outcomes.len());
        let mut events = Vec::with_capacity(outcomes.len());
        let mut tallied = Tallied::default();
        for outcome in outcomes {
            if let Some(written) = current.get(&outcome.attempt_id.uuid()) {
                outcome.count_in(&mut tallied);
                events.push(outcome.event(written));
                recorded.push(Recorded::Yes);
            } else {
                recorded.push(Recorded::Stale);
            }
        }
        let turn = self.turn.wait().await;
        if !events.is_empty() {
            hookreel_event_store::append(&mut transaction, &events).await?;
        }
        transaction.commit().await?;
        drop(turn);
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

/// Changes the rows of deliveries that are still at the version they were loaded at, and returns what they say by
/// attempt. A delivery that was cancelled while its attempt was under way keeps that attempt, and ends as cancelled
/// unless it has arrived.
async fn write_rows(
    connection: &mut PgConnection,
    outcomes: &[Arc<Outcome>],
    job_ids: &[Option<JobId>],
) -> Result<HashMap<Uuid, Written>, sqlx::Error> {
    let tenant_ids: Vec<Uuid> = outcomes.iter().map(|o| o.delivery.tenant_id.uuid()).collect();
    let delivery_ids: Vec<Uuid> = outcomes.iter().map(|o| o.delivery.delivery_id.uuid()).collect();
    let endpoint_ids: Vec<Uuid> = outcomes.iter().map(|o| o.delivery.endpoint_id.uuid()).collect();
    let message_ids: Vec<Uuid> = outcomes.iter().map(|o| o.delivery.message_id.uuid()).collect();
    let attempt_ids: Vec<Uuid> = outcomes.iter().map(|o| o.attempt_id.uuid()).collect();
    let event_types: Vec<&str> = outcomes.iter().map(|o| o.delivery.event_type.as_str()).collect();
    let versions: Vec<i32> = outcomes.iter().map(|o| o.delivery.stream_version).collect();
    let numbers: Vec<i32> = outcomes.iter().map(|o| o.number as i32).collect();
    let manual: Vec<bool> = outcomes.iter().map(|o| o.delivery.is_manual).collect();
    let beside: Vec<bool> = outcomes.iter().map(|o| o.delivery.resend_id.is_some()).collect();
    let states: Vec<&str> = outcomes.iter().map(|o| o.state()).collect();
    let delays: Vec<Option<f64>> = outcomes.iter().map(|o| o.delay().map(|delay| delay.as_secs_f64())).collect();
    let jobs: Vec<Option<&str>> = job_ids.iter().map(|id| id.as_ref().map(JobId::as_str)).collect();
    let statuses: Vec<Option<i16>> = outcomes.iter().map(|o| o.status.map(|status| status as i16)).collect();
    let failures: Vec<Option<&str>> = outcomes.iter().map(|o| o.failure.map(FailureReason::code)).collect();
    let durations: Vec<i32> = outcomes.iter().map(|o| i32::try_from(o.duration_ms).unwrap_or(i32::MAX)).collect();
    let attempted_at: Vec<Timestamp> = outcomes.iter().map(|o| o.attempted_at).collect();
    let rows = sqlx::query!(
        r#"with outcome as (
               select * from unnest(
                   $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::integer[], $8::integer[],
                   $9::boolean[], $10::text[], $11::float8[], $12::text[], $13::smallint[], $14::text[],
                   $15::integer[], $16::timestamptz[], $17::boolean[]
               ) as u (tenant_id, delivery_id, endpoint_id, message_id, attempt_id, event_type, version, number,
                       manual, state, delay, job_id, status, failure, duration_ms, attempted_at, beside)
           ),
           changed as (
               update read.deliveries d
               set state = case when d.cancelled_because is not null and o.state <> 'succeeded' then d.state
                                else o.state end,
                   stream_version = d.stream_version + 1, attempts = o.number, manual = false,
                   manual_attempts = d.manual_attempts + o.beside::integer,
                   due_at = case when d.cancelled_because is not null or o.state <> 'retrying' then null
                                 when o.beside then d.scheduled_due_at
                                 else now() + make_interval(secs => o.delay) end,
                   job_id = case when d.cancelled_because is not null or o.state <> 'retrying' then null
                                 when o.beside then coalesce(o.job_id, d.scheduled_job_id)
                                 else o.job_id end,
                   cancelled_because = case when o.state = 'succeeded' then null else d.cancelled_because end,
                   resend_id = null, scheduled_due_at = null, scheduled_job_id = null, deferred_because = null,
                   last_status = o.status, last_failure = o.failure, last_attempt_at = o.attempted_at
               from outcome o
               where d.tenant_id = o.tenant_id and d.delivery_id = o.delivery_id
                 and (d.stream_version = o.version
                      or (d.stream_version = o.version + 1 and d.state = 'cancelled' and d.attempts = o.number - 1
                          and d.resend_id is null))
               returning o.*, d.stream_version as new_version, d.state as new_state
           ),
           recorded as (
               insert into read.attempts (
                   tenant_id, endpoint_id, attempt_id, delivery_id, message_id, event_type, stream_version, number,
                   manual, succeeded, status, failure, duration_ms, attempted_at
               )
               select tenant_id, endpoint_id, attempt_id, delivery_id, message_id, event_type, new_version, number, manual,
                      failure is null, status, failure, duration_ms, attempted_at
               from changed
           )
           select attempt_id as "attempt_id!", new_version as "stream_version!", new_state as "state!" from changed"#,
        &tenant_ids,
        &delivery_ids,
        &endpoint_ids,
        &message_ids,
        &attempt_ids,
        &event_types as &[&str],
        &versions,
        &numbers,
        &manual,
        &states as &[&str],
        &delays as &[Option<f64>],
        &jobs as &[Option<&str>],
        &statuses as &[Option<i16>],
        &failures as &[Option<&str>],
        &durations,
        &attempted_at,
        &beside,
    )
    .fetch_all(connection)
    .await?;
    let written = |state, stream_version| Written { stream_version, state };
    Ok(rows.into_iter().map(|row| (row.attempt_id, written(row.state, row.stream_version))).collect())
}
