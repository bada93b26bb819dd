//! The engine, as configured.

use crate::config::{Config, DeliveryConfig};
use hookreel_database::Database;
use hookreel_delivery::{AttemptSettings, Engine, EngineParts};
use hookreel_egress::{Egress, EgressError, EgressPolicy};
use hookreel_kernel::Clock;
use hookreel_secrets::SecretBox;
use std::sync::Arc;
use url::Url;

/// The way out: public addresses, what the operator allows on top, and never this instance itself.
pub(crate) fn egress(config: &Config, base_url: &str) -> Result<Egress, EgressError> {
    let own = [config.http.public_url.clone(), Url::parse(base_url).ok()];
    let policy = EgressPolicy::new(config.delivery.egress_allow.clone()).refusing_own(own.into_iter().flatten());
    Egress::new(policy)
}

/// Starts the engine, with or without workers.
pub(crate) fn start(
    config: &DeliveryConfig,
    database: Database,
    egress: Egress,
    secrets: SecretBox,
    clock: Arc<dyn Clock>,
    with_workers: bool,
) -> Engine {
    Engine::start(EngineParts {
        database,
        egress,
        secrets,
        clock,
        attempts: AttemptSettings {
            deadline: config.attempt_timeout,
            response_bytes_max: config.response_bytes_max,
            retry_policy: config.retry_policy.clone(),
        },
        in_flight: config.in_flight,
        with_workers,
    })
}
