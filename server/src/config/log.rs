//! What is logged, and how.

use clap::{Args, ValueEnum};
use serde::Deserialize;

/// Everything of ours (the filter goes by the beginnings of names) from INFO on, and only what is wrong elsewhere. The
/// session layer warns of every cookie that is too old; that is an everyday matter. So are PostgreSQL's notices.
const FILTER_DEFAULT: &str = "warn,hookreel=info,app=info,tower_sessions=error,sqlx::postgres::notice=error";

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What can be said about it.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "[log]")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogSettings {
    /// What is logged (to standard error), in the syntax of tracing's EnvFilter: `info`, `hookreel=debug`
    /// (key: filter) [default: Hookreel's own lines from INFO on, warnings of everything else]
    #[arg(long = "log", id = "log", env = "HOOKREEL_LOG", value_name = "FILTER")]
    pub(crate) filter: Option<String>,

    /// How lines look (key: format) [default: auto]
    #[arg(long = "log-format", id = "log_format", env = "HOOKREEL_LOG_FORMAT", value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<LogFormat>,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub(crate) struct LogConfig {
    /// An `EnvFilter`.
    pub(crate) filter: String,
    /// How lines look.
    pub(crate) format: LogFormat,
}

impl LogSettings {
    pub(super) fn or(self, other: Self) -> Self {
        Self { filter: self.filter.or(other.filter), format: self.format.or(other.format) }
    }
}

impl LogConfig {
    pub(super) fn resolve(settings: LogSettings) -> Self {
        Self {
            filter: settings.filter.filter(|f| !f.is_empty()).unwrap_or_else(|| FILTER_DEFAULT.to_owned()),
            format: settings.format.unwrap_or_default(),
        }
    }
}
