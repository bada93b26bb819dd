//! How tenants stand with their messages, remembered for seconds: a message costs no query.

use super::Plans;
use crate::error::Failure;
use hookreel_contract::ApiError;
use hookreel_contract::views::{Attention, AttentionKind};
use hookreel_domain::billing::is_near;
use hookreel_domain::{Month, Plan};
use hookreel_kernel::TenantId;
use hookreel_kernel::text::grouped;
use hookreel_read_models::usage::{self, MonthUsage};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// After this long it is asked again, while the answer there is still counts.
const FRESH: Duration = Duration::from_secs(2);
/// After this long it does not count any more.
const KNOWN: Duration = Duration::from_secs(30);
/// Above this everything is forgotten.
const ENTRIES_MAX: usize = 20_000;
/// Of a plan with fewer messages, so many are kept undelivered beyond them all the same.
const HELD_MIN: u64 = 1_000;

/// Whether there is room for one more message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// There is.
    Left,
    /// The plan's are used up: what comes in is kept, and not delivered.
    UsedUp,
    /// As many again are kept already.
    Overfull,
}

#[derive(Debug, Clone)]
struct Known {
    usage: MonthUsage,
    month: Month,
    asked_at: Instant,
    answered_at: Instant,
}

/// What is remembered.
#[derive(Debug, Clone, Default)]
pub(super) struct Standings(Arc<Mutex<HashMap<TenantId, Known>>>);

/// What is to be done to know how a tenant stands.
enum Answer {
    Known(MonthUsage),
    /// It is known, and somebody should ask again meanwhile.
    KnownAndAsk(MonthUsage),
    Ask,
}

impl Standings {
    fn look(&self, tenant_id: TenantId, month: Month) -> Answer {
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = all.get_mut(&tenant_id).filter(|known| known.month == month) else { return Answer::Ask };
        if now.duration_since(known.answered_at) > KNOWN {
            return Answer::Ask;
        }
        if now.duration_since(known.asked_at) <= FRESH {
            return Answer::Known(known.usage.clone());
        }
        // Only whoever finds it so asks.
        known.asked_at = now;
        Answer::KnownAndAsk(known.usage.clone())
    }

    fn remember(&self, tenant_id: TenantId, month: Month, usage: MonthUsage, asked_at: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= ENTRIES_MAX && !all.contains_key(&tenant_id) {
            all.clear();
        }
        all.insert(tenant_id, Known { usage, month, asked_at, answered_at: asked_at });
    }

    /// The tenant's plan has changed.
    pub(super) fn forget(&self, tenant_id: TenantId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&tenant_id);
    }
}

impl Plans {
    /// Refuses when the plan's messages of this month are used up. May be late by some seconds.
    ///
    /// # Errors
    /// [`ApiError::QuotaExceeded`].
    pub(crate) async fn check_messages(&self, tenant_id: TenantId) -> Result<(), ApiError> {
        let Some((usage, plan)) = self.standing(tenant_id).await else { return Ok(()) };
        match plan.quotas.messages_month {
            Some(limit) if usage.used >= limit => Err(self.messages_used_up(plan, limit)),
            _ => Ok(()),
        }
    }

    /// For how many more messages the plan has room this month, asked anew; `None`: nothing is limited. What was accepted
    /// a moment ago may not be counted yet.
    ///
    /// # Errors
    /// [`ApiError::QuotaExceeded`] when there is room for none; [`ApiError::Unavailable`].
    pub(crate) async fn messages_left(&self, tenant_id: TenantId) -> Result<Option<u64>, ApiError> {
        if self.plan(tenant_id, None).is_none() {
            return Ok(None);
        }
        let usage = self.read_standing(tenant_id, Month::of(self.clock.now())).await.map_err(ApiError::from)?;
        let Some(plan) = self.plan(tenant_id, usage.plan.as_deref()) else { return Ok(None) };
        match plan.quotas.messages_month {
            Some(limit) if usage.used >= limit => Err(self.messages_used_up(plan, limit)),
            limit => Ok(limit.map(|limit| limit - usage.used)),
        }
    }

