//! Jobs: the alarm clock. A job names deliveries that are due; what is true about them is in their rows.
//!
//! A delivery's row names its job, so a job that was run twice, or was overtaken by another, finds nothing to do; and
//! a delivery that is due without a living job is found by the reconciler, even if every job was lost.

use crate::load::LoadedDelivery;
use hookreel_kernel::{DeliveryId, MessageId, TenantId};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use std::time::Duration;
use uuid::Uuid;

/// First attempts and resends: woken at once.
pub(crate) const DELIVER_QUEUE: &str = "deliver";
/// Retries, deliveries that had to wait, and alarms for attempts under way: never in front of first attempts.
pub(crate) const DELIVER_LATER_QUEUE: &str = "deliver_later";
/// Replays under way.
pub(crate) const REPLAY_QUEUE: &str = "replay";

/// Deliveries in one job. More amortise the queue's own statements better, fewer spread better over workers.
pub(crate) const DELIVERIES_PER_JOB_MAX: usize = 64;
/// Bytes of message bodies in one job: with the number of jobs at once this bounds memory.
pub(crate) const BODY_BYTES_PER_JOB_MAX: usize = 1 << 20;

/// The id of a job: a ULID in its canonical text, as the queue demands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct JobId(String);

impl JobId {
    /// A new id of this moment.
    pub(crate) fn generate() -> Self {
        // A ULID and a TypeID's suffix are the same 26 characters of Crockford base32, but for the case.
        let id = DeliveryId::generate().to_string();
        Self(id.trim_start_matches("dlv_").to_ascii_uppercase())
    }

    /// An id that the queue handed out.
    pub(crate) const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The stored form.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// One delivery in a job.
#[expect(clippy::struct_field_names, reason = "these are three ids, and saying so tells them from the things")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Due {
    pub(crate) tenant_id: TenantId,
    pub(crate) delivery_id: DeliveryId,
    /// Whose birth month says in which partition the body is.
    pub(crate) message_id: MessageId,
}

/// What a job carries, in the shape that is stored. It is read tolerantly: a job that this version cannot read is
/// finished without effect, and the reconciler makes a new one for whatever it was about.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    v: u8,
    /// Tenant, delivery, message of each, in plain UUIDs: short, and indexable by hand when something is looked for.
    due: Vec<(Uuid, Uuid, Uuid)>,
}

/// A job that is about to be inserted.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) id: JobId,
    pub(crate) queue: &'static str,
    pub(crate) due: Vec<Due>,
    pub(crate) delay: Duration,
    /// What is known of its deliveries already, if anything is.
    pub(crate) known: Vec<LoadedDelivery>,
}

impl NewJob {
    pub(crate) fn new(queue: &'static str, delay: Duration) -> Self {
        Self { id: JobId::generate(), queue, due: Vec::new(), delay, known: Vec::new() }
    }

    pub(crate) fn payload(&self) -> Vec<u8> {
        let due = self.due.iter().map(|d| (d.tenant_id.uuid(), d.delivery_id.uuid(), d.message_id.uuid())).collect();
        serde_json::to_vec(&Payload { v: 1, due }).unwrap_or_default()
    }
}

/// Reads what a job carries; `None` if this version cannot.
pub(crate) fn parse_due(payload: &serde_json::Value) -> Option<Vec<Due>> {
    let payload = Payload::deserialize(payload).ok()?;
    let due = payload.due.into_iter().map(|(tenant, delivery, message)| Due {
        tenant_id: TenantId::from_uuid(tenant),
        delivery_id: DeliveryId::from_uuid(delivery),
        message_id: MessageId::from_uuid(message),
    });
    (payload.v == 1).then(|| due.collect())
}

/// Spreads deliveries over jobs of bounded size.
#[derive(Debug)]
pub(crate) struct JobPacker {
    queue: &'static str,
    delay: Duration,
    jobs: Vec<NewJob>,
    bytes: usize,
}

impl JobPacker {
    pub(crate) const fn new(queue: &'static str, delay: Duration) -> Self {
        Self { queue, delay, jobs: Vec::new(), bytes: 0 }
    }

    /// Puts a delivery into a job and says into which.
    pub(crate) fn add(&mut self, due: Due, body_bytes: usize) -> &JobId {
        &self.pack(due, body_bytes).id
    }

