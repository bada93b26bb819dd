//! What a plan includes a number of at a time: endpoints, members. Those there are stay, whatever the plan; but whoever
//! has more than a new plan includes is told so.

use super::Plans;
use crate::error::Failure;
use hookreel_auth::invitations;
use hookreel_contract::ApiError;
use hookreel_database::TenantTx;
use hookreel_domain::billing::{BillingCommand, Used, billing_of};
use hookreel_domain::{Billing, Month, Quota};
use hookreel_kernel::text::grouped;
use hookreel_kernel::{Actor, Metadata};
use hookreel_read_models::{billing as read, execute, usage};

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

    /// Notes how much of everything is used that the plan includes a number of, after it has changed: whoever has too much
    /// of something for a smaller plan may never add any of it, and nothing else would tell.
    pub(super) async fn note_all(&self, tx: &mut TenantTx) -> Result<(), Failure> {
        let (tenant_id, month) = (tx.tenant_id(), Month::of(self.clock.now()));
        let messages = usage::of_month(tx.connection(), tenant_id, month).await?;
        let Some(plan) = self.plan(tenant_id, messages.plan.as_deref()) else { return Ok(()) };
        let endpoints = read::count_endpoints(tx.connection(), tenant_id).await?;
        let invited = invitations(tx.connection(), tenant_id).await?.len() as u64;
        let members = read::count_members(tx.connection(), tenant_id).await? + invited;
        let all = [(Quota::Messages, messages.used), (Quota::Endpoints, endpoints), (Quota::Members, members)];
        for (quota, used) in all {
            if let Some(limit) = plan.quotas.of(quota).filter(|_| used > 0) {
                self.note(tx, Some(Used { quota, month, used, limit })).await?;
            }
        }
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
