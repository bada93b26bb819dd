//! Webhooks about a tenant's own endpoints: they go to the endpoints of the application with the uid `operational`.

use crate::{Applications, Endpoints};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::input::ApplicationInput;
use hookreel_contract::views::{OperationalTypeView, OperationalWebhooksView};
use hookreel_handlers::{OPERATIONAL_UID, operational_types};
use hookreel_kernel::ApplicationId;

/// Endpoints that are listed.
const ENDPOINTS_SHOWN: usize = 250;

/// Use cases about operational webhooks.
#[derive(Debug, Clone)]
pub struct OperationalWebhooks {
    applications: Applications,
    endpoints: Endpoints,
}

impl OperationalWebhooks {
    /// By the use cases about applications and endpoints.
    pub const fn new(applications: Applications, endpoints: Endpoints) -> Self {
        Self { applications, endpoints }
    }

    /// Whether they are on, where they go, and what there is to be told.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn get(&self, caller: &Caller) -> Result<OperationalWebhooksView, ApiError> {
        let application_id = match self.applications.get(caller, OPERATIONAL_UID).await {
            Ok(application) => Some(application.id),
            Err(ApiError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let endpoints = match application_id {
            Some(_) => self.endpoints.list(caller, application_id, None, ENDPOINTS_SHOWN).await?.items,
            None => Vec::new(),
        };
        let types = operational_types().into_iter().map(|one| OperationalTypeView {
            name: one.name.to_owned(),
            when: one.when.to_owned(),
            example: one.example.to_string(),
        });
        Ok(OperationalWebhooksView { application_id, endpoints, types: types.collect() })
    }

    /// Turns them on: what happens from now on is told to the endpoints of this application. Harmless if they are on.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn turn_on(&self, caller: &Caller) -> Result<ApplicationId, ApiError> {
        let input = ApplicationInput {
            name: "Operational webhooks".to_owned(),
            uid: Some(OPERATIONAL_UID.to_owned()),
            ..ApplicationInput::default()
        };
        Ok(self.applications.get_or_create(caller, input).await?.id)
    }

    /// Turns them off: the application is deleted, with its endpoints.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] when they are off; [`ApiError::Conflict`] while a source feeds the application.
    pub async fn turn_off(&self, caller: &Caller) -> Result<(), ApiError> {
        self.applications.delete(caller, OPERATIONAL_UID).await
    }
}
