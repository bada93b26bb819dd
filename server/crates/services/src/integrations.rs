//! The services of others that this installation calls.

use hookreel_integrations::{BreakerSnapshot, GitHub, IntegrationError, Stripe};
use hookreel_kernel::Timestamp;
use std::time::Duration;
use time::UtcOffset;

/// Those that are configured. Clones share their breakers.
#[derive(Debug, Clone, Default)]
pub struct Integrations {
    /// Where tenants connect repositories, each with a token of its own.
    pub github: Option<GitHub>,
    /// Where plans are paid. Without it there is no billing, and nothing is limited.
    pub stripe: Option<Stripe>,
}

impl Integrations {
    /// How the breaker of each service stands.
    pub fn breakers(&self) -> Vec<BreakerSnapshot> {
        let github = self.github.as_ref().map(GitHub::breaker);
        let stripe = self.stripe.as_ref().map(Stripe::breaker);
        github.into_iter().chain(stripe).collect()
    }
}

/// `09:30:05 UTC`.
pub(crate) fn clock_time(at: Timestamp) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!("{:02}:{:02}:{:02} UTC", at.hour(), at.minute(), at.second())
}

/// For how long to wait, in whole seconds: never none.
pub(crate) fn seconds_until(at: Timestamp, now: Timestamp) -> u64 {
    Duration::try_from(at - now).unwrap_or_default().as_secs().max(1)
}

/// Why a service could not be asked, within a sentence.
pub(crate) fn why(error: &IntegrationError) -> String {
    match error {
        IntegrationError::Network { reason, .. } => reason.explanation().trim_end_matches('.').to_owned(),
        IntegrationError::Timeout { .. } => "it did not answer in time".to_owned(),
        IntegrationError::Status { status, .. } => format!("it answered {status}"),
        IntegrationError::Malformed { .. } => "its answer could not be read".to_owned(),
        other => other.to_string(),
    }
}
