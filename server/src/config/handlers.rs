//! How handlers of events go on when something fails.

use super::ConfigError;
use super::parse::{HumanDuration, optional_list};
use clap::Args;
use hookreel_handlers::Retries;
use serde::Deserialize;

/// What can be said about it.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "[handlers]")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HandlersSettings {
    /// How long to wait before an event that a handler failed at is tried a second time, a third time, and so on; after
    /// the last try it is parked for an operator [default: 2s,4s,8s,16s,32s,64s,128s]
    #[arg(long, env = "HOOKREEL_HANDLER_RETRY_SCHEDULE", value_name = "DURATIONS", value_delimiter = ',')]
    #[serde(deserialize_with = "optional_list")]
    pub(crate) handler_retry_schedule: Option<Vec<HumanDuration>>,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub(crate) struct HandlersConfig {
    /// When an event is tried again.
    pub(crate) retries: Retries,
}

impl HandlersSettings {
    pub(super) fn or(self, other: Self) -> Self {
        Self { handler_retry_schedule: self.handler_retry_schedule.or(other.handler_retry_schedule) }
    }
}

impl HandlersConfig {
    pub(super) fn resolve(settings: HandlersSettings) -> Result<Self, ConfigError> {
        let Some(pauses) = settings.handler_retry_schedule else { return Ok(Self { retries: Retries::default() }) };
        let retries = Retries::new(pauses.into_iter().map(|pause| pause.0).collect());
        Ok(Self { retries: retries.map_err(|error| ConfigError::setting("handler_retry_schedule", error))? })
    }
}
