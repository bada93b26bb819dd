//! The secret that signs what an endpoint is sent.

use super::{Endpoints, not_found};
use crate::error::{Failure, Tries, failed};
use crate::rotation::{check_rotation, replace};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_domain::Endpoint;
use hookreel_domain::endpoint::EndpointCommand;
use hookreel_kernel::secret::Revealed;
use hookreel_kernel::{EndpointId, Secret};
use hookreel_read_models::load;
use hookreel_secrets::{expire_secrets, generate_signing_secret, insert_secret, load_secrets, parse_signing_secret};
use std::time::Duration;

/// How long an endpoint's old secret signs beside the new one.
pub const SECRET_OVERLAP: Duration = Duration::from_hours(24);

impl Endpoints {
    /// The secret that signs now, to be shown.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn secret(&self, caller: &Caller, id: EndpointId) -> Result<Revealed, ApiError> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        // A deleted endpoint has none.
        let rows = load_secrets(tx.connection(), tenant_id, id.uuid()).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let current = rows.into_iter().next().filter(|row| row.expires_at.is_none()).ok_or_else(not_found)?;
        let secret = self.secrets.open(tenant_id, id.uuid(), current.secret_id, &current.ciphertext).map_err(failed)?;
        Ok(Revealed::new(secret.expose().as_str()))
    }

    /// Signs with a new secret from now on, made here if none is given; the old one signs too for 24 hours.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`] on `key`; [`ApiError::Conflict`] while too many old ones sign.
    pub async fn rotate_secret(&self, caller: &Caller, id: EndpointId, new: Option<String>) -> Result<(), ApiError> {
        let secret = match new.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => parse_signing_secret(text).map_err(|error| ApiError::invalid("key", error.to_string()))?,
            None => generate_signing_secret(),
        };
        let mut tries = Tries::default();
        loop {
            match self.rotate_once(caller, id, &secret).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => return outcome.map_err(ApiError::from),
            }
        }
    }

    async fn rotate_once(&self, caller: &Caller, id: EndpointId, secret: &Secret<String>) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        let version = load::<Endpoint>(tx.connection(), tenant_id, id.uuid()).await?.stamp.version;
        expire_secrets(tx.connection(), tenant_id, id.uuid(), self.clock.now() + SECRET_OVERLAP).await?;
        let old = load_secrets(tx.connection(), tenant_id, id.uuid()).await?;
        let cure = "each signs for 24 hours after it was replaced: rotate again when the first of them has ended";
        check_rotation(&self.secrets, &old, "key", secret.expose(), cure)?;
        let secret_id = insert_secret(tx.connection(), &self.secrets, tenant_id, id.uuid(), secret.expose()).await?;
        let command = EndpointCommand::RotateSecret { secret_id };
        replace::<Endpoint>(tx.connection(), caller, id.uuid(), version, command).await?;
        tx.commit().await?;
        Ok(())
    }
}
