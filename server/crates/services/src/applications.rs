//! Applications: groups of endpoints.

use crate::endpoints;
use crate::error::{Failure, Tries, failed};
use crate::execute::{execute, metadata};
use crate::validate::Faults;
use hookreel_auth::Caller;
use hookreel_contract::input::ApplicationInput;
use hookreel_contract::views::ApplicationView;
use hookreel_contract::{ApiError, Cursor, Page};
use hookreel_database::Database;
use hookreel_domain::Application;
use hookreel_domain::application::{ApplicationCommand, ApplicationDetails, DEFAULT_UID};
use hookreel_kernel::{ApplicationId, Name};
use hookreel_read_models::{Executed, applications as read};

/// Use cases about applications.
#[derive(Debug, Clone)]
pub struct Applications {
    database: Database,
}

impl Applications {
    /// On this database.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The applications of the tenant, newest first.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `cursor`.
    pub async fn list(
        &self,
        caller: &Caller,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<ApplicationView>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let page =
            read::list(tx.connection(), caller.tenant_id(), cursor.as_ref(), Some(limit)).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(page)
    }

    /// One application by its id or its uid.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn get(&self, caller: &Caller, id_or_uid: &str) -> Result<ApplicationView, ApiError> {
        self.find(caller, id_or_uid).await?.ok_or_else(not_found)
    }

    /// The application that every tenant has from the start.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn default_id(&self, caller: &Caller) -> Result<ApplicationId, ApiError> {
        Ok(self.get(caller, DEFAULT_UID).await?.id)
    }

    /// Makes an application.
    ///
    /// # Errors
    /// [`ApiError::Invalid`]; [`ApiError::Conflict`] when the uid is taken.
    pub async fn create(&self, caller: &Caller, input: ApplicationInput) -> Result<ApplicationView, ApiError> {
        let details = checked(input)?;
        let id = ApplicationId::generate();
        Ok(view(execute(&self.database, caller, id.uuid(), ApplicationCommand::Create(details)).await?))
    }

    /// The application with the input's uid, made if there is none. One that is there is left as it is.
    ///
    /// # Errors
    /// [`ApiError::Invalid`].
    pub async fn get_or_create(&self, caller: &Caller, input: ApplicationInput) -> Result<ApplicationView, ApiError> {
        let Some(uid) = input.uid.clone() else { return self.create(caller, input).await };
        if let Some(found) = self.find(caller, &uid).await? {
            return Ok(found);
        }
        match self.create(caller, input).await {
            // Somebody else has made it in this very moment.
            Err(ApiError::Conflict { .. }) => self.get(caller, &uid).await,
            created => created,
        }
    }

    /// Replaces what was configured.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`]; [`ApiError::Conflict`] when the uid is taken.
    pub async fn update(
        &self,
        caller: &Caller,
        id_or_uid: &str,
        input: ApplicationInput,
    ) -> Result<ApplicationView, ApiError> {
        let details = checked(input)?;
        let id = self.get(caller, id_or_uid).await?.id;
        Ok(view(execute(&self.database, caller, id.uuid(), ApplicationCommand::Update(details)).await?))
    }

    /// Deletes an application with its endpoints; deliveries that wait are cancelled.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Conflict`] for the default application, or while sources feed it.
    pub async fn delete(&self, caller: &Caller, id_or_uid: &str) -> Result<(), ApiError> {
        let id = self.get(caller, id_or_uid).await?.id;
        let mut tries = Tries::default();
        loop {
            match self.delete_once(caller, id).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => return outcome.map_err(ApiError::from),
            }
        }
    }

    async fn delete_once(&self, caller: &Caller, id: ApplicationId) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        // Nobody adds an endpoint or a source to it from here on.
        read::lock_to_delete(tx.connection(), tenant_id, id).await?;
        let sources = read::sources_of(tx.connection(), tenant_id, id).await?;
        if sources > 0 {
            let sources = if sources == 1 { "a source".to_owned() } else { format!("{sources} sources") };
            return Err(ApiError::conflict(format!("{sources} still put messages into it: delete those first")).into());
        }
        for endpoint_id in hookreel_read_models::endpoints::ids_of(tx.connection(), tenant_id, id).await? {
            endpoints::delete_in(&mut tx, caller, endpoint_id).await?;
        }
        let command = ApplicationCommand::Delete;
        hookreel_read_models::execute::<Application>(tx.connection(), tenant_id, id.uuid(), &metadata(caller), command)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn find(&self, caller: &Caller, id_or_uid: &str) -> Result<Option<ApplicationView>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let found = read::find(tx.connection(), caller.tenant_id(), id_or_uid).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(found)
    }
}

fn not_found() -> ApiError {
    ApiError::not_found("Application")
}

fn checked(input: ApplicationInput) -> Result<ApplicationDetails, ApiError> {
    let mut faults = Faults::default();
    let name = faults.take("name", Name::parse(&input.name)).map(Name::into_string);
    let uid = faults.uid(input.uid);
    let metadata = faults.metadata(input.metadata);
    faults.none()?;
    Ok(ApplicationDetails { name: name.unwrap_or_default(), uid, metadata })
}

fn view(application: Executed<Application>) -> ApplicationView {
    let details = application.state.details;
    ApplicationView {
        id: ApplicationId::from_uuid(application.stamp.id),
        uid: details.uid,
        name: details.name,
        metadata: details.metadata,
        created_at: application.stamp.created_at,
        updated_at: application.stamp.updated_at,
    }
}
