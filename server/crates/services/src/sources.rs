//! Sources: where webhooks of a provider come in.

mod by_token;

pub use by_token::InboundSource;

use crate::error::{Failure, Tries, failed};
use crate::execute::metadata;
use crate::validate::Faults;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use by_token::ByToken;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::input::{GenericHmacInput, SourceInput};
use hookreel_contract::views::SourceView;
use hookreel_database::{Database, TenantTx};
use hookreel_domain::Source;
use hookreel_domain::application::DEFAULT_UID;
use hookreel_domain::source::{SourceCommand, SourceDetails};
use hookreel_ingest::{Provider, RuleInput, SourceRule, validate_secret};
use hookreel_kernel::{ApplicationId, Clock, Name, SourceId};
use hookreel_read_models::sources::{self as read, SourceRecord};
use hookreel_read_models::{applications, load};
use hookreel_secrets::{SecretBox, delete_secrets, expire_secrets, insert_secret};
use rand::RngCore;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a source's old secret verifies beside the new one.
pub const SECRET_OVERLAP: Duration = Duration::from_hours(24);
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

/// What replaces a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replacement {
    AtOnce,
    WithOverlap,
}

impl Sources {
    /// On this database; `public_url` is how the outside world reaches this installation.
    pub fn new(database: Database, secrets: SecretBox, public_url: &Url, clock: Arc<dyn Clock>) -> Self {
        let by_token = ByToken::new(database.engine().clone(), secrets.clone());
        let public_url = public_url.as_str().trim_end_matches('/').into();
        Self { database, secrets, public_url, clock, by_token }
    }

