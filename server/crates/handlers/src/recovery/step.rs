//! One step of a recovery: the next delivery that waits, and what becomes of it.

use super::worker::{LEASE, RecoveryParts, Running};
use hookreel_domain::aggregate::{Aggregate, encode};
use hookreel_domain::recovery::{Recovery, RecoveryEvent, RecoveryOutcome, RecoveryState};
use hookreel_event_store::{AppendError, NewEvent, Stream, append};
use hookreel_integrations::{HookDeliveryId, HookId, IntegrationError, RepositoryName};
use hookreel_kernel::{Actor, EventId, Metadata, Secret};
use hookreel_secrets::{SecretError, load_secrets};
use std::time::Duration;
use uuid::Uuid;

/// How long is waited when GitHub does not say how long.
const WAIT: Duration = Duration::from_mins(1);
/// GitHub forgets deliveries after three days: by then nothing is left to ask for.
const AGE_MAX: Duration = Duration::from_hours(72);

/// How a step ended.
pub(super) enum Step {
    /// GitHub was asked.
    Asked,
    /// There was nothing to ask GitHub.
    PassedOver,
    /// There is no next step now.
    Over,
}

/// Why a step was not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("an event cannot be written: {0}")]
    Format(#[from] hookreel_domain::EventFormatError),
}

impl From<sqlx::Error> for StepError {
    fn from(error: sqlx::Error) -> Self {
        Self::Append(error.into())
    }
}

