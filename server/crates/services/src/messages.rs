//! Messages: published by API, received from providers, read by people.

mod altered;
mod handshakes;
mod inbound;
mod publish;
mod quarantine;
mod read;
mod receive;
mod sample;

use read::not_found;

pub use publish::{PublishInput, PublishedMessage};
pub use receive::{ReceiveAnswer, ReceiveRefusal, Received, ReceivedRequest, RefusalKind};

use crate::plans::Plans;
use crate::schemas::Schemas;
use crate::sources::{Limits, ProviderKeys, QuarantineSpace, Sources};
use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_delivery::{AcceptError, Engine};
use hookreel_egress::Egress;
use hookreel_event_store::{AppendError, SubmitError};
use hookreel_kernel::Clock;
use hookreel_secrets::SecretBox;
use std::sync::Arc;
use url::Url;

/// Use cases about messages.
#[derive(Debug, Clone)]
pub struct Messages {
    database: Database,
    engine: Engine,
    secrets: SecretBox,
    /// Where sources are remembered: a handshake may change one.
    sources: Sources,
    /// What payloads have to look like.
    schemas: Schemas,
    /// Keys that providers publish.
    provider_keys: ProviderKeys,
    /// How much is let in and kept.
    limits: Limits,
    /// How much of what is refused may lie there in all.
    quarantine_space: QuarantineSpace,
    /// How the outside world reaches this installation, without a slash at the end: some providers sign it.
    public_url: Arc<str>,
    /// How much a tenant may take in.
    plans: Plans,
    clock: Arc<dyn Clock>,
}

/// What they are made of.
#[derive(Debug)]
pub(crate) struct MessageParts {
    pub(crate) database: Database,
    pub(crate) engine: Engine,
    pub(crate) egress: Egress,
    pub(crate) secrets: SecretBox,
    pub(crate) sources: Sources,
    pub(crate) schemas: Schemas,
    pub(crate) public_url: Url,
    pub(crate) plans: Plans,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Messages {
    /// On this database and engine.
    pub(crate) fn new(parts: MessageParts) -> Self {
        let MessageParts { database, engine, egress, secrets, sources, schemas, public_url, plans, clock } = parts;
        let public_url = public_url.as_str().trim_end_matches('/').into();
        let limits = Limits::default();
        let provider_keys = ProviderKeys::new(egress, limits.clone(), Arc::clone(&clock));
        let quarantine_space = QuarantineSpace::new(database.clone());
        Self {
            database,
            engine,
            secrets,
            sources,
            schemas,
            provider_keys,
            limits,
            quarantine_space,
            public_url,
            plans,
            clock,
        }
    }
}

/// A message that was not taken in: nothing is stored, or the sender does no harm by sending it again.
pub(crate) fn not_accepted(error: &AcceptError) -> ApiError {
    match error {
        SubmitError::Refused(AppendError::Database(sqlx::Error::Database(refusal))) => {
            tracing::error!(error = %refusal, "the database refused a message");
            ApiError::Internal
        }
        SubmitError::Refused(_) | SubmitError::Stopped => {
            tracing::warn!(%error, "a message could not be taken in");
            ApiError::Unavailable
        }
    }
}
