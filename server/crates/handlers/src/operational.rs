//! Operational webhooks: a tenant's programs hear of its endpoints by webhooks of our own, delivered by our own engine.
//!
//! They go to the endpoints of the tenant's application with the uid `operational`; a tenant that has none wants none.
//! Types and payloads follow Svix (<https://docs.svix.com/incoming-webhooks>), so that what listens to those understands
//! these.

use crate::handler::{Effects, Handler, HandlerError};
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_delivery::{Engine, NewMessage};
use hookreel_domain::traffic::{DELIVERY_ATTEMPTED, DeliveryAttempted};
use hookreel_event_store::StoredEvent;
use hookreel_kernel::{Actor, ApplicationId, AttemptId, EndpointId, MessageId, Metadata};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

/// The uid of the application whose endpoints get them.
const APPLICATION_UID: &str = "operational";

/// Sends them.
#[derive(Debug)]
pub(crate) struct OperationalWebhooks {
    engine: Engine,
}

/// What an event is about.
struct About {
    event_type: &'static str,
    endpoint_id: EndpointId,
    /// What else is said.
    more: Value,
}

impl OperationalWebhooks {
    pub(crate) const fn new(engine: Engine) -> Self {
        Self { engine }
    }

    async fn send(&self, connection: &mut PgConnection, event: &StoredEvent) -> Result<(), HandlerError> {
        let Some(about) = about(event)? else { return Ok(()) };
        let row = sqlx::query!(
            r#"select e.application_id, a.uid, o.application_id as "operational_id!"
               from read.endpoints e
               join read.applications a on a.tenant_id = e.tenant_id and a.application_id = e.application_id
               join read.applications o on o.tenant_id = e.tenant_id and o.uid = $3 and o.deleted_at is null
               where e.tenant_id = $1 and e.endpoint_id = $2"#,
            event.tenant_id.uuid(),
            about.endpoint_id.uuid(),
            APPLICATION_UID,
        )
        .fetch_optional(connection)
        .await?;
        // What happens to the operational endpoints themselves is not sent to them: it would have no end.
        let Some(row) = row.filter(|row| row.application_id != row.operational_id) else { return Ok(()) };
        let mut data = json!({
            "appId": ApplicationId::from_uuid(row.application_id),
            "appUid": row.uid,
            "endpointId": about.endpoint_id,
            "timestamp": hookreel_kernel::time::rfc3339(event.recorded_at),
        });
        if let (Some(data), Value::Object(more)) = (data.as_object_mut(), about.more) {
            data.extend(more);
        }
        let message = NewMessage {
            tenant_id: event.tenant_id,
            // The event's own: handled twice, it is accepted once.
            message_id: MessageId::from_uuid(event.event_id.uuid()),
            application_id: ApplicationId::from_uuid(row.operational_id),
            source_id: None,
            event_type: about.event_type.to_owned(),
            uid: None,
            provider_event_id: None,
            channels: None,
            headers: Vec::new(),
            body: Bytes::from(json!({ "type": about.event_type, "data": data }).to_string()),
            only_endpoint: None,
            received: None,
            refusal: None,
            schema_faults: Vec::new(),
            metadata: Metadata::by(Actor::system("operational_webhooks")),
        };
        let accepted = self.engine.accept(message).await;
        accepted.map(drop).map_err(|error| HandlerError::Failed(format!("the message was not accepted: {error}")))
    }
}

impl Handler for OperationalWebhooks {
    fn name(&self) -> &'static str {
        "operational_webhooks"
    }

    fn purpose(&self) -> &'static str {
        "Tells a tenant's own programs about its endpoints"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[
            "endpoint.created",
            "endpoint.updated",
            "endpoint.disabled",
            "endpoint.enabled",
            "endpoint.deleted",
            "endpoint.breaker_opened",
            "endpoint.breaker_closed",
            DELIVERY_ATTEMPTED,
        ]
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

fn about(event: &StoredEvent) -> Result<Option<About>, HandlerError> {
    let endpoint_id = EndpointId::from_uuid(event.stream_id);
    let of_endpoint = |event_type, more| Some(About { event_type, endpoint_id, more });
    Ok(match event.kind.as_str() {
        "endpoint.created" => of_endpoint("endpoint.created", json!({})),
        "endpoint.updated" => of_endpoint("endpoint.updated", json!({})),
        "endpoint.enabled" => of_endpoint("endpoint.enabled", json!({})),
        "endpoint.deleted" => of_endpoint("endpoint.deleted", json!({})),
        "endpoint.disabled" => of_endpoint("endpoint.disabled", json!({ "reason": event.payload["reason"] })),
        "endpoint.breaker_opened" => of_endpoint("endpoint.failing", json!({})),
        "endpoint.breaker_closed" => of_endpoint("endpoint.recovered", json!({})),
        DELIVERY_ATTEMPTED if event.payload["state"] == "exhausted" => {
            let attempted: DeliveryAttempted = serde_json::from_value(event.payload.clone())?;
            // A person who resends sees how it ends.
            (!attempted.manual).then(|| exhausted(event.event_id.uuid(), &attempted))
        }
        _ => None,
    })
}

fn exhausted(attempt_id: Uuid, attempted: &DeliveryAttempted) -> About {
    let more = json!({
        "msgId": attempted.message_id,
        "lastAttempt": {
            "id": AttemptId::from_uuid(attempt_id),
            "number": attempted.number,
            "responseStatusCode": attempted.status.unwrap_or(0),
            "failure": attempted.failure,
            "timestamp": hookreel_kernel::time::rfc3339(attempted.attempted_at),
        },
    });
    About { event_type: "message.attempt.exhausted", endpoint_id: attempted.endpoint_id, more }
}
