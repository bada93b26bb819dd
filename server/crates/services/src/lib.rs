//! The use cases: the only door to the data, for the dashboard, the REST API and the command line.
//!
//! Each takes who asks ([`hookreel_auth::Caller`]) first, sees that tenant's data only, and answers with a view of
//! the contract or an [`hookreel_contract::ApiError`].

pub mod addresses;
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
mod link_mails;
pub mod live;
pub mod members;
pub mod messages;
pub mod operational_webhooks;
pub mod operations;
pub mod overview;
pub mod password_resets;
pub mod people;
pub mod plans;
pub mod recoveries;
pub mod replays;
pub mod repository_connections;
mod resend;
pub mod retention;
mod rotation;
mod schemas;
pub mod sources;
mod validate;

pub use addresses::Addresses;
pub use api_keys::ApiKeys;
pub use applications::Applications;
pub use deliveries::Deliveries;
pub use endpoints::Endpoints;
pub use event_log::EventLog;
pub use event_types::EventTypes;
pub use idempotency::Idempotency;
pub use integrations::Integrations;
pub use live::Live;
pub use members::Members;
pub use messages::Messages;
pub use operational_webhooks::OperationalWebhooks;
pub use operations::{Installation, Operations};
pub use overview::OverviewService;
pub use password_resets::PasswordResets;
pub use people::People;
pub use plans::{Plans, PlansParts, PlansWorker};
pub use recoveries::Recoveries;
pub use replays::Replays;
pub use repository_connections::RepositoryConnections;
pub use retention::Retention;
pub use sources::Sources;

/// Where keys of providers are fetched from, whatever is configured.
pub use hookreel_ingest::PINNED_URLS;

use crate::operations::OperationsParts;
use hookreel_database::Database;
use hookreel_delivery::Engine;
use hookreel_egress::Egress;
use hookreel_kernel::Clock;
use hookreel_secrets::SecretBox;
use link_mails::LinkMails;
use messages::MessageParts;
use repository_connections::ConnectionParts;
use schemas::Schemas;
use std::ops::Deref;
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
    /// What operators are told of this process.
    pub installation: Installation,
}

/// Every use case there is. Cheap to clone: all clones share one.
#[derive(Debug, Clone)]
pub struct Services(Arc<UseCases>);

impl Deref for Services {
    type Target = UseCases;

    fn deref(&self) -> &UseCases {
        &self.0
    }
}

/// The use cases by what they are about.
#[derive(Debug)]
pub struct UseCases {
    /// Members and their sessions.
    pub people: People,
    /// Who belongs to a tenant, and who is asked to.
    pub members: Members,
    /// Addresses, confirmed and replaced by mail.
    pub addresses: Addresses,
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
    /// Repositories whose webhooks send to sources.
    pub repository_connections: RepositoryConnections,
    /// What GitHub failed to deliver.
    pub recoveries: Recoveries,
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
    /// Webhooks about a tenant's own endpoints.
    pub operational_webhooks: OperationalWebhooks,
    /// What operators see and do.
    pub operations: Operations,
    /// Plans and usage.
    pub plans: Plans,
    /// Whether mails are sent. If not, operators see what they say, and whoever waits for one has to ask them.
    pub mails_are_sent: bool,
}

impl Services {
    /// Puts the services together. Opens no connection.
    pub fn new(parts: ServiceParts) -> Self {
        let ServiceParts { database, egress, secrets, public_url, clock, engine, integrations, plans, installation } =
            parts;
        let mails_are_sent = installation.mail_server.is_some();
        let operations = Operations::new(OperationsParts {
            database: database.clone(),
            secrets: secrets.clone(),
            public_url: public_url.clone(),
            engine: engine.clone(),
            integrations: integrations.clone(),
            installation,
        });
        let schemas = Schemas::new(database.clone());
        let endpoints = Endpoints::new(
            database.clone(),
            egress.clone(),
            secrets.clone(),
            engine.clone(),
            schemas.clone(),
            plans.clone(),
            Arc::clone(&clock),
        );
        let mails = LinkMails::new(secrets.clone(), &public_url, mails_are_sent);
        let sources = Sources::new(database.clone(), secrets.clone(), &public_url, Arc::clone(&clock));
        let repository_connections = RepositoryConnections::new(ConnectionParts {
            database: database.clone(),
            secrets: secrets.clone(),
            github: integrations.github.clone(),
            sources: sources.clone(),
            event_log: EventLog::new(database.clone(), &plans, Arc::clone(&clock)),
            public_url: public_url.clone(),
            clock: Arc::clone(&clock),
        });
        Self(Arc::new(UseCases {
            operations,
            people: People::new(database.clone(), Arc::clone(&clock)).with_mails(mails.clone()),
            members: Members::new(database.clone(), mails.clone(), plans.clone(), Arc::clone(&clock)),
            addresses: Addresses::new(database.clone(), mails.clone(), Arc::clone(&clock)),
            password_resets: PasswordResets::new(database.clone(), mails, Arc::clone(&clock)),
            api_keys: ApiKeys::new(database.clone(), Arc::clone(&clock)),
            applications: Applications::new(database.clone()),
            event_types: EventTypes::new(database.clone(), schemas.clone()),
            recoveries: Recoveries::new(database.clone(), repository_connections.clone(), Arc::clone(&clock)),
            repository_connections,
            messages: Messages::new(MessageParts {
                database: database.clone(),
                engine: engine.clone(),
                egress,
                secrets,
                sources: sources.clone(),
                schemas,
                public_url,
                plans: plans.clone(),
                clock: Arc::clone(&clock),
            }),
            sources,
            operational_webhooks: OperationalWebhooks::new(Applications::new(database.clone()), endpoints.clone()),
            endpoints,
            deliveries: Deliveries::new(database.clone(), engine.clone()),
            replays: Replays::new(database.clone(), engine.clone(), Arc::clone(&clock)),
            event_log: EventLog::new(database.clone(), &plans, Arc::clone(&clock)),
            overview: OverviewService::new(database.clone(), plans.clone(), clock),
            idempotency: Idempotency::new(database),
            live: Live::new(engine),
            integrations,
            plans,
            mails_are_sent,
        }))
    }
}
