//! One connection pool per database role.

use crate::TenantTx;
use hookreel_kernel::TenantId;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor, PgPool};
use std::str::FromStr;
use std::time::Duration;

/// How long a request waits for a free connection before it is told to come back later.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the database is, and how many connections each role may hold.
#[derive(Clone)]
pub struct DatabaseOptions {
    /// A PostgreSQL URL; its user must be a member of the roles in `migrations/bootstrap.sql`.
    pub url: String,
    /// Connections for the dashboard and the REST API.
    pub app_connections_max: u32,
    /// Connections for receiving and delivering.
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

/// The database, by role.
#[derive(Debug, Clone)]
pub struct Database {
    app: PgPool,
    engine: PgPool,
    auth: PgPool,
}

impl Database {
    /// Opens the pools lazily: no connection is made before the first use.
    ///
    /// # Errors
    /// When the URL cannot be parsed.
    pub fn open(options: &DatabaseOptions) -> Result<Self, sqlx::Error> {
        let base = PgConnectOptions::from_str(&options.url)?.application_name("hookreel");
        Ok(Self {
            app: pool(&base, "hookreel_app", options.app_connections_max, "5s"),
            engine: pool(&base, "hookreel_engine", options.engine_connections_max, "30s"),
            auth: pool(&base, "hookreel_auth", options.auth_connections_max, "5s"),
        })
    }

    /// Begins a transaction that sees and writes one tenant's rows only.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn tenant(&self, tenant_id: TenantId) -> Result<TenantTx, sqlx::Error> {
        TenantTx::begin(&self.app, tenant_id).await
    }

    /// The pool of `hookreel_engine`: receiving and delivering, across tenants.
    pub fn engine(&self) -> &PgPool {
        &self.engine
    }

    /// The pool of `hookreel_auth`: people, sessions and keys, before a tenant is known.
    pub fn auth(&self) -> &PgPool {
        &self.auth
    }

    /// Closes every connection, waiting for those in use.
    pub async fn close(&self) {
        self.app.close().await;
        self.engine.close().await;
        self.auth.close().await;
    }
}

fn pool(base: &PgConnectOptions, role: &'static str, connections_max: u32, statement_timeout: &'static str) -> PgPool {
    // The session starts as the role; nothing it runs can name another one.
    let options = base.clone().options([
        ("role", role),
        // A rollback where there is nothing to roll back (below) is not worth a notice.
        ("client_min_messages", "error"),
        ("statement_timeout", statement_timeout),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "15s"),
    ]);
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(Duration::from_mins(5))
        .test_before_acquire(role != "hookreel_engine")
        .after_release(move |connection, _| {
            Box::pin(async move {
                // A `begin` that was dropped half-way leaves a transaction open (sqlx 0.9.0); the next borrower would
                // run inside it and lose its writes. One round trip after each use closes that hole.
                connection.execute("rollback").await?;
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}
