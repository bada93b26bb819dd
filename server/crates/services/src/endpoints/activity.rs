//! Whether an endpoint is sent to, and what becomes of its waiting deliveries when that changes.

use super::Endpoints;
use crate::error::{Failure, Tries};
use crate::execute::{execute, metadata};
use bytes::Bytes;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_database::TenantTx;
use hookreel_delivery::NewMessage;
use hookreel_domain::Endpoint;
use hookreel_domain::endpoint::EndpointCommand;
use hookreel_domain::traffic::CancelCause;
use hookreel_kernel::{EndpointId, MessageId, time::rfc3339};
use hookreel_read_models::endpoints as read;
use hookreel_secrets::delete_secrets;

/// The event type of a test message.
pub const TEST_EVENT_TYPE: &str = "hookreel.test";
/// The most characters of a reason.
const REASON_CHARS_MAX: usize = 500;

/// What changes together with an endpoint's activity.
#[derive(Debug, Clone)]
enum Change {
    Resume,
    Disable { reason: String },
    Delete,
}

impl Endpoints {
    /// Holds an endpoint's deliveries: they are made, and wait.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Conflict`] when it is disabled.
    pub async fn pause(&self, caller: &Caller, id: EndpointId) -> Result<(), ApiError> {
        execute::<Endpoint>(&self.database, caller, id.uuid(), EndpointCommand::Pause).await?;
        Ok(())
    }

    /// Sends the held deliveries and goes on.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Conflict`] when it is disabled.
    pub async fn resume(&self, caller: &Caller, id: EndpointId) -> Result<(), ApiError> {
        self.change(caller, id, Change::Resume).await
    }

    /// Makes deliveries to a disabled endpoint again, of messages that come in from now on.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Conflict`] when it is paused.
    pub async fn enable(&self, caller: &Caller, id: EndpointId) -> Result<(), ApiError> {
        execute::<Endpoint>(&self.database, caller, id.uuid(), EndpointCommand::Enable).await?;
        Ok(())
    }

    /// Makes no deliveries to an endpoint any more, and cancels those that wait.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`] on `reason`.
    pub async fn disable(&self, caller: &Caller, id: EndpointId, reason: &str) -> Result<(), ApiError> {
        let reason = reason.trim();
        if reason.chars().count() > REASON_CHARS_MAX || reason.chars().any(char::is_control) {
            let message = format!("must be one line of at most {REASON_CHARS_MAX} characters");
            return Err(ApiError::invalid("reason", message));
        }
        self.change(caller, id, Change::Disable { reason: reason.to_owned() }).await
    }

    /// Deletes an endpoint with its secrets, and cancels the deliveries that wait.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: EndpointId) -> Result<(), ApiError> {
        self.change(caller, id, Change::Delete).await
    }

    /// Sends a message of the type `hookreel.test` to this endpoint alone, whatever its filters say.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Conflict`] when it is disabled; [`ApiError::Invalid`] when the tenant has a
    /// schema for such messages that this one does not fit.
    pub async fn send_test(&self, caller: &Caller, id: EndpointId) -> Result<MessageId, ApiError> {
        let view = self.get(caller, id).await?;
        if view.state == hookreel_contract::views::EndpointState::Disabled {
            return Err(ApiError::conflict("the endpoint is disabled: enable it first"));
        }
        let body = serde_json::json!({
            "type": TEST_EVENT_TYPE,
            "timestamp": rfc3339(self.clock.now()),
            "data": { "endpoint_id": id, "message": "This is a test. If you can read it, the endpoint works." },
        });
        let body = Bytes::from(body.to_string());
        let judged = self.schemas.judge(caller.tenant_id(), TEST_EVENT_TYPE, &body).await?;
        let message = NewMessage {
            tenant_id: caller.tenant_id(),
            message_id: MessageId::generate(),
            application_id: view.application_id,
            source_id: None,
            event_type: TEST_EVENT_TYPE.to_owned(),
            uid: None,
            provider_event_id: None,
            channels: None,
            headers: Vec::new(),
            body,
            only_endpoint: Some(id),
            received: None,
            refusal: None,
            schema_faults: judged.for_publisher()?,
            metadata: metadata(caller),
        };
        let accepted = self.engine.accept(message).await.map_err(|error| crate::messages::not_accepted(&error))?;
        Ok(accepted.message_id)
    }

    async fn change(&self, caller: &Caller, id: EndpointId, change: Change) -> Result<(), ApiError> {
        let mut tries = Tries::default();
        loop {
            match self.change_once(caller, id, change.clone()).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => return outcome.map_err(ApiError::from),
            }
        }
    }

    async fn change_once(&self, caller: &Caller, id: EndpointId, change: Change) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        read::lock(tx.connection(), tenant_id, id).await?;
        match change {
            Change::Delete => delete_in(&mut tx, caller, id).await?,
            Change::Resume => {
                read::release_deliveries(tx.connection(), tenant_id, id).await?;
                command_in(&mut tx, caller, id, EndpointCommand::Resume).await?;
            }
            Change::Disable { reason } => {
                let cancelled = cancel_in(&mut tx, caller, id, CancelCause::EndpointDisabled).await?;
                command_in(&mut tx, caller, id, EndpointCommand::Disable { reason, cancelled }).await?;
            }
        }
        tx.commit().await?;
        // What was made due gets its jobs, and what was cancelled its events.
        self.engine.wake_reconciler();
        Ok(())
    }
}

/// Gives up what waits for an endpoint inside a transaction that changes it, and says how many that were.
pub(super) async fn cancel_in(
    tx: &mut TenantTx,
    caller: &Caller,
    id: EndpointId,
    cause: CancelCause,
) -> Result<u64, Failure> {
    let tenant_id = tx.tenant_id();
    Ok(read::cancel_deliveries(tx.connection(), tenant_id, id, cause, &metadata(caller)).await?)
}

async fn command_in(
    tx: &mut TenantTx,
    caller: &Caller,
    id: EndpointId,
    command: EndpointCommand,
) -> Result<(), Failure> {
    let tenant_id = tx.tenant_id();
    hookreel_read_models::execute::<Endpoint>(tx.connection(), tenant_id, id.uuid(), &metadata(caller), command)
        .await?;
    Ok(())
}

/// Deletes an endpoint inside a transaction that may delete more.
pub(crate) async fn delete_in(tx: &mut TenantTx, caller: &Caller, id: EndpointId) -> Result<(), Failure> {
    let tenant_id = tx.tenant_id();
    read::lock(tx.connection(), tenant_id, id).await?;
    delete_secrets(tx.connection(), tenant_id, id.uuid()).await?;
    let cancelled = cancel_in(tx, caller, id, CancelCause::EndpointDeleted).await?;
    command_in(tx, caller, id, EndpointCommand::Delete { cancelled }).await
}
