//! The worker that goes on with recoveries.

use super::step::{Step, step};
use hookreel_database::Database;
use hookreel_integrations::GitHub;
use hookreel_kernel::{RecoveryId, SourceId, TenantId};
use hookreel_secrets::SecretBox;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Recoveries that a process goes on with at once.
const AT_ONCE_MAX: usize = 4;
/// How often it is looked whether one is due.
const POLL: Duration = Duration::from_millis(500);
/// How long a recovery is left to whoever goes on with it: longer than a call of GitHub with all its tries.
pub(super) const LEASE: Duration = Duration::from_mins(3);

/// What recoveries are made of.
#[derive(Debug, Clone)]
pub struct RecoveryParts {
    /// Where they are.
    pub database: Database,
    /// Opens the tokens.
    pub secrets: SecretBox,
    /// Delivers again.
    pub github: GitHub,
    /// How long is waited after each delivery that is asked for: a source is not to be flooded, nor GitHub annoyed.
    pub pause: Duration,
}

impl RecoveryParts {
    /// GitHub bears 80 requests a minute that cause something.
    /// Source: <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
    pub const PAUSE: Duration = Duration::from_secs(1);
}

/// Goes on with recoveries until stopped.
#[derive(Debug, Clone)]
pub struct Recoverer {
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// A recovery that this process goes on with.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) tenant_id: TenantId,
    pub(super) recovery_id: RecoveryId,
    pub(super) source_id: SourceId,
    pub(super) repository: String,
    pub(super) hook_id: u64,
}

impl Recoverer {
    /// Starts the worker.
    pub fn start(parts: RecoveryParts) -> Self {
        let this = Self { stop: CancellationToken::new(), tasks: TaskTracker::new() };
        this.tasks.spawn(watch(Arc::new(parts), this.stop.clone(), this.tasks.clone()));
        this
    }

    /// Lets the delivery under way be asked for, and ends. Another process goes on, or this one after its restart.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn watch(parts: Arc<RecoveryParts>, stop: CancellationToken, tasks: TaskTracker) {
    let places = Arc::new(Semaphore::new(AT_ONCE_MAX));
    while !stop.is_cancelled() {
        while let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            match claim(&parts).await {
                Ok(Some(running)) => {
                    tasks.spawn(go_on(Arc::clone(&parts), running, place, stop.clone()));
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::debug!(%error, "recoveries could not be looked for; it is tried again");
                    break;
                }
            }
        }
        stop.run_until_cancelled(tokio::time::sleep(POLL)).await;
    }
}

/// Takes the recovery that has been due for the longest time.
async fn claim(parts: &RecoveryParts) -> Result<Option<Running>, sqlx::Error> {
    let row = sqlx::query!(
        "update read.recoveries set due_at = now() + make_interval(secs => $1), waits_for = ''
         where (tenant_id, recovery_id) in (
             select tenant_id, recovery_id from read.recoveries where state = 'running' and due_at <= now()
             order by due_at limit 1 for update skip locked)
         returning tenant_id, recovery_id, source_id, repository, hook_id",
        LEASE.as_secs_f64(),
    )
    .fetch_optional(parts.database.engine())
    .await?;
    Ok(row.map(|row| Running {
        tenant_id: TenantId::from_uuid(row.tenant_id),
        recovery_id: RecoveryId::from_uuid(row.recovery_id),
        source_id: SourceId::from_uuid(row.source_id),
        repository: row.repository,
        hook_id: row.hook_id.cast_unsigned(),
    }))
}

async fn go_on(parts: Arc<RecoveryParts>, running: Running, place: OwnedSemaphorePermit, stop: CancellationToken) {
    loop {
        match step(&parts, &running).await {
            Ok(Step::Asked) => {
                stop.run_until_cancelled(tokio::time::sleep(parts.pause)).await;
            }
            Ok(Step::PassedOver) => {}
            Ok(Step::Over) => break,
            Err(error) => {
                // Whoever finds it due goes on.
                tracing::warn!(%error, recovery_id = %running.recovery_id, "a recovery was interrupted");
                break;
            }
        }
        if stop.is_cancelled() {
            if let Err(error) = leave(&parts, &running).await {
                tracing::debug!(%error, "a recovery waits until its time is over");
            }
            break;
        }
    }
    drop(place);
}

/// Lets somebody else go on at once.
async fn leave(parts: &RecoveryParts, running: &Running) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update read.recoveries set due_at = now() where tenant_id = $1 and recovery_id = $2 and state = 'running'",
        running.tenant_id.uuid(),
        running.recovery_id.uuid(),
    )
    .execute(parts.database.engine())
    .await
    .map(drop)
}
