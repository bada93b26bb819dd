//! Operational webhooks: a tenant's programs hear of its endpoints by webhooks of our own, delivered by our own engine.
//!
//! They go to the endpoints of the tenant's application with the uid `operational`; a tenant that has none wants none.
//! Types and payloads follow Svix (<https://docs.svix.com/incoming-webhooks>), so that what listens to those understands
//! these.

mod types;

pub use types::{OperationalType, operational_types};

use crate::handler::{Effects, Handler, HandlerError};
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_delivery::{Engine, NewMessage};
use hookreel_domain::traffic::DELIVERY_ATTEMPTED;
use hookreel_event_store::StoredEvent;
use hookreel_kernel::{Actor, ApplicationId, EventId, MessageId, Metadata, TenantId};
use serde::Deserialize as _;
use sqlx::PgConnection;
use types::{Home, KINDS, Subject, about, body};
use uuid::Uuid;

/// The uid of the application whose endpoints get them.
pub const OPERATIONAL_UID: &str = "operational";

/// Sends them.
#[derive(Debug)]
pub(crate) struct OperationalWebhooks {
    engine: Engine,
}

impl OperationalWebhooks {
    pub(crate) const fn new(engine: Engine) -> Self {
        Self { engine }
    }

    async fn send(&self, connection: &mut PgConnection, event: &StoredEvent) -> Result<(), HandlerError> {
        let Some(about) = about(event)? else { return Ok(()) };
        let subject = match about.subject {
            Subject::Endpoint(id) => id.uuid(),
            Subject::Source(id) => id.uuid(),
            Subject::Replay(id) => id.uuid(),
        };
        let found = home_of(connection, event.tenant_id, subject).await?;
        // What happens to the operational endpoints themselves is not sent to them: it would have no end.
        let Some((home, operational)) = found.filter(|(home, to)| home.application_id != *to) else { return Ok(()) };
        let message = NewMessage {
            tenant_id: event.tenant_id,
            // The event's own: handled twice, it is accepted once.
            message_id: MessageId::from_uuid(event.event_id.uuid()),
            application_id: operational,
            source_id: None,
            event_type: about.event_type.to_owned(),
            uid: None,
            provider_event_id: None,
            channels: None,
            headers: Vec::new(),
            body: Bytes::from(body(&about, &home, event.recorded_at).to_string()),
            only_endpoint: None,
            received: None,
            refusal: None,
            schema_faults: Vec::new(),
            metadata: Metadata::by(Actor::system("operational_webhooks"))
                .caused_within(event.event_id, correlation_of(event)),
        };
        let accepted = self.engine.accept(message).await;
        accepted.map(drop).map_err(|error| HandlerError::Failed(format!("the message was not accepted: {error}")))
    }
}

/// What the event itself belongs to.
fn correlation_of(event: &StoredEvent) -> Option<EventId> {
    Metadata::deserialize(&event.metadata).ok()?.correlation_id
}

/// Where an endpoint, a source or a replay belongs, and which application is told of it; `None` if none is. Ids are
/// unique among all of them.
async fn home_of(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    subject: Uuid,
) -> Result<Option<(Home, ApplicationId)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"with subject as (
               select application_id from read.endpoints where tenant_id = $1 and endpoint_id = $2
               union all
               select application_id from read.sources where tenant_id = $1 and source_id = $2
               union all
               select application_id from read.replays where tenant_id = $1 and replay_id = $2
           )
           select a.application_id as "application_id!", a.uid, o.application_id as "operational_id!"
           from subject s
           join read.applications a on a.tenant_id = $1 and a.application_id = s.application_id
           join read.applications o on o.tenant_id = $1 and o.uid = $3 and o.deleted_at is null"#,
        tenant_id.uuid(),
        subject,
        OPERATIONAL_UID,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| {
        let home = Home { application_id: ApplicationId::from_uuid(row.application_id), uid: row.uid };
        (home, ApplicationId::from_uuid(row.operational_id))
    }))
}

impl Handler for OperationalWebhooks {
    fn name(&self) -> &'static str {
        "operational_webhooks"
    }

    fn purpose(&self) -> &'static str {
        "Tells a tenant's own programs about its endpoints, sources and replays"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &KINDS
    }

    fn only_containing(&self) -> &'static [(&'static str, &'static str)] {
        // Nearly every event is an attempt that succeeded.
        &[(DELIVERY_ATTEMPTED, r#"{"state":"exhausted"}"#)]
    }

    fn effects(&self) -> Effects {
        Effects::Outside
    }

    fn handle<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [StoredEvent],
    ) -> BoxFuture<'a, Result<(), HandlerError>> {
        async move {
            for event in events {
                self.send(connection, event).await?;
            }
            Ok(())
        }
        .boxed()
    }
}
