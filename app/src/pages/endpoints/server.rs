//! What the pages about endpoints ask the server.

use super::form::EndpointForm;
use crate::components::Choice;
use crate::error::AppError;
use hookreel_contract::Page;
use hookreel_contract::views::EndpointView;
use hookreel_kernel::EndpointId;
use hookreel_kernel::secret::Revealed;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// An endpoint, as far as it can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointChoice {
    /// Its id.
    pub id: EndpointId,
    /// Its URL, which is what people know it by.
    pub url: String,
}

impl EndpointChoice {
    /// Options of a list of choices.
    pub fn options(choices: &[Self]) -> Vec<Choice> {
        choices
            .iter()
            .map(|endpoint| Choice::new(endpoint.id.to_string(), super::text::without_scheme(&endpoint.url)))
            .collect()
    }
}

/// One page of endpoints.
#[server(prefix = "/do", endpoint = "list_endpoints")]
pub async fn list_endpoints(cursor: Option<String>) -> Result<Page<EndpointView>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.endpoints.list(&caller, None, cursor.map(hookreel_contract::Cursor), 50).await?)
}

/// The endpoints that can be chosen in a filter or a form: the newest 250.
#[server(prefix = "/do", endpoint = "endpoint_choices")]
pub async fn endpoint_choices() -> Result<Vec<EndpointChoice>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    let endpoints = services()?.endpoints.list(&caller, None, None, 250).await?;
    let choice = |endpoint: EndpointView| EndpointChoice {
        id: endpoint.id,
        url: hookreel_kernel::masked_url(&endpoint.url).into_owned(),
    };
    Ok(endpoints.items.into_iter().map(choice).collect())
}

/// One endpoint.
#[server(prefix = "/do", endpoint = "get_endpoint")]
pub async fn get_endpoint(id: EndpointId) -> Result<EndpointView, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.endpoints.get(&caller, id).await?)
}

/// A new endpoint, of the default application or of the one that the form names.
#[server(prefix = "/do", endpoint = "create_endpoint")]
pub async fn create_endpoint(#[server(flatten)] form: EndpointForm) -> Result<(), AppError> {
    use crate::error::filled;
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let uid = filled(form.application.clone());
    let input = form.input()?;
    let caller = caller().await?;
    let services = services()?;
    let application = match uid {
        Some(uid) => services.applications.get(&caller, &uid).await?.id,
        None => services.applications.default_id(&caller).await?,
    };
    let endpoint = services.endpoints.create(&caller, application, input).await?;
    redirect(Path::Endpoint(endpoint.id).notice(Done::EndpointCreated));
    Ok(())
}

/// An endpoint's configuration, replaced. What the form does not show stays as it is.
#[server(prefix = "/do", endpoint = "update_endpoint")]
pub async fn update_endpoint(id: EndpointId, #[server(flatten)] form: EndpointForm) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::input::EndpointInput;
    use hookreel_contract::views::EndpointState;
    let input = form.input()?;
    let caller = caller().await?;
    let endpoints = &services()?.endpoints;
    let now = endpoints.get(&caller, id).await?;
    let disabled = now.state == EndpointState::Disabled;
    endpoints.update(&caller, id, EndpointInput { metadata: now.metadata, disabled, ..input }).await?;
    redirect(Path::Endpoint(id).with(&[("tab", "configuration"), (Done::QUERY, Done::EndpointSaved.code())]));
    Ok(())
}

/// Holds an endpoint's deliveries.
#[server(prefix = "/do", endpoint = "pause_endpoint")]
pub async fn pause_endpoint(id: EndpointId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.endpoints.pause(&caller, id).await?;
    redirect(Path::Endpoint(id).notice(Done::EndpointPaused));
    Ok(())
}

/// Sends what was held, and everything new.
#[server(prefix = "/do", endpoint = "resume_endpoint")]
pub async fn resume_endpoint(id: EndpointId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.endpoints.resume(&caller, id).await?;
    redirect(Path::Endpoint(id).notice(Done::EndpointResumed));
    Ok(())
}

/// Lets an endpoint get messages again.
#[server(prefix = "/do", endpoint = "enable_endpoint")]
pub async fn enable_endpoint(id: EndpointId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.endpoints.enable(&caller, id).await?;
    redirect(Path::Endpoint(id).notice(Done::EndpointEnabled));
    Ok(())
}

/// Makes no more deliveries to an endpoint.
#[server(prefix = "/do", endpoint = "disable_endpoint")]
pub async fn disable_endpoint(id: EndpointId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.endpoints.disable(&caller, id, "Disabled in the dashboard.").await?;
    redirect(Path::Endpoint(id).notice(Done::EndpointDisabled));
    Ok(())
}

/// Deletes an endpoint whose host was typed to confirm it.
#[server(prefix = "/do", endpoint = "delete_endpoint")]
pub async fn delete_endpoint(id: EndpointId, host: String) -> Result<(), AppError> {
    use super::text::host_of;
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    let endpoints = &services()?.endpoints;
    let endpoint = endpoints.get(&caller, id).await?;
    let expected = host_of(&endpoint.url);
    if !host.trim().eq_ignore_ascii_case(expected) {
        return Err(AppError::field("host", format!("must be {expected}, to be sure it is this endpoint")));
    }
    endpoints.delete(&caller, id).await?;
    redirect(Path::Endpoints.notice(Done::EndpointDeleted));
    Ok(())
}

/// The secret that signs what is sent to an endpoint.
#[server(prefix = "/do", endpoint = "endpoint_secret")]
pub async fn endpoint_secret(id: EndpointId) -> Result<Revealed, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.endpoints.secret(&caller, id).await?)
}

/// A new signing secret; the old one keeps signing for a day.
#[server(prefix = "/do", endpoint = "rotate_endpoint_secret")]
pub async fn rotate_endpoint_secret(id: EndpointId, secret: Option<String>) -> Result<(), AppError> {
    use crate::error::filled;
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::ApiError;
    let caller = caller().await?;
    let rotated = services()?.endpoints.rotate_secret(&caller, id, filled(secret)).await;
    // The REST API calls it by another name.
    rotated.map_err(|error| match error {
        ApiError::Invalid { fields } => {
            let message = fields.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; ");
            AppError::field("secret", message)
        }
        error => error.into(),
    })?;
    redirect(Path::Endpoint(id).with(&[
        ("tab", "configuration"),
        ("secret", "shown"),
        (Done::QUERY, Done::SecretRotated.code()),
    ]));
    Ok(())
}

/// Publishes a test message for this endpoint alone.
#[server(prefix = "/do", endpoint = "send_test_message")]
pub async fn send_test_message(id: EndpointId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    let message = services()?.endpoints.send_test(&caller, id).await?;
    redirect(Path::Message(message).notice(Done::TestSent));
    Ok(())
}