    /// Whether a message that came in is delivered. May be late by some seconds.
    pub(crate) async fn room_for_received(&self, tenant_id: TenantId) -> Room {
        let Some((usage, plan)) = self.standing(tenant_id).await else { return Room::Left };
        match plan.quotas.messages_month {
            Some(limit) if usage.used >= limit && usage.held >= limit.max(HELD_MIN) => Room::Overfull,
            Some(limit) if usage.used >= limit => Room::UsedUp,
            _ => Room::Left,
        }
    }

    /// What a person should know about it.
    pub(crate) async fn attention(&self, tenant_id: TenantId) -> Option<Attention> {
        let (usage, plan) = self.standing(tenant_id).await?;
        let limit = plan.quotas.messages_month.filter(|limit| usage.used > 0 && is_near(usage.used, *limit))?;
        let (used, all) = (grouped(usage.used), grouped(limit));
        let text = if usage.used < limit {
            format!("{used} of the plan's {all} messages of this month are used.")
        } else {
            format!(
                "All of the plan's {all} messages of this month are used. What comes in is kept, and not delivered."
            )
        };
        Some(Attention {
            kind: AttentionKind::QuotaReached,
            text,
            link: "/usage".to_owned(),
            action: "See the plan".to_owned(),
        })
    }

    /// `None`: nothing is limited, or it cannot be told; nobody is refused for that.
    async fn standing(&self, tenant_id: TenantId) -> Option<(MonthUsage, &Plan)> {
        self.plan(tenant_id, None)?;
        let month = Month::of(self.clock.now());
        let usage = match self.standings.look(tenant_id, month) {
            Answer::Known(usage) => usage,
            Answer::KnownAndAsk(usage) => {
                let this = self.clone();
                tokio::spawn(async move { this.ask(tenant_id, month).await });
                usage
            }
            Answer::Ask => self.ask(tenant_id, month).await?,
        };
        let plan = self.plan(tenant_id, usage.plan.as_deref())?;
        Some((usage, plan))
    }

    async fn ask(&self, tenant_id: TenantId, month: Month) -> Option<MonthUsage> {
        let asked_at = Instant::now();
        match self.read_standing(tenant_id, month).await {
            Ok(usage) => {
                self.standings.remember(tenant_id, month, usage.clone(), asked_at);
                Some(usage)
            }
            Err(error) => {
                tracing::debug!(?error, "how a tenant stands could not be read");
                None
            }
        }
    }

    async fn read_standing(&self, tenant_id: TenantId, month: Month) -> Result<MonthUsage, Failure> {
        let mut tx = self.database.tenant(tenant_id).await?;
        let usage = usage::of_month(tx.connection(), tenant_id, month).await?;
        tx.commit().await?;
        Ok(usage)
    }

    fn messages_used_up(&self, plan: &Plan, limit: u64) -> ApiError {
        let next = Month::of(self.clock.now()).next().first_in_words();
        let message = format!(
            "the plan {} includes {} messages a month, and they are used up until {next}: upgrade at {} to go on at once",
            plan.title,
            grouped(limit),
            self.page(),
        );
        ApiError::QuotaExceeded { message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(used: u64) -> MonthUsage {
        MonthUsage { used, ..MonthUsage::default() }
    }

    #[test]
    fn what_is_known_counts_for_a_while_and_is_asked_for_again_by_one() {
        let (all, tenant, month) = (Standings::default(), TenantId::generate(), "2026-11".parse::<Month>().unwrap());
        assert!(matches!(all.look(tenant, month), Answer::Ask));
        let now = Instant::now();
        all.remember(tenant, month, used(1), now);
        assert!(matches!(all.look(tenant, month), Answer::Known(usage) if usage == used(1)));
        assert!(matches!(all.look(tenant, month.next()), Answer::Ask), "another month begins at nothing");

        let earlier = now.checked_sub(FRESH * 2).unwrap();
        all.remember(tenant, month, used(2), earlier);
        assert!(matches!(all.look(tenant, month), Answer::KnownAndAsk(usage) if usage == used(2)));
        assert!(matches!(all.look(tenant, month), Answer::Known(_)), "somebody asks already");

        all.remember(tenant, month, used(3), now.checked_sub(KNOWN * 2).unwrap());
        assert!(matches!(all.look(tenant, month), Answer::Ask));
        all.remember(tenant, month, used(3), now);
        all.forget(tenant);
        assert!(matches!(all.look(tenant, month), Answer::Ask));
    }
}
