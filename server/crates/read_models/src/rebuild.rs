//! Making the rows of the configuration anew from its events. It sends nothing and appends nothing.

use crate::execute::{fold, stream_of};
use crate::projection::Projected;
use hookreel_domain::{
    Aggregate, Application, Billing, Endpoint, EventFormatError, EventTypeEntry, Recovery, Replay, Source,
};
use hookreel_event_store::{CONFIGURATION_BUCKET, load_stream};
use hookreel_kernel::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

/// Streams looked at in one step.
const STREAMS_PER_STEP: i64 = 500;

/// Why the rows could not be made anew.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// An event that this version cannot read.
    #[error(transparent)]
    Format(#[from] EventFormatError),
    /// The database refused or is away.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Writes the row of every configuration stream, of every replay and of every recovery, across tenants, and says how many there were.
/// Run it in one transaction of a role that sees all tenants.
///
/// # Errors
/// See [`RebuildError`]; roll back then.
pub async fn rebuild_configuration(connection: &mut PgConnection) -> Result<u64, RebuildError> {
    let mut position = 0;
    let mut rows = 0;
    loop {
        let streams = sqlx::query!(
            "select position, tenant_id, stream_kind, stream_id from event_store.events
             where stream_version = 1 and position > $1 and (bucket = $2 or stream_kind in ($3, $4))
             order by position limit $5",
            position,
            CONFIGURATION_BUCKET,
            Replay::STREAM_KIND,
            Recovery::STREAM_KIND,
            STREAMS_PER_STEP,
        )
        .fetch_all(&mut *connection)
        .await?;
        let Some(last) = streams.last() else { return Ok(rows) };
        position = last.position;
        for stream in &streams {
            let (tenant_id, id) = (TenantId::from_uuid(stream.tenant_id), stream.stream_id);
            match stream.stream_kind.as_str() {
                Application::STREAM_KIND => rebuild_one::<Application>(connection, tenant_id, id).await?,
                EventTypeEntry::STREAM_KIND => rebuild_one::<EventTypeEntry>(connection, tenant_id, id).await?,
                Source::STREAM_KIND => rebuild_one::<Source>(connection, tenant_id, id).await?,
                Billing::STREAM_KIND => rebuild_one::<Billing>(connection, tenant_id, id).await?,
                Endpoint::STREAM_KIND => rebuild_one::<Endpoint>(connection, tenant_id, id).await?,
                Replay::STREAM_KIND => rebuild_one::<Replay>(connection, tenant_id, id).await?,
                Recovery::STREAM_KIND => rebuild_one::<Recovery>(connection, tenant_id, id).await?,
                // Tenants, members and keys have no rows that follow from events.
                _ => continue,
            }
            rows += 1;
        }
    }
}

async fn rebuild_one<A: Projected>(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: Uuid,
) -> Result<(), RebuildError> {
    let events = load_stream(&mut *connection, tenant_id, stream_of::<A>(id)).await?;
    let Some(first) = events.first() else { return Ok(()) };
    let folded = fold::<A>(tenant_id, id, first.recorded_at, &events)?;
    Ok(folded.state.upsert(connection, &folded.stamp).await?)
}