    /// The providers whose webhooks can be received: name, and name for people.
    pub fn providers(&self) -> Vec<(&'static str, &'static str)> {
        Provider::ALL.into_iter().map(|provider| (provider.name(), provider.display_name())).collect()
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

    /// Makes a source, with a new address.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `name`, `provider`, `secret`, `applicationId` or `generic.…`.
    pub async fn create(&self, caller: &Caller, input: SourceInput) -> Result<SourceView, ApiError> {
        let (name, rule, secret) = checked(&input)?;
        let id = SourceId::generate();
        let mut tries = Tries::default();
        loop {
            match self.create_once(caller, id, (&name, &rule, secret), input.application_id).await {
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
        (name, rule, secret): (&Name, &SourceRule, Option<&str>),
        application_id: Option<ApplicationId>,
    ) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        let application_id = application_of(&mut tx, application_id).await?;
        let details = SourceDetails {
            application_id,
            name: name.as_str().to_owned(),
            provider: rule.provider().name().to_owned(),
            rule: serde_json::to_value(rule).map_err(|error| Failure::Broken(error.into()))?,
            token: new_token(),
        };
        let secret_id = match secret {
            Some(secret) => Some(insert_secret(tx.connection(), &self.secrets, tenant_id, id.uuid(), secret).await?),
            None => None,
        };
        let command = SourceCommand::Create { details, secret_id };
        hookreel_read_models::execute::<Source>(tx.connection(), tenant_id, id.uuid(), &metadata(caller), command)
            .await?;
        tx.commit().await?;
        self.by_token.forget();
        Ok(())
    }

    /// Uses this secret and no other from now on.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`] on `secret`.
    pub async fn set_secret(&self, caller: &Caller, id: SourceId, secret: &str) -> Result<(), ApiError> {
        self.replace_secret(caller, id, secret, Replacement::AtOnce).await
    }

    /// Uses this secret from now on; the ones before verify too for 24 hours.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`] on `secret`.
    pub async fn rotate_secret(&self, caller: &Caller, id: SourceId, new_secret: &str) -> Result<SourceView, ApiError> {
        self.replace_secret(caller, id, new_secret, Replacement::WithOverlap).await?;
        self.get(caller, id).await
    }

    async fn replace_secret(
        &self,
        caller: &Caller,
        id: SourceId,
        secret: &str,
        replacement: Replacement,
    ) -> Result<(), ApiError> {
        let mut tries = Tries::default();
        loop {
            match self.replace_secret_once(caller, id, secret, replacement).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => return outcome.map_err(ApiError::from),
            }
        }
    }

    async fn replace_secret_once(
        &self,
        caller: &Caller,
        id: SourceId,
        secret: &str,
        replacement: Replacement,
    ) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        let source = load::<Source>(tx.connection(), tenant_id, id.uuid()).await?.state;
        let details = source.details.filter(|_| source.existence.is_present()).ok_or_else(not_found)?;
        let rule = rule_of(details.rule)?;
        validate_secret(&rule, secret).map_err(|refusal| ApiError::invalid("secret", refusal.to_string()))?;
        match replacement {
            Replacement::AtOnce => delete_secrets(tx.connection(), tenant_id, id.uuid()).await?,
            Replacement::WithOverlap => {
                let until = self.clock.now() + SECRET_OVERLAP;
                expire_secrets(tx.connection(), tenant_id, id.uuid(), until).await?;
            }
        }
        let secret_id = insert_secret(tx.connection(), &self.secrets, tenant_id, id.uuid(), secret).await?;
        let command = match replacement {
            Replacement::AtOnce => SourceCommand::SetSecret { secret_id },
            Replacement::WithOverlap => SourceCommand::RotateSecret { secret_id },
        };
        hookreel_read_models::execute::<Source>(tx.connection(), tenant_id, id.uuid(), &metadata(caller), command)
            .await?;
        tx.commit().await?;
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
        Ok(SourceView {
            id: record.id,
            application_id: record.application_id,
            name: record.name,
            provider: record.provider,
            provider_name: rule.provider().display_name().to_owned(),
            url: format!("{}/in/{}", self.public_url, record.token),
            generic: generic_of(&rule),
            secrets: record.secrets,
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

/// The application that a new source puts its messages into; nobody deletes it before the transaction ends.
async fn application_of(tx: &mut TenantTx, wanted: Option<ApplicationId>) -> Result<ApplicationId, Failure> {
    let tenant_id = tx.tenant_id();
    let wanted_text = wanted.map_or_else(|| DEFAULT_UID.to_owned(), |id| id.to_string());
    let found = applications::find(tx.connection(), tenant_id, &wanted_text).await?;
    let gone = || ApiError::invalid("applicationId", "is not one of your applications");
    let id = found.ok_or_else(gone)?.id;
    if applications::lock_to_use(tx.connection(), tenant_id, id).await? { Ok(id) } else { Err(gone().into()) }
}

fn checked(input: &SourceInput) -> Result<(Name, SourceRule, Option<&str>), ApiError> {
    let mut faults = Faults::default();
    let name = faults.take("name", Name::parse(&input.name));
    let provider = faults.take("provider", Provider::parse(&input.provider));
    let secret = input.secret.as_deref().filter(|secret| !secret.is_empty());
    let rule = provider.and_then(|provider| {
        let generic = input.generic.as_ref().map(rule_input).unwrap_or_default();
        let rule = SourceRule::new(provider, &generic);
        rule.map_err(|problems| {
            for problem in problems {
                faults.add(api_field(problem.field()), problem);
            }
        })
        .ok()
    });
    if let (Some(rule), Some(secret)) = (&rule, secret) {
        faults.take("secret", validate_secret(rule, secret));
    }
    faults.none()?;
    match (name, rule) {
        (Some(name), Some(rule)) => Ok((name, rule, secret)),
        _ => Err(ApiError::Internal),
    }
}

fn rule_input(generic: &GenericHmacInput) -> RuleInput {
    RuleInput {
        header: Some(generic.header.clone()),
        prefix: Some(generic.prefix.clone()),
        encoding: Some(generic.encoding.clone()),
        event_id_header: generic.event_id_header.clone(),
        event_type_header: generic.event_type_header.clone(),
        ..RuleInput::default()
    }
}

fn generic_of(rule: &SourceRule) -> Option<GenericHmacInput> {
    if !rule.provider().is_configurable() {
        return None;
    }
    let input = rule.to_input();
    Some(GenericHmacInput {
        header: input.header.unwrap_or_default(),
        prefix: input.prefix.unwrap_or_default(),
        encoding: input.encoding.unwrap_or_default(),
        event_id_header: input.event_id_header,
        event_type_header: input.event_type_header,
    })
}

/// The name in the API of a rule's field.
fn api_field(field: &str) -> &'static str {
    match field {
        "header" => "generic.header",
        "prefix" => "generic.prefix",
        "encoding" => "generic.encoding",
        "event_id_header" => "generic.eventIdHeader",
        "event_type_header" => "generic.eventTypeHeader",
        _ => "generic",
    }
}

fn new_token() -> String {
    let mut bytes = [0; TOKEN_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
