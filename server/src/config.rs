//! How the program is meant to run: one struct per concern.
//!
//! Each concern has two forms. Its *settings* are what was said, on the command line, in the environment or in a file,
//! with everything optional; its *config* is what that comes to, with nothing optional that the program needs.

mod billing;
mod delivery;
mod handlers;
mod http;
mod integrations;
mod log;
mod mail;
mod parse;
mod secrets;
mod store;

pub(crate) use billing::{BillingConfig, BillingSettings};
pub(crate) use delivery::{DeliveryConfig, DeliverySettings};
pub(crate) use handlers::{HandlersConfig, HandlersSettings};
pub(crate) use http::{HttpConfig, HttpSettings};
pub(crate) use integrations::{IntegrationsConfig, IntegrationsSettings};
pub(crate) use log::{LogConfig, LogFormat, LogSettings};
pub(crate) use mail::{MailConfig, MailSettings};
pub(crate) use secrets::{SecretsConfig, SecretsSettings};
pub(crate) use store::{StoreConfig, StoreSettings};

use clap::Args;
use figment::Figment;
use figment::providers::{Format as _, Toml};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The file that is looked for.
const FILE_NAME: &str = "hookreel.toml";

/// Everything that can be said.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    #[command(flatten)]
    pub(crate) http: HttpSettings,
    #[command(flatten)]
    pub(crate) store: StoreSettings,
    #[command(flatten)]
    pub(crate) delivery: DeliverySettings,
    #[command(flatten)]
    pub(crate) handlers: HandlersSettings,
    #[command(flatten)]
    pub(crate) secrets: SecretsSettings,
    #[command(flatten)]
    pub(crate) mail: MailSettings,
    #[command(flatten)]
    pub(crate) integrations: IntegrationsSettings,
    #[command(flatten)]
    pub(crate) billing: BillingSettings,
    #[command(flatten)]
    pub(crate) log: LogSettings,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) http: HttpConfig,
    pub(crate) store: StoreConfig,
    pub(crate) delivery: DeliveryConfig,
    pub(crate) handlers: HandlersConfig,
    pub(crate) secrets: SecretsConfig,
    pub(crate) mail: MailConfig,
    pub(crate) integrations: IntegrationsConfig,
    pub(crate) billing: BillingConfig,
    pub(crate) log: LogConfig,
}

/// What was said cannot be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// The file says something that does not exist, or says it wrongly.
    #[error("{}: {reason}", path.display())]
    Invalid { path: PathBuf, reason: String },
    /// One setting makes no sense.
    #[error("{name}: {reason}")]
    Setting { name: &'static str, reason: String },
}

impl ConfigError {
    pub(crate) fn setting(name: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Setting { name, reason: reason.to_string() }
    }
}

impl Config {
    /// Puts the command line and the environment (`given`) before the file and the file before the defaults.
    pub(crate) fn load(given: Settings, file: Option<&Path>) -> Result<Self, ConfigError> {
        let data_dir = given.store.data_dir();
        let found = match file {
            Some(file) => Some(file.to_owned()),
            None => [data_dir.join(FILE_NAME), PathBuf::from(FILE_NAME)].into_iter().find(|path| path.is_file()),
        };
        let from_file = found.map(|path| read(&path)).transpose()?.unwrap_or_default();
        Self::resolve(given.or(from_file))
    }

    fn resolve(settings: Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            http: HttpConfig::resolve(settings.http)?,
            store: StoreConfig::resolve(settings.store)?,
            delivery: DeliveryConfig::resolve(settings.delivery)?,
            handlers: HandlersConfig::resolve(settings.handlers)?,
            secrets: SecretsConfig::resolve(settings.secrets)?,
            mail: MailConfig::resolve(settings.mail)?,
            integrations: IntegrationsConfig::resolve(settings.integrations)?,
            billing: BillingConfig::resolve(settings.billing)?,
            log: LogConfig::resolve(settings.log),
        })
    }
}

impl Settings {
    fn or(self, other: Self) -> Self {
        Self {
            http: self.http.or(other.http),
            store: self.store.or(other.store),
            delivery: self.delivery.or(other.delivery),
            handlers: self.handlers.or(other.handlers),
            secrets: self.secrets.or(other.secrets),
            mail: self.mail.or(other.mail),
            integrations: self.integrations.or(other.integrations),
            billing: self.billing.or(other.billing),
            log: self.log.or(other.log),
        }
    }
}

fn read(path: &Path) -> Result<Settings, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    said(&text).map_err(|reason| ConfigError::Invalid { path: path.to_owned(), reason })
}

