//! Where everything is kept.

use super::ConfigError;
use clap::Args;
use hookreel_kernel::Secret;
use serde::Deserialize;
use std::path::PathBuf;

const DATA_DIR_DEFAULT: &str = "hookreel-data";
const CONNECTIONS_DEFAULT: (u32, u32, u32) = (10, 16, 6);

/// What can be said about it.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "[store]")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StoreSettings {
    /// The directory for everything that is kept on this machine: the embedded PostgreSQL, the encryption key
    /// [default: hookreel-data]
    #[arg(long, env = "HOOKREEL_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// A PostgreSQL database, such as postgres://user:password@host/database. Without it Hookreel runs a PostgreSQL
    /// of its own in the data directory
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true, value_parser = secret)]
    pub(crate) database_url: Option<Secret<String>>,

    /// Database connections for the dashboard and the REST API [default: 10]
    #[arg(long, env = "HOOKREEL_APP_CONNECTIONS_MAX", value_name = "COUNT")]
    pub(crate) app_connections_max: Option<u32>,

    /// Database connections for receiving and delivering [default: 16]
    #[arg(long, env = "HOOKREEL_ENGINE_CONNECTIONS_MAX", value_name = "COUNT")]
    pub(crate) engine_connections_max: Option<u32>,

    /// Database connections for sign-in, sessions and API keys [default: 6]
    #[arg(long, env = "HOOKREEL_AUTH_CONNECTIONS_MAX", value_name = "COUNT")]
    pub(crate) auth_connections_max: Option<u32>,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub(crate) struct StoreConfig {
    /// Where this machine keeps its part.
    pub(crate) data_dir: PathBuf,
    /// `None`: the embedded PostgreSQL.
    pub(crate) database_url: Option<Secret<String>>,
    /// Connections of the role `hookreel_app`.
    pub(crate) app_connections_max: u32,
    /// Connections of the role `hookreel_engine`.
    pub(crate) engine_connections_max: u32,
    /// Connections of the role `hookreel_auth`.
    pub(crate) auth_connections_max: u32,
}

impl StoreSettings {
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            data_dir: self.data_dir.or(other.data_dir),
            database_url: self.database_url.or(other.database_url),
            app_connections_max: self.app_connections_max.or(other.app_connections_max),
            engine_connections_max: self.engine_connections_max.or(other.engine_connections_max),
            auth_connections_max: self.auth_connections_max.or(other.auth_connections_max),
        }
    }

    /// The data directory, before the file has been read.
    pub(super) fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| PathBuf::from(DATA_DIR_DEFAULT))
    }
}

impl StoreConfig {
    pub(super) fn resolve(settings: StoreSettings) -> Result<Self, ConfigError> {
        let (app, engine, auth) = CONNECTIONS_DEFAULT;
        Ok(Self {
            data_dir: settings.data_dir(),
            app_connections_max: connections("app_connections_max", settings.app_connections_max, app)?,
            engine_connections_max: connections("engine_connections_max", settings.engine_connections_max, engine)?,
            auth_connections_max: connections("auth_connections_max", settings.auth_connections_max, auth)?,
            database_url: database_url(settings.database_url)?,
        })
    }
}

/// The URL is not shown again: it may hold a password.
fn database_url(given: Option<Secret<String>>) -> Result<Option<Secret<String>>, ConfigError> {
    let Some(url) = given.filter(|url| !url.expose().is_empty()) else { return Ok(None) };
    let scheme = url.expose().split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if matches!(scheme.as_deref(), Some("postgres" | "postgresql")) {
        Ok(Some(url))
    } else {
        Err(ConfigError::setting("database_url", "must begin with postgres:// or postgresql://"))
    }
}

fn connections(name: &'static str, given: Option<u32>, default: u32) -> Result<u32, ConfigError> {
    let count = given.unwrap_or(default);
    // With fewer than two, a request that holds one and needs another would wait for itself.
    if (2..=1000).contains(&count) { Ok(count) } else { Err(ConfigError::setting(name, "must be 2 to 1000")) }
}

/// For clap: a value that is not shown.
#[expect(clippy::unnecessary_wraps, reason = "the shape that clap wants")]
pub(super) fn secret(text: &str) -> Result<Secret<String>, std::convert::Infallible> {
    Ok(Secret::new(text.to_owned()))
}
