//! Sources that have gone silent: learns how often each is heard of, and says once when one has been silent for longer
//! than ever, and once when it is heard of again.
//!
//! What is usual is kept in `ops.source_rhythms`: a source that nothing has come to costs one look at its newest message,
//! whatever it has received before. The rule itself is `ops.is_silent`, which the source's page asks too.

use crate::engine::Shared;
use hookreel_domain::aggregate::encode;
use hookreel_domain::source::{Source, SourceEvent};
use hookreel_domain::{Aggregate as _, EventFormatError};
use hookreel_event_store::{AppendError, NewEvent, Stream, append};
use hookreel_kernel::{Actor, EventId, Metadata, TenantId};
use sqlx::{PgConnection, PgPool};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it looks.
const INTERVAL: Duration = Duration::from_mins(1);
/// Of what has come to a source since the last look, so many of the newest messages are looked at.
const NEWEST: i64 = 500;
/// Sources that are told about in one transaction.
const BATCH: i64 = 500;

/// Why it could not look.
#[derive(Debug, thiserror::Error)]
pub enum SilenceError {
    /// A source was changed in this very moment, or the database is away: the next look sees the same.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// An event cannot be written.
    #[error(transparent)]
    Format(#[from] EventFormatError),
    /// The database refused or is away.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Looks until stopped.
pub(crate) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        if let Err(error) = look_for_silence(&shared.pool).await {
            tracing::debug!(%error, "silent sources could not be looked for; it is tried again");
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Looks at all sources of all tenants, and says of how many something was told. One process looks at a time; others
/// leave it to that one. `pool` is one of `hookreel_engine`.
///
/// # Errors
/// See [`SilenceError`].
pub async fn look_for_silence(pool: &PgPool) -> Result<usize, SilenceError> {
    let mut told = 0;
    loop {
        let mut transaction = pool.begin().await?;
        let is_ours = sqlx::query_scalar!(
            r#"select pg_try_advisory_xact_lock(hashtextextended('delivery.silence', 0)) as "is_ours!""#
        )
        .fetch_one(&mut *transaction)
        .await?;
        if !is_ours {
            return Ok(told);
        }
        learn(&mut transaction).await?;
        let events = turns(&mut transaction).await?;
        if !events.is_empty() {
            append(&mut transaction, &events).await?;
        }
        transaction.commit().await?;
        told += events.len();
        if (events.len() as i64) < BATCH {
            return Ok(told);
        }
    }
}

/// Takes in what has come since the last look. A pause is from one message to the next, also to the first new one.
async fn learn(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with heard as materialized (
             select s.tenant_id, s.source_id, known.last_at as known_until
             from read.sources s
             left join ops.source_rhythms known
                 on known.tenant_id = s.tenant_id and known.source_id = s.source_id
             cross join lateral (
                 select m.received_at from read.messages m
                 where m.source_id = s.source_id and m.tenant_id = s.tenant_id
                 order by m.message_id desc limit 1
             ) as newest
             where s.deleted_at is null and (known.last_at is null or newest.received_at > known.last_at)
         )
         insert into ops.source_rhythms as r (tenant_id, source_id, messages, first_at, last_at, longest_s)
         select heard.tenant_id, heard.source_id, lately.messages, lately.first_at, lately.last_at, lately.longest_s
         from heard
         cross join lateral (
             select count(*) as messages, min(received_at) as first_at, max(received_at) as last_at,
                    coalesce(extract(epoch from max(pause)), 0)::float8 as longest_s
             from (
                 select received_at, received_at - lag(received_at) over (order by message_id) as pause
                 from (
                     select m.message_id, m.received_at from read.messages m
                     where m.source_id = heard.source_id and m.tenant_id = heard.tenant_id
                     order by m.message_id desc limit $1
                 ) as newest
             ) as paused
             where heard.known_until is null or received_at > heard.known_until
         ) as lately
         where lately.messages > 0
         on conflict (tenant_id, source_id) do update
         set messages = r.messages + excluded.messages, last_at = excluded.last_at,
             longest_s = greatest(r.longest_s, excluded.longest_s)",
        NEWEST,
    )
    .execute(connection)
    .await
    .map(drop)
}

/// The events of sources that have just turned silent or back, with the rows that follow from them. A source that
/// somebody is changing at the moment is left for the next look.
async fn turns(connection: &mut PgConnection) -> Result<Vec<NewEvent>, SilenceError> {
    let rows = sqlx::query!(
        r#"with due as materialized (
               select r.tenant_id, r.source_id, r.silent_since, r.last_at, r.longest_s
               from ops.source_rhythms r
               join read.sources s on s.tenant_id = r.tenant_id and s.source_id = r.source_id
               where s.deleted_at is null and case
                   when r.silent_since is not null then r.last_at > r.silent_since
                   else not s.paused and coalesce((s.settings ->> 'warn_when_silent')::boolean, true)
                       and ops.is_silent(r.messages, r.first_at, r.last_at, r.longest_s, now())
               end
               order by r.tenant_id, r.source_id limit $1
               for update of s skip locked
           ),
           told as (
               update ops.source_rhythms r
               set silent_since = case when due.silent_since is null then due.last_at end
               from due where r.tenant_id = due.tenant_id and r.source_id = due.source_id
           )
           update read.sources s set stream_version = s.stream_version + 1, updated_at = now()
           from due where s.tenant_id = due.tenant_id and s.source_id = due.source_id
           returning s.tenant_id, s.source_id, s.stream_version, coalesce(due.silent_since) as "silent_since?",
                     due.last_at as "last_at!", due.longest_s as "longest_s!""#,
        BATCH,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let event = match row.silent_since {
                Some(silent_since) => SourceEvent::HeardAgain { silent_since },
                None => {
                    SourceEvent::WentSilent { last_received_at: row.last_at, longest_pause_s: row.longest_s as u64 }
                }
            };
            Ok(NewEvent {
                tenant_id: TenantId::from_uuid(row.tenant_id),
                stream: Stream::configuration(Source::STREAM_KIND, row.source_id),
                stream_version: row.stream_version,
                event_id: EventId::generate(),
                kind: Source::kind(&event),
                revision: Source::REVISION,
                payload: encode::<Source>(&event)?,
                body: None,
                metadata: Metadata::by(Actor::system("silence")),
            })
        })
        .collect()
}
