//! One command on one thing, in a transaction of its own.

use crate::error::{Failure, Refusal, Tries};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_kernel::Metadata;
use hookreel_read_models::{Executed, Projected};
use uuid::Uuid;

/// Who does it: kept with every event.
pub(crate) fn metadata(caller: &Caller) -> Metadata {
    Metadata::by(caller.actor().clone())
}

/// Loads, decides, appends, projects and commits; again if somebody else was faster.
///
/// # Errors
/// What the thing's rules or the database have against it.
pub(crate) async fn execute<A>(
    database: &Database,
    caller: &Caller,
    id: Uuid,
    command: A::Command,
) -> Result<Executed<A>, ApiError>
where
    A: Projected,
    A::Rejection: Refusal + std::fmt::Debug,
{
    let mut tries = Tries::default();
    loop {
        match execute_once(database, caller, id, command.clone()).await {
            Err(failure) if tries.again(&failure) => {}
            outcome => return outcome.map_err(ApiError::from),
        }
    }
}

async fn execute_once<A>(
    database: &Database,
    caller: &Caller,
    id: Uuid,
    command: A::Command,
) -> Result<Executed<A>, Failure>
where
    A: Projected,
    A::Rejection: Refusal + std::fmt::Debug,
{
    let mut tx = database.tenant(caller.tenant_id()).await?;
    let executed =
        hookreel_read_models::execute::<A>(tx.connection(), caller.tenant_id(), id, &metadata(caller), command).await?;
    tx.commit().await?;
    Ok(executed)
}
