//! Deliveries and attempts.

pub use hookreel_read_models::{AttemptFilter, MessageAttempt};

use crate::error::failed;
use hookreel_auth::Caller;
use hookreel_contract::input::DeliveryFilter;
use hookreel_contract::views::{DeliveryDetail, DeliveryRow};
use hookreel_contract::{ApiError, Page};
use hookreel_database::Database;
use hookreel_delivery::Engine;
use hookreel_kernel::{AttemptId, DeliveryId, EndpointId, MessageId};
use hookreel_read_models::{attempts, deliveries as read};

/// Use cases about deliveries. How one is sent again is in `resend.rs`.
#[derive(Debug, Clone)]
pub struct Deliveries {
    database: Database,
    engine: Engine,
}

impl Deliveries {
    /// On this database and engine.
    pub const fn new(database: Database, engine: Engine) -> Self {
        Self { database, engine }
    }

    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The deliveries that a filter lets through, newest first.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `state` or `cursor`.
    pub async fn list(&self, caller: &Caller, filter: DeliveryFilter) -> Result<Page<DeliveryRow>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let page = read::list(tx.connection(), caller.tenant_id(), &filter).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(page)
    }

    /// One delivery with every attempt.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn get(&self, caller: &Caller, id: DeliveryId) -> Result<DeliveryDetail, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let found = read::detail(tx.connection(), caller.tenant_id(), id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        found.ok_or_else(|| ApiError::not_found("Delivery"))
    }

    /// The attempts of a message, newest first. A message that does not exist has none.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `cursor`.
    pub async fn attempts_of_message(
        &self,
        caller: &Caller,
        message_id: MessageId,
        filter: AttemptFilter,
    ) -> Result<Page<MessageAttempt>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let page =
            attempts::of_message(tx.connection(), caller.tenant_id(), message_id, &filter).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(page)
    }

    /// The attempts to an endpoint, newest first. An endpoint that does not exist has none.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `cursor`.
    pub async fn attempts_of_endpoint(
        &self,
        caller: &Caller,
        endpoint_id: EndpointId,
        filter: AttemptFilter,
    ) -> Result<Page<MessageAttempt>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let page =
            attempts::of_endpoint(tx.connection(), caller.tenant_id(), endpoint_id, &filter).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(page)
    }

    /// One attempt of a message.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn attempt(
        &self,
        caller: &Caller,
        message_id: MessageId,
        attempt_id: AttemptId,
    ) -> Result<MessageAttempt, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let found =
            attempts::find(tx.connection(), caller.tenant_id(), message_id, attempt_id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        found.ok_or_else(|| ApiError::not_found("Attempt"))
    }
}
