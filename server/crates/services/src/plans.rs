//! Plans: what a tenant may use, what it uses, and how it comes to use more.
//!
//! They are sold where there is an account at Stripe. Where there is none nothing is limited, and usage is only counted.

mod checkout;
mod observe;
mod places;
mod refusals;
mod standing;
mod usage;
mod worker;

pub use worker::PlansWorker;

use crate::error::{Refusal, failed};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_domain::billing::{BillingRejection, billing_of};
use hookreel_domain::{Billing, Plan, PlanList};
use hookreel_integrations::Stripe;
use hookreel_kernel::{Clock, TenantId};
use hookreel_read_models::{Executed, load};
use standing::Standings;
use std::sync::Arc;
use url::Url;

pub(crate) use standing::Room;

/// What plans are made of.
#[derive(Debug, Clone)]
pub struct PlansParts {
    /// Where everything is stored.
    pub database: Database,
    /// Where they are paid. Without it there are none.
    pub stripe: Option<Stripe>,
    /// Which there are.
    pub list: PlanList,
    /// For how many days history is shown where a plan does not say; `None`: for ever.
    pub retention_days: Option<u32>,
    /// How the outside world reaches this installation.
    pub public_url: Url,
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
}

/// Use cases about plans and usage. Clones share what they remember.
#[derive(Debug, Clone)]
pub struct Plans {
    database: Database,
    sale: Option<Sale>,
    retention_days: Option<u32>,
    /// Without a slash at the end.
    public_url: Arc<str>,
    clock: Arc<dyn Clock>,
    standings: Standings,
}

/// What is sold, and by whom.
#[derive(Debug, Clone)]
struct Sale {
    stripe: Stripe,
    list: Arc<PlanList>,
}

impl Plans {
    /// Puts them together. Opens no connection.
    pub fn new(parts: PlansParts) -> Self {
        let PlansParts { database, stripe, list, retention_days, public_url, clock } = parts;
        let sale = stripe.map(|stripe| Sale { stripe, list: Arc::new(list) });
        let public_url = public_url.as_str().trim_end_matches('/').into();
        Self { database, sale, retention_days, public_url, clock, standings: Standings::default() }
    }

    /// Whether there are any: otherwise nothing of them is to be shown.
    pub const fn are_sold(&self) -> bool {
        self.sale.is_some()
    }

    /// For how many days the history of a tenant with this plan is shown.
    pub(crate) fn retention_days(&self, tenant_id: TenantId, plan: Option<&str>) -> Option<u32> {
        let of_plan = self.plan(tenant_id, plan).and_then(|plan| plan.quotas.retention_days);
        of_plan.or(self.retention_days)
    }

    /// The plan of a tenant, where there are plans; Hookreel itself needs none.
    fn plan(&self, tenant_id: TenantId, given: Option<&str>) -> Option<&Plan> {
        let sale = self.sale.as_ref().filter(|_| tenant_id != hookreel_domain::built_in::TENANT)?;
        Some(sale.list.of_tenant(given))
    }

    fn sale(&self) -> Result<&Sale, ApiError> {
        self.sale.as_ref().ok_or_else(|| ApiError::not_found("Plan"))
    }

    /// Where plans are changed.
    fn page(&self) -> String {
        format!("{}/usage", self.public_url)
    }

    async fn billing(&self, caller: &Caller) -> Result<Executed<Billing>, ApiError> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let billing = load::<Billing>(tx.connection(), tenant_id, billing_of(tenant_id).uuid()).await;
        let billing = billing.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(billing)
    }
}

impl Refusal for BillingRejection {
    fn into_api_error(self) -> ApiError {
        ApiError::conflict(self.to_string())
    }
}
