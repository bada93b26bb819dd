//! What the pages about connected repositories ask the server.

use crate::error::AppError;
use hookreel_contract::recovery::{MissedList, RecoveryDetail, RecoveryView};
use hookreel_contract::repository::{ConnectionView, RepositoryChoices, RepositoryLook};
use hookreel_kernel::{ConnectionId, RecoveryId, SourceId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What can be said before a repository is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Whether repositories can be connected here at all.
    pub is_available: bool,
    /// Why GitHub most likely cannot reach this installation.
    pub unreachable: Option<String>,
}

/// Whether repositories can be connected.
#[server(prefix = "/do", endpoint = "connect_offer")]
pub async fn connect_offer() -> Result<Offer, AppError> {
    use crate::server::{caller, services};
    caller().await?;
    let connections = &services()?.repository_connections;
    Ok(Offer { is_available: connections.is_available(), unreachable: connections.unreachable() })
}

/// Checks a token and keeps it while a repository is chosen.
#[server(prefix = "/do", endpoint = "begin_connection")]
pub async fn begin_connection(token: String, #[server(default)] source: Option<SourceId>) -> Result<(), AppError> {
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    let connection = services()?.repository_connections.begin(&caller, token.into()).await?;
    redirect(super::connect::second_step(source, connection));
    Ok(())
}

/// The repositories that a token can manage; nothing if it is not kept any more.
#[server(name = ReadRepositoryChoices, prefix = "/do", endpoint = "repository_choices")]
pub async fn repository_choices(connection: ConnectionId) -> Result<Option<RepositoryChoices>, AppError> {
    use crate::server::{caller, services};
    use hookreel_contract::ApiError;
    let caller = caller().await?;
    match services()?.repository_connections.repositories(&caller, connection).await {
        Ok(choices) => Ok(Some(choices)),
        Err(ApiError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Connects a repository, to a new source if none is named.
#[server(prefix = "/do", endpoint = "connect_repository")]
pub async fn connect_repository(
    connection: ConnectionId,
    #[server(default)] repository: Option<String>,
    #[server(default)] typed: Option<String>,
    #[server(default)] events: Vec<String>,
    #[server(default)] name: Option<String>,
    #[server(default)] source: Option<SourceId>,
) -> Result<(), AppError> {
    use crate::error::filled;
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::repository::ConnectInput;
    let repository = filled(typed).or(filled(repository));
    let repository = repository.ok_or_else(|| AppError::field("repository", "must be chosen"))?;
    let caller = caller().await?;
    let input = ConnectInput { connection_id: connection, repository, events, source_id: source, name: filled(name) };
    let id = services()?.repository_connections.connect(&caller, input).await?;
    redirect(Path::Source(id).with(&[("tab", "repository"), (Done::QUERY, Done::RepositoryConnected.code())]));
    Ok(())
}

/// The repository of a source, as Hookreel knows it.
#[server(prefix = "/do", endpoint = "get_connection")]
pub async fn get_connection(id: SourceId) -> Result<Option<ConnectionView>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.repository_connections.get(&caller, id).await?)
}

/// The repository of a source, as GitHub sees it. Nothing if GitHub is not to be asked.
#[server(prefix = "/do", endpoint = "look_at_repository")]
pub async fn look_at_repository(id: SourceId, is_asked: bool) -> Result<Option<RepositoryLook>, AppError> {
    use crate::server::{caller, services};
    if !is_asked {
        return Ok(None);
    }
    let caller = caller().await?;
    Ok(Some(services()?.repository_connections.look(&caller, id).await?))
}

/// Has GitHub send a ping.
#[server(prefix = "/do", endpoint = "ping_repository")]
pub async fn ping_repository(id: SourceId) -> Result<(), AppError> {
    use crate::routes::Done;
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.repository_connections.ping(&caller, id).await?;
    redirect(super::panel::address(id, Done::PingRequested));
    Ok(())
}

/// Makes the webhook at GitHub as it is to be.
#[server(prefix = "/do", endpoint = "renew_repository")]
pub async fn renew_repository(id: SourceId) -> Result<(), AppError> {
    use crate::routes::Done;
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.repository_connections.renew(&caller, id, None).await?;
    redirect(super::panel::address(id, Done::WebhookUpdated));
    Ok(())
}

/// Has other events sent.
#[server(prefix = "/do", endpoint = "set_repository_events")]
pub async fn set_repository_events(id: SourceId, #[server(default)] events: Vec<String>) -> Result<(), AppError> {
    use crate::routes::Done;
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.repository_connections.renew(&caller, id, Some(events)).await?;
    redirect(super::panel::address(id, Done::WebhookUpdated));
    Ok(())
}

/// Manages the repository with another token.
#[server(prefix = "/do", endpoint = "replace_repository_token")]
pub async fn replace_repository_token(id: SourceId, token: String) -> Result<(), AppError> {
    use crate::routes::Done;
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.repository_connections.replace_token(&caller, id, token.into()).await?;
    redirect(super::panel::address(id, Done::TokenReplaced));
    Ok(())
}

/// Deletes the webhook at GitHub and forgets the repository, or only forgets it if that was ticked.
#[server(prefix = "/do", endpoint = "disconnect_repository")]
pub async fn disconnect_repository(id: SourceId, #[server(default)] forget: Option<String>) -> Result<(), AppError> {
    use crate::routes::Done;
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.repository_connections.disconnect(&caller, id, forget.is_some()).await?;
    redirect(super::panel::address(id, Done::RepositoryDisconnected));
    Ok(())
}

/// A stretch of time, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeForm {
    /// Its beginning.
    #[serde(default)]
    pub since: Option<String>,
    /// Its end.
    #[serde(default)]
    pub until: Option<String>,
}