/// What is to be done next.
enum Next {
    Delivery {
        place: i32,
        guid: String,
        id: HookDeliveryId,
        has_arrived: bool,
        connection_id: Uuid,
    },
    /// All are handled.
    Nothing,
    /// It cannot go on.
    Obstacle(&'static str),
    /// Somebody ended it.
    Ended,
}

/// What GitHub said.
enum Said {
    Outcome(RecoveryOutcome, String),
    Wait(String, Duration),
    Stop(&'static str),
}

/// Makes the next step.
pub(super) async fn step(parts: &RecoveryParts, running: &Running) -> Result<Step, StepError> {
    let (place, guid, id, connection_id) = match next(parts, running).await? {
        Next::Ended => return Ok(Step::Over),
        Next::Nothing => return end(parts, running, RecoveryState::Finished, "").await,
        Next::Obstacle(why) => return end(parts, running, RecoveryState::Stopped, why).await,
        Next::Delivery { place, guid, has_arrived: true, .. } => {
            record(parts, running, place, guid, RecoveryOutcome::Arrived, String::new()).await?;
            return Ok(Step::PassedOver);
        }
        Next::Delivery { place, guid, id, connection_id, .. } => (place, guid, id, connection_id),
    };
    let Some(token) = token(parts, running, connection_id).await? else {
        return end(parts, running, RecoveryState::Stopped, "The token was forgotten.").await;
    };
    match ask(parts, running, id, token).await {
        Said::Outcome(outcome, reason) => {
            record(parts, running, place, guid, outcome, reason).await?;
            Ok(Step::Asked)
        }
        Said::Wait(why, pause) => wait(parts, running, &why, pause).await,
        Said::Stop(why) => end(parts, running, RecoveryState::Stopped, why).await,
    }
}

async fn next(parts: &RecoveryParts, running: &Running) -> Result<Next, sqlx::Error> {
    let row = sqlx::query!(
        r#"select r.created_at < now() - make_interval(secs => $3) as "is_too_old!",
                  coalesce(s.connection_id) as "connection_id?", coalesce(d.place) as "place?",
                  coalesce(d.guid) as "guid?", coalesce(d.hook_delivery_id) as "hook_delivery_id?",
                  exists (select from ops.dedupe_keys k where k.tenant_id = r.tenant_id
                          and k.source_id = r.source_id and k.key = 'event_id:' || d.guid) as "has_arrived!"
           from read.recoveries r
           left join read.sources s
               on s.tenant_id = r.tenant_id and s.source_id = r.source_id and s.deleted_at is null
           left join lateral (
               select * from read.recovery_deliveries d
               where d.tenant_id = r.tenant_id and d.recovery_id = r.recovery_id and d.outcome = 'waiting'
               order by d.place limit 1
           ) as d on true
           where r.tenant_id = $1 and r.recovery_id = $2 and r.state = 'running'"#,
        running.tenant_id.uuid(),
        running.recovery_id.uuid(),
        AGE_MAX.as_secs_f64(),
    )
    .fetch_optional(parts.database.engine())
    .await?;
    let Some(row) = row else { return Ok(Next::Ended) };
    let (Some(place), Some(guid), Some(id)) = (row.place, row.guid, row.hook_delivery_id) else {
        return Ok(Next::Nothing);
    };
    let Some(connection_id) = row.connection_id else {
        return Ok(Next::Obstacle("The repository was disconnected."));
    };
    if row.is_too_old {
        return Ok(Next::Obstacle("GitHub keeps deliveries for three days, and has forgotten the rest."));
    }
    let id = HookDeliveryId(id.cast_unsigned());
    Ok(Next::Delivery { place, guid, id, has_arrived: row.has_arrived, connection_id })
}

async fn token(
    parts: &RecoveryParts,
    running: &Running,
    connection_id: Uuid,
) -> Result<Option<Secret<String>>, StepError> {
    let mut connection = parts.database.engine().acquire().await?;
    let rows = load_secrets(&mut connection, running.tenant_id, connection_id).await?;
    Ok(parts.secrets.open_all(&rows)?.into_iter().next())
}

async fn ask(parts: &RecoveryParts, running: &Running, id: HookDeliveryId, token: Secret<String>) -> Said {
    let Some(repository) = RepositoryName::parse(&running.repository) else {
        return Said::Stop("The repository's name is not one that GitHub knows.");
    };
    let hook = HookId(running.hook_id);
    match parts.github.with_token(token).redeliver(&repository, hook, id).await {
        Ok(()) => Said::Outcome(RecoveryOutcome::Requested, String::new()),
        Err(error) => said(&error),
    }
}

fn said(error: &IntegrationError) -> Said {
    match error {
        IntegrationError::Status { status: 401, .. } => {
            Said::Stop("GitHub does not accept the token any more. Replace it, and recover again.")
        }
        IntegrationError::Status { status: 403, .. } => Said::Stop(
            "The token may not have webhooks redelivered. Give it the repository permission “Webhooks: Read and write”, and recover again.",
        ),
        IntegrationError::Status { status: 404, .. } => {
            Said::Outcome(RecoveryOutcome::Refused, "GitHub no longer has it.".to_owned())
        }
        IntegrationError::Status { status: status @ 300..=499, .. } => {
            Said::Outcome(RecoveryOutcome::Refused, format!("GitHub answered {status}."))
        }
        IntegrationError::RateLimited { retry_after, .. } => {
            Said::Wait("GitHub is asked too often.".to_owned(), retry_after.unwrap_or(WAIT))
        }
        IntegrationError::InvalidRequest { .. } => Said::Stop("GitHub could not be asked with this token."),
        IntegrationError::CircuitOpen { .. }
        | IntegrationError::Network { .. }
        | IntegrationError::Timeout { .. }
        | IntegrationError::Malformed { .. }
        | IntegrationError::Status { .. } => Said::Wait("GitHub cannot be reached.".to_owned(), WAIT),
    }
}

async fn wait(parts: &RecoveryParts, running: &Running, why: &str, pause: Duration) -> Result<Step, StepError> {
    tracing::info!(recovery_id = %running.recovery_id, why, pause_s = pause.as_secs(), "a recovery waits");
    sqlx::query!(
        "update read.recoveries set waits_for = $3, due_at = now() + make_interval(secs => $4)
         where tenant_id = $1 and recovery_id = $2 and state = 'running'",
        running.tenant_id.uuid(),
        running.recovery_id.uuid(),
        why,
        pause.as_secs_f64(),
    )
    .execute(parts.database.engine())
    .await?;
    Ok(Step::Over)
}

/// What became of one delivery, unless somebody has ended the recovery meanwhile.
async fn record(
    parts: &RecoveryParts,
    running: &Running,
    place: i32,
    guid: String,
    outcome: RecoveryOutcome,
    reason: String,
) -> Result<(), StepError> {
    let mut transaction = parts.database.engine().begin().await?;
    let version = sqlx::query_scalar!(
        "update read.recoveries set stream_version = stream_version + 1, updated_at = now(),
                due_at = now() + make_interval(secs => $3)
         where tenant_id = $1 and recovery_id = $2 and state = 'running' returning stream_version",
        running.tenant_id.uuid(),
        running.recovery_id.uuid(),
        LEASE.as_secs_f64(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(version) = version else { return Ok(()) };
    sqlx::query!(
        "update read.recovery_deliveries set outcome = $4, reason = $5
         where tenant_id = $1 and recovery_id = $2 and place = $3",
        running.tenant_id.uuid(),
        running.recovery_id.uuid(),
        place,
        outcome.as_str(),
        reason,
    )
    .execute(&mut *transaction)
    .await?;
    let event = RecoveryEvent::DeliveryHandled { source_id: running.source_id, guid, outcome, reason };
    append(&mut transaction, &[event_of(running, version, &event)?]).await?;
    transaction.commit().await?;
    Ok(())
}

async fn end(parts: &RecoveryParts, running: &Running, state: RecoveryState, why: &str) -> Result<Step, StepError> {
    let mut transaction = parts.database.engine().begin().await?;
    let version = sqlx::query_scalar!(
        "update read.recoveries set stream_version = stream_version + 1, updated_at = now(), finished_at = now(),
                state = $3, reason = $4, waits_for = ''
         where tenant_id = $1 and recovery_id = $2 and state = 'running' returning stream_version",
        running.tenant_id.uuid(),
        running.recovery_id.uuid(),
        state.as_str(),
        why,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(version) = version {
        let source_id = running.source_id;
        let event = match state {
            RecoveryState::Stopped => RecoveryEvent::Stopped { source_id, reason: why.to_owned() },
            _ => RecoveryEvent::Finished { source_id },
        };
        append(&mut transaction, &[event_of(running, version, &event)?]).await?;
        transaction.commit().await?;
    }
    Ok(Step::Over)
}

fn event_of(running: &Running, stream_version: i32, event: &RecoveryEvent) -> Result<NewEvent, StepError> {
    Ok(NewEvent {
        tenant_id: running.tenant_id,
        stream: Stream::traffic(Recovery::STREAM_KIND, running.recovery_id.uuid()),
        stream_version,
        event_id: EventId::generate(),
        kind: Recovery::kind(event),
        revision: Recovery::REVISION,
        payload: encode::<Recovery>(event)?,
        body: None,
        metadata: Metadata::by(Actor::system("recovery")),
    })
}
