//! How the installation is doing: read from the database, which knows of all processes, and for some things from this
//! process. For pages, readiness and metrics.

use crate::Integrations;
use hookreel_contract::views::{JobsView, MailCounts, MailState, UnreadSubscriptions, WorkersView};
use hookreel_database::{Database, PoolUsage};
use hookreel_delivery::{Engine, Tallied};
use hookreel_handlers::{HandlerStatus, statuses};
use hookreel_integrations::BreakerSnapshot;
use hookreel_kernel::id::lowest_at;
use hookreel_kernel::{Clock as _, SystemClock};
use hookreel_read_models::billing::unread;
use sqlx::PgPool;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// A worker that was not heard of for this long is not counted: it writes its row every few seconds.
const WORKER_SILENCE_MAX_S: f64 = 30.0;
/// Failed mails that are news.
const FAILED_LATELY: Duration = Duration::from_hours(24);

/// Tells how the installation is doing. Clones share what was read last.
#[derive(Debug, Clone)]
pub struct Vitals(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    database: Database,
    engine: Engine,
    integrations: Integrations,
    last: Mutex<Option<(Instant, Reading)>>,
}

/// What was read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The newest event's position.
    pub head: u64,
    /// Where each handler stands.
    pub handlers: Vec<HandlerStatus>,
    /// Jobs by queue and state.
    pub jobs: Vec<JobsView>,
    /// Workers by queue.
    pub workers: Vec<WorkersView>,
    /// Mails by state.
    pub mails: MailCounts,
    /// What Stripe could not be asked about. Where no plans are sold nobody asks.
    pub subscriptions_unread: UnreadSubscriptions,
}

/// What is read for people only, because it costs more.
#[derive(Debug, Clone)]
pub(super) struct Sizes {
    pub(super) database_version: String,
    pub(super) database_bytes: u64,
    pub(super) connections: u64,
    pub(super) connections_max: u64,
    pub(super) tenants: u64,
    pub(super) messages: u64,
    pub(super) deliveries: u64,
}

impl Vitals {
    /// Of this process and its database.
    pub fn new(database: Database, engine: Engine, integrations: Integrations) -> Self {
        Self(Arc::new(Parts { database, engine, integrations, last: Mutex::new(None) }))
    }

    /// Reads, unless what was read last is no older than this. Whoever asks meanwhile waits for the same answer.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read(&self, age_max: Duration) -> Result<Reading, sqlx::Error> {
        let mut last = self.0.last.lock().await;
        if let Some((at, reading)) = &*last
            && at.elapsed() < age_max
        {
            return Ok(reading.clone());
        }
        let pool = self.0.database.engine();
        let reading = Reading {
            head: head(pool).await?,
            handlers: statuses(pool).await?,
            jobs: jobs(pool).await?,
            workers: workers(pool).await?,
            mails: mails(pool).await?,
            subscriptions_unread: match self.0.integrations.stripe {
                Some(_) => unread(&mut *pool.acquire().await?).await?,
                None => UnreadSubscriptions::default(),
            },
        };
        *last = Some((Instant::now(), reading.clone()));
        Ok(reading)
    }

    /// How the breaker of each service stands in this process.
    pub fn breakers(&self) -> Vec<BreakerSnapshot> {
        self.0.integrations.breakers()
    }

    /// The database connections of this process.
    pub fn pools(&self) -> [PoolUsage; 5] {
        self.0.database.usage()
    }

    /// Attempts under way in this process.
    pub fn in_flight(&self) -> usize {
        self.0.engine.in_flight()
    }

    /// What this process has done since it started.
    pub fn tally(&self) -> Tallied {
        self.0.engine.tally()
    }

    pub(super) async fn sizes(&self) -> Result<Sizes, sqlx::Error> {
        let row = sqlx::query!(
            r#"select current_setting('server_version') as "database_version!",
                      pg_database_size(current_database()) as "database_bytes!",
                      (select count(*) from pg_stat_activity where datname = current_database()) as "connections!",
                      current_setting('max_connections')::bigint as "connections_max!",
                      (select count(*) from iam.tenants where not built_in) as "tenants!",
                      pg_stat_get_live_tuples('read.messages'::regclass) as "messages!",
                      pg_stat_get_live_tuples('read.deliveries'::regclass) as "deliveries!""#
        )
        .fetch_one(self.0.database.engine())
        .await?;
        Ok(Sizes {
            database_version: row.database_version,
            database_bytes: row.database_bytes as u64,
            connections: row.connections as u64,
            connections_max: row.connections_max as u64,
            tenants: row.tenants as u64,
            messages: row.messages.max(0) as u64,
            deliveries: row.deliveries.max(0) as u64,
        })
    }
}

async fn head(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    Ok(hookreel_event_store::head(&mut connection).await? as u64)
}

async fn jobs(pool: &PgPool) -> Result<Vec<JobsView>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select job_type, status, count(*) as "count!",
                  count(*) filter (where status = 'Pending' and run_at <= now()) as "due!"
           from apalis.jobs group by job_type, status order by job_type, status"#
    )
    .fetch_all(pool)
    .await?;
    let views = rows.into_iter().map(|row| JobsView {
        queue: row.job_type,
        state: row.status,
        count: row.count as u64,
        due: row.due as u64,
    });
    Ok(views.collect())
}

async fn workers(pool: &PgPool) -> Result<Vec<WorkersView>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select worker_type, count(*) filter (where last_seen > now() - make_interval(secs => $1)) as "count!",
                  extract(epoch from now() - max(last_seen))::float8 as "silent_s!"
           from apalis.workers group by worker_type order by worker_type"#,
        WORKER_SILENCE_MAX_S,
    )
    .fetch_all(pool)
    .await?;
    let views = rows.into_iter().map(|row| WorkersView {
        queue: row.worker_type,
        count: row.count as u64,
        silent_s: row.silent_s.max(0.0) as u64,
    });
    Ok(views.collect())
}

async fn mails(pool: &PgPool) -> Result<MailCounts, sqlx::Error> {
    let since = (SystemClock.now() - FAILED_LATELY).unix_timestamp_nanos() / 1_000_000;
    let since = lowest_at(u64::try_from(since).unwrap_or_default());
    let rows = sqlx::query!(
        r#"select state, count(*) as "count!", count(*) filter (where mail_id >= $1) as "lately!"
           from ops.mails group by state"#,
        since,
    )
    .fetch_all(pool)
    .await?;
    let mut counts = MailCounts::default();
    for row in rows {
        let count = row.count as u64;
        match MailState::parse(&row.state) {
            Some(MailState::Queued) => counts.queued = count,
            Some(MailState::Sent) => counts.sent = count,
            Some(MailState::Shown) => counts.shown = count,
            Some(MailState::Failed) => (counts.failed, counts.failed_24h) = (count, row.lately as u64),
            None => {}
        }
    }
    Ok(counts)
}
