//! The log: to standard error, for people on a terminal and as JSON otherwise.

use crate::config::{LogConfig, LogFormat};
use anyhow::{Context as _, anyhow};
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Starts logging.
pub(crate) fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter).context("log filter")?;
    let is_terminal = std::io::stderr().is_terminal();
    let as_json = match config.format {
        LogFormat::Auto => !is_terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(is_terminal);
    let started = if as_json {
        log.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
    } else {
        log.compact().try_init()
    };
    started.map_err(|error| anyhow!("logging could not be started: {error}"))
}
