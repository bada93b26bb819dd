//! Sources: where webhooks of a provider come in.

mod built_in;
mod by_token;
mod limits;
mod provider_keys;
mod providers;
mod quarantine_space;
mod rules;
mod secret;

pub use built_in::billing_webhook_path;
pub use by_token::InboundSource;
pub(crate) use by_token::inbound_source;
pub(crate) use limits::Limits;
pub(crate) use provider_keys::ProviderKeys;
pub use providers::all_providers;
pub(crate) use quarantine_space::QuarantineSpace;
pub(crate) use rules::{CheckedSource, checked};
pub use secret::{SECRET_OVERLAP, SECRET_OVERLAP_MAX};

use crate::error::{Failure, Tries, failed};
use crate::execute::{execute, metadata};
use crate::validate::Faults;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use by_token::ByToken;
use hookreel_auth::Caller;
use hookreel_contract::input::{SourceChange, SourceInput};
use hookreel_contract::source::{PUBLIC_URL_FIELD, SourceSettings, SourceVerdicts};
use hookreel_contract::views::SourceView;
use hookreel_contract::{ApiError, Cursor, Page};
use hookreel_database::{Database, TenantTx};
use hookreel_domain::Source;
use hookreel_domain::application::DEFAULT_UID;
use hookreel_domain::source::{SourceCommand, SourceDetails};
use hookreel_ingest::SourceRule;
use hookreel_kernel::{ApplicationId, Clock, Name, SourceId};
use hookreel_read_models::sources::{self as read, SourceRecord};
use hookreel_read_models::{applications, load, repositories};
use hookreel_secrets::{SecretBox, delete_secrets, insert_secret};
use rand::RngCore;
use rules::{checked_settings, fields_of, generic_of, rule_of_fields, take_public_url};
use std::sync::Arc;
use url::Url;

/// Randomness of a source's token, in bytes.
const TOKEN_BYTES: usize = 24;

/// Use cases about sources.
#[derive(Debug, Clone)]
pub struct Sources {
    database: Database,
    secrets: SecretBox,
    public_url: Arc<str>,
    clock: Arc<dyn Clock>,
    by_token: ByToken,
}

impl Sources {
    /// On this database; `public_url` is how the outside world reaches this installation.
    pub fn new(database: Database, secrets: SecretBox, public_url: &Url, clock: Arc<dyn Clock>) -> Self {
        let by_token = ByToken::new(database.engine().clone(), secrets.clone());
        let public_url = public_url.as_str().trim_end_matches('/').into();
        Self { database, secrets, public_url, clock, by_token }
    }

