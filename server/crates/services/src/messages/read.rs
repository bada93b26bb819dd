//! Looking at messages.

use super::Messages;
use crate::error::failed;
use hookreel_auth::Caller;
use hookreel_contract::input::MessageFilter;
use hookreel_contract::views::{MessageDetail, MessageRow, PassedOver, Receipt};
use hookreel_contract::{ApiError, Cursor, Page};
use hookreel_kernel::{ApplicationId, MessageId};
use hookreel_read_models::messages as read;
use std::collections::HashMap;

impl Messages {
    /// The messages that a filter lets through, newest first.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `state` or `cursor`.
    pub async fn list(&self, caller: &Caller, filter: MessageFilter) -> Result<Page<MessageRow>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let page = read::list(tx.connection(), caller.tenant_id(), &filter).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(page)
    }

    /// One message with headers, body and deliveries.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn get(&self, caller: &Caller, id: MessageId) -> Result<MessageDetail, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let found = read::detail(tx.connection(), caller.tenant_id(), id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        found.ok_or_else(not_found)
    }

    /// One message of an application by its id or its uid.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn find(
        &self,
        caller: &Caller,
        application_id: ApplicationId,
        id_or_uid: &str,
    ) -> Result<MessageRow, ApiError> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let id = read::find_id(tx.connection(), tenant_id, application_id, id_or_uid).await.map_err(failed)?;
        let row = match id {
            Some(id) => read::rows(tx.connection(), tenant_id, &[id]).await.map_err(failed)?.pop(),
            None => None,
        };
        tx.commit().await.map_err(failed)?;
        row.ok_or_else(not_found)
    }

    /// These messages, in no particular order; those that do not exist are left out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn rows(&self, caller: &Caller, ids: &[MessageId]) -> Result<Vec<MessageRow>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let rows = read::rows(tx.connection(), caller.tenant_id(), ids).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(rows)
    }

    /// The endpoints of a message's application that have no delivery of it, newest first, and how many there are in
    /// all.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `cursor`.
    pub async fn passed_over(
        &self,
        caller: &Caller,
        id: MessageId,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<(Page<PassedOver>, u64), ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let found = read::passed_over(tx.connection(), caller.tenant_id(), id, cursor, limit).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(found)
    }

    /// What was found out about these received messages; those that do not exist are left out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn receipts(&self, caller: &Caller, ids: &[MessageId]) -> Result<HashMap<MessageId, Receipt>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let receipts = read::receipts(tx.connection(), caller.tenant_id(), ids).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(receipts)
    }

    /// The exact body of a message.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn body(&self, caller: &Caller, id: MessageId) -> Result<Vec<u8>, ApiError> {
        self.bodies(caller, &[id]).await?.remove(&id).ok_or_else(not_found)
    }

    /// The exact bodies of these messages; those that do not exist are left out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn bodies(&self, caller: &Caller, ids: &[MessageId]) -> Result<HashMap<MessageId, Vec<u8>>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let bodies = read::bodies(tx.connection(), caller.tenant_id(), ids).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(bodies)
    }
}

pub(super) fn not_found() -> ApiError {
    ApiError::not_found("Message")
}
