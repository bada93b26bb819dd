//! The server functions of the sources' pages.

#![expect(clippy::too_many_arguments, reason = "the arguments of a server function are the fields of its form")]

use crate::error::AppError;
use hookreel_contract::views::{MessageRow, SourceView};
use hookreel_kernel::SourceId;
use leptos::prelude::*;

/// Every source.
#[server(prefix = "/do", endpoint = "list_sources")]
pub async fn list_sources() -> Result<Vec<SourceView>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.sources.list(&caller).await?)
}

/// One source.
#[server(prefix = "/do", endpoint = "get_source")]
pub async fn get_source(id: SourceId) -> Result<SourceView, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.sources.get(&caller, id).await?)
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

/// Makes a source. The fields that begin with `header` to `event_type_header` are for generic HMAC only.
#[server(prefix = "/do", endpoint = "create_source")]
pub async fn create_source(
    provider: String,
    name: String,
    #[server(default)] secret: Option<String>,
    #[server(default)] header: Option<String>,
    #[server(default)] prefix: Option<String>,
    #[server(default)] encoding: Option<String>,
    #[server(default)] event_id_header: Option<String>,
    #[server(default)] event_type_header: Option<String>,
) -> Result<(), AppError> {
    use crate::error::filled;
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::input::{GenericHmacInput, SourceInput};
    let caller = caller().await?;
    let generic = (provider == "generic_hmac").then(|| GenericHmacInput {
        header: header.unwrap_or_default().trim().to_owned(),
        prefix: prefix.unwrap_or_default(),
        encoding: encoding.unwrap_or_default(),
        event_id_header: filled(event_id_header),
        event_type_header: filled(event_type_header),
    });
    let input = SourceInput {
        name,
        provider,
        secret: filled(secret),
        generic,
        fields: std::collections::BTreeMap::new(),
        settings: None,
        application_id: None,
    };
    let source = services()?.sources.create(&caller, input).await?;
    redirect(Path::Source(source.id).notice(Done::SourceCreated));
    Ok(())
}

/// Sets the first secret, or puts another in its place at once.
#[server(prefix = "/do", endpoint = "set_source_secret")]
pub async fn set_source_secret(id: SourceId, secret: String) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.sources.set_secret(&caller, id, secret.trim()).await?;
    redirect(Path::Source(id).notice(Done::SecretSaved));
    Ok(())
}

/// Sets a new secret while the old one stays valid for a day.
#[server(prefix = "/do", endpoint = "rotate_source_secret")]
pub async fn rotate_source_secret(id: SourceId, secret: String) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.sources.rotate_secret(&caller, id, secret.trim()).await?;
    redirect(Path::Source(id).notice(Done::SecretSaved));
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