    /// The sources of the tenant, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<SourceView>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let records = read::list(tx.connection(), caller.tenant_id(), self.clock.now()).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        records.into_iter().map(|record| self.view(record).map_err(ApiError::from)).collect()
    }

    /// A page of the tenant's sources, newest first.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `cursor`.
    pub async fn page(
        &self,
        caller: &Caller,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<SourceView>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let (tenant_id, now) = (caller.tenant_id(), self.clock.now());
        let Page { items, next } =
            read::page(tx.connection(), tenant_id, cursor.as_ref(), limit, now).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let items: Result<_, Failure> = items.into_iter().map(|record| self.view(record)).collect();
        Ok(Page { items: items?, next })
    }

    /// One source.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn get(&self, caller: &Caller, id: SourceId) -> Result<SourceView, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let record = read::find(tx.connection(), caller.tenant_id(), id, self.clock.now()).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(self.view(record.ok_or_else(not_found)?)?)
    }

    /// What is known about who sent what a source has kept lately.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn verdicts(&self, caller: &Caller, id: SourceId) -> Result<SourceVerdicts, ApiError> {
        let (tenant_id, now) = (caller.tenant_id(), self.clock.now());
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        if read::existing(tx.connection(), tenant_id, &[id]).await.map_err(failed)?.is_empty() {
            return Err(not_found());
        }
        let counted = read::verdicts(tx.connection(), tenant_id, id, now).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(counted)
    }

    /// Makes a source, with a new address.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `name`, `provider`, `secret`, `applicationId`, `fields.…`, `generic.…` or `settings.…`.
    pub async fn create(&self, caller: &Caller, input: SourceInput) -> Result<SourceView, ApiError> {
        let source = checked(&input)?;
        let id = SourceId::generate();
        let mut tries = Tries::default();
        loop {
            match self.create_once(caller, id, &source, input.application_id).await {
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
        id: SourceId,
        source: &CheckedSource<'_>,
        application_id: Option<ApplicationId>,
    ) -> Result<(), Failure> {
        let mut tx = self.database.tenant(caller.tenant_id()).await?;
        self.create_in(&mut tx, caller, id, source, application_id).await?;
        tx.commit().await?;
        self.by_token.forget();
        Ok(())
    }

    /// Makes a source within a transaction of the caller's.
    pub(crate) async fn create_in(
        &self,
        tx: &mut TenantTx,
        caller: &Caller,
        id: SourceId,
        source: &CheckedSource<'_>,
        application_id: Option<ApplicationId>,
    ) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let application_id = application_of(tx, application_id).await?;
        let details = SourceDetails {
            application_id,
            name: source.name.as_str().to_owned(),
            provider: source.rule.provider().name().to_owned(),
            rule: stored(&source.rule)?,
            token: new_token(),
            settings: stored(&source.settings)?,
        };
        let secret_id = match source.secret {
            Some(secret) => Some(insert_secret(tx.connection(), &self.secrets, tenant_id, id.uuid(), secret).await?),
            None => None,
        };
        let command = SourceCommand::Create { details, secret_id };
        hookreel_read_models::execute::<Source>(tx.connection(), tenant_id, id.uuid(), &metadata(caller), command)
            .await?;
        Ok(())
    }

    /// Forgets what is remembered of sources: one was changed elsewhere in this process.
    pub(crate) fn forget(&self) {
        self.by_token.forget();
    }

    /// The URL of the source of a token.
    pub(crate) fn url_of(&self, token: &str) -> String {
        format!("{}/in/{token}", self.public_url)
    }

    /// Changes how a source is configured. Its provider, its address and its secrets stay.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`] on `name`, `fields.…` or `settings.…`.
    pub async fn update(&self, caller: &Caller, id: SourceId, change: SourceChange) -> Result<SourceView, ApiError> {
        let mut tries = Tries::default();
        loop {
            match self.update_once(caller, id, &change).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => {
                    outcome?;
                    return self.get(caller, id).await;
                }
            }
        }
    }

    async fn update_once(&self, caller: &Caller, id: SourceId, change: &SourceChange) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        let source = load::<Source>(tx.connection(), tenant_id, id.uuid()).await?.state;
        let mut details = source.details.filter(|_| source.existence.is_present()).ok_or_else(not_found)?;
        let mut faults = Faults::default();
        if let Some(name) = &change.name
            && let Some(name) = faults.take("name", Name::parse(name))
        {
            name.as_str().clone_into(&mut details.name);
        }
        let mut public_url = None;
        if let Some(mut fields) = change.fields.clone() {
            let provider = rule_of(details.rule.clone())?.provider();
            public_url = take_public_url(provider, &mut fields, &mut faults);
            if let Some(rule) = rule_of_fields(provider, &fields, "fields", &mut faults) {
                details.rule = stored(&rule)?;
            }
        }
        if let Some(settings) = &change.settings {
            let mut settings = checked_settings(settings.clone(), &mut faults);
            settings.public_url = settings.public_url.or(public_url);
            details.settings = stored(&settings)?;
        } else if public_url.is_some() {
            details.settings = stored(&SourceSettings { public_url, ..settings_of(details.settings) })?;
        }
        faults.none()?;
        let command = SourceCommand::Update { details };
        hookreel_read_models::execute::<Source>(tx.connection(), tenant_id, id.uuid(), &metadata(caller), command)
            .await?;
        tx.commit().await?;
        self.by_token.forget();
        Ok(())
    }

    /// Keeps what comes in from now on as quarantined messages, and delivers nothing of it.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn pause(&self, caller: &Caller, id: SourceId) -> Result<(), ApiError> {
        execute::<Source>(&self.database, caller, id.uuid(), SourceCommand::Pause).await?;
        self.by_token.forget();
        Ok(())
    }

    /// Delivers what comes in again. What came in between stays in quarantine until it is released.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn resume(&self, caller: &Caller, id: SourceId) -> Result<(), ApiError> {
        execute::<Source>(&self.database, caller, id.uuid(), SourceCommand::Resume).await?;
        self.by_token.forget();
        Ok(())
    }

    /// Deletes a source: its address answers 404 from now on, and its secrets are gone.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn delete(&self, caller: &Caller, id: SourceId) -> Result<(), ApiError> {
        let mut tries = Tries::default();
        loop {
            match self.delete_once(caller, id).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => return outcome.map_err(ApiError::from),
            }
        }
    }

    async fn delete_once(&self, caller: &Caller, id: SourceId) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        delete_secrets(tx.connection(), tenant_id, id.uuid()).await?;
        if let Some(connected) = repositories::of_source(tx.connection(), tenant_id, id).await? {
            delete_secrets(tx.connection(), tenant_id, connected.connection_id.uuid()).await?;
        }
        let command = SourceCommand::Delete;
        hookreel_read_models::execute::<Source>(tx.connection(), tenant_id, id.uuid(), &metadata(caller), command)
            .await?;
        tx.commit().await?;
        self.by_token.forget();
        Ok(())
    }

    /// The source that a request's address names. Costs no query for an address asked for within the last seconds.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`] when the database is away.
    pub async fn find_by_token(&self, token: &str) -> Result<Option<InboundSource>, ApiError> {
        self.by_token.find(token).await.map_err(ApiError::from)
    }

    fn view(&self, record: SourceRecord) -> Result<SourceView, Failure> {
        let rule = rule_of(record.rule)?;
        let settings = settings_of(record.settings);
        let mut fields = fields_of(&rule.to_input());
        if rule.provider().depends_on_url()
            && let Some(url) = &settings.public_url
        {
            fields.insert(PUBLIC_URL_FIELD.to_owned(), url.clone());
        }
        let is_new = record.created_at > self.clock.now() - read::RECENT;
        Ok(SourceView {
            id: record.id,
            application_id: record.application_id,
            name: record.name,
            provider: record.provider,
            provider_name: rule.provider().display_name().to_owned(),
            url: self.url_of(&record.token),
            generic: generic_of(&rule),
            fields,
            settings,
            is_paused: record.is_paused,
            health: record.health,
            secrets: record.secrets,
            old_secrets_valid_until: record.old_secrets_valid_until,
            repository: record.repository,
            needs_secret: record.secrets == 0 && rule.provider().secret().is_asked_for(),
            is_awaited: record.last_received_at.is_none() || record.accepted_24h == 0 && is_new,
            created_at: record.created_at,
            updated_at: record.updated_at,
            last_received_at: record.last_received_at,
            accepted_24h: record.accepted_24h,
            quarantined_24h: record.quarantined_24h,
        })
    }
}

