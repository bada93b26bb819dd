//! Schemas and what was published lately: one made from it, and one tried on it.

use super::EventTypes;
use crate::error::failed;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::views::{SchemaSuggestion, SchemaTrial, SchemaTrialExample};
use hookreel_kernel::{MessageId, Timestamp};
use hookreel_read_models::{event_types as read, messages};
use hookreel_schemas::{Schema, infer};
use serde_json::Value;
use std::sync::Arc;

/// So many messages a schema is tried on,
const TRIED_MAX: i64 = 50;
/// and so many bytes of them.
const TRIED_BYTES_MAX: i64 = 8 << 20;
/// So many of those that do not fit are named.
const EXAMPLES_MAX: usize = 5;
/// So many messages are looked at for one that is JSON.
const SUGGESTED_FROM_MAX: i64 = 5;

impl EventTypes {
    /// A schema made from the newest message of a type; none: there is no message of it lately, or none that is JSON.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn suggest(&self, caller: &Caller, name: &str) -> Result<Option<SchemaSuggestion>, ApiError> {
        for (message_id, received_at, body) in self.newest(caller, name, SUGGESTED_FROM_MAX).await? {
            if let Ok(payload) = serde_json::from_slice::<Value>(&body) {
                return Ok(Some(SchemaSuggestion { message_id, received_at, schema: infer(&payload) }));
            }
        }
        Ok(None)
    }

    /// Holds the newest messages of a type against a schema that need not be anybody's yet. Nothing is changed.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `schemas`.
    pub async fn try_schema(&self, caller: &Caller, name: &str, schema: Value) -> Result<SchemaTrial, ApiError> {
        let compiled = Schema::compile(&schema).map_err(|error| ApiError::invalid("schemas", error.to_string()))?;
        let compiled = Arc::new(compiled);
        let mut trial = SchemaTrial::default();
        for (message_id, received_at, body) in self.newest(caller, name, TRIED_MAX).await? {
            let faults = self.schemas.check(&compiled, &body.into()).await?;
            trial.checked += 1;
            if faults.is_empty() {
                continue;
            }
            trial.failing += 1;
            if trial.examples.len() < EXAMPLES_MAX {
                trial.examples.push(SchemaTrialExample { message_id, received_at, faults });
            }
        }
        Ok(trial)
    }

    /// The newest accepted messages of a type, with their bodies.
    async fn newest(
        &self,
        caller: &Caller,
        name: &str,
        limit: i64,
    ) -> Result<Vec<(MessageId, Timestamp, Vec<u8>)>, ApiError> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let found = read::newest_messages(tx.connection(), tenant_id, name, limit, TRIED_BYTES_MAX).await;
        let found = found.map_err(failed)?;
        let ids: Vec<MessageId> = found.iter().map(|(id, _)| *id).collect();
        let mut bodies = messages::bodies(tx.connection(), tenant_id, &ids).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let with_body = |(id, at)| Some((id, at, bodies.remove(&id)?));
        Ok(found.into_iter().filter_map(with_body).collect())
    }
}
