//! The services of others that are called.

use super::ConfigError;
use super::parse::{HumanDuration, optional};
use super::store::secret;
use clap::Args;
use hookreel_integrations::{BreakerConfig, Rate, ServiceConfig};
use hookreel_kernel::Secret;
use serde::Deserialize;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

const GITHUB_API_URL_DEFAULT: &str = "https://api.github.com";
const STRIPE_API_URL_DEFAULT: &str = "https://api.stripe.com";

/// What can be said about them.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "[integrations]")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct IntegrationsSettings {
    /// Where GitHub's API is, from which repositories are connected: https://HOST/api/v3 for GitHub Enterprise, empty
    /// for none [default: https://api.github.com]
    #[arg(long, env = "HOOKREEL_GITHUB_API_URL", value_name = "URL")]
    pub(crate) github_api_url: Option<String>,

    /// Where Stripe's API is [default: https://api.stripe.com]
    #[arg(long, env = "HOOKREEL_STRIPE_API_URL", value_name = "URL")]
    pub(crate) stripe_api_url: Option<String>,

    /// The secret key of the Stripe account that plans are paid to. Better given by the environment than on the command
    /// line, which others on the machine can read [default: none, and there are no plans: everything is unlimited]
    #[arg(long, env = "HOOKREEL_STRIPE_KEY", value_name = "KEY", hide_env_values = true, value_parser = secret)]
    pub(crate) stripe_key: Option<Secret<String>>,

    /// How long one try of a call to a service may take, its whole answer included; a call with all its tries takes at
    /// most a minute [default: 10s]
    #[arg(long, env = "HOOKREEL_SERVICE_TIMEOUT", value_name = "DURATION")]
    #[serde(deserialize_with = "optional")]
    pub(crate) service_timeout: Option<HumanDuration>,

    /// How often a call is tried again when a service fails or does not answer [default: 3]
    #[arg(long, env = "HOOKREEL_SERVICE_RETRIES", value_name = "COUNT")]
    pub(crate) service_retries: Option<u32>,

    /// The most tries a minute to each service, in this process [default: 300]
    #[arg(long, env = "HOOKREEL_SERVICE_CALLS_PER_MINUTE", value_name = "COUNT")]
    pub(crate) service_calls_per_minute: Option<u32>,

    /// After how many failed calls in a row a service is left alone [default: 5]
    #[arg(long, env = "HOOKREEL_SERVICE_BREAKER_FAILURES", value_name = "COUNT")]
    pub(crate) service_breaker_failures: Option<u32>,

    /// How long it is left alone then [default: 30s]
    #[arg(long, env = "HOOKREEL_SERVICE_BREAKER_PAUSE", value_name = "DURATION")]
    #[serde(deserialize_with = "optional")]
    pub(crate) service_breaker_pause: Option<HumanDuration>,

    /// How many calls must succeed after that, one at a time, before it is called freely again [default: 2]
    #[arg(long, env = "HOOKREEL_SERVICE_BREAKER_PROBES", value_name = "COUNT")]
    pub(crate) service_breaker_probes: Option<u32>,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub(crate) struct IntegrationsConfig {
    /// `None`: repositories cannot be connected.
    pub(crate) github_api_url: Option<String>,
    pub(crate) stripe_api_url: String,
    /// `None`: there is no billing.
    pub(crate) stripe_key: Option<Secret<String>>,
    /// How each of them is called.
    pub(crate) patience: Patience,
}

/// How patiently services are called, the same for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// The deadline of one try.
    pub(crate) timeout: Duration,
    /// Tries after the first.
    pub(crate) retries: u32,
    /// How fast.
    pub(crate) rate: Rate,
    /// When a service is left alone.
    pub(crate) breaker: BreakerConfig,
}

