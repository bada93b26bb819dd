//! The embedded PostgreSQL: started and stopped with the program, and started again if it dies under it.

use anyhow::{Context as _, anyhow};
use hookreel_cluster::{Cluster, ClusterConfig, ClusterError};
use hookreel_database::migrate::{BOOTSTRAP_SQL, ROLES};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The database, and the role the program connects as. Not a superuser: the program never needs one again.
const NAME: &str = "hookreel";
/// How often somebody looks whether the server is still there.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// A running server with a database for us.
#[derive(Debug)]
pub(crate) struct Embedded {
    url: String,
    stop: CancellationToken,
    keeper: JoinHandle<Cluster>,
}

impl Embedded {
    /// Brings the server up, whatever state it was left in, and makes role and database if they are missing.
    pub(crate) async fn start(data_dir: &Path) -> anyhow::Result<Self> {
        Self::of(Cluster::start(ClusterConfig::new(data_dir)).await?).await
    }

    /// The same, but only where a cluster is: nothing is made in a directory that holds none.
    pub(crate) async fn attach(data_dir: &Path) -> anyhow::Result<Self> {
        let attached = Cluster::attach(data_dir).await;
        let cluster = attached.map_err(|error| match error {
            ClusterError::NoCluster { data_dir } => anyhow!(
                "there is no Hookreel in {}: name the data directory of an installation by --data-dir, or make one there \
                 by `hookreel serve` or `hookreel migrate`",
                data_dir.display()
            ),
            other => other.into(),
        })?;
        Self::of(cluster).await
    }

    async fn of(cluster: Cluster) -> anyhow::Result<Self> {
        prepare(&cluster).await.context("role and database could not be made")?;
        let url = cluster.url_as(NAME, NAME);
        let stop = CancellationToken::new();
        let keeper = tokio::spawn(keep_running(cluster, stop.clone()));
        Ok(Self { url, stop, keeper })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Stops the server, unless another process uses it.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        let cluster = self.keeper.await?;
        let outcome = cluster.stop().await?;
        tracing::debug!(?outcome, "let go of the embedded PostgreSQL");
        Ok(())
    }
}

async fn keep_running(mut cluster: Cluster, stop: CancellationToken) -> Cluster {
    loop {
        tokio::select! {
            () = stop.cancelled() => return cluster,
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
        }
        if let Err(error) = cluster.ensure_running().await {
            tracing::error!(%error, "the embedded PostgreSQL could not be started again; it is tried again");
        }
    }
}

async fn prepare(cluster: &Cluster) -> anyhow::Result<()> {
    let mut server = PgConnection::connect(&cluster.admin_url()).await?;
    // Two processes may start on the same directory at once.
    server.execute("select pg_advisory_lock(hashtext('hookreel prepare'))").await?;
    if !exists(&mut server, "select exists (select from pg_roles where rolname = $1)").await? {
        server.execute(AssertSqlSafe(format!("create role {NAME} login"))).await?;
    }
    if !exists(&mut server, "select exists (select from pg_database where datname = $1)").await? {
        server.execute(AssertSqlSafe(format!("create database {NAME}"))).await?;
    }
    let mut database = PgConnection::connect(&cluster.url(NAME)).await?;
    database.execute(BOOTSTRAP_SQL).await?;
    database.execute(AssertSqlSafe(format!("grant {} to {NAME}", ROLES.join(", ")))).await?;
    database.close().await?;
    // Gives the lock back.
    server.close().await?;
    Ok(())
}

async fn exists(connection: &mut PgConnection, question: &'static str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(question).bind(NAME).fetch_one(connection).await
}