/// What a file says, or what is wrong with it: under the names that stand in the file, which figment would put into a
/// profile that is not there.
fn said(text: &str) -> Result<Settings, String> {
    Figment::from(Toml::string(text)).extract().map_err(|error| {
        let faults = error.into_iter().map(|fault| match fault.path.join(".") {
            path if path.is_empty() => fault.kind.to_string(),
            path => format!("{} for `{path}`", fault.kind),
        });
        faults.collect::<Vec<_>>().join("; ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use std::time::Duration;

    /// Settings without a default that could stand in the example.
    const WITHOUT_DEFAULT: [&str; 5] =
        ["database_url", "secret_key", "stripe_key", "stripe_webhook_secret", "retention_days = 365"];

    /// Settings that hold a secret, or a URL that may hold a password.
    const SECRETS: [&str; 5] = ["database-url", "secret-key", "smtp-url", "stripe-key", "stripe-webhook-secret"];

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    fn line(arguments: &[&str]) -> Settings {
        Line::try_parse_from([&["hookreel"], arguments].concat()).unwrap().settings
    }

    fn load(arguments: &[&str], file: &str) -> Result<Config, String> {
        Config::resolve(line(arguments).or(said(file)?)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_wins_over_the_file_and_the_file_over_the_default() {
        let file =
            "[http]\nlisten = \"0.0.0.0:80\"\nbody_bytes_max = 1000\n[delivery]\nretry_schedule = [\"0s\", \"5m\"]";
        let config = load(&["--listen", "127.0.0.1:9"], file).unwrap();
        assert_eq!(config.http.listen, "127.0.0.1:9");
        assert_eq!(config.http.body_bytes_max, 1000);
        assert_eq!(config.http.connections_max, 10_000);
        assert_eq!(config.delivery.retry_policy.schedule(), [Duration::ZERO, Duration::from_mins(5)]);
    }

    #[test]
    fn lists_are_separated_by_commas_or_given_again() {
        let once = load(&["--egress-allow", "127.0.0.0/8,::1/128"], "").unwrap();
        let twice = load(&["--egress-allow", "127.0.0.0/8", "--egress-allow", "::1/128"], "").unwrap();
        assert_eq!(once.delivery.egress_allow.len(), 2);
        assert_eq!(once.delivery.egress_allow, twice.delivery.egress_allow);
    }

    #[test]
    fn a_key_that_does_not_exist_is_an_error_that_names_it() {
        let error = load(&[], "[http]\nlisten_on = \"0.0.0.0:80\"").unwrap_err();
        assert!(error.contains("listen_on"), "{error}");
        let error = load(&[], "[web]\nlisten = \"0.0.0.0:80\"").unwrap_err();
        assert!(error.contains("web"), "{error}");
    }

    #[test]
    fn a_wrong_file_is_told_of_once_and_under_its_own_names() {
        let scratch = std::env::temp_dir().join(format!("hookreel-config-{}.toml", std::process::id()));
        std::fs::write(&scratch, "[http]\nlisen = \"0.0.0.0:80\"").unwrap();
        let error = anyhow::Error::from(Config::load(Settings::default(), Some(&scratch)).unwrap_err());
        std::fs::remove_file(&scratch).unwrap();
        let told = format!("{error:#}");
        assert_eq!(told.matches("lisen`").count(), 2, "what was found, and where: {told}");
        assert!(told.ends_with(" for `http.lisen`"), "{told}");
        let error = anyhow::Error::from(Config::load(Settings::default(), Some(&scratch)).unwrap_err());
        let told = format!("{error:#}");
        assert_eq!(told.matches("No such file").count(), 1, "{told}");
    }

    #[test]
    fn only_the_url_of_a_postgresql_database_is_taken() {
        for url in ["postgres://u@db/x", "postgresql://u@db/x"] {
            assert!(load(&["--database-url", url], "").unwrap().store.database_url.is_some(), "{url}");
        }
        for url in ["mysql://u:secret@db/x", "sqlite:hookreel.db", "db.example.com/x"] {
            let error = load(&["--database-url", url], "").unwrap_err();
            assert_eq!(error, "database_url: must begin with postgres:// or postgresql://");
        }
    }

    #[test]
    fn values_of_the_wrong_kind_are_errors_that_name_the_setting() {
        for file in [
            "[delivery]\negress_allow = [\"everything\"]",
            "[delivery]\nretry_schedule = [\"soon\"]",
            "[handlers]\nhandler_retry_schedule = []",
            "[http]\nmetrics_listen = \"\"",
            "[http]\npublic_url = \"hooks.example.com\"",
            "[secrets]\nsecret_key = \"short\"",
            "[http]\nconnections_max = 0",
            "[integrations]\ngithub_api_url = \"github\"",
            "[integrations]\nstripe_api_url = \"ftp://stripe.example.com\"",
            "[integrations]\nservice_timeout = \"2m\"",
            "[integrations]\nservice_retries = 11",
            "[integrations]\nservice_calls_per_minute = 0",
            "[integrations]\nservice_breaker_failures = 0",
            "[integrations]\nservice_breaker_pause = \"0s\"",
            "[integrations]\nservice_breaker_probes = 0",
            "[mail]\nmail_from = \"not an address\"",
            "[mail]\nmail_from = \"not an address\"\nsmtp_url = \"smtp://localhost\"",
            "[mail]\nsmtp_url = \"localhost\"",
            "[billing]\nplan = [{ name = \"Not a name\" }]",
            "[billing]\nretention_days = 0",
        ] {
            let error = load(&[], file).unwrap_err();
            let name = file.split(['\n', ' ']).nth(1).unwrap();
            assert!(error.contains(name), "{error} for {file}");
        }
    }

    #[test]
    fn services_are_called_as_patiently_as_documented_and_otherwise_if_that_is_said() {
        let patience = |arguments: &[&str], file| {
            let patience = load(arguments, file).unwrap().integrations.patience;
            let (rate, breaker) = (patience.rate, patience.breaker);
            (
                (patience.timeout.as_millis(), patience.retries),
                (rate.per_minute.get(), rate.burst.get()),
                (breaker.failures_to_trip, breaker.open_for.as_secs(), breaker.probes),
            )
        };
        assert_eq!(patience(&[], ""), ((10_000, 3), (300, 30), (5, 30, 2)));
        let file = "[integrations]\nservice_timeout = \"2s\"\nservice_retries = 0\nservice_calls_per_minute = 6\n\
                    service_breaker_failures = 3\nservice_breaker_pause = \"5m\"\nservice_breaker_probes = 1";
        assert_eq!(patience(&[], file), ((2_000, 0), (6, 6), (3, 300, 1)));
        let line = ["--service-timeout", "500ms", "--service-retries", "1", "--service-breaker-pause", "1m"];
        assert_eq!(patience(&line, file), ((500, 1), (6, 6), (3, 60, 1)));
    }

    #[test]
    fn the_example_file_says_nothing_but_the_defaults() {
        let example = include_str!("../hookreel.example.toml");
        let uncommented: Vec<&str> = example
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
            .filter(|line| !WITHOUT_DEFAULT.iter().any(|key| line.contains(key)))
            .collect();
        let uncommented = uncommented.join("\n");
        let (example, default) = (load(&[], &uncommented).unwrap(), load(&[], "").unwrap());
        assert_eq!(format!("{:?}", example.delivery), format!("{:?}", default.delivery));
        assert_eq!(format!("{:?}", example.handlers), format!("{:?}", default.handlers));
        assert_eq!(format!("{:?}", example.store), format!("{:?}", default.store));
        assert_eq!(format!("{:?}", example.log), format!("{:?}", default.log));
        assert_eq!(format!("{:?}", example.integrations), format!("{:?}", default.integrations));
        assert_eq!(format!("{:?}", example.billing.plans), format!("{:?}", default.billing.plans));
        assert_eq!(example.http.listen, default.http.listen);
        assert_eq!(example.http.body_bytes_max, default.http.body_bytes_max);
        // Every setting is in the example.
        for argument in <Line as clap::CommandFactory>::command().get_arguments().filter_map(|a| a.get_long()) {
            let key = argument.trim_start_matches("log-").replace('-', "_");
            let key = if key == "log" { "filter".to_owned() } else { key };
            assert!(uncommented.contains(&key) || WITHOUT_DEFAULT.contains(&key.as_str()), "{key}");
        }
    }

    #[test]
    fn no_setting_that_holds_a_secret_has_a_default() {
        let command = <Line as clap::CommandFactory>::command();
        let mut hidden = Vec::new();
        for argument in command.get_arguments() {
            let name = argument.get_long().unwrap_or_default();
            let sounds_so = ["secret", "key", "password", "token"].iter().any(|word| name.contains(word));
            if argument.is_hide_env_values_set() {
                hidden.push(name);
                assert!(argument.get_default_values().is_empty(), "{name}");
            } else {
                assert!(!sounds_so, "`{name}` would be shown by --help");
            }
        }
        hidden.sort_unstable();
        assert_eq!(hidden, SECRETS);
        // Not what the environment of the tests says.
        let config = Config::resolve(Settings::default()).unwrap();
        assert!(config.store.database_url.is_none() && config.secrets.secret_key.is_none());
        assert!(config.mail.smtp.is_none() && config.integrations.stripe_key.is_none());
        assert!(config.billing.webhook_secret.is_none());
    }

    #[test]
    fn debug_shows_neither_the_database_url_nor_the_key() {
        let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        let settings = line(&["--database-url", "postgres://u:secret@db/x", "--secret-key", key]);
        let shown = format!("{settings:?} {:?}", Config::resolve(settings.clone()).unwrap());
        assert!(!shown.contains("u:secret") && !shown.contains("MDEyMzQ1"), "{shown}");
    }
}