#[cfg(feature = "ssr")]
impl RangeForm {
    fn range(self) -> Result<hookreel_contract::recovery::MissedRange, AppError> {
        use crate::pages::time_range::time_field;
        use hookreel_contract::recovery::MissedRange;
        Ok(MissedRange { since: time_field("since", self.since)?, until: time_field("until", self.until)? })
    }
}

/// What GitHub failed to deliver. Nothing if GitHub is not to be asked.
#[server(prefix = "/do", endpoint = "missed_deliveries")]
pub async fn missed_deliveries(
    id: SourceId,
    is_asked: bool,
    #[server(default)] range: RangeForm,
) -> Result<Option<MissedList>, AppError> {
    use crate::server::{caller, services};
    if !is_asked {
        return Ok(None);
    }
    let range = range.range()?;
    let caller = caller().await?;
    Ok(Some(services()?.recoveries.missed(&caller, id, range).await?))
}

/// Begins to have GitHub deliver again what is missing.
#[server(prefix = "/do", endpoint = "start_recovery")]
pub async fn start_recovery(id: SourceId, #[server(flatten)] range: RangeForm) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let range = range.range()?;
    let caller = caller().await?;
    let recovery = services()?.recoveries.start(&caller, id, range).await?;
    redirect(Path::Recovery(recovery.id).notice(Done::RecoveryStarted));
    Ok(())
}

/// The latest recoveries of a source.
#[server(prefix = "/do", endpoint = "list_recoveries")]
pub async fn list_recoveries(id: SourceId) -> Result<Vec<RecoveryView>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.recoveries.list(&caller, id).await?)
}

/// One recovery.
#[server(prefix = "/do", endpoint = "get_recovery")]
pub async fn get_recovery(id: RecoveryId) -> Result<RecoveryDetail, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.recoveries.get(&caller, id).await?)
}

/// Asks for no more deliveries.
#[server(prefix = "/do", endpoint = "cancel_recovery")]
pub async fn cancel_recovery(id: RecoveryId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.recoveries.cancel(&caller, id).await?;
    redirect(Path::Recovery(id).notice(Done::RecoveryCancelled));
    Ok(())
}
