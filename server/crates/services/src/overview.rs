//! The overview: is everything arriving?

use crate::error::failed;
use crate::plans::Plans;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::views::{Overview, StatBucket};
use hookreel_database::Database;
use hookreel_kernel::{Clock, EndpointId};
use hookreel_read_models::stats::{self, Window};
use hookreel_read_models::{endpoints, overview};
use std::sync::Arc;

/// Use cases about how things are going.
#[derive(Debug, Clone)]
pub struct OverviewService {
    database: Database,
    plans: Plans,
    clock: Arc<dyn Clock>,
}

impl OverviewService {
    /// On this database.
    pub const fn new(database: Database, plans: Plans, clock: Arc<dyn Clock>) -> Self {
        Self { database, plans, clock }
    }

    /// The tenant over the last `hours`: 1 to 2160.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn get(&self, caller: &Caller, hours: u32) -> Result<Overview, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let mut overview =
            overview::get(tx.connection(), caller.tenant_id(), hours, self.clock.now()).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        overview.attention.extend(self.plans.attention(caller.tenant_id()).await);
        Ok(overview)
    }

    /// The attempts to one endpoint over the last `hours`, oldest first.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn endpoint_buckets(
        &self,
        caller: &Caller,
        id: EndpointId,
        hours: u32,
    ) -> Result<Vec<StatBucket>, ApiError> {
        let (tenant_id, now) = (caller.tenant_id(), self.clock.now());
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        if endpoints::get(tx.connection(), tenant_id, id, now).await.map_err(failed)?.is_none() {
            return Err(ApiError::not_found("Endpoint"));
        }
        let window = Window::ending(now, hours);
        let buckets = stats::buckets(tx.connection(), tenant_id, Some(id), window).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(buckets)
    }
}
