//! The server functions of the settings' page.

use crate::error::AppError;
use hookreel_contract::views::SessionView;
use hookreel_kernel::{Email, SessionId};
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

/// The address that was asked for and is not confirmed yet.
#[server(prefix = "/do", endpoint = "wanted_address")]
pub async fn wanted_address() -> Result<Option<Email>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.addresses.wanted(&caller).await?)
}

/// Has a link sent to another address.
#[server(prefix = "/do", endpoint = "change_address")]
pub async fn change_address(email: String, password: String) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, client, redirect, services};
    let caller = caller().await?;
    let services = services()?;
    services.addresses.request_change(&caller, &email, password.into(), &client()).await?;
    redirect(Path::Settings.notice(Done::AddressLinkSent.if_sent(services.mails_are_sent)));
    Ok(())
}

/// Keeps the present address.
#[server(prefix = "/do", endpoint = "cancel_address_change")]
pub async fn cancel_address_change() -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.addresses.cancel_change(&caller).await?;
    redirect(Path::Settings.notice(Done::AddressKept));
    Ok(())
}

/// Chooses another password.
#[server(prefix = "/do", endpoint = "change_password")]
pub async fn change_password(current_password: String, new_password: String) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller_and_session, client, redirect, services};
    let (caller, session_id) = caller_and_session().await?;
    let (current, new) = (current_password.into(), new_password.into());
    services()?.people.change_password(&caller, session_id, current, new, &client()).await?;
    redirect(Path::Settings.notice(Done::PasswordChanged));
    Ok(())
}
