//! Endpoints: where messages are sent.

mod activity;
mod fields;
mod secret;

pub use activity::TEST_EVENT_TYPE;
pub use secret::SECRET_OVERLAP;

use activity::cancel_in;
pub(crate) use activity::delete_in;

use crate::error::{Failure, Tries, failed};
use crate::execute::metadata;
use crate::plans::Plans;
use crate::schemas::Schemas;
use fields::{CheckedEndpoint, checked};
use hookreel_auth::Caller;
use hookreel_contract::input::EndpointInput;
use hookreel_contract::views::EndpointView;
use hookreel_contract::{ApiError, Cursor, Page};
use hookreel_database::{Database, TenantTx};
use hookreel_delivery::Engine;
use hookreel_domain::Endpoint;
use hookreel_domain::endpoint::{EndpointActivity, EndpointCommand, EndpointDetails};
use hookreel_domain::traffic::CancelCause;
use hookreel_egress::Egress;
use hookreel_kernel::{ApplicationId, Clock, EndpointId, TenantId};
use hookreel_read_models::endpoints as read;
use hookreel_read_models::{applications, load, sources};
use hookreel_secrets::{SecretBox, generate_signing_secret, insert_secret};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why an endpoint that was configured as disabled is.
const DISABLED_BY_CONFIGURATION: &str = "It was configured as disabled.";

/// Use cases about endpoints.
#[derive(Debug, Clone)]
pub struct Endpoints {
    database: Database,
    egress: Egress,
    secrets: SecretBox,
    engine: Engine,
    schemas: Schemas,
    plans: Plans,
    clock: Arc<dyn Clock>,
}

impl Endpoints {
    /// On this database and engine; `egress` says which addresses may be sent to, `plans` how many there may be.
    pub(crate) fn new(
        database: Database,
        egress: Egress,
        secrets: SecretBox,
        engine: Engine,
        schemas: Schemas,
        plans: Plans,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { database, egress, secrets, engine, schemas, plans, clock }
    }

    /// The endpoints of the tenant, or of one application, newest first.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `cursor`.
    pub async fn list(
        &self,
        caller: &Caller,
        application: Option<ApplicationId>,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<EndpointView>, ApiError> {
        let (tenant_id, now) = (caller.tenant_id(), self.clock.now());
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let mut page = read::list(tx.connection(), tenant_id, application, cursor.as_ref(), Some(limit), now)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        for view in &mut page.items {
            self.open_headers(tenant_id, view)?;
        }
        Ok(page)
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn get(&self, caller: &Caller, id: EndpointId) -> Result<EndpointView, ApiError> {
        self.views(caller, &[id]).await?.pop().ok_or_else(not_found)
    }

    /// These endpoints, in no particular order; those that do not exist are left out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn views(&self, caller: &Caller, ids: &[EndpointId]) -> Result<Vec<EndpointView>, ApiError> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let mut views = read::views(tx.connection(), tenant_id, ids, self.clock.now()).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        for view in &mut views {
            self.open_headers(tenant_id, view)?;
        }
        Ok(views)
    }

