//! What the engine itself does to endpoints: breakers that open and close, and 410 Gone.

use crate::engine::Shared;
use crate::outcome::Outcome;
use hookreel_domain::endpoint::{Endpoint, EndpointCommand, EndpointEvent, EndpointRejection};
use hookreel_domain::traffic::CancelCause;
use hookreel_domain::{Breaker, Transition};
use hookreel_kernel::{EndpointId, TenantId};
use hookreel_read_models::{ExecuteError, endpoints, execute, record};
use sqlx::PgConnection;
use std::sync::Arc;
use std::time::Duration;

/// Tries when somebody else changes the endpoint at the same time.
const CONFLICT_TRIES: usize = 5;
/// Over how long what waited for an endpoint is spread when it answers again.
const CATCH_UP: Duration = Duration::from_secs(3);
/// What people read as the reason.
const GONE_REASON: &str = "The endpoint answered 410 Gone.";

type HealthError = ExecuteError<EndpointRejection>;

/// Stores a breaker that has changed by an attempt, with the event that says so.
pub(crate) async fn breaker_changed(shared: &Arc<Shared>, outcome: &Outcome, transition: Transition, breaker: Breaker) {
    let endpoint_id = outcome.delivery.endpoint_id;
    let event = match transition {
        Transition::Opened { until } => {
            tracing::info!(endpoint = %endpoint_id, %until, "breaker opened");
            EndpointEvent::BreakerOpened { consecutive_failures: breaker.consecutive_failures, until }
        }
        Transition::Closed => {
            tracing::info!(endpoint = %endpoint_id, "breaker closed");
            EndpointEvent::BreakerClosed {}
        }
    };
    let mut tries = CONFLICT_TRIES;
    let stored = loop {
        let result = store_breaker(shared, outcome, &event, &breaker).await;
        tries -= 1;
        if tries == 0 || !matches!(result, Err(ExecuteError::Conflict)) {
            break result;
        }
    };
    if transition == Transition::Closed && stored.is_ok() {
        shared.poke_reconciler.notify_one();
    }
    report(endpoint_id, stored);
}

/// Disables an endpoint that says it is gone, and cancels what waits for it.
pub(crate) async fn endpoint_gone(shared: &Arc<Shared>, outcome: &Outcome) {
    let endpoint_id = outcome.delivery.endpoint_id;
    let mut tries = CONFLICT_TRIES;
    let disabled = loop {
        let result = disable(shared, outcome).await;
        tries -= 1;
        if tries == 0 || !matches!(result, Err(ExecuteError::Conflict)) {
            break result;
        }
    };
    report(endpoint_id, disabled);
}

fn report(endpoint_id: EndpointId, result: Result<(), HealthError>) {
    match result {
        // Deleted or disabled by somebody else in the meantime: as well.
        Ok(()) | Err(ExecuteError::Rejected(_)) => {}
        Err(error) => tracing::warn!(endpoint = %endpoint_id, %error, "an endpoint's health could not be stored"),
    }
}

async fn store_breaker(
    shared: &Shared,
    outcome: &Outcome,
    event: &EndpointEvent,
    breaker: &Breaker,
) -> Result<(), HealthError> {
    let (tenant_id, endpoint_id) = (outcome.delivery.tenant_id, outcome.delivery.endpoint_id);
    let mut transaction = shared.pool.begin().await?;
    if matches!(event, EndpointEvent::BreakerClosed {}) {
        endpoints::lock(&mut transaction, tenant_id, endpoint_id).await?;
        make_due(&mut transaction, tenant_id, endpoint_id).await?;
    }
    write_breaker(&mut transaction, tenant_id, endpoint_id, breaker).await?;
    let metadata = outcome.leads_to("breaker");
    let events = std::slice::from_ref(event);
    record::<Endpoint>(&mut transaction, tenant_id, endpoint_id.uuid(), &metadata, events).await?;
    transaction.commit().await?;
    Ok(())
}

async fn disable(shared: &Shared, outcome: &Outcome) -> Result<(), HealthError> {
    let (tenant_id, endpoint_id) = (outcome.delivery.tenant_id, outcome.delivery.endpoint_id);
    let mut transaction = shared.pool.begin().await?;
    let metadata = outcome.leads_to("engine");
    let cause = CancelCause::EndpointGone;
    let cancelled = endpoints::cancel_deliveries(&mut transaction, tenant_id, endpoint_id, cause, &metadata).await?;
    let command = EndpointCommand::Disable { reason: GONE_REASON.to_owned(), cancelled };
    execute::<Endpoint>(&mut transaction, tenant_id, endpoint_id.uuid(), &metadata, command).await?;
    transaction.commit().await?;
    shared.poke_reconciler.notify_one();
    Ok(())
}

/// What was put off because the breaker was open goes out now, spread over a few seconds; the reconciler makes the jobs.
async fn make_due(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    endpoint_id: EndpointId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update read.deliveries
         set due_at = now() + random() * make_interval(secs => $3), job_id = null, deferred_because = null
         where tenant_id = $1 and endpoint_id = $2 and due_at > now() and deferred_because = 'breaker_open'
           and state in ('pending', 'retrying')",
        tenant_id.uuid(),
        endpoint_id.uuid(),
        CATCH_UP.as_secs_f64(),
    )
    .execute(connection)
    .await
    .map(drop)
}

async fn write_breaker(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    endpoint_id: EndpointId,
    breaker: &Breaker,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ops.breakers as b (
             tenant_id, endpoint_id, state, consecutive_failures, trips, first_failure_at, probe_at
         ) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (tenant_id, endpoint_id) do update
         set state = excluded.state, consecutive_failures = excluded.consecutive_failures, trips = excluded.trips,
             first_failure_at = excluded.first_failure_at, probe_at = excluded.probe_at, updated_at = now()",
        tenant_id.uuid(),
        endpoint_id.uuid(),
        breaker.phase.as_str(),
        i32::try_from(breaker.consecutive_failures).unwrap_or(i32::MAX),
        i32::try_from(breaker.trips).unwrap_or(i32::MAX),
        breaker.first_failure_at,
        breaker.probe_at,
    )
    .execute(connection)
    .await
    .map(drop)
}
