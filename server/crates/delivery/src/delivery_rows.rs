//! The rows of new deliveries.

use crate::jobs::{Due, JobColumns, NewJob};
use hookreel_kernel::{ApplicationId, EndpointId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Delivery rows about to be inserted, column by column. A row without a job is held: it is not due.
#[derive(Debug, Default)]
pub(crate) struct DeliveryColumns {
    pub(crate) tenant_ids: Vec<Uuid>,
    pub(crate) delivery_ids: Vec<Uuid>,
    pub(crate) message_ids: Vec<Uuid>,
    pub(crate) endpoint_ids: Vec<Uuid>,
    pub(crate) application_ids: Vec<Uuid>,
    pub(crate) event_types: Vec<String>,
    pub(crate) job_ids: Vec<Option<String>>,
}

impl DeliveryColumns {
    pub(crate) fn push(
        &mut self,
        due: Due,
        application_id: ApplicationId,
        endpoint_id: EndpointId,
        event_type: &str,
        job: Option<String>,
    ) {
        self.tenant_ids.push(due.tenant_id.uuid());
        self.delivery_ids.push(due.delivery_id.uuid());
        self.message_ids.push(due.message_id.uuid());
        self.endpoint_ids.push(endpoint_id.uuid());
        self.application_ids.push(application_id.uuid());
        self.event_types.push(event_type.to_owned());
        self.job_ids.push(job);
    }

    /// With the jobs that will attempt them, by one statement. Deliveries that were not made with their message begin with
    /// an event of their own: `created_by` names the version their stream is at, and the replay that made them.
    pub(crate) async fn insert(
        &self,
        connection: &mut PgConnection,
        jobs: &[NewJob],
        created_by: Option<CreatedBy>,
    ) -> Result<(), sqlx::Error> {
        let stream_version = i32::from(created_by.is_some());
        let replay_id = created_by.as_ref().and_then(|by| by.replay_id);
        let is_manual = created_by.is_some_and(|by| by.is_manual);
        let jobs = JobColumns::of(jobs);
        sqlx::query!(
            r#"with jobs as (
                   insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority)
                   select u.id, u.queue, u.job, 'Pending', 0, 1, now() + make_interval(secs => u.delay), 0
                   from unnest($11::text[], $12::text[], $13::bytea[], $14::float8[]) as u (id, queue, job, delay)
               )
               insert into read.deliveries (
                   tenant_id, delivery_id, message_id, endpoint_id, application_id, event_type, job_id,
                   state, due_at, stream_version, replay_id, manual, created_at
               )
               select tenant_id, delivery_id, message_id, endpoint_id, application_id, event_type, job_id,
                      'pending', case when job_id is not null then now() end, $8, $9, $10, now()
               from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[])
                   as u (tenant_id, delivery_id, message_id, endpoint_id, application_id, event_type, job_id)"#,
            &self.tenant_ids,
            &self.delivery_ids,
            &self.message_ids,
            &self.endpoint_ids,
            &self.application_ids,
            &self.event_types,
            &self.job_ids as &[Option<String>],
            stream_version,
            replay_id,
            is_manual,
            &jobs.ids as &[&str],
            &jobs.queues as &[&str],
            &jobs.payloads,
            &jobs.delays,
        )
        .execute(connection)
        .await
        .map(drop)
    }
}

/// What made deliveries that were not made with their message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CreatedBy {
    pub(crate) replay_id: Option<Uuid>,
    pub(crate) is_manual: bool,
}
