//! What the strip asks the server.

use crate::error::AppError;
use hookreel_contract::views::StatBucket;
use hookreel_kernel::EndpointId;
use leptos::prelude::*;

/// Attempts over the last hours, of one endpoint or of all, oldest first.
#[server(prefix = "/do", endpoint = "traffic_buckets")]
pub async fn traffic_buckets(endpoint: Option<EndpointId>, hours: u32) -> Result<Vec<StatBucket>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    let overview = &services()?.overview;
    match endpoint {
        Some(endpoint) => Ok(overview.endpoint_buckets(&caller, endpoint, hours).await?),
        None => Ok(overview.get(&caller, hours).await?.buckets),
    }
}
