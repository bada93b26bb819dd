//! The server functions of the sources' pages.

#![cfg_attr(feature = "ssr", expect(clippy::unused_async, reason = "server functions are async, whatever they do"))]

use super::handshakes::Handshake;
use super::settings::SettingsForm;
use crate::error::AppError;
use hookreel_contract::source::{ProviderView, QuarantineCounts, SourceVerdicts};
use hookreel_contract::views::{MessageRow, SourceView};
use hookreel_kernel::SourceId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Every source.
#[server(prefix = "/do", endpoint = "list_sources")]
pub async fn list_sources() -> Result<Vec<SourceView>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.sources.list(&caller).await?)
}

/// A source, with all that is known about its provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceAndProvider {
    /// The source.
    pub source: SourceView,
    /// Its provider.
    pub provider: ProviderView,
    /// Whether a repository can be connected to it, or is.
    pub has_repository: bool,
}

/// One source, and its provider.
#[server(prefix = "/do", endpoint = "get_source")]
pub async fn get_source(id: SourceId) -> Result<SourceAndProvider, AppError> {
    use crate::server::{caller, services};
    use hookreel_contract::ApiError;
    let caller = caller().await?;
    let services = services()?;
    let source = services.sources.get(&caller, id).await?;
    let provider = services.sources.provider(&source.provider).ok_or(ApiError::Internal)?;
    let has_repository =
        provider.name == "github" && (services.repository_connections.is_available() || source.repository.is_some());
    Ok(SourceAndProvider { source, provider, has_repository })
}

/// The last messages that came in by a source.
#[server(prefix = "/do", endpoint = "recent_messages")]
pub async fn recent_messages(source_id: SourceId) -> Result<Vec<MessageRow>, AppError> {
    use crate::server::{caller, services};
    use hookreel_contract::input::MessageFilter;
    const SHOWN: usize = 10;
    let caller = caller().await?;
    let filter = MessageFilter { source_id: Some(source_id), limit: Some(SHOWN), ..MessageFilter::default() };
    Ok(services()?.messages.list(&caller, filter).await?.items)
}

/// What is known about who sent what a source has kept lately.
#[server(name = ReadSourceVerdicts, prefix = "/do", endpoint = "source_verdicts")]
pub async fn source_verdicts(source_id: SourceId) -> Result<SourceVerdicts, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.sources.verdicts(&caller, source_id).await?)
}

/// Every provider that webhooks can be received from. Anybody may know.
#[server(prefix = "/do", endpoint = "list_providers")]
pub async fn list_providers() -> Result<Vec<ProviderView>, AppError> {
    Ok(crate::server::services()?.sources.providers())
}

/// The provider of a name. Anybody may know.
#[server(prefix = "/do", endpoint = "get_provider")]
pub async fn get_provider(name: String) -> Result<ProviderView, AppError> {
    use hookreel_contract::ApiError;
    let provider = crate::server::services()?.sources.provider(&name);
    provider.ok_or_else(|| AppError::from(ApiError::not_found("Provider")))
}

/// Makes a source. `fields` is what its provider wants to know beside the secret.
#[server(prefix = "/do", endpoint = "create_source")]
pub async fn create_source(
    provider: String,
    name: String,
    #[server(default)] secret: Option<String>,
    #[server(default)] fields: BTreeMap<String, String>,
) -> Result<(), AppError> {
    use crate::error::filled;
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::input::SourceInput;
    let caller = caller().await?;
    let input = SourceInput {
        name,
        provider,
        secret: filled(secret),
        generic: None,
        fields,
        settings: None,
        application_id: None,
    };
    let source = services()?.sources.create(&caller, input).await?;
    redirect(Path::Source(source.id).notice(Done::SourceCreated));
    Ok(())
}

/// Changes how a source is configured: all that its form shows.
#[server(prefix = "/do", endpoint = "update_source")]
pub async fn update_source(
    id: SourceId,
    name: String,
    #[server(default)] fields: BTreeMap<String, String>,
    settings: SettingsForm,
) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::input::SourceChange;
    let settings = settings.settings()?;
    let caller = caller().await?;
    let change = SourceChange { name: Some(name), fields: Some(fields), settings: Some(settings) };
    services()?.sources.update(&caller, id, change).await?;
    redirect(Path::Source(id).with(&[("tab", "settings"), (Done::QUERY, Done::SourceSaved.code())]));
    Ok(())
}

/// Keeps what comes in, and delivers nothing of it.
#[server(prefix = "/do", endpoint = "pause_source")]
pub async fn pause_source(id: SourceId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.sources.pause(&caller, id).await?;
    redirect(Path::Source(id).notice(Done::SourcePaused));
    Ok(())
}

