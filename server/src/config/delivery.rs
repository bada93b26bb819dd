//! How messages are delivered.

use super::ConfigError;
use super::parse::{HumanDuration, optional, optional_list};
use clap::Args;
use hookreel_delivery::InFlightLimits;
use hookreel_domain::RetryPolicy;
use hookreel_egress::IpNet;
use serde::Deserialize;
use std::time::Duration;

const ATTEMPT_TIMEOUT_DEFAULT: Duration = Duration::from_secs(15);
const RESPONSE_BYTES_MAX_DEFAULT: usize = 32 * 1024;
const JITTER_DEFAULT: f64 = 0.2;

/// What can be said about it.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "[delivery]")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DeliverySettings {
    /// Networks that may be sent to although they are not public, such as 127.0.0.0/8 for local use. Can be given
    /// more than once [default: none]
    #[arg(long, env = "HOOKREEL_EGRESS_ALLOW", value_name = "CIDR", value_delimiter = ',')]
    #[serde(deserialize_with = "optional_list")]
    pub(crate) egress_allow: Option<Vec<IpNet>>,

    /// How long to wait before the first attempt, before the second, and so on
    /// [default: 0s,5s,5m,30m,2h,5h,10h,14h,20h,24h]
    #[arg(long, env = "HOOKREEL_RETRY_SCHEDULE", value_name = "DURATIONS", value_delimiter = ',')]
    #[serde(deserialize_with = "optional_list")]
    pub(crate) retry_schedule: Option<Vec<HumanDuration>>,

    /// How far each wait is moved at random, as a share of itself [default: 0.2]
    #[arg(long, env = "HOOKREEL_RETRY_JITTER", value_name = "SHARE")]
    pub(crate) retry_jitter: Option<f64>,

    /// How long an attempt may take in all [default: 15s]
    #[arg(long, env = "HOOKREEL_ATTEMPT_TIMEOUT", value_name = "DURATION")]
    #[serde(deserialize_with = "optional")]
    pub(crate) attempt_timeout: Option<HumanDuration>,

    /// How much of an endpoint's answer is read and kept [default: 32768]
    #[arg(long, env = "HOOKREEL_RESPONSE_BYTES_MAX", value_name = "BYTES")]
    pub(crate) response_bytes_max: Option<usize>,

    /// Attempts at once in this process [default: 4096]
    #[arg(long, env = "HOOKREEL_IN_FLIGHT_MAX", value_name = "COUNT")]
    pub(crate) in_flight_max: Option<usize>,

    /// Attempts at once to all endpoints of one tenant [default: a quarter of in_flight_max]
    #[arg(long, env = "HOOKREEL_TENANT_IN_FLIGHT_MAX", value_name = "COUNT")]
    pub(crate) tenant_in_flight_max: Option<usize>,

    /// Attempts at once to one endpoint [default: 1024]
    #[arg(long, env = "HOOKREEL_ENDPOINT_IN_FLIGHT_MAX", value_name = "COUNT")]
    pub(crate) endpoint_in_flight_max: Option<usize>,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub(crate) struct DeliveryConfig {
    /// Networks that may be sent to on top of the public ones.
    pub(crate) egress_allow: Vec<IpNet>,
    /// When attempts follow each other.
    pub(crate) retry_policy: RetryPolicy,
    /// The deadline of a whole attempt.
    pub(crate) attempt_timeout: Duration,
    /// Bytes of an answer that are kept.
    pub(crate) response_bytes_max: usize,
    /// Attempts at once.
    pub(crate) in_flight: InFlightLimits,
}

impl DeliverySettings {
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            egress_allow: self.egress_allow.or(other.egress_allow),
            retry_schedule: self.retry_schedule.or(other.retry_schedule),
            retry_jitter: self.retry_jitter.or(other.retry_jitter),
            attempt_timeout: self.attempt_timeout.or(other.attempt_timeout),
            response_bytes_max: self.response_bytes_max.or(other.response_bytes_max),
            in_flight_max: self.in_flight_max.or(other.in_flight_max),
            tenant_in_flight_max: self.tenant_in_flight_max.or(other.tenant_in_flight_max),
            endpoint_in_flight_max: self.endpoint_in_flight_max.or(other.endpoint_in_flight_max),
        }
    }
}

impl DeliveryConfig {
    pub(super) fn resolve(settings: DeliverySettings) -> Result<Self, ConfigError> {
        let default = RetryPolicy::default();
        let schedule = settings
            .retry_schedule
            .map_or_else(|| default.schedule().to_vec(), |steps| steps.into_iter().map(|step| step.0).collect());
        let retry_policy = RetryPolicy::new(schedule, settings.retry_jitter.unwrap_or(JITTER_DEFAULT))
            .map_err(|error| ConfigError::setting("retry_schedule", error))?;
        let attempt_timeout = settings.attempt_timeout.map_or(ATTEMPT_TIMEOUT_DEFAULT, |timeout| timeout.0);
        if !(Duration::from_millis(100)..=Duration::from_mins(5)).contains(&attempt_timeout) {
            return Err(ConfigError::setting("attempt_timeout", "must be 100ms to 5m"));
        }
        let response_bytes_max = settings.response_bytes_max.unwrap_or(RESPONSE_BYTES_MAX_DEFAULT);
        if response_bytes_max > 1024 * 1024 {
            return Err(ConfigError::setting("response_bytes_max", "must be at most 1048576"));
        }
        let limits = InFlightLimits::default();
        let total_max = settings.in_flight_max.unwrap_or(limits.total_max);
        let in_flight = InFlightLimits {
            total_max,
            tenant_max: settings.tenant_in_flight_max.unwrap_or((total_max / InFlightLimits::TENANTS_SHARE).max(1)),
            endpoint_max: settings.endpoint_in_flight_max.unwrap_or(limits.endpoint_max),
        };
        if !(1..=100_000).contains(&in_flight.total_max) {
            return Err(ConfigError::setting("in_flight_max", "must be 1 to 100000"));
        }
        if !(1..=100_000).contains(&in_flight.tenant_max) {
            return Err(ConfigError::setting("tenant_in_flight_max", "must be 1 to 100000"));
        }
        if !(1..=100_000).contains(&in_flight.endpoint_max) {
            return Err(ConfigError::setting("endpoint_in_flight_max", "must be 1 to 100000"));
        }
        Ok(Self {
            egress_allow: settings.egress_allow.unwrap_or_default(),
            retry_policy,
            attempt_timeout,
            response_bytes_max,
            in_flight,
        })
    }
}
