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
        let (url, embedded) = if let Some(url) = &config.database_url {
            (url.clone(), None)
        } else {
            let embedded = Embedded::start(&config.data_dir).await.context("the embedded PostgreSQL")?;
            (Secret::new(embedded.url().to_owned()), Some(embedded))
        };
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
