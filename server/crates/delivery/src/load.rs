//! What a job needs to know of its deliveries: one statement for all of them.

use crate::accept::NewMessage;
use crate::jobs::{Due, JobId};
use crate::matching::Matched;
use bytes::Bytes;
use hookreel_domain::traffic::ReceivedHeader;
use hookreel_event_store::bucket_of;
use hookreel_kernel::{DeliveryId, EndpointId, EventId, MessageId, ReplayId, TenantId, Timestamp};
use sqlx::PgPool;
use uuid::Uuid;

/// A delivery that is due, with the bytes to send.
#[derive(Debug, Clone)]
pub(crate) struct LoadedDelivery {
    pub(crate) tenant_id: TenantId,
    pub(crate) delivery_id: DeliveryId,
    pub(crate) message_id: MessageId,
    pub(crate) endpoint_id: EndpointId,
    pub(crate) event_type: String,
    pub(crate) replay_id: Option<ReplayId>,
    /// The version the next event of its stream follows.
    pub(crate) stream_version: i32,
    /// Attempts so far.
    pub(crate) attempts: u32,
    /// Of those: beside the schedule.
    pub(crate) manual_attempts: u32,
    /// A person asked for this attempt.
    pub(crate) is_manual: bool,
    /// The request of an attempt that is made beside the schedule, which goes on as it was if the attempt fails.
    pub(crate) resend_id: Option<EventId>,
    /// When the schedule goes on then; `None`: held, or over.
    pub(crate) scheduled_due_at: Option<Timestamp>,
    /// The event by which the message was accepted.
    pub(crate) message_event_id: EventId,
    /// The state it had ended in before a person asked for one more attempt.
    pub(crate) ended_as: Option<&'static str>,
    /// Of the endpoint: whether anything may be sent to it.
    pub(crate) endpoint: EndpointStanding,
    /// The endpoint's version: says whether what is known of it is still right.
    pub(crate) endpoint_version: i32,
    /// How the body is to be read, as its sender said. Names of headers are kept as they were spelt.
    pub(crate) content_type: Option<String>,
    /// How the body is compressed, which goes on as it came.
    pub(crate) content_encoding: Option<String>,
    /// The provider's headers, if the endpoint wants them.
    pub(crate) forwarded: Vec<ReceivedHeader>,
    pub(crate) body: Bytes,
}

impl LoadedDelivery {
    pub(crate) const fn due(&self) -> Due {
        Due { tenant_id: self.tenant_id, delivery_id: self.delivery_id, message_id: self.message_id }
    }

    /// What would be loaded of a delivery that is being made with its message.
    pub(crate) fn of_new(message: &NewMessage, message_event_id: EventId, due: Due, endpoint: Matched) -> Self {
        let values = |wanted: &'static str| {
            let named = message.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(wanted));
            named.map(|header| header.value.as_str())
        };
        let encodings: Vec<&str> = values("content-encoding").collect();
        Self {
            tenant_id: due.tenant_id,
            delivery_id: due.delivery_id,
            message_id: due.message_id,
            endpoint_id: endpoint.endpoint_id,
            event_type: message.event_type.clone(),
            replay_id: None,
            stream_version: 0,
            attempts: 0,
            manual_attempts: 0,
            is_manual: false,
            resend_id: None,
            scheduled_due_at: None,
            message_event_id,
            ended_as: None,
            endpoint: endpoint.standing,
            endpoint_version: endpoint.version,
            content_type: values("content-type").next().map(str::to_owned),
            content_encoding: (!encodings.is_empty()).then(|| encodings.join(", ")),
            forwarded: if endpoint.forwards_headers { message.headers.clone() } else { Vec::new() },
            body: message.body.clone(),
        }
    }
}

/// Whether anything may be sent to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndpointStanding {
    Enabled,
    /// Deliveries wait until it is resumed.
    Paused,
    /// Deliveries are cancelled, but for what a person resends.
    Disabled,
    /// Deliveries are cancelled.
    Deleted,
}

