//! What a plan includes a number of at a time: endpoints, members. Those there are stay, whatever the plan.

use super::Plans;
use crate::error::Failure;
use hookreel_contract::ApiError;
use hookreel_database::TenantTx;
use hookreel_domain::billing::{BillingCommand, Used, billing_of};
use hookreel_domain::{Billing, Month, Quota};
use hookreel_kernel::text::grouped;
use hookreel_kernel::{Actor, Metadata};
use hookreel_read_models::{billing as read, execute};

impl Plans {
    /// Refuses when the plan includes no further endpoint. Nobody else takes a place until the transaction ends; what is
    /// returned is noted once the endpoint is made.
    pub(crate) async fn check_endpoints(&self, tx: &mut TenantTx) -> Result<Option<Used>, Failure> {
        if !self.are_sold() {
            return Ok(None);
        }
        let tenant_id = tx.tenant_id();
        read::lock_places(tx.connection(), tenant_id).await?;
        let taken = read::count_endpoints(tx.connection(), tenant_id).await?;
        self.check(tx, Quota::Endpoints, taken).await
    }

    /// Refuses when the plan includes no further member. `taken` are the members there are, and those who are invited.
    /// Nobody else takes a place until the transaction ends; what is returned is handed to [`Plans::note_used`] once
    /// somebody is invited.
    ///
    /// # Errors
    /// [`ApiError::QuotaExceeded`].
    pub async fn check_members(&self, tx: &mut TenantTx, taken: u64) -> Result<Option<Used>, ApiError> {
        if !self.are_sold() {
            return Ok(None);
        }
        let tenant_id = tx.tenant_id();
        read::lock_places(tx.connection(), tenant_id).await.map_err(crate::error::failed)?;
        self.check(tx, Quota::Members, taken).await.map_err(ApiError::from)
    }

    /// Notes a place that was taken: at 80 % and at all of them the members are told.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`].
    pub async fn note_used(&self, tx: &mut TenantTx, used: Option<Used>) -> Result<(), ApiError> {
        self.note(tx, used).await.map_err(ApiError::from)
    }

    pub(crate) async fn note(&self, tx: &mut TenantTx, used: Option<Used>) -> Result<(), Failure> {
        let Some(used) = used else { return Ok(()) };
        let tenant_id = tx.tenant_id();
        let (id, metadata) = (billing_of(tenant_id).uuid(), Metadata::by(Actor::system("plans")));
        execute::<Billing>(tx.connection(), tenant_id, id, &metadata, BillingCommand::NoteUsed(used)).await?;
        Ok(())
    }

    async fn check(&self, tx: &mut TenantTx, quota: Quota, taken: u64) -> Result<Option<Used>, Failure> {
        let tenant_id = tx.tenant_id();
        let given = read::plan_of(tx.connection(), tenant_id).await?;
        let Some(plan) = self.plan(tenant_id, given.as_deref()) else { return Ok(None) };
        let Some(limit) = plan.quotas.of(quota) else { return Ok(None) };
        if taken >= limit {
            let (included, instead) = match quota {
                Quota::Endpoints => (counted(limit, "endpoint"), "delete one that is not needed"),
                Quota::Members => (counted(limit, "member"), "remove somebody"),
                Quota::Messages => (counted(limit, "message"), "wait for the next month"),
            };
            let message =
                format!("the plan {} includes {included}: {instead}, or upgrade at {}", plan.title, self.page());
            return Err(ApiError::QuotaExceeded { message }.into());
        }
        Ok(Some(Used { quota, month: Month::of(self.clock.now()), used: taken + 1, limit }))
    }
}

fn counted(n: u64, noun: &str) -> String {
    let ending = if n == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", grouped(n))
}
