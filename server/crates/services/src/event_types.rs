//! The catalogue of event types.

use crate::error::{Failure, Tries, failed};
use crate::execute::metadata;
use crate::validate::Faults;
use hookreel_auth::Caller;
use hookreel_contract::input::EventTypeInput;
use hookreel_contract::views::EventTypeView;
use hookreel_contract::{ApiError, Cursor, Page};
use hookreel_database::Database;
use hookreel_domain::EventTypeEntry;
use hookreel_domain::event_type::{EventTypeCommand, EventTypeDetails};
use hookreel_kernel::EventType;
use hookreel_read_models::{ExecuteError, Executed, event_types as read};
use uuid::Uuid;

/// The most bytes that the schemas of one event type may have, as JSON text.
const SCHEMAS_BYTES_MAX: usize = 256 * 1024;

/// Use cases about event types.
#[derive(Debug, Clone)]
pub struct EventTypes {
    database: Database,
}

impl EventTypes {
    /// On this database.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The event types of the tenant by name.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(
        &self,
        caller: &Caller,
        cursor: Option<Cursor>,
        limit: usize,
        include_archived: bool,
    ) -> Result<Page<EventTypeView>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let page = read::list(tx.connection(), caller.tenant_id(), cursor.as_ref(), Some(limit), include_archived)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(page)
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
        let details = checked(input)?;
        self.execute(caller, &details.name.clone(), EventTypeCommand::Create(details)).await
    }

    /// Replaces what was configured; the name stays.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], [`ApiError::Invalid`].
    pub async fn update(&self, caller: &Caller, name: &str, input: EventTypeInput) -> Result<EventTypeView, ApiError> {
        let details = checked(EventTypeInput { name: name.to_owned(), ..input })?;
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
                outcome => return Ok(view(outcome?)),
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

fn checked(input: EventTypeInput) -> Result<EventTypeDetails, ApiError> {
    let mut faults = Faults::default();
    let name = faults.take("name", EventType::parse(&input.name)).map(EventType::into_string);
    let description = faults.description(input.description);
    if let Some(schemas) = &input.schemas {
        let text = schemas.to_string();
        if !schemas.is_object() {
            faults.add("schemas", "must be an object: JSON Schemas by version");
        } else if text.len() > SCHEMAS_BYTES_MAX {
            faults.add("schemas", format_args!("must have at most {SCHEMAS_BYTES_MAX} bytes"));
        } else if text.contains("\\u0000") {
            faults.add("schemas", "must not contain NUL characters");
        }
    }
    faults.none()?;
    Ok(EventTypeDetails {
        name: name.unwrap_or_default(),
        description,
        schemas: input.schemas,
        archived: input.archived,
        deprecated: input.deprecated,
    })
}

fn view(event_type: Executed<EventTypeEntry>) -> EventTypeView {
    let details = event_type.state.details;
    EventTypeView {
        name: details.name,
        description: details.description,
        schemas: details.schemas,
        archived: details.archived,
        deprecated: details.deprecated,
        created_at: event_type.stamp.created_at,
        updated_at: event_type.stamp.updated_at,
    }
}