impl IntegrationsSettings {
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            github_api_url: self.github_api_url.or(other.github_api_url),
            stripe_api_url: self.stripe_api_url.or(other.stripe_api_url),
            stripe_key: self.stripe_key.or(other.stripe_key),
            service_timeout: self.service_timeout.or(other.service_timeout),
            service_retries: self.service_retries.or(other.service_retries),
            service_calls_per_minute: self.service_calls_per_minute.or(other.service_calls_per_minute),
            service_breaker_failures: self.service_breaker_failures.or(other.service_breaker_failures),
            service_breaker_pause: self.service_breaker_pause.or(other.service_breaker_pause),
            service_breaker_probes: self.service_breaker_probes.or(other.service_breaker_probes),
        }
    }
}

impl IntegrationsConfig {
    /// What these settings alone come to.
    #[cfg(test)]
    pub(crate) fn of(settings: IntegrationsSettings) -> Result<Self, ConfigError> {
        Self::resolve(settings)
    }

    pub(super) fn resolve(settings: IntegrationsSettings) -> Result<Self, ConfigError> {
        let patience = Patience::resolve(&settings)?;
        let github = settings.github_api_url.unwrap_or_else(|| GITHUB_API_URL_DEFAULT.to_owned());
        let github_api_url = Some(github.trim().to_owned()).filter(|url| !url.is_empty());
        if let Some(url) = &github_api_url {
            checked("github_api_url", url)?;
        }
        let stripe_api_url = settings.stripe_api_url.unwrap_or_else(|| STRIPE_API_URL_DEFAULT.to_owned());
        checked("stripe_api_url", &stripe_api_url)?;
        let stripe_key = settings.stripe_key.filter(|key| !key.expose().trim().is_empty());
        Ok(Self { github_api_url, stripe_api_url, stripe_key, patience })
    }
}

impl Patience {
    fn resolve(settings: &IntegrationsSettings) -> Result<Self, ConfigError> {
        let default = ServiceConfig::new(String::new());
        let timeout = settings.service_timeout.map_or(default.try_timeout, |timeout| timeout.0);
        if !(Duration::from_millis(100)..=default.deadline).contains(&timeout) {
            return Err(ConfigError::setting("service_timeout", "must be 100ms to 1m"));
        }
        let pause = settings.service_breaker_pause.map_or(default.breaker.open_for, |pause| pause.0);
        if !(Duration::from_secs(1)..=Duration::from_hours(1)).contains(&pause) {
            return Err(ConfigError::setting("service_breaker_pause", "must be 1s to 1h"));
        }
        let per_minute = settings.service_calls_per_minute.unwrap_or(default.rate.per_minute.get());
        let failures = settings.service_breaker_failures.unwrap_or(default.breaker.failures_to_trip);
        let probes = settings.service_breaker_probes.unwrap_or(default.breaker.probes);
        Ok(Self {
            timeout,
            retries: within("service_retries", settings.service_retries.unwrap_or(default.retries), 0..=10)?,
            rate: paced(within("service_calls_per_minute", per_minute, 1..=60_000)?),
            breaker: BreakerConfig {
                failures_to_trip: within("service_breaker_failures", failures, 1..=1_000)?,
                open_for: pause,
                probes: within("service_breaker_probes", probes, 1..=100)?,
            },
        })
    }

    /// Has a service called so.
    pub(crate) fn apply(self, service: &mut ServiceConfig) {
        service.try_timeout = self.timeout;
        service.retries = self.retries;
        service.rate = self.rate;
        service.breaker = self.breaker;
    }
}

/// So many a minute, and never more at once than in a minute.
fn paced(per_minute: u32) -> Rate {
    let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
    Rate { per_minute, burst: Rate::default().burst.min(per_minute) }
}

fn within(name: &'static str, count: u32, allowed: RangeInclusive<u32>) -> Result<u32, ConfigError> {
    if allowed.contains(&count) {
        return Ok(count);
    }
    Err(ConfigError::setting(name, format!("must be {} to {}", allowed.start(), allowed.end())))
}

fn checked(name: &'static str, url: &str) -> Result<(), ConfigError> {
    match url::Url::parse(url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        Ok(_) => Err(ConfigError::setting(name, format!("`{url}` is neither http:// nor https://"))),
        Err(error) => Err(ConfigError::setting(name, format!("`{url}` is not a URL: {error}"))),
    }
}
