//! What is done about plans while nobody asks: subscriptions are read at Stripe when its webhooks say so, and tenants
//! are told when much of their messages is used.

use super::observe::CheckFailure;
use super::{Plans, Sale};
use crate::error::{Failure, Tries};
use futures::stream::{self, StreamExt as _};
use hookreel_contract::ApiError;
use hookreel_domain::billing::Used;
use hookreel_domain::{Month, Quota};
use hookreel_integrations::IntegrationError;
use hookreel_read_models::billing::{ClaimedCheck, claim_checks, fail_check};
use hookreel_read_models::usage::{NearLimit, near_limit};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often it is looked whether a subscription is to be read.
const CHECKS_INTERVAL: Duration = Duration::from_millis(500);
/// Subscriptions read at once.
const CHECKS_AT_ONCE: usize = 4;
/// The pause after a first failure; it doubles each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// How often it is looked whether somebody has used much of the plan's messages.
const QUOTAS_INTERVAL: Duration = Duration::from_secs(5);

/// Looks after plans until stopped.
#[derive(Debug, Clone)]
pub struct PlansWorker {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl PlansWorker {
    /// Starts it. Where no plans are sold it does nothing.
    pub fn start(plans: &Plans) -> Self {
        let this = Self { stop: CancellationToken::new(), tasks: TaskTracker::new() };
        if let Some(sale) = &plans.sale {
            this.tasks.spawn(follow_checks(plans.clone(), sale.clone(), this.stop.clone()));
            this.tasks.spawn(watch_quotas(plans.clone(), sale.clone(), this.stop.clone()));
        }
        this
    }

    /// Lets what is under way end.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn follow_checks(plans: Plans, sale: Sale, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match check_due(&plans, &sale).await {
            Ok(0) => CHECKS_INTERVAL,
            Ok(_) => Duration::ZERO,
            Err(error) => {
                tracing::debug!(?error, "subscriptions could not be looked after yet");
                FIRST_PAUSE
            }
        };
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

async fn check_due(plans: &Plans, sale: &Sale) -> Result<usize, Failure> {
    let mut connection = plans.database.engine().acquire().await?;
    let claimed = claim_checks(&mut connection, CHECKS_AT_ONCE as i64).await?;
    drop(connection);
    let count = claimed.len();
    stream::iter(claimed).for_each_concurrent(None, |check| check_one(plans, sale, check)).await;
    Ok(count)
}

async fn check_one(plans: &Plans, sale: &Sale, check: ClaimedCheck) {
    let Err(failure) = plans.check_at_stripe(sale, &check).await else { return };
    let (why, pause) = match failure {
        CheckFailure::Stripe(error) => (error.to_string(), pause_after(plans, &check, Some(&error))),
        CheckFailure::Here(failure) => (ApiError::from(failure).to_string(), pause_after(plans, &check, None)),
    };
    let tenant_id = check.tenant_id;
    tracing::warn!(%tenant_id, error = why, "a subscription could not be read; it is tried again");
    let noted = async {
        let mut tx = plans.database.tenant(tenant_id).await?;
        fail_check(tx.connection(), &check, pause, &why).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        // Its claim ends by itself.
        tracing::debug!(%error, "that a subscription could not be read could not be noted");
    }
}

/// As long as Stripe says, or else longer each time.
fn pause_after(plans: &Plans, check: &ClaimedCheck, error: Option<&IntegrationError>) -> Duration {
    let usual = FIRST_PAUSE.saturating_mul(1 << check.tries.min(16)).min(LONGEST_PAUSE);
    match error {
        Some(IntegrationError::RateLimited { retry_after: Some(wait), .. }) => {
            (*wait).clamp(FIRST_PAUSE, LONGEST_PAUSE)
        }
        Some(IntegrationError::CircuitOpen { until, .. }) => {
            let wait = Duration::try_from(*until - plans.clock.now()).unwrap_or_default();
            wait.clamp(FIRST_PAUSE, LONGEST_PAUSE)
        }
        _ => usual,
    }
}

async fn watch_quotas(plans: Plans, sale: Sale, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = tell_those_near(&plans, &sale).await {
            tracing::debug!(?error, "quotas could not be looked after yet");
        }
        stop.run_until_cancelled(tokio::time::sleep(QUOTAS_INTERVAL)).await;
    }
}

async fn tell_those_near(plans: &Plans, sale: &Sale) -> Result<(), Failure> {
    let now = plans.clock.now();
    let month = Month::of(now);
    let today = now.to_offset(time::UtcOffset::UTC).date();
    // What came in before midnight may be counted after it.
    let since = today.previous_day().unwrap_or(today);
    let mut connection = plans.database.engine().acquire().await?;
    let near = near_limit(&mut connection, &sale.list, month, since).await?;
    drop(connection);
    for one in near {
        let mut tries = Tries::default();
        loop {
            match tell(plans, month, one).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => {
                    outcome?;
                    break;
                }
            }
        }
    }
    Ok(())
}

async fn tell(plans: &Plans, month: Month, near: NearLimit) -> Result<(), Failure> {
    let used = Used { quota: Quota::Messages, month, used: near.used, limit: near.limit };
    let mut tx = plans.database.tenant(near.tenant_id).await?;
    plans.note(&mut tx, Some(used)).await?;
    tx.commit().await?;
    Ok(())
}
