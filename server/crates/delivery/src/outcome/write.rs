//! The statement that records outcomes.

use super::Outcome;
use crate::jobs::{JobColumns, JobId, NewJob};
use hookreel_domain::traffic::{DELIVERY_ATTEMPTED, DELIVERY_STREAM};
use hookreel_event_store::{AppendError, bucket_of};
use hookreel_kernel::{FailureReason, Timestamp};
use sqlx::PgConnection;
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// Writes what counts, and returns the attempts of which that is so: of deliveries that are still at the version they were
/// loaded at. A delivery that was cancelled while its attempt was under way keeps that attempt, and ends as cancelled unless
/// it has arrived. Appending comes last, as it has to.
pub(super) async fn write(
    connection: &mut PgConnection,
    outcomes: &[Arc<Outcome>],
    jobs: &[NewJob],
    job_ids: &[Option<JobId>],
) -> Result<HashSet<Uuid>, AppendError> {
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
    let own_jobs: Vec<Option<&str>> = job_ids.iter().map(|id| id.as_ref().map(JobId::as_str)).collect();
    let statuses: Vec<Option<i16>> = outcomes.iter().map(|o| o.status.map(|status| status as i16)).collect();
    let failures: Vec<Option<&str>> = outcomes.iter().map(|o| o.failure.map(FailureReason::code)).collect();
    let durations: Vec<i32> = outcomes.iter().map(|o| i32::try_from(o.duration_ms).unwrap_or(i32::MAX)).collect();
    let attempted_at: Vec<Timestamp> = outcomes.iter().map(|o| o.attempted_at).collect();
    let buckets: Vec<i32> = outcomes.iter().map(|o| bucket_of(o.delivery.delivery_id.uuid())).collect();
    let payloads: Vec<String> = outcomes.iter().map(|o| o.payload()).collect();
    let bodies: Vec<Option<&[u8]>> =
        outcomes.iter().map(|o| Some(&o.response_body[..]).filter(|body| !body.is_empty())).collect();
    let metadata: Vec<String> =
        outcomes.iter().map(|o| serde_json::to_string(&o.metadata()).unwrap_or_default()).collect();
    let jobs = JobColumns::of(jobs);
    let written = sqlx::query_scalar!(
        r#"with outcome as (
               select * from unnest(
                   $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::integer[], $8::integer[],
                   $9::boolean[], $10::text[], $11::float8[], $12::text[], $13::smallint[], $14::text[],
                   $15::integer[], $16::timestamptz[], $17::boolean[],
                   $18::integer[], $19::text[], $20::bytea[], $21::text[]
               ) with ordinality as u (
                   tenant_id, delivery_id, endpoint_id, message_id, attempt_id, event_type, version, number,
                   manual, state, delay, job_id, status, failure, duration_ms, attempted_at, beside,
                   bucket, payload, body, metadata, ord
               )
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
               returning attempt_id
           ),
           job as (
               insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority)
               select u.id, u.queue, u.job, 'Pending', 0, 1, now() + make_interval(secs => u.delay), 0
               from unnest($22::text[], $23::text[], $24::bytea[], $25::float8[]) as u (id, queue, job, delay)
               returning id
           ),
           appended as (
               select (select count(*) from recorded), (select count(*) from job), event_store.append(
                   array_agg(bucket), array_agg(tenant_id), array_agg($26::text), array_agg(delivery_id),
                   array_agg(new_version), array_agg(attempt_id), array_agg($27::text), array_agg(1::smallint),
                   array_agg(case when new_state = state then payload
                                  else ((payload::jsonb - 'due_at') || jsonb_build_object('state', new_state))::text end),
                   array_agg(body), array_agg(metadata), array_agg(new_version > 1)
               )
               from (select * from changed order by ord) as c
           )
           select attempt_id as "attempt_id!" from changed cross join appended"#,
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
        &own_jobs as &[Option<&str>],
        &statuses as &[Option<i16>],
        &failures as &[Option<&str>],
        &durations,
        &attempted_at,
        &beside,
        &buckets,
        &payloads,
        &bodies as &[Option<&[u8]>],
        &metadata,
        &jobs.ids as &[&str],
        &jobs.queues as &[&str],
        &jobs.payloads,
        &jobs.delays,
        DELIVERY_STREAM,
        DELIVERY_ATTEMPTED,
    )
    .fetch_all(connection)
    .await
    .map_err(AppendError::of)?;
    Ok(written.into_iter().collect())
}
