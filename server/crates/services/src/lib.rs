//! The use cases: the only door to the data, for the dashboard, the REST API and the command line.
//!
//! Each takes who asks ([`hookreel_auth::Caller`]) first, sees that tenant's data only, and answers with a view of
//! the contract or an [`hookreel_contract::ApiError`].

pub mod api_keys;
pub mod applications;
pub mod deliveries;
pub mod endpoints;
mod error;
pub mod event_log;
pub mod event_types;
mod execute;
pub mod idempotency;
mod integrations;
pub mod live;
pub mod messages;
pub mod overview;
pub mod password_resets;
pub mod people;
pub mod plans;
pub mod replays;
mod resend;
pub mod retention;
pub mod sources;
mod validate;

pub use api_keys::ApiKeys;
pub use applications::Applications;
pub use deliveries::Deliveries;
pub use endpoints::Endpoints;
pub use event_log::EventLog;
pub use event_types::EventTypes;
pub use idempotency::Idempotency;
pub use integrations::Integrations;
pub use live::Live;
pub use messages::Messages;
pub use overview::OverviewService;
pub use password_resets::PasswordResets;
pub use people::People;
pub use plans::{Plans, PlansParts, PlansWorker};
pub use replays::Replays;
pub use retention::Retention;
pub use sources::Sources;

use hookreel_database::Database;
use hookreel_delivery::Engine;
use hookreel_egress::Egress;
use hookreel_kernel::Clock;
use hookreel_secrets::SecretBox;
use std::sync::Arc;
use url::Url;

/// What the services are made of.
#[derive(Debug, Clone)]
pub struct ServiceParts {
    /// Where everything is stored.
    pub database: Database,
    /// Says which addresses may be sent to.
    pub egress: Egress,
    /// Encrypts and decrypts what must not lie around in clear.
    pub secrets: SecretBox,
    /// How the outside world reaches this installation: the beginning of the sources' addresses.
    pub public_url: Url,
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
    /// Takes messages in and delivers them.
    pub engine: Engine,
    /// Calls the services of others.
    pub integrations: Integrations,
    /// What tenants may use.
    pub plans: Plans,
}

/// Every use case there is. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Services {
    /// Members and their sessions.
    pub people: People,
    /// New passwords by mail.
    pub password_resets: PasswordResets,
    /// Keys of the REST API.
    pub api_keys: ApiKeys,
    /// Groups of endpoints.
    pub applications: Applications,
    /// The catalogue of event types.
    pub event_types: EventTypes,
    /// Where webhooks come in.
    pub sources: Sources,
    /// Where messages are sent.
    pub endpoints: Endpoints,
    /// What came in or was published.
    pub messages: Messages,
    /// Messages on their way to endpoints.
    pub deliveries: Deliveries,
    /// History sent again on purpose.
    pub replays: Replays,
    /// Everything that ever happened.
    pub event_log: EventLog,
    /// Is everything arriving?
    pub overview: OverviewService,
    /// Requests that must happen once.
    pub idempotency: Idempotency,
    /// News for open pages.
    pub live: Live,
    /// The services of others.
    pub integrations: Integrations,
    /// Plans and usage.
    pub plans: Plans,
}

impl Services {
    /// Puts the services together. Opens no connection.
    pub fn new(parts: ServiceParts) -> Self {
        let ServiceParts { database, egress, secrets, public_url, clock, engine, integrations, plans } = parts;
        Self {
            people: People::new(database.clone(), Arc::clone(&clock)),
            password_resets: PasswordResets::new(database.clone(), secrets.clone(), &public_url, Arc::clone(&clock)),
            api_keys: ApiKeys::new(database.clone(), Arc::clone(&clock)),
            applications: Applications::new(database.clone()),
            event_types: EventTypes::new(database.clone()),
            sources: Sources::new(database.clone(), secrets.clone(), &public_url, Arc::clone(&clock)),
            messages: Messages::new(
                database.clone(),
                engine.clone(),
                egress.clone(),
                secrets.clone(),
                &public_url,
                plans.clone(),
                Arc::clone(&clock),
            ),
            endpoints: Endpoints::new(
                database.clone(),
                egress,
                secrets,
                engine.clone(),
                plans.clone(),
                Arc::clone(&clock),
            ),
            deliveries: Deliveries::new(database.clone(), engine.clone()),
            replays: Replays::new(database.clone(), engine.clone(), Arc::clone(&clock)),
            event_log: EventLog::new(database.clone(), Arc::clone(&clock)),
            overview: OverviewService::new(database.clone(), plans.clone(), clock),
            idempotency: Idempotency::new(database),
            live: Live::new(engine),
            integrations,
            plans,
        }
    }
}
