//! Resending: one delivery again, by hand.

use crate::deliveries::Deliveries;
use crate::error::database_failed;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_delivery::ResendError;
use hookreel_kernel::{DeliveryId, EndpointId, MessageId};

impl Deliveries {
    /// Asks for one more attempt, now, whatever became of the delivery before.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], [`ApiError::Conflict`] when the endpoint was deleted.
    pub async fn resend(&self, caller: &Caller, id: DeliveryId) -> Result<(), ApiError> {
        let tx = self.database().tenant(caller.tenant_id()).await.map_err(database_failed)?;
        self.engine().resend(tx, caller.actor().clone(), id).await.map_err(|error| refused(error, "Delivery"))
    }

    /// Sends a message to an endpoint again, or for the first time.
    ///
    /// # Errors
    /// As [`Deliveries::resend`].
    pub async fn resend_message(
        &self,
        caller: &Caller,
        message_id: MessageId,
        endpoint_id: EndpointId,
    ) -> Result<(), ApiError> {
        let tx = self.database().tenant(caller.tenant_id()).await.map_err(database_failed)?;
        let resent = self.engine().resend_message(tx, caller.actor().clone(), message_id, endpoint_id).await;
        resent.map_err(|error| refused(error, "Message or endpoint"))
    }
}

fn refused(error: ResendError, what: &str) -> ApiError {
    match error {
        ResendError::NotFound => ApiError::not_found(what),
        ResendError::EndpointDeleted => ApiError::conflict("The endpoint was deleted, so nothing can be sent to it."),
        ResendError::Conflict => ApiError::conflict("The delivery changed at the same moment. Try again."),
        ResendError::Database(error) => database_failed(error),
    }
}