    /// One endpoint of an application by its id or its uid.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn find(
        &self,
        caller: &Caller,
        application_id: ApplicationId,
        id_or_uid: &str,
    ) -> Result<EndpointView, ApiError> {
        let (tenant_id, now) = (caller.tenant_id(), self.clock.now());
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let found = read::find(tx.connection(), tenant_id, application_id, id_or_uid, now).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let mut view = found.ok_or_else(not_found)?;
        self.open_headers(tenant_id, &mut view)?;
        Ok(view)
    }

    /// Makes an endpoint, with a signing secret of its own.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for the application; [`ApiError::Invalid`] field by field; [`ApiError::Conflict`] when
    /// the uid is taken; [`ApiError::QuotaExceeded`].
    pub async fn create(
        &self,
        caller: &Caller,
        application_id: ApplicationId,
        input: EndpointInput,
    ) -> Result<EndpointView, ApiError> {
        let endpoint = checked(input, &self.egress)?;
        let id = EndpointId::generate();
        let mut tries = Tries::default();
        loop {
            match self.create_once(caller, application_id, id, endpoint.clone()).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => {
                    outcome?;
                    return self.get(caller, id).await;
                }
            }
        }
    }

    async fn create_once(
        &self,
        caller: &Caller,
        application_id: ApplicationId,
        id: EndpointId,
        mut endpoint: CheckedEndpoint,
    ) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        if !applications::lock_to_use(tx.connection(), tenant_id, application_id).await? {
            return Err(ApiError::not_found("Application").into());
        }
        check_sources(&mut tx, &endpoint).await?;
        let used = self.plans.check_endpoints(&mut tx).await?;
        let secret = endpoint.secret.take().unwrap_or_else(generate_signing_secret);
        let secret_id = insert_secret(tx.connection(), &self.secrets, tenant_id, id.uuid(), secret.expose()).await?;
        let disabled = endpoint.disabled.then(|| DISABLED_BY_CONFIGURATION.to_owned());
        let details = self.details(tenant_id, id, application_id, endpoint, None)?;
        let command = EndpointCommand::Create { details, secret_id, disabled };
        hookreel_read_models::execute::<Endpoint>(tx.connection(), tenant_id, id.uuid(), &metadata(caller), command)
            .await?;
        self.plans.note(&mut tx, used).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Replaces what was configured. The secret stays; `disabled` disables it or enables it again.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`] field by field; [`ApiError::Conflict`] when the uid is taken.
    pub async fn update(
        &self,
        caller: &Caller,
        id: EndpointId,
        input: EndpointInput,
    ) -> Result<EndpointView, ApiError> {
        let endpoint = checked(input, &self.egress)?;
        let mut tries = Tries::default();
        loop {
            match self.update_once(caller, id, endpoint.clone()).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => {
                    outcome?;
                    return self.get(caller, id).await;
                }
            }
        }
    }

    async fn update_once(&self, caller: &Caller, id: EndpointId, endpoint: CheckedEndpoint) -> Result<(), Failure> {
        let (tenant_id, metadata) = (caller.tenant_id(), metadata(caller));
        let mut tx = self.database.tenant(tenant_id).await?;
        read::lock(tx.connection(), tenant_id, id).await?;
        check_sources(&mut tx, &endpoint).await?;
        let before = load::<Endpoint>(tx.connection(), tenant_id, id.uuid()).await?.state;
        let was = before.details.filter(|_| before.existence.is_present()).ok_or_else(not_found)?;
        let activity = match (endpoint.disabled, before.activity) {
            (true, EndpointActivity::Enabled | EndpointActivity::Paused) => {
                let cancelled = cancel_in(&mut tx, caller, id, CancelCause::EndpointDisabled).await?;
                Some(EndpointCommand::Disable { reason: DISABLED_BY_CONFIGURATION.to_owned(), cancelled })
            }
            (false, EndpointActivity::Disabled) => Some(EndpointCommand::Enable),
            _ => None,
        };
        let details = self.details(tenant_id, id, was.application_id, endpoint, Some(&was))?;
        let commands = std::iter::once(EndpointCommand::Update(details)).chain(activity);
        for command in commands {
            hookreel_read_models::execute::<Endpoint>(tx.connection(), tenant_id, id.uuid(), &metadata, command)
                .await?;
        }
        tx.commit().await?;
        self.engine.wake_reconciler();
        Ok(())
    }

    /// The stored form of what was configured; `before` gives what the input leaves out, and encrypted header values
    /// that are still the same.
    fn details(
        &self,
        tenant_id: TenantId,
        id: EndpointId,
        application_id: ApplicationId,
        endpoint: CheckedEndpoint,
        before: Option<&EndpointDetails>,
    ) -> Result<EndpointDetails, Failure> {
        let mut headers = BTreeMap::new();
        for (name, value) in endpoint.headers {
            let known = before.and_then(|before| before.headers.get(&name));
            let is_same = |stored: &&String| {
                self.secrets.open_header(tenant_id, id, &name, stored).is_ok_and(|opened| *opened.expose() == value)
            };
            let stored = match known.filter(is_same) {
                Some(stored) => stored.clone(),
                None => self.secrets.seal_header(tenant_id, id, &name, &value)?,
            };
            headers.insert(name, stored);
        }
        Ok(EndpointDetails {
            application_id,
            uid: endpoint.uid,
            url: endpoint.url.into_string(),
            description: endpoint.description,
            filter_types: endpoint.filter_types,
            filter_channels: endpoint.filter_channels,
            filter_sources: endpoint.filter_sources,
            headers,
            metadata: endpoint.metadata,
            forward_headers: endpoint.forward_headers,
            signature_scheme: endpoint
                .signature_scheme
                .or_else(|| before.map(|before| before.signature_scheme))
                .unwrap_or_default(),
        })
    }

    fn open_headers(&self, tenant_id: TenantId, view: &mut EndpointView) -> Result<(), ApiError> {
        for (name, value) in &mut view.headers {
            let opened = self.secrets.open_header(tenant_id, view.id, name, value).map_err(failed)?;
            value.clone_from(opened.expose());
        }
        Ok(())
    }
}

fn not_found() -> ApiError {
    ApiError::not_found("Endpoint")
}

async fn check_sources(tx: &mut TenantTx, endpoint: &CheckedEndpoint) -> Result<(), Failure> {
    let Some(wanted) = &endpoint.filter_sources else { return Ok(()) };
    let tenant_id = tx.tenant_id();
    let found = sources::existing(tx.connection(), tenant_id, wanted).await?;
    match wanted.iter().find(|id| !found.contains(id)) {
        None => Ok(()),
        Some(id) => Err(ApiError::invalid("filterSources", format!("must name sources of yours: `{id}`")).into()),
    }
}
