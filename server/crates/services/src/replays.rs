//! Replays: history sent again on purpose.

use crate::error::{database_failed, read_failed};
use hookreel_auth::Caller;
use hookreel_contract::input::ReplayInput;
use hookreel_contract::views::ReplayView;
use hookreel_contract::{ApiError, Cursor, FieldError, Page};
use hookreel_database::{Database, TenantTx};
use hookreel_delivery::{CancelError, Engine};
use hookreel_domain::application::DEFAULT_UID;
use hookreel_domain::replay::{ReplayPlan, ReplaySelection};
use hookreel_event_store::AppendError;
use hookreel_kernel::{ApplicationId, Clock, EventType, ReplayId};
use hookreel_read_models::{applications, endpoints, replays};
use std::sync::Arc;

/// The most event types a replay may name.
pub const EVENT_TYPES_MAX: usize = 100;

/// Use cases about replays.
#[derive(Debug, Clone)]
pub struct Replays {
    database: Database,
    engine: Engine,
    clock: Arc<dyn Clock>,
}

impl Replays {
    /// On this database and engine.
    pub fn new(database: Database, engine: Engine, clock: Arc<dyn Clock>) -> Self {
        Self { database, engine, clock }
    }

    /// How many deliveries a replay would make or bring forward now.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] by field, [`ApiError::NotFound`] for an application or endpoint that is not the caller's.
    pub async fn preview(&self, caller: &Caller, input: ReplayInput) -> Result<u64, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(database_failed)?;
        let plan = self.plan(&mut tx, input).await?;
        let count = self.engine.count_replay(&mut tx, &plan).await.map_err(database_failed)?;
        tx.commit().await.map_err(database_failed)?;
        Ok(count)
    }

    /// Begins a replay. What it makes are new deliveries: nothing that happened before is changed.
    ///
    /// # Errors
    /// As [`Replays::preview`].
    pub async fn start(&self, caller: &Caller, input: ReplayInput) -> Result<ReplayView, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(database_failed)?;
        let plan = self.plan(&mut tx, input).await?;
        let started = self.engine.start_replay(tx, caller.actor().clone(), plan).await;
        let replay_id = started.map_err(|error| match error {
            AppendError::Conflict => ApiError::Unavailable,
            AppendError::Database(error) => database_failed(error),
        })?;
        self.get(caller, replay_id).await
    }

    /// The newest replays.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<ReplayView>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(database_failed)?;
        let list = replays::list(tx.connection(), caller.tenant_id()).await.map_err(read_failed)?;
        tx.commit().await.map_err(database_failed)?;
        Ok(list)
    }

    /// A page of all replays, newest first.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `cursor`.
    pub async fn page(
        &self,
        caller: &Caller,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<ReplayView>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(database_failed)?;
        let page =
            replays::page(tx.connection(), caller.tenant_id(), cursor.as_ref(), limit).await.map_err(read_failed)?;
        tx.commit().await.map_err(database_failed)?;
        Ok(page)
    }

    /// One replay, with its progress.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn get(&self, caller: &Caller, id: ReplayId) -> Result<ReplayView, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(database_failed)?;
        let found = replays::find(tx.connection(), caller.tenant_id(), id).await.map_err(read_failed)?;
        tx.commit().await.map_err(database_failed)?;
        found.ok_or_else(|| ApiError::not_found("Replay"))
    }

    /// Stops a replay: what has not arrived is cancelled, what has arrived stays.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], [`ApiError::Conflict`] when it has already ended.
    pub async fn cancel(&self, caller: &Caller, id: ReplayId) -> Result<ReplayView, ApiError> {
        let tx = self.database.tenant(caller.tenant_id()).await.map_err(database_failed)?;
        self.engine.cancel_replay(tx, caller.actor().clone(), id).await.map_err(|error| match error {
            CancelError::NotFound => ApiError::not_found("Replay"),
            CancelError::AlreadyEnded => ApiError::conflict("The replay has already ended."),
            CancelError::Append(AppendError::Conflict) => ApiError::conflict("The replay moved on; try again."),
            CancelError::Append(AppendError::Database(error)) => database_failed(error),
        })?;
        self.get(caller, id).await
    }

    /// Checks what is asked for, all fields at once.
    async fn plan(&self, tx: &mut TenantTx, input: ReplayInput) -> Result<ReplayPlan, ApiError> {
        let mut fields = Vec::new();
        let (tenant_id, now) = (tx.tenant_id(), self.clock.now());
        if input.since >= input.until {
            fields.push(FieldError::new("until", "must be later than the beginning of the range"));
        }
        let selection = ReplaySelection::parse(&input.selection);
        if selection.is_none() {
            fields.push(FieldError::new("selection", "must be `all`, `failed` or `missing`"));
        }
        for event_type in input.event_types.iter().flatten() {
            if let Err(error) = EventType::parse(event_type) {
                fields.push(FieldError::new("eventTypes", format!("`{event_type}` {error}")));
            }
        }
        if input.event_types.as_ref().is_some_and(|types| types.len() > EVENT_TYPES_MAX) {
            fields.push(FieldError::new("eventTypes", format!("must be at most {EVENT_TYPES_MAX} event types")));
        }
        let (Some(selection), true) = (selection, fields.is_empty()) else {
            return Err(ApiError::Invalid { fields });
        };
        let application_id = match (input.endpoint_id, input.application_id) {
            (Some(endpoint_id), wanted) => {
                let endpoint =
                    endpoints::get(tx.connection(), tenant_id, endpoint_id, now).await.map_err(read_failed)?;
                let endpoint = endpoint.ok_or_else(|| ApiError::not_found("Endpoint"))?;
                if wanted.is_some_and(|wanted| wanted != endpoint.application_id) {
                    return Err(ApiError::not_found("Endpoint"));
                }
                endpoint.application_id
            }
            (None, Some(application_id)) => application(tx, &application_id.to_string()).await?,
            (None, None) => application(tx, DEFAULT_UID).await?,
        };
        Ok(ReplayPlan {
            application_id,
            endpoint_id: input.endpoint_id,
            since: input.since,
            // What comes in from now on is delivered anyway.
            until: input.until.min(now),
            event_types: input.event_types.filter(|types| !types.is_empty()),
            selection,
            matched: 0,
        })
    }
}

async fn application(tx: &mut TenantTx, id_or_uid: &str) -> Result<ApplicationId, ApiError> {
    let tenant_id = tx.tenant_id();
    let found = applications::find(tx.connection(), tenant_id, id_or_uid).await.map_err(database_failed)?;
    found.map(|application| application.id).ok_or_else(|| ApiError::not_found("Application"))
}
