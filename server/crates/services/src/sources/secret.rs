//! The secrets that verify what comes in at a source.

use super::{Sources, not_found, rule_of};
use crate::error::{Failure, Tries};
use crate::execute::metadata;
use crate::rotation::{check_rotation, replace};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::views::SourceView;
use hookreel_domain::Source;
use hookreel_domain::source::SourceCommand;
use hookreel_ingest::validate_secret;
use hookreel_kernel::SourceId;
use hookreel_read_models::load;
use hookreel_secrets::{delete_old_secrets, delete_secrets, expire_secrets, insert_secret, load_secrets};
use std::time::Duration;

/// How long a source's old secret verifies beside the new one, unless somebody says otherwise.
pub const SECRET_OVERLAP: Duration = Duration::from_hours(24);
/// The longest that may be.
pub const SECRET_OVERLAP_MAX: Duration = Duration::from_hours(30 * 24);

/// What replaces a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replacement {
    AtOnce,
    WithOverlap(Duration),
}

impl Sources {
    /// Uses this secret and no other from now on.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`] on `secret`.
    pub async fn set_secret(&self, caller: &Caller, id: SourceId, secret: &str) -> Result<(), ApiError> {
        self.replace_secret(caller, id, secret, Replacement::AtOnce).await
    }

    /// Uses this secret from now on; the one before verifies too for as many seconds, or for a day if nothing is said.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`] on `secret` or `overlapS`; [`ApiError::Conflict`] while too many old
    /// ones are valid.
    pub async fn rotate_secret(
        &self,
        caller: &Caller,
        id: SourceId,
        new_secret: &str,
        overlap_s: Option<u64>,
    ) -> Result<SourceView, ApiError> {
        let replacement = match overlap_s.map_or(SECRET_OVERLAP, Duration::from_secs) {
            Duration::ZERO => Replacement::AtOnce,
            overlap if overlap <= SECRET_OVERLAP_MAX => Replacement::WithOverlap(overlap),
            _ => {
                let seconds = SECRET_OVERLAP_MAX.as_secs();
                return Err(ApiError::invalid(
                    "overlapS",
                    format!("must be at most {seconds} seconds, which is 30 days"),
                ));
            }
        };
        self.replace_secret(caller, id, new_secret, replacement).await?;
        self.get(caller, id).await
    }

    /// Lets no secret verify but the current one, whatever was said when it was rotated.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn end_old_secrets(&self, caller: &Caller, id: SourceId) -> Result<(), ApiError> {
        let mut tries = Tries::default();
        loop {
            match self.end_old_secrets_once(caller, id).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => return outcome.map_err(ApiError::from),
            }
        }
    }

    async fn end_old_secrets_once(&self, caller: &Caller, id: SourceId) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        let command = SourceCommand::EndOldSecrets;
        hookreel_read_models::execute::<Source>(tx.connection(), tenant_id, id.uuid(), &metadata(caller), command)
            .await?;
        delete_old_secrets(tx.connection(), tenant_id, id.uuid()).await?;
        tx.commit().await?;
        self.by_token.forget();
        Ok(())
    }

    async fn replace_secret(
        &self,
        caller: &Caller,
        id: SourceId,
        secret: &str,
        replacement: Replacement,
    ) -> Result<(), ApiError> {
        let mut tries = Tries::default();
        loop {
            match self.replace_secret_once(caller, id, secret, replacement).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => return outcome.map_err(ApiError::from),
            }
        }
    }

    async fn replace_secret_once(
        &self,
        caller: &Caller,
        id: SourceId,
        secret: &str,
        replacement: Replacement,
    ) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        let loaded = load::<Source>(tx.connection(), tenant_id, id.uuid()).await?;
        let (source, version) = (loaded.state, loaded.stamp.version);
        let details = source.details.filter(|_| source.existence.is_present()).ok_or_else(not_found)?;
        let rule = rule_of(details.rule)?;
        validate_secret(&rule, secret).map_err(|refusal| ApiError::invalid("secret", refusal.to_string()))?;
        let old_valid_until = match replacement {
            Replacement::AtOnce => {
                delete_secrets(tx.connection(), tenant_id, id.uuid()).await?;
                None
            }
            Replacement::WithOverlap(overlap) => {
                let until = self.clock.now() + overlap;
                expire_secrets(tx.connection(), tenant_id, id.uuid(), until).await?;
                let old = load_secrets(tx.connection(), tenant_id, id.uuid()).await?;
                check_rotation(&self.secrets, &old, "secret", secret, "end the old secrets first")?;
                Some(until)
            }
        };
        let secret_id = insert_secret(tx.connection(), &self.secrets, tenant_id, id.uuid(), secret).await?;
        let command = match old_valid_until {
            None => SourceCommand::SetSecret { secret_id },
            Some(old_valid_until) => SourceCommand::RotateSecret { secret_id, old_valid_until },
        };
        replace::<Source>(tx.connection(), caller, id.uuid(), version, command).await?;
        tx.commit().await?;
        self.by_token.forget();
        Ok(())
    }
}
