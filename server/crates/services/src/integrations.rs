//! The services of others that this installation calls.

use hookreel_integrations::{BreakerSnapshot, GitHub, Stripe};

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
