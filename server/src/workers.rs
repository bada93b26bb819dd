//! The engine, as configured.

use crate::config::{Config, DeliveryConfig};
use hookreel_database::Database;
use hookreel_delivery::{AttemptSettings, Engine, EngineParts};
use hookreel_egress::{Egress, EgressError, EgressPolicy};
use hookreel_kernel::Clock;
use hookreel_secrets::SecretBox;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use url::Url;

/// The way out: public addresses, what the operator allows on top, and never this instance itself.
pub(crate) fn egress(config: &Config, base_url: &str, bound: Option<SocketAddr>) -> Result<Egress, EgressError> {
    let own = [config.http.public_url.clone(), Url::parse(base_url).ok()];
    let policy = EgressPolicy::new(config.delivery.egress_allow.clone())
        .refusing_own(own.into_iter().flatten())
        .refusing_listeners(bound.into_iter().flat_map(reached_at));
    Egress::new(policy)
}

/// The addresses of a listener. Of one that listens at all addresses of this machine, also the one by which others see
/// it, as far as the system tells.
fn reached_at(bound: SocketAddr) -> Vec<SocketAddr> {
    let mut addresses = vec![bound];
    if bound.ip().is_unspecified() {
        // Nothing is sent: a connected datagram socket only knows by which address it would be.
        let outwards = |from: &str, to: &str| {
            let socket = UdpSocket::bind(from)?;
            socket.connect(to)?;
            socket.local_addr()
        };
        let seen = [outwards("0.0.0.0:0", "192.0.2.1:9"), outwards("[::]:0", "[2001:db8::1]:9")];
        addresses.extend(seen.into_iter().flatten().map(|address| SocketAddr::new(address.ip(), bound.port())));
    }
    addresses
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