impl EndpointStanding {
    /// That of an endpoint in this state, which is not deleted.
    pub(crate) fn parse(state: &str) -> Self {
        match state {
            "enabled" => Self::Enabled,
            "paused" => Self::Paused,
            _ => Self::Disabled,
        }
    }
}

/// Loads what a job is still about: deliveries that are due and that name this job as theirs.
///
/// `offset 0` keeps the planner from reordering the joins. The plan is made while the tables are still small, where
/// every index looks alike, and stays in use while they grow: each table must be reached by its whole primary key.
pub(crate) async fn load(pool: &PgPool, job: &JobId, due: &[Due]) -> Result<Vec<LoadedDelivery>, sqlx::Error> {
    let tenant_ids: Vec<Uuid> = due.iter().map(|d| d.tenant_id.uuid()).collect();
    let delivery_ids: Vec<Uuid> = due.iter().map(|d| d.delivery_id.uuid()).collect();
    let buckets: Vec<i32> = due.iter().map(|d| bucket_of(d.message_id.uuid())).collect();
    let rows = sqlx::query!(
        r#"select d.tenant_id, d.delivery_id, d.message_id, d.endpoint_id, d.event_type,
                  d.replay_id, d.stream_version, d.attempts, d.manual, d.state,
                  d.manual_attempts, d.resend_id, d.scheduled_due_at, v.event_id as message_event_id,
                  e.state as endpoint_state, e.deleted_at is not null as "is_deleted!", e.stream_version as endpoint_version,
                  v.body as "body!", case when e.forward_headers then v.payload -> 'headers' end as forwarded,
                  (select h ->> 'value' from jsonb_array_elements(v.payload -> 'headers') as h
                   where lower(h ->> 'name') = 'content-type' limit 1) as content_type,
                  (select string_agg(h ->> 'value', ', ') from jsonb_array_elements(v.payload -> 'headers') as h
                   where lower(h ->> 'name') = 'content-encoding') as content_encoding
           from unnest($1::uuid[], $2::uuid[], $3::integer[]) as k (tenant_id, delivery_id, bucket)
           cross join lateral (
               select * from read.deliveries d
               where d.tenant_id = k.tenant_id and d.delivery_id = k.delivery_id offset 0
           ) as d
           cross join lateral (
               select * from read.endpoints e
               where e.tenant_id = d.tenant_id and e.endpoint_id = d.endpoint_id offset 0
           ) as e
           cross join lateral (
               select event_id, body, payload from event_store.events v
               where v.bucket = k.bucket and v.stream_id = d.message_id and v.stream_version = 1 offset 0
           ) as v
           where d.job_id = $4 and d.due_at is not null"#,
        &tenant_ids,
        &delivery_ids,
        &buckets,
        job.as_str(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| LoadedDelivery {
            tenant_id: TenantId::from_uuid(row.tenant_id),
            delivery_id: DeliveryId::from_uuid(row.delivery_id),
            message_id: MessageId::from_uuid(row.message_id),
            endpoint_id: EndpointId::from_uuid(row.endpoint_id),
            event_type: row.event_type,
            replay_id: row.replay_id.map(ReplayId::from_uuid),
            stream_version: row.stream_version,
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
            manual_attempts: u32::try_from(row.manual_attempts).unwrap_or_default(),
            is_manual: row.manual,
            resend_id: row.resend_id.map(EventId::from_uuid),
            scheduled_due_at: row.scheduled_due_at,
            message_event_id: EventId::from_uuid(row.message_event_id),
            ended_as: ["succeeded", "exhausted", "cancelled"].into_iter().find(|state| *state == row.state),
            endpoint: if row.is_deleted {
                EndpointStanding::Deleted
            } else {
                EndpointStanding::parse(&row.endpoint_state)
            },
            endpoint_version: row.endpoint_version,
            content_type: row.content_type,
            content_encoding: row.content_encoding,
            forwarded: row.forwarded.and_then(|headers| serde_json::from_value(headers).ok()).unwrap_or_default(),
            body: Bytes::from(row.body),
        })
        .collect())
}
