//! The key that secrets are encrypted with.

use super::ConfigError;
use super::store::secret;
use clap::Args;
use hookreel_kernel::Secret;
use hookreel_secrets::SecretKey;
use serde::Deserialize;

/// What can be said about it.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "[secrets]")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SecretsSettings {
    /// The key that signing secrets are encrypted with: 32 bytes in Base64, as `openssl rand -base64 32` prints them.
    /// Better given by the environment than on the command line, which others on the machine can read
    /// [default: the file `secret.key` in the data directory, made at the first start]
    #[arg(long, env = "HOOKREEL_SECRET_KEY", value_name = "KEY", hide_env_values = true, value_parser = secret)]
    pub(crate) secret_key: Option<Secret<String>>,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub(crate) struct SecretsConfig {
    /// `None`: the file in the data directory.
    pub(crate) secret_key: Option<SecretKey>,
}

impl SecretsSettings {
    pub(super) fn or(self, other: Self) -> Self {
        Self { secret_key: self.secret_key.or(other.secret_key) }
    }
}

impl SecretsConfig {
    pub(super) fn resolve(settings: SecretsSettings) -> Result<Self, ConfigError> {
        let key = settings.secret_key.filter(|key| !key.expose().trim().is_empty());
        let secret_key = key.map(|key| SecretKey::from_base64(key.expose())).transpose();
        Ok(Self { secret_key: secret_key.map_err(|error| ConfigError::setting("secret_key", error))? })
    }
}
