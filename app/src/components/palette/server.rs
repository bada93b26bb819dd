//! What the palette asks the server.

use super::entries::Named;
use crate::error::AppError;
use leptos::prelude::*;

/// Every source, and the newest 250 endpoints; the operator's place for whoever is one, and plans where they are sold.
#[server(prefix = "/do", endpoint = "list_named")]
pub async fn list_named() -> Result<Vec<Named>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    let services = services()?;
    let sources = services.sources.list(&caller).await?;
    let endpoints = services.endpoints.list(&caller, None, None, 250).await?;
    let sources = sources.into_iter().map(|source| Named::Source(source.id, source.name));
    let endpoints = endpoints
        .items
        .into_iter()
        .map(|endpoint| Named::Endpoint(endpoint.id, hookreel_kernel::masked_url(&endpoint.url).into_owned()));
    let operator = services.people.current(&caller).await?.is_operator.then_some(Named::Operator);
    let plans = services.plans.are_sold().then_some(Named::Plans);
    Ok(operator.into_iter().chain(plans).chain(sources).chain(endpoints).collect())
}
