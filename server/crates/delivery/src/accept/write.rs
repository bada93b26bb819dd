//! The statement that takes a batch in.

use super::{NewMessage, Plan, Planned, faults_column};
use crate::jobs::JobColumns;
use hookreel_domain::traffic::{MESSAGE_ACCEPTED, MESSAGE_QUARANTINED, MESSAGE_STREAM};
use hookreel_event_store::{AppendError, bucket_of};
use hookreel_kernel::{EndpointId, SourceId, Timestamp};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// Writes what is new, and returns when it was received; a message that is not in the answer is a duplicate by one of its
/// ids, and nothing of it is written.
///
/// `taken_by` names the worker that has taken the jobs already. Appending comes last, as it has to; a job without deliveries,
/// which a duplicate may leave, finds nothing to do.
pub(super) async fn write(
    connection: &mut PgConnection,
    plan: &Plan<'_>,
    taken_by: Option<&str>,
) -> Result<HashMap<Uuid, Timestamp>, AppendError> {
    if plan.messages.is_empty() {
        return Ok(HashMap::new());
    }
    let (columns, rows, jobs) = (MessageColumns::of(&plan.messages), &plan.deliveries, JobColumns::of(&plan.jobs));
    // What is inserted is asked for within an `or`: so it is hashed, and not looked through for each row.
    let written = sqlx::query!(
        r#"with message as (
               select * from unnest(
                   $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                   $9::integer[], $10::text[], $11::text[], $12::text[], $13::text[], $14::uuid[],
                   $15::integer[], $16::uuid[], $17::text[], $18::text[], $19::bytea[], $20::text[]
               ) with ordinality as u (
                   tenant_id, message_id, application_id, source_id, event_type, uid, provider_event_id, channels,
                   body_bytes, refusal, verdict, dedupe_rung, schema_faults, only_endpoint_id,
                   bucket, event_id, kind, payload, body, metadata, ord
               )
           ),
           inserted as (
               insert into read.messages (
                   tenant_id, message_id, application_id, source_id, event_type, state, uid, provider_event_id,
                   channels, body_bytes, refusal, verdict, dedupe_rung, schema_faults, only_endpoint_id, received_at
               )
               select tenant_id, message_id, application_id, source_id, event_type,
                      case when refusal is null then 'accepted' else 'quarantined' end, uid, provider_event_id,
                      string_to_array(channels, E'\x1f'), body_bytes, refusal, verdict, dedupe_rung, schema_faults::jsonb,
                      only_endpoint_id, now()
               from message
               on conflict do nothing
               returning message_id, received_at
           ),
           job as (
               insert into apalis.jobs (
                   id, job_type, job, status, attempts, max_attempts, run_at, priority, lock_by, lock_at
               )
               select u.id, u.queue, u.job, case when w.id is null then 'Pending' else 'Queued' end, 0, 1,
                      now() + make_interval(secs => u.delay), 0, w.id, case when w.id is not null then now() end
               from unnest($28::text[], $29::text[], $30::bytea[], $31::float8[]) as u (id, queue, job, delay)
               left join apalis.workers w on w.id = $32
               returning id
           ),
           delivery as (
               insert into read.deliveries (
                   tenant_id, delivery_id, message_id, endpoint_id, application_id, event_type, job_id,
                   state, due_at, stream_version, manual, created_at
               )
               select tenant_id, delivery_id, message_id, endpoint_id, application_id, event_type, job_id,
                      'pending', case when job_id is not null then now() end, 0, false, now()
               from unnest($21::uuid[], $22::uuid[], $23::uuid[], $24::uuid[], $25::uuid[], $26::text[], $27::text[])
                   as u (tenant_id, delivery_id, message_id, endpoint_id, application_id, event_type, job_id)
               where (select count(*) from inserted) = (select count(*) from message)
                  or message_id in (select message_id from inserted)
               returning delivery_id
           ),
           appended as (
               select (select count(*) from delivery), (select count(*) from job), event_store.append(
                   array_agg(bucket), array_agg(tenant_id), array_agg($33::text), array_agg(message_id), array_agg(1),
                   array_agg(event_id), array_agg(kind), array_agg(1::smallint), array_agg(payload), array_agg(body),
                   array_agg(metadata), null
               )
               from (
                   select * from message
                   where (select count(*) from inserted) = (select count(*) from message)
                      or message_id in (select message_id from inserted)
                   order by ord
               ) as m
           )
           select message_id, received_at from inserted cross join appended"#,
        &columns.tenant_ids,
        &columns.message_ids,
        &columns.application_ids,
        &columns.source_ids as &[Option<Uuid>],
        &columns.event_types as &[&str],
        &columns.uids as &[Option<&str>],
        &columns.provider_event_ids as &[Option<&str>],
        &columns.channels as &[Option<String>],
        &columns.body_bytes,
        &columns.refusals as &[Option<&str>],
        &columns.verdicts as &[Option<&str>],
        &columns.dedupe_rungs as &[Option<&str>],
        &columns.schema_faults as &[Option<String>],
        &columns.only_endpoint_ids as &[Option<Uuid>],
        &columns.buckets,
        &columns.event_ids,
        &columns.kinds as &[&str],
        &columns.payloads as &[&str],
        &columns.bodies as &[&[u8]],
        &columns.metadata,
        &rows.tenant_ids,
        &rows.delivery_ids,
        &rows.message_ids,
        &rows.endpoint_ids,
        &rows.application_ids,
        &rows.event_types,
        &rows.job_ids as &[Option<String>],
        &jobs.ids as &[&str],
        &jobs.queues as &[&str],
        &jobs.payloads,
        &jobs.delays,
        taken_by,
        MESSAGE_STREAM,
    )
    .fetch_all(connection)
    .await
    .map_err(AppendError::of)?;
    Ok(written.into_iter().map(|row| (row.message_id, row.received_at)).collect())
}

