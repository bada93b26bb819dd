//! The catalogue of event types.

mod fields;
mod trial;

use crate::error::{Failure, Tries, failed};
use crate::execute::metadata;
use crate::schemas::Schemas;
use fields::checked;
use hookreel_auth::Caller;
use hookreel_contract::input::{EventTypeFilter, EventTypeInput};
use hookreel_contract::views::{EventTypeCount, EventTypeView};
use hookreel_contract::{ApiError, Page};
use hookreel_database::Database;
use hookreel_domain::EventTypeEntry;
use hookreel_domain::event_type::EventTypeCommand;
use hookreel_kernel::Validation;
use hookreel_read_models::{ExecuteError, Executed, event_types as read};
use uuid::Uuid;

/// Use cases about event types.
#[derive(Debug, Clone)]
pub struct EventTypes {
    database: Database,
    schemas: Schemas,
}

impl EventTypes {
    /// On this database.
    pub(crate) const fn new(database: Database, schemas: Schemas) -> Self {
        Self { database, schemas }
    }

    /// The event types of the tenant by name.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(&self, caller: &Caller, filter: EventTypeFilter) -> Result<Page<EventTypeView>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let page = read::list(tx.connection(), caller.tenant_id(), &filter).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(page)
    }

    /// How often each type is among the newest thousand messages of the tenant, most often first. Types that are not in
    /// the catalogue are among them.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn count_recent(&self, caller: &Caller) -> Result<Vec<EventTypeCount>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let counts = read::count_recent(tx.connection(), caller.tenant_id()).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(counts)
    }

    /// One event type, archived or not.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn get(&self, caller: &Caller, name: &str) -> Result<EventTypeView, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let found = read::find(tx.connection(), caller.tenant_id(), name).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        found.ok_or_else(not_found)
    }

    /// Adds an event type, or brings an archived one back.
    ///
    /// # Errors
    /// [`ApiError::Invalid`]; [`ApiError::Conflict`] when there is one of this name that is not archived.
    pub async fn create(&self, caller: &Caller, input: EventTypeInput) -> Result<EventTypeView, ApiError> {
        let details = checked(input, Validation::Off)?;
        self.execute(caller, &details.name.clone(), EventTypeCommand::Create(details)).await
    }

    /// Replaces what was configured; the name stays, and so does whether payloads are validated if that is not given.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], [`ApiError::Invalid`].
    pub async fn update(&self, caller: &Caller, name: &str, input: EventTypeInput) -> Result<EventTypeView, ApiError> {
        let now = self.get(caller, name).await?;
        let details = checked(EventTypeInput { name: name.to_owned(), ..input }, now.validation)?;
        self.execute(caller, name, EventTypeCommand::Update(details)).await
    }

    /// Archives an event type: messages of it may exist, so that it is never removed.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn delete(&self, caller: &Caller, name: &str) -> Result<(), ApiError> {
        self.execute(caller, name, EventTypeCommand::Archive).await.map(drop)
    }

    async fn execute(&self, caller: &Caller, name: &str, command: EventTypeCommand) -> Result<EventTypeView, ApiError> {
        let mut tries = Tries::default();
        loop {
            match self.execute_once(caller, name, command.clone()).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => {
                    self.schemas.forget(caller.tenant_id());
                    return Ok(view(outcome?));
                }
            }
        }
    }

    async fn execute_once(
        &self,
        caller: &Caller,
        name: &str,
        command: EventTypeCommand,
    ) -> Result<Executed<EventTypeEntry>, Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        let stream = read::stream_of(tx.connection(), tenant_id, name).await?.unwrap_or_else(Uuid::now_v7);
        let executed =
            hookreel_read_models::execute(tx.connection(), tenant_id, stream, &metadata(caller), command).await;
        match executed {
            // Two added the same name at once; the other one has the row.
            Err(ExecuteError::Database(sqlx::Error::RowNotFound)) => Err(Failure::Conflict),
            executed => {
                let executed = executed?;
                tx.commit().await?;
                Ok(executed)
            }
        }
    }
}

fn not_found() -> ApiError {
    ApiError::not_found("Event type")
}

fn view(event_type: Executed<EventTypeEntry>) -> EventTypeView {
    let details = event_type.state.details;
    EventTypeView {
        name: details.name,
        description: details.description,
        schemas: details.schemas,
        validation: details.validation,
        archived: details.archived,
        deprecated: details.deprecated,
        created_at: event_type.stamp.created_at,
        updated_at: event_type.stamp.updated_at,
    }
}