    /// The same with a delivery of which all is known.
    pub(crate) fn add_known(&mut self, delivery: LoadedDelivery) -> &JobId {
        let job = self.pack(delivery.due(), delivery.body.len());
        job.known.push(delivery);
        &job.id
    }

    fn pack(&mut self, due: Due, body_bytes: usize) -> &mut NewJob {
        let is_full = self
            .jobs
            .last()
            .is_none_or(|job| job.due.len() >= DELIVERIES_PER_JOB_MAX || self.bytes >= BODY_BYTES_PER_JOB_MAX);
        if is_full {
            self.jobs.push(NewJob::new(self.queue, self.delay));
            self.bytes = 0;
        }
        self.bytes += body_bytes;
        let last = self.jobs.len() - 1;
        self.jobs[last].due.push(due);
        &mut self.jobs[last]
    }

    pub(crate) fn into_jobs(self) -> Vec<NewJob> {
        self.jobs
    }
}

/// Jobs about to be inserted, column by column.
pub(crate) struct JobColumns<'a> {
    pub(crate) ids: Vec<&'a str>,
    pub(crate) queues: Vec<&'a str>,
    pub(crate) payloads: Vec<Vec<u8>>,
    /// In seconds.
    pub(crate) delays: Vec<f64>,
}

impl<'a> JobColumns<'a> {
    pub(crate) fn of(jobs: &'a [NewJob]) -> Self {
        Self {
            ids: jobs.iter().map(|job| job.id.as_str()).collect(),
            queues: jobs.iter().map(|job| job.queue).collect(),
            payloads: jobs.iter().map(NewJob::payload).collect(),
            delays: jobs.iter().map(|job| job.delay.as_secs_f64()).collect(),
        }
    }
}

/// Inserts jobs in the caller's transaction, so that they exist exactly if what they are about does. The time they
/// run at comes from the database's clock.
pub(crate) async fn insert_jobs(connection: &mut PgConnection, jobs: &[NewJob]) -> Result<(), sqlx::Error> {
    if jobs.is_empty() {
        return Ok(());
    }
    let JobColumns { ids, queues, payloads, delays } = JobColumns::of(jobs);
    sqlx::query!(
        "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority)
         select u.id, u.queue, u.job, 'Pending', 0, 1, now() + make_interval(secs => u.delay), 0
         from unnest($1::text[], $2::text[], $3::bytea[], $4::float8[]) as u (id, queue, job, delay)",
        &ids as &[&str],
        &queues as &[&str],
        &payloads,
        &delays,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Gives jobs back that this worker was to have taken.
pub(crate) async fn release(pool: &PgPool, worker: &str, jobs: &[NewJob]) -> Result<(), sqlx::Error> {
    let ids: Vec<&str> = jobs.iter().map(|job| job.id.as_str()).collect();
    sqlx::query!(
        "update apalis.jobs set status = 'Pending', lock_by = null, lock_at = null
         where id = any ($1) and lock_by is not distinct from $2",
        &ids as &[&str],
        worker
    )
    .execute(pool)
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due() -> Due {
        Due { tenant_id: TenantId::generate(), delivery_id: DeliveryId::generate(), message_id: MessageId::generate() }
    }

    #[test]
    fn a_payload_survives_its_stored_form() {
        let mut job = NewJob::new(DELIVER_QUEUE, Duration::ZERO);
        job.due = vec![due(), due()];
        let stored: serde_json::Value = serde_json::from_slice(&job.payload()).unwrap();
        assert_eq!(parse_due(&stored).unwrap(), job.due);
    }

    #[test]
    fn a_payload_of_another_version_is_left_to_the_reconciler() {
        assert_eq!(parse_due(&serde_json::json!({"v": 2, "due": []})), None);
        assert_eq!(parse_due(&serde_json::json!("garbage")), None);
    }

    #[test]
    fn jobs_are_packed_by_number_and_by_bytes() {
        let mut packer = JobPacker::new(DELIVER_QUEUE, Duration::ZERO);
        for _ in 0..=DELIVERIES_PER_JOB_MAX {
            packer.add(due(), 10);
        }
        packer.add(due(), BODY_BYTES_PER_JOB_MAX);
        packer.add(due(), 1);
        let sizes: Vec<usize> = packer.into_jobs().iter().map(|job| job.due.len()).collect();
        assert_eq!(sizes, [DELIVERIES_PER_JOB_MAX, 2, 1]);
    }
}
