//! What operators see and do: the whole installation, across its tenants.
//!
//! Everything here takes an [`OperatorPermit`], which only operators can obtain, and whatever is changed is recorded
//! with who did it. The command line goes the same way.

pub mod handlers;
pub mod mails;
pub mod operators;
mod record;
pub mod subscriptions;
pub mod vitals;

pub use handlers::Handlers;
pub use mails::Mails;
pub use operators::Operators;
pub use subscriptions::Subscriptions;
pub use vitals::{Reading, Vitals};

use crate::Integrations;
use crate::error::failed;
use hookreel_auth::OperatorPermit;
use hookreel_contract::ApiError;
use hookreel_contract::views::{PoolView, ServiceBreaker, ServiceView, ServicesView, SystemView};
use hookreel_database::Database;
use hookreel_delivery::Engine;
use hookreel_handlers::Handler;
use hookreel_integrations::{BreakerPhase, BreakerSnapshot, GitHub};
use hookreel_secrets::SecretBox;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A reading this old is as good as a new one, for a person.
const READING_AGE_MAX: Duration = Duration::from_secs(1);

/// What this process was started with, as far as operators want to know it.
#[derive(Debug, Clone, Default)]
pub struct Installation {
    /// Every handler there is.
    pub handlers: Vec<Arc<dyn Handler>>,
    /// The mail server's host and port; `None` if there is none.
    pub mail_server: Option<String>,
}

/// What operations are made of.
#[derive(Debug, Clone)]
pub(crate) struct OperationsParts {
    pub(crate) database: Database,
    pub(crate) secrets: SecretBox,
    pub(crate) public_url: Url,
    pub(crate) engine: Engine,
    pub(crate) integrations: Integrations,
    pub(crate) installation: Installation,
}

/// What operators see and do.
#[derive(Debug, Clone)]
pub struct Operations {
    /// Who they are.
    pub operators: Operators,
    /// Handlers and what they could not do.
    pub handlers: Handlers,
    /// Mails and what became of them.
    pub mails: Mails,
    /// Subscriptions that could not be read.
    pub subscriptions: Subscriptions,
    /// How the installation is doing.
    pub vitals: Vitals,
    integrations: Integrations,
    mail_server: Option<String>,
}

impl Operations {
    pub(crate) fn new(parts: OperationsParts) -> Self {
        let OperationsParts { database, secrets, public_url, engine, integrations, installation } = parts;
        let Installation { handlers, mail_server } = installation;
        Self {
            operators: Operators::new(database.clone()),
            handlers: Handlers::new(database.clone(), handlers),
            mails: Mails::new(database.clone(), secrets, &public_url, mail_server.is_some()),
            subscriptions: Subscriptions::new(database.clone()),
            vitals: Vitals::new(database, engine, integrations.clone()),
            integrations,
            mail_server,
        }
    }

    /// The services that this installation calls, as this process sees them.
    pub fn services(&self, _permit: &OperatorPermit) -> ServicesView {
        let service = |name: &str, purpose: &str, breaker: Option<BreakerSnapshot>| ServiceView {
            name: name.to_owned(),
            purpose: purpose.to_owned(),
            breaker: breaker.map(breaker_view),
        };
        let Integrations { github, stripe } = &self.integrations;
        let mut services =
            vec![service("GitHub", "Tenants connect repositories", github.as_ref().map(GitHub::breaker))];
        // Where nothing is sold, nothing is said of it.
        if let Some(stripe) = stripe {
            services.push(service("Stripe", "Tenants pay for plans", Some(stripe.breaker())));
        }
        ServicesView { services, mail_server: self.mail_server.clone() }
    }

    /// How the installation is doing.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn system(&self, permit: &OperatorPermit) -> Result<SystemView, ApiError> {
        let reading = self.vitals.read(READING_AGE_MAX).await.map_err(failed)?;
        let sizes = self.vitals.sizes().await.map_err(failed)?;
        let services = self.services(permit).services;
        let is_open = |breaker: &ServiceBreaker| breaker.state == BreakerPhase::Open.as_str();
        Ok(SystemView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            database_version: sizes.database_version,
            database_bytes: sizes.database_bytes,
            connections: sizes.connections,
            connections_max: sizes.connections_max,
            pools: self.vitals.pools().map(pool_view).to_vec(),
            in_flight: self.vitals.in_flight() as u64,
            head: reading.head,
            tenants: sizes.tenants,
            messages: sizes.messages,
            deliveries: sizes.deliveries,
            handlers: self.handlers.views(&reading.handlers),
            jobs: reading.jobs,
            workers: reading.workers,
            mails: reading.mails,
            subscriptions_unread: reading.subscriptions_unread,
            services_left_alone: services
                .into_iter()
                .filter(|service| service.breaker.as_ref().is_some_and(is_open))
                .map(|service| service.name)
                .collect(),
        })
    }
}

fn breaker_view(snapshot: BreakerSnapshot) -> ServiceBreaker {
    ServiceBreaker {
        state: snapshot.state.as_str().to_owned(),
        failures: snapshot.failures,
        open_until: snapshot.opened_until,
    }
}

fn pool_view(pool: hookreel_database::PoolUsage) -> PoolView {
    PoolView { name: pool.name.to_owned(), open: pool.open, idle: pool.idle, max: pool.max }
}
