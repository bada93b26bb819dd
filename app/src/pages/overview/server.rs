//! The server function of the overview.

use crate::error::AppError;
use hookreel_contract::views::Overview;
use leptos::prelude::*;

/// The last hours.
#[server(prefix = "/do", endpoint = "get_overview")]
pub async fn get_overview(hours: u32) -> Result<Overview, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.overview.get(&caller, hours).await?)
}
