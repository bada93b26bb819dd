//! Load, decide, append, project: how every command on the configuration is carried out.

use crate::projection::{Projected, Stamp};
use hookreel_domain::EventFormatError;
use hookreel_domain::aggregate::{decode, encode};
use hookreel_event_store::{AppendError, NewEvent, StoredEvent, Stream, append, load_stream};
use hookreel_kernel::{EventId, Metadata, TenantId, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

/// Why a command was not carried out. The transaction has to be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<R: std::fmt::Debug> {
    /// The rules are against it.
    #[error("the command was rejected: {0:?}")]
    Rejected(R),
    /// Somebody else has changed the same thing in the meantime: try again from the start.
    #[error("the stream has changed in the meantime")]
    Conflict,
    /// An event cannot be written or read.
    #[error(transparent)]
    Format(#[from] EventFormatError),
    /// The database refused or is away; a violated constraint carries its name.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl<R: std::fmt::Debug> From<AppendError> for ExecuteError<R> {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict => Self::Conflict,
            AppendError::Database(error) => Self::Database(error),
        }
    }
}

/// What a command led to.
#[derive(Debug, Clone)]
pub struct Executed<A> {
    /// The state after it.
    pub state: A,
    /// Where and when it stands.
    pub stamp: Stamp,
    /// Whether anything happened.
    pub changed: bool,
}

/// Carries out a command on one aggregate, inside the caller's transaction, as the last thing before the commit.
///
/// Works on any connection that may see the tenant: a `TenantTx` of the services or a transaction of the engine.
///
/// # Errors
/// See [`ExecuteError`].
pub async fn execute<A: Projected>(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: Uuid,
    metadata: &Metadata,
    command: A::Command,
) -> Result<Executed<A>, ExecuteError<A::Rejection>>
where
    A::Rejection: std::fmt::Debug,
{
    let loaded = load::<A>(connection, tenant_id, id).await?;
    let events = loaded.state.decide(command).map_err(ExecuteError::Rejected)?;
    append_events(connection, loaded, metadata, &events).await
}

/// Records facts that nobody decides about, such as what the breaker of an endpoint did.
///
/// # Errors
/// See [`ExecuteError`]; never [`ExecuteError::Rejected`].
pub async fn record<A: Projected>(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: Uuid,
    metadata: &Metadata,
    events: &[A::Event],
) -> Result<Executed<A>, ExecuteError<A::Rejection>>
where
    A::Rejection: std::fmt::Debug,
{
    let loaded = load::<A>(connection, tenant_id, id).await?;
    append_events(connection, loaded, metadata, events).await
}

/// The state of one aggregate now; version 0 if nothing has ever happened to it.
///
/// # Errors
/// See [`ExecuteError`]; never a rejection or a conflict.
pub async fn load<A: Projected>(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: Uuid,
) -> Result<Executed<A>, ExecuteError<A::Rejection>>
where
    A::Rejection: std::fmt::Debug,
{
    let events = load_stream(&mut *connection, tenant_id, stream_of::<A>(id)).await?;
    // The time of the transaction: what the events appended in it will carry.
    let now = sqlx::query_scalar!(r#"select now() as "now!""#).fetch_one(connection).await?;
    Ok(fold(tenant_id, id, now, &events)?)
}

/// The state that these events of one stream lead to; `now` counts only if there are none.
pub(crate) fn fold<A: Projected>(
    tenant_id: TenantId,
    id: Uuid,
    now: Timestamp,
    events: &[StoredEvent],
) -> Result<Executed<A>, EventFormatError> {
    let mut state = A::default();
    let mut stamp = Stamp { tenant_id, id, version: 0, created_at: now, updated_at: now };
    for event in events {
        state.evolve(&decode::<A>(&event.kind, event.revision, event.payload.clone())?);
        if stamp.version == 0 {
            stamp.created_at = event.recorded_at;
        }
        (stamp.version, stamp.updated_at) = (event.stream_version, event.recorded_at);
    }
    Ok(Executed { state, stamp, changed: false })
}

async fn append_events<A: Projected>(
    connection: &mut PgConnection,
    mut loaded: Executed<A>,
    metadata: &Metadata,
    events: &[A::Event],
) -> Result<Executed<A>, ExecuteError<A::Rejection>>
where
    A::Rejection: std::fmt::Debug,
{
    if events.is_empty() {
        return Ok(loaded);
    }
    let mut stamp = loaded.stamp;
    let mut new_events = Vec::with_capacity(events.len());
    for event in events {
        loaded.state.evolve(event);
        stamp.version += 1;
        new_events.push(NewEvent {
            tenant_id: stamp.tenant_id,
            stream: stream_of::<A>(stamp.id),
            stream_version: stamp.version,
            event_id: EventId::generate(),
            kind: A::kind(event),
            revision: A::REVISION,
            payload: encode::<A>(event)?,
            body: None,
            metadata: metadata.clone(),
        });
    }
    stamp.updated_at = sqlx::query_scalar!(r#"select now() as "now!""#).fetch_one(&mut *connection).await?;
    loaded.state.upsert(&mut *connection, &stamp).await?;
    // Last: from here to the commit every other appender waits.
    append(connection, &new_events).await?;
    Ok(Executed { state: loaded.state, stamp, changed: true })
}

pub(crate) fn stream_of<A: Projected>(id: Uuid) -> Stream {
    if A::IS_TRAFFIC { Stream::traffic(A::STREAM_KIND, id) } else { Stream::configuration(A::STREAM_KIND, id) }
}
