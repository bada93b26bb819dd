//! One connection pool per database role.

use crate::TenantTx;
use hookreel_kernel::TenantId;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgPool};
use std::str::FromStr;
use std::time::Duration;

/// How long a request waits for a free connection before it is told to come back later.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that was idle for so long is asked whether it still lives. One that was in use a moment ago is believed:
/// the question would cost every use a round trip.
const BELIEVED_FOR: Duration = Duration::from_secs(1);

/// Where the database is, and how many connections each role may hold.
#[derive(Clone)]
pub struct DatabaseOptions {
    /// A PostgreSQL URL; its user must be a member of the roles in `migrations/bootstrap.sql`.
    pub url: String,
    /// Connections for the dashboard and the REST API.
    pub app_connections_max: u32,
    /// Connections for receiving and delivering; a quarter of them is the job queue's, another what comes with requests.
    pub engine_connections_max: u32,
    /// Connections for sign-in, sessions and API keys.
    pub auth_connections_max: u32,
}

impl std::fmt::Debug for DatabaseOptions {
    /// Leaves the URL out: it may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseOptions")
            .field("app_connections_max", &self.app_connections_max)
            .finish_non_exhaustive()
    }
}

impl DatabaseOptions {
    /// Defaults for one process on a small machine.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), app_connections_max: 10, engine_connections_max: 16, auth_connections_max: 6 }
    }
}

/// The connections of one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUsage {
    /// Which pool.
    pub name: &'static str,
    /// Connections that are open.
    pub open: u32,
    /// Of those: in no use at the moment.
    pub idle: u32,
    /// Connections there may be.
    pub max: u32,
}

/// The database, by role.
#[derive(Debug, Clone)]
pub struct Database {
    app: PgPool,
    engine: PgPool,
    jobs: PgPool,
    delivery: PgPool,
    auth: PgPool,
}

impl Database {
    /// Opens the pools lazily: no connection is made before the first use.
    ///
    /// # Errors
    /// When the URL cannot be parsed.
    pub fn open(options: &DatabaseOptions) -> Result<Self, sqlx::Error> {
        let base = PgConnectOptions::from_str(&options.url)?.application_name("hookreel");
        let (engine, app, auth) = ("hookreel_engine", "hookreel_app", "hookreel_auth");
        let max = options.engine_connections_max;
        let quarter = (max / 4).max(2);
        let of_engine = role(base.clone(), engine, "30s").options(PLANS);
        Ok(Self {
            app: guarded(options.app_connections_max).connect_lazy_with(role(base.clone(), app, "5s")),
            engine: guarded(quarter).connect_lazy_with(of_engine.clone()),
            jobs: pool(quarter).connect_lazy_with(of_engine.clone().options([NOT_AWAITED])),
            delivery: pool((max - max.min(2 * quarter)).max(2)).connect_lazy_with(of_engine),
            auth: guarded(options.auth_connections_max).connect_lazy_with(role(base, auth, "5s")),
        })
    }

    /// Begins a transaction that sees and writes one tenant's rows only.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn tenant(&self, tenant_id: TenantId) -> Result<TenantTx, sqlx::Error> {
        TenantTx::begin(&self.app, tenant_id).await
    }

    /// A pool of `hookreel_engine`, which sees all tenants.
    pub fn engine(&self) -> &PgPool {
        &self.engine
    }

    /// A pool of `hookreel_engine` for the job queue's own bookkeeping, and for nothing else. Commits are not waited for:
    /// what a crash undoes is that a job was taken or done, and a job that is run twice finds nothing to do the second
    /// time. Every use is a single statement without a transaction: one that is dropped leaves nothing open (see
    /// [`guarded`]).
    pub fn jobs(&self) -> &PgPool {
        &self.jobs
    }

    /// A pool of `hookreel_engine` for receiving and delivering: only for tasks that are never dropped half-way, since
    /// nothing looks after a transaction that was left open.
    pub fn delivery(&self) -> &PgPool {
        &self.delivery
    }

    /// The pool of `hookreel_auth`: people, sessions and keys, before a tenant is known.
    pub fn auth(&self) -> &PgPool {
        &self.auth
    }

    /// How many connections each pool has open in this process.
    pub fn usage(&self) -> [PoolUsage; 5] {
        let pools = [
            ("app", &self.app),
            ("engine", &self.engine),
            ("jobs", &self.jobs),
            ("delivery", &self.delivery),
            ("auth", &self.auth),
        ];
        pools.map(|(name, pool)| PoolUsage {
            name,
            open: pool.size(),
            idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX),
            max: pool.options().get_max_connections(),
        })
    }

    /// Closes every connection, waiting for those in use.
    pub async fn close(&self) {
        self.app.close().await;
        self.engine.close().await;
        self.jobs.close().await;
        self.delivery.close().await;
        self.auth.close().await;
    }
}

/// The engine runs a few statements thousands of times a second, each reaching its rows by a key. Planned once, they
/// cost a tenth; left to itself PostgreSQL plans them each time, because a batch of one looks cheaper than an average
/// one. A plan made once must not depend on how small the tables still are: no plan but by index.
const PLANS: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

/// A commit is answered before it is on disk: it is lost if the database's machine stops within some 600 ms.
const NOT_AWAITED: (&str, &str) = ("synchronous_commit", "off");

/// The session starts as the role; nothing it runs can name another one.
fn role(base: PgConnectOptions, role: &'static str, statement_timeout: &'static str) -> PgConnectOptions {
    base.options([
        ("role", role),
        ("statement_timeout", statement_timeout),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "15s"),
    ])
}

fn pool(connections_max: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(Duration::from_mins(5))
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move { Ok(known.idle_for <= BELIEVED_FOR || connection.ping().await.is_ok()) })
        })
}

/// A pool whose connections are looked after when they come back. A `begin` that was dropped half-way leaves a
/// transaction open (sqlx 0.9.0); the next borrower would run inside it and lose its writes. One round trip after each
/// use closes that hole; `begin` first, since a rollback outside a transaction is a warning in the server's log.
fn guarded(connections_max: u32) -> PgPoolOptions {
    pool(connections_max).after_release(|connection, _| {
        Box::pin(async move {
            connection.execute("begin; rollback").await?;
            Ok(true)
        })
    })
}
