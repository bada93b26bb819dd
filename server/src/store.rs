//! The database: a given one, or the embedded one.

use crate::config::StoreConfig;
use crate::embedded::Embedded;
use anyhow::Context as _;
use hookreel_database::{Database, DatabaseOptions, migrate};
use hookreel_kernel::Secret;

/// A migrated database, and the server under it when it is ours.
#[derive(Debug)]
pub(crate) struct Store {
    database: Database,
    embedded: Option<Embedded>,
}

impl Store {
    /// Brings the embedded PostgreSQL up if no database is given, migrates, and opens the pools.
    pub(crate) async fn open(config: &StoreConfig) -> anyhow::Result<Self> {
        match &config.database_url {
            Some(url) => Self::on(url.clone(), None, config).await,
            None => Self::embedded(Embedded::start(&config.data_dir).await, config).await,
        }
    }

    /// The same, but without making an embedded PostgreSQL where there is none: what an operator does to an installation
    /// must not end in a new one because its directory was misspelt.
    pub(crate) async fn open_existing(config: &StoreConfig) -> anyhow::Result<Self> {
        match &config.database_url {
            Some(url) => Self::on(url.clone(), None, config).await,
            None => Self::embedded(Embedded::attach(&config.data_dir).await, config).await,
        }
    }

    async fn embedded(started: anyhow::Result<Embedded>, config: &StoreConfig) -> anyhow::Result<Self> {
        let embedded = started.context("the embedded PostgreSQL")?;
        Self::on(Secret::new(embedded.url().to_owned()), Some(embedded), config).await
    }

    async fn on(url: Secret<String>, embedded: Option<Embedded>, config: &StoreConfig) -> anyhow::Result<Self> {
        let database = Self::migrate(url, config).await;
        match (database, embedded) {
            (Ok(database), embedded) => Ok(Self { database, embedded }),
            (Err(error), Some(embedded)) => {
                embedded.stop().await?;
                Err(error)
            }
            (Err(error), None) => Err(error),
        }
    }

    async fn migrate(url: Secret<String>, config: &StoreConfig) -> anyhow::Result<Database> {
        migrate::run(url.expose()).await?;
        let options = DatabaseOptions {
            app_connections_max: config.app_connections_max,
            engine_connections_max: config.engine_connections_max,
            auth_connections_max: config.auth_connections_max,
            ..DatabaseOptions::new(url.expose().as_str())
        };
        Ok(Database::open(&options)?)
    }

    /// The pools.
    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }

    /// Closes every connection; then the embedded PostgreSQL is stopped, unless another process uses it.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.database.close().await;
        match self.embedded {
            Some(embedded) => embedded.stop().await,
            None => Ok(()),
        }
    }
}
