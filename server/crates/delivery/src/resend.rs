//! One delivery again, by hand. What happened before stays: one more attempt follows on it.

use crate::Engine;
use crate::delivery_rows::{CreatedBy, DeliveryColumns};
use crate::jobs::{self, DELIVER_QUEUE, Due, NewJob};
use hookreel_database::TenantTx;
use hookreel_domain::traffic::{
    DELIVERY_CREATED, DELIVERY_RESEND_REQUESTED, DELIVERY_STREAM, DeliveryCreated, ResendRequested,
};
use hookreel_event_store::{AppendError, NewEvent, Stream};
use hookreel_kernel::{Actor, ApplicationId, DeliveryId, EndpointId, EventId, MessageId, Metadata};
use std::time::Duration;

/// Why a delivery is not resent.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// There is no such delivery, message or endpoint here, or the message was quarantined, or is for another endpoint
    /// alone.
    #[error("there is nothing to resend")]
    NotFound,
    /// The endpoint was deleted.
    #[error("the endpoint was deleted")]
    EndpointDeleted,
    /// It was changed at the same moment; asking again helps.
    #[error("the delivery was changed at the same moment")]
    Conflict,
    /// The database refused or is away.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<AppendError> for ResendError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict => Self::Conflict,
            AppendError::Database(error) => Self::Database(error),
        }
    }
}

impl Engine {
    /// Asks for one more attempt of a delivery, now, beside its schedule: if it fails, the schedule goes on as it was.
    ///
    /// # Errors
    /// See [`ResendError`].
    pub async fn resend(&self, mut tx: TenantTx, actor: Actor, delivery_id: DeliveryId) -> Result<(), ResendError> {
        let tenant_id = tx.tenant_id();
        let row = sqlx::query!(
            "select d.message_id, d.endpoint_id, d.stream_version, e.deleted_at
             from read.deliveries d
             join read.endpoints e on e.tenant_id = d.tenant_id and e.endpoint_id = d.endpoint_id
             where d.tenant_id = $1 and d.delivery_id = $2
             for update of d",
            tenant_id.uuid(),
            delivery_id.uuid(),
        )
        .fetch_optional(tx.connection())
        .await?
        .ok_or(ResendError::NotFound)?;
        if row.deleted_at.is_some() {
            return Err(ResendError::EndpointDeleted);
        }
        let (message_id, endpoint_id) = (MessageId::from_uuid(row.message_id), EndpointId::from_uuid(row.endpoint_id));
        let mut job = NewJob::new(DELIVER_QUEUE, Duration::ZERO);
        job.due.push(Due { tenant_id, delivery_id, message_id });
        let event_id = EventId::generate();
        // The attempt is made beside the schedule: what was due, and by which job, is kept for when it fails.
        sqlx::query!(
            "update read.deliveries
             set stream_version = stream_version + 1, manual = true, due_at = now(), job_id = $3, resend_id = $4,
                 scheduled_due_at = case when resend_id is null then due_at else scheduled_due_at end,
                 scheduled_job_id = case when resend_id is null then job_id else scheduled_job_id end
             where tenant_id = $1 and delivery_id = $2",
            tenant_id.uuid(),
            delivery_id.uuid(),
            job.id.as_str(),
            event_id.uuid(),
        )
        .execute(tx.connection())
        .await?;
        jobs::insert_jobs(tx.connection(), std::slice::from_ref(&job)).await?;
        let event = NewEvent {
            tenant_id,
            stream: Stream::traffic(DELIVERY_STREAM, delivery_id.uuid()),
            stream_version: row.stream_version + 1,
            event_id,
            kind: DELIVERY_RESEND_REQUESTED,
            revision: 1,
            payload: serde_json::to_string(&ResendRequested { message_id, endpoint_id }).unwrap_or_default(),
            body: None,
            metadata: Metadata::by(actor),
        };
        hookreel_event_store::append(tx.connection(), &[event]).await?;
        tx.commit().await?;
        self.shared().wake.workers(DELIVER_QUEUE);
        Ok(())
    }

    /// Sends a message to an endpoint that may never have got it: its newest delivery again, or a new one.
    ///
    /// # Errors
    /// See [`ResendError`].
    pub async fn resend_message(
        &self,
        mut tx: TenantTx,
        actor: Actor,
        message_id: MessageId,
        endpoint_id: EndpointId,
    ) -> Result<(), ResendError> {
        let earlier = sqlx::query_scalar!(
            "select delivery_id from read.deliveries
             where tenant_id = $1 and message_id = $2 and endpoint_id = $3 order by delivery_id desc limit 1",
            tx.tenant_id().uuid(),
            message_id.uuid(),
            endpoint_id.uuid(),
        )
        .fetch_optional(tx.connection())
        .await?;
        match earlier {
            Some(delivery_id) => self.resend(tx, actor, DeliveryId::from_uuid(delivery_id)).await,
            None => self.send_for_the_first_time(tx, actor, message_id, endpoint_id).await,
        }
    }

    async fn send_for_the_first_time(
        &self,
        mut tx: TenantTx,
        actor: Actor,
        message_id: MessageId,
        endpoint_id: EndpointId,
    ) -> Result<(), ResendError> {
        let tenant_id = tx.tenant_id();
        let row = sqlx::query!(
            "select m.application_id, m.event_type, e.deleted_at
             from read.messages m
             join read.endpoints e on e.tenant_id = m.tenant_id and e.application_id = m.application_id
             where m.tenant_id = $1 and m.message_id = $2 and e.endpoint_id = $3 and m.state = 'accepted'
               and (m.only_endpoint_id is null or m.only_endpoint_id = e.endpoint_id)",
            tenant_id.uuid(),
            message_id.uuid(),
            endpoint_id.uuid(),
        )
        .fetch_optional(tx.connection())
        .await?
        .ok_or(ResendError::NotFound)?;
        if row.deleted_at.is_some() {
            return Err(ResendError::EndpointDeleted);
        }
        let application_id = ApplicationId::from_uuid(row.application_id);
        let due = Due { tenant_id, delivery_id: DeliveryId::generate(), message_id };
        let mut job = NewJob::new(DELIVER_QUEUE, Duration::ZERO);
        job.due.push(due);
        let mut rows = DeliveryColumns::default();
        rows.push(due, application_id, endpoint_id, &row.event_type, Some(job.id.as_str().to_owned()));
        rows.insert(tx.connection(), &[job], Some(CreatedBy { replay_id: None, is_manual: true })).await?;
        let created =
            DeliveryCreated { message_id, endpoint_id, application_id, event_type: row.event_type, replay_id: None };
        let event = NewEvent {
            tenant_id,
            stream: Stream::traffic(DELIVERY_STREAM, due.delivery_id.uuid()),
            stream_version: 1,
            event_id: EventId::generate(),
            kind: DELIVERY_CREATED,
            revision: 1,
            payload: serde_json::to_string(&created).unwrap_or_default(),
            body: None,
            metadata: Metadata::by(actor),
        };
        hookreel_event_store::append(tx.connection(), &[event]).await?;
        tx.commit().await?;
        self.shared().wake.workers(DELIVER_QUEUE);
        Ok(())
    }
}
