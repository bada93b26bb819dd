//! The server functions of the settings' page.

use crate::error::AppError;
use hookreel_contract::views::SessionView;
use hookreel_kernel::SessionId;
use leptos::prelude::*;

/// Every session of the member that is still valid.
#[server(prefix = "/do", endpoint = "list_sessions")]
pub async fn list_sessions() -> Result<Vec<SessionView>, AppError> {
    use crate::server::{caller_and_session, services};
    let (caller, current) = caller_and_session().await?;
    Ok(services()?.people.sessions(&caller, Some(current)).await?)
}

/// Ends one of them.
#[server(prefix = "/do", endpoint = "revoke_session")]
pub async fn revoke_session(id: SessionId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.people.revoke_session(&caller, id).await?;
    redirect(Path::Settings.notice(Done::SessionRevoked));
    Ok(())
}
