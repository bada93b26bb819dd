//! Replacing the secret of an endpoint or a source, and how far it can be rotated.

use crate::error::{Failure, Refusal};
use crate::execute::metadata;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_read_models::{Projected, execute};
use hookreel_secrets::{SecretBox, StoredSecret};
use sqlx::PgConnection;
use uuid::Uuid;

/// So many old secrets are valid beside the current one. Each adds a signature to a header of every attempt, and receivers
/// refuse headers that are too long.
pub(crate) const OLD_SECRETS_MAX: usize = 5;

/// Refuses a secret that is valid already, which would sign or verify twice, and one more than can be valid at once.
///
/// `old` are the secrets that will be valid beside the new one, as they are after the current one was given an end: the
/// rows are locked then, and nobody rotates in between. `cure` says what to do when there are too many.
pub(crate) fn check_rotation(
    secrets: &SecretBox,
    old: &[StoredSecret],
    field: &str,
    new: &str,
    cure: &str,
) -> Result<(), ApiError> {
    // One that does not open any more is not the new one, and must not be in the way of it.
    let is_there = old.iter().any(|row| {
        let opened = secrets.open(row.tenant_id, row.owner_id, row.secret_id, &row.ciphertext);
        opened.is_ok_and(|secret| secret.expose() == new)
    });
    if is_there {
        return Err(ApiError::invalid(field, "is valid already; choose one that is new"));
    }
    if old.len() > OLD_SECRETS_MAX {
        return Err(ApiError::conflict(format!("{OLD_SECRETS_MAX} old secrets are still valid; {cure}")));
    }
    Ok(())
}

/// Records that the secret of something was replaced that was loaded at `version`, before its secrets were touched. Somebody
/// who did the same meanwhile was waited for: their secret would stay current beside this one.
///
/// # Errors
/// [`Failure::Conflict`] then, and what [`execute`] has.
pub(crate) async fn replace<A: Projected>(
    connection: &mut PgConnection,
    caller: &Caller,
    id: Uuid,
    version: i32,
    command: A::Command,
) -> Result<(), Failure>
where
    A::Rejection: Refusal + std::fmt::Debug,
{
    let replaced = execute::<A>(connection, caller.tenant_id(), id, &metadata(caller), command).await?;
    if replaced.stamp.version == version + 1 { Ok(()) } else { Err(Failure::Conflict) }
}