/// Delivers what comes in again.
#[server(prefix = "/do", endpoint = "resume_source")]
pub async fn resume_source(id: SourceId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.sources.resume(&caller, id).await?;
    redirect(Path::Source(id).notice(Done::SourceResumed));
    Ok(())
}

/// Plays the provider: signs a sample with the source's own secret, and receives it.
#[server(prefix = "/do", endpoint = "send_sample")]
pub async fn send_sample(id: SourceId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    let message = services()?.messages.receive_sample(&caller, id).await?;
    redirect(Path::Message(message).notice(Done::SampleSent));
    Ok(())
}

/// The exchanges by which the provider asked whether it may send, newest first.
#[server(prefix = "/do", endpoint = "recent_handshakes")]
pub async fn recent_handshakes(source_id: SourceId) -> Result<Vec<Handshake>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    let events = services()?.event_log.handshakes(&caller, source_id).await?;
    Ok(events.iter().map(Handshake::of).collect())
}

/// How many messages of a source are in quarantine.
#[server(prefix = "/do", endpoint = "quarantine_of")]
pub async fn quarantine_of(id: SourceId) -> Result<QuarantineCounts, AppError> {
    use crate::server::{caller, services};
    use hookreel_contract::source::QuarantineSelection;
    let caller = caller().await?;
    let selection = QuarantineSelection { source_id: Some(id), ..QuarantineSelection::default() };
    Ok(services()?.messages.count_quarantined(&caller, &selection).await?)
}

/// Judges a source's quarantined messages again, with its secrets of now.
#[server(prefix = "/do", endpoint = "verify_source_again")]
pub async fn verify_source_again(id: SourceId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::source::QuarantineSelection;
    let caller = caller().await?;
    let selection = QuarantineSelection { source_id: Some(id), ..QuarantineSelection::default() };
    services()?.messages.reverify(&caller, selection).await?;
    redirect(Path::Source(id).notice(Done::VerifiedAgain));
    Ok(())
}

/// Delivers a source's quarantined messages: those known to be genuine, and the others only if that was ticked.
#[server(prefix = "/do", endpoint = "release_quarantined")]
pub async fn release_quarantined(
    id: SourceId,
    #[server(default)] unverified_too: Option<String>,
) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::source::QuarantineSelection;
    let caller = caller().await?;
    let selection = QuarantineSelection { source_id: Some(id), ..QuarantineSelection::default() };
    let outcome = services()?.messages.release(&caller, selection, unverified_too.is_some()).await?;
    redirect(Path::Source(id).notice(Done::released(&outcome)));
    Ok(())
}

/// Sets the first secret, or puts another in its place at once.
#[server(prefix = "/do", endpoint = "set_source_secret")]
pub async fn set_source_secret(id: SourceId, secret: String) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    let services = services()?;
    services.sources.set_secret(&caller, id, secret.trim()).await?;
    services.repository_connections.pass_secret_on(&caller, id).await?;
    redirect(Path::Source(id).notice(Done::SecretSaved));
    Ok(())
}

/// Sets a new secret while the old one stays valid for as many seconds.
#[server(prefix = "/do", endpoint = "rotate_source_secret")]
pub async fn rotate_source_secret(
    id: SourceId,
    secret: String,
    #[server(default)] overlap_s: Option<u64>,
) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    let services = services()?;
    services.sources.rotate_secret(&caller, id, secret.trim(), overlap_s).await?;
    services.repository_connections.pass_secret_on(&caller, id).await?;
    redirect(Path::Source(id).notice(Done::SecretSaved));
    Ok(())
}

/// Ends what is left of the time of a source's old secrets.
#[server(prefix = "/do", endpoint = "end_old_secrets")]
pub async fn end_old_secrets(id: SourceId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.sources.end_old_secrets(&caller, id).await?;
    redirect(Path::Source(id).notice(Done::OldSecretsEnded));
    Ok(())
}

/// Ends a source. Its name has to be typed, because its URL is gone for good.
#[server(prefix = "/do", endpoint = "delete_source")]
pub async fn delete_source(id: SourceId, typed_name: String) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    let services = services()?;
    let source = services.sources.get(&caller, id).await?;
    if typed_name.trim() != source.name {
        return Err(AppError::field("typed_name", format!("must be exactly “{}”", source.name)));
    }
    services.sources.delete(&caller, id).await?;
    redirect(Path::Sources.notice(Done::SourceDeleted));
    Ok(())
}
