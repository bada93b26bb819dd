//! Which application a path means, without asking the database for every message.

use crate::problem::Problem;
use crate::state::HttpState;
use hookreel_auth::Caller;
use hookreel_kernel::{ApplicationId, TenantId};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long an answer is believed: a deletion in another process takes effect after this at the latest.
const TTL: Duration = Duration::from_secs(3);

/// Above this everything is forgotten: many more applications than this are rarely busy within one TTL.
const ENTRIES_MAX: usize = 50_000;

#[derive(Debug, Clone, Copy)]
struct Known {
    id: ApplicationId,
    since: Instant,
}

/// Ids of applications by what their tenant calls them (id or uid), for a few seconds.
#[derive(Debug, Default)]
pub(crate) struct ApplicationIds {
    by_tenant: RwLock<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    tenants: HashMap<TenantId, HashMap<Box<str>, Known>>,
    count: usize,
}

impl ApplicationIds {
    fn get(&self, tenant: TenantId, id_or_uid: &str, now: Instant) -> Option<ApplicationId> {
        let entries = self.by_tenant.read().unwrap_or_else(PoisonError::into_inner);
        let known = entries.tenants.get(&tenant)?.get(id_or_uid)?;
        (now.duration_since(known.since) < TTL).then_some(known.id)
    }

    fn put(&self, tenant: TenantId, id_or_uid: &str, id: ApplicationId, since: Instant) {
        let mut entries = self.by_tenant.write().unwrap_or_else(PoisonError::into_inner);
        if entries.count >= ENTRIES_MAX {
            *entries = Entries::default();
        }
        let names = entries.tenants.entry(tenant).or_default();
        if names.insert(id_or_uid.into(), Known { id, since }).is_none() {
            entries.count += 1;
        }
    }

    /// Forgets what a tenant's applications are called: one of them was changed.
    pub(crate) fn forget(&self, tenant: TenantId) {
        let mut entries = self.by_tenant.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(names) = entries.tenants.remove(&tenant) {
            entries.count -= names.len();
        }
    }
}

/// The application that a path names by its id or uid.
///
/// # Errors
/// `not_found` when the caller's tenant has no such application.
pub(crate) async fn resolve(state: &HttpState, caller: &Caller, id_or_uid: &str) -> Result<ApplicationId, Problem> {
    // The time before the question: an answer is never believed longer than TTL after it was true.
    let asked_at = Instant::now();
    let ids = state.application_ids();
    if let Some(id) = ids.get(caller.tenant_id(), id_or_uid, asked_at) {
        return Ok(id);
    }
    let id = state.services().applications.get(caller, id_or_uid).await?.id;
    ids.put(caller.tenant_id(), id_or_uid, id, asked_at);
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_known_only_to_its_tenant_and_only_for_a_while() {
        let ids = ApplicationIds::default();
        let (tenant, other) = (TenantId::generate(), TenantId::generate());
        let application = ApplicationId::generate();
        let now = Instant::now();
        ids.put(tenant, "shop", application, now);
        assert_eq!(ids.get(tenant, "shop", now), Some(application));
        assert_eq!(ids.get(other, "shop", now), None);
        assert_eq!(ids.get(tenant, "shop", now + TTL), None);
    }

    #[test]
    fn a_changed_application_is_asked_for_again() {
        let ids = ApplicationIds::default();
        let tenant = TenantId::generate();
        let now = Instant::now();
        ids.put(tenant, "shop", ApplicationId::generate(), now);
        ids.forget(tenant);
        assert_eq!(ids.get(tenant, "shop", now), None);
        assert_eq!(ids.by_tenant.read().unwrap().count, 0);
    }
}