fn not_found() -> ApiError {
    ApiError::not_found("Source")
}

pub(crate) fn rule_of(stored: serde_json::Value) -> Result<SourceRule, Failure> {
    serde_json::from_value(stored).map_err(|error| Failure::Broken(error.into()))
}

/// What was stored before there was a setting has its default.
pub(crate) fn settings_of(stored: serde_json::Value) -> SourceSettings {
    serde_json::from_value(stored).unwrap_or_default()
}

fn stored(value: &impl serde::Serialize) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::Broken(error.into()))
}

/// The application that a new source puts its messages into; nobody deletes it before the transaction ends.
async fn application_of(tx: &mut TenantTx, wanted: Option<ApplicationId>) -> Result<ApplicationId, Failure> {
    let tenant_id = tx.tenant_id();
    let wanted_text = wanted.map_or_else(|| DEFAULT_UID.to_owned(), |id| id.to_string());
    let found = applications::find(tx.connection(), tenant_id, &wanted_text).await?;
    let gone = || ApiError::invalid("applicationId", "is not one of your applications");
    let id = found.ok_or_else(gone)?.id;
    if applications::lock_to_use(tx.connection(), tenant_id, id).await? { Ok(id) } else { Err(gone().into()) }
}

fn new_token() -> String {
    let mut bytes = [0; TOKEN_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