/// Messages and their events, column by column.
struct MessageColumns<'a> {
    tenant_ids: Vec<Uuid>,
    message_ids: Vec<Uuid>,
    application_ids: Vec<Uuid>,
    source_ids: Vec<Option<Uuid>>,
    event_types: Vec<&'a str>,
    uids: Vec<Option<&'a str>>,
    provider_event_ids: Vec<Option<&'a str>>,
    channels: Vec<Option<String>>,
    body_bytes: Vec<i32>,
    refusals: Vec<Option<&'a str>>,
    verdicts: Vec<Option<&'a str>>,
    dedupe_rungs: Vec<Option<&'a str>>,
    schema_faults: Vec<Option<String>>,
    only_endpoint_ids: Vec<Option<Uuid>>,
    buckets: Vec<i32>,
    event_ids: Vec<Uuid>,
    kinds: Vec<&'a str>,
    payloads: Vec<&'a str>,
    bodies: Vec<&'a [u8]>,
    metadata: Vec<String>,
}

impl<'a> MessageColumns<'a> {
    fn of(planned: &'a [Planned<'a>]) -> Self {
        let messages: Vec<&NewMessage> = planned.iter().map(|planned| planned.message).collect();
        let facts = |message: &&'a NewMessage| message.received.as_ref().map(|received| &received.facts);
        Self {
            tenant_ids: messages.iter().map(|m| m.tenant_id.uuid()).collect(),
            message_ids: messages.iter().map(|m| m.message_id.uuid()).collect(),
            application_ids: messages.iter().map(|m| m.application_id.uuid()).collect(),
            source_ids: messages.iter().map(|m| m.source_id.map(SourceId::uuid)).collect(),
            event_types: messages.iter().map(|m| m.event_type.as_str()).collect(),
            uids: messages.iter().map(|m| m.uid.as_deref()).collect(),
            provider_event_ids: messages.iter().map(|m| m.provider_event_id.as_deref()).collect(),
            channels: messages.iter().map(|m| m.channels.as_ref().map(|c| c.join("\u{1f}"))).collect(),
            body_bytes: messages.iter().map(|m| i32::try_from(m.body.len()).unwrap_or(i32::MAX)).collect(),
            refusals: messages.iter().map(|m| m.refusal.as_deref()).collect(),
            verdicts: messages.iter().map(|m| facts(m).map(|facts| facts.verdict.as_str())).collect(),
            dedupe_rungs: messages.iter().map(|m| facts(m)?.dedupe_rung.as_deref()).collect(),
            schema_faults: messages.iter().map(|m| faults_column(&m.schema_faults)).collect(),
            only_endpoint_ids: messages.iter().map(|m| m.only_endpoint.map(EndpointId::uuid)).collect(),
            buckets: messages.iter().map(|m| bucket_of(m.message_id.uuid())).collect(),
            event_ids: planned.iter().map(|planned| planned.event_id.uuid()).collect(),
            kinds: messages.iter().map(|m| kind_of(m)).collect(),
            payloads: planned.iter().map(|planned| planned.payload.as_str()).collect(),
            bodies: messages.iter().map(|m| &m.body[..]).collect(),
            metadata: messages.iter().map(|m| serde_json::to_string(&m.metadata).unwrap_or_default()).collect(),
        }
    }
}

fn kind_of(message: &NewMessage) -> &'static str {
    if message.refusal.is_none() { MESSAGE_ACCEPTED } else { MESSAGE_QUARANTINED }
}
