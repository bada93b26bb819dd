//! What the page about operational webhooks asks the server.

use crate::error::AppError;
use hookreel_contract::views::OperationalWebhooksView;
use leptos::prelude::*;

/// Whether they are on, whom they go to, and what there is to be told.
#[server(prefix = "/do", endpoint = "get_operational_webhooks")]
pub async fn get_operational_webhooks() -> Result<OperationalWebhooksView, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.operational_webhooks.get(&caller).await?)
}

/// Turns them on, and leads to the endpoint that is missing.
#[server(prefix = "/do", endpoint = "turn_on_operational_webhooks")]
pub async fn turn_on_operational_webhooks() -> Result<(), AppError> {
    use super::OPERATIONAL_UID;
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.operational_webhooks.turn_on(&caller).await?;
    let done = (Done::QUERY, Done::OperationalOn.code());
    redirect(Path::NewEndpoint.with(&[("application", OPERATIONAL_UID), done]));
    Ok(())
}

/// Turns them off, with their endpoints.
#[server(prefix = "/do", endpoint = "turn_off_operational_webhooks")]
pub async fn turn_off_operational_webhooks() -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.operational_webhooks.turn_off(&caller).await?;
    redirect(Path::OperationalWebhooks.notice(Done::OperationalOff));
    Ok(())
}
