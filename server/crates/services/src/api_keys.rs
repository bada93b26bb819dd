//! API keys: made and revoked by people, used by programs.

use crate::error::{Failure, Tries, failed};
use hookreel_auth::api_key::FreshKey;
use hookreel_auth::{ApiKeyAuthenticator, Caller};
use hookreel_contract::ApiError;
use hookreel_contract::views::{ApiKeyView, NewApiKey};
use hookreel_database::Database;
use hookreel_domain::ApiKey;
use hookreel_domain::tenant::ApiKeyCommand;
use hookreel_kernel::secret::Revealed;
use hookreel_kernel::{ApiKeyId, Clock, Metadata, Name};
use hookreel_read_models::execute;
use std::sync::Arc;

/// The most keys a tenant may have that are not revoked.
pub const API_KEYS_MAX: i64 = 200;

/// Use cases about API keys.
#[derive(Debug, Clone)]
pub struct ApiKeys {
    database: Database,
    authenticator: ApiKeyAuthenticator,
    clock: Arc<dyn Clock>,
}

impl ApiKeys {
    /// On this database.
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        let authenticator = ApiKeyAuthenticator::new(database.auth().clone(), Arc::clone(&clock));
        Self { database, authenticator, clock }
    }

    /// Who a bearer key belongs to. Costs no query for a key that was looked up within the last seconds.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`] for every key that does not work, whatever the reason.
    pub async fn authenticate(&self, bearer: &str) -> Result<Caller, ApiError> {
        self.authenticator.authenticate(bearer).await.map_err(failed)?.ok_or(ApiError::Unauthenticated)
    }

    /// All keys of the tenant, newest first, revoked ones included.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<ApiKeyView>, ApiError> {
        let read = async {
            let mut tx = self.database.tenant(caller.tenant_id()).await?;
            let rows = sqlx::query!(
                "select key_id, name, hint, created_by, created_at, last_used_at, revoked_at
                 from iam.api_keys where tenant_id = $1 order by key_id desc",
                caller.tenant_id().uuid(),
            )
            .fetch_all(tx.connection())
            .await?;
            tx.commit().await?;
            Ok::<_, sqlx::Error>(rows)
        };
        let rows = read.await.map_err(failed)?;
        Ok(rows
            .into_iter()
            .map(|row| ApiKeyView {
                id: ApiKeyId::from_uuid(row.key_id),
                name: row.name,
                hint: row.hint,
                created_by: row.created_by,
                created_at: row.created_at,
                last_used_at: row.last_used_at,
                revoked_at: row.revoked_at,
            })
            .collect())
    }

    /// Makes a key. The answer is the only place where it is ever shown.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `name`; [`ApiError::Conflict`] when there are too many.
    pub async fn create(&self, caller: &Caller, name: &str) -> Result<NewApiKey, ApiError> {
        let name = Name::parse(name).map_err(|error| ApiError::invalid("name", error.to_string()))?;
        if self.count(caller).await.map_err(failed)? >= API_KEYS_MAX {
            return Err(ApiError::conflict(format!(
                "there are {API_KEYS_MAX} API keys already; revoke one that is not used any more"
            )));
        }
        let key = FreshKey::generate();
        let view = ApiKeyView {
            id: key.id,
            name: name.into_string(),
            hint: key.hint.clone(),
            created_by: self.author(caller).await.map_err(failed)?,
            created_at: self.clock.now(),
            last_used_at: None,
            revoked_at: None,
        };
        self.insert(caller, &view, &key).await.map_err(failed)?;
        Ok(NewApiKey { view, key: Revealed::new(key.text.expose().as_str()) })
    }

    /// Makes a key stop working: at once in this process, within seconds in others.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] when the tenant has no such key. A key that is revoked already stays so.
    pub async fn revoke(&self, caller: &Caller, id: ApiKeyId) -> Result<(), ApiError> {
        let mut tries = Tries::default();
        let revoked = loop {
            match self.try_revoke(caller, id).await {
                Err(failure) if tries.again(&failure) => {}
                done => break done,
            }
        };
        // Also when it failed: whether the commit came through may be unknown.
        self.authenticator.forget(Some(id));
        revoked.map_err(failed)
    }

    async fn try_revoke(&self, caller: &Caller, id: ApiKeyId) -> Result<(), Failure> {
        let mut tx = self.database.tenant(caller.tenant_id()).await?;
        let updated = sqlx::query!(
            "update iam.api_keys set revoked_at = coalesce(revoked_at, $3) where tenant_id = $1 and key_id = $2",
            caller.tenant_id().uuid(),
            id.uuid(),
            self.clock.now(),
        )
        .execute(tx.connection())
        .await?;
        if updated.rows_affected() == 0 {
            return Err(ApiError::not_found("API key").into());
        }
        let metadata = Metadata::by(caller.actor().clone());
        execute::<ApiKey>(tx.connection(), caller.tenant_id(), id.uuid(), &metadata, ApiKeyCommand::Revoke).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn count(&self, caller: &Caller) -> Result<i64, sqlx::Error> {
        let mut tx = self.database.tenant(caller.tenant_id()).await?;
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!" from iam.api_keys where tenant_id = $1 and revoked_at is null"#,
            caller.tenant_id().uuid(),
        )
        .fetch_one(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(count)
    }

    /// How the maker of a key is shown: a member by e-mail address.
    async fn author(&self, caller: &Caller) -> Result<String, sqlx::Error> {
        let Some(member_id) = caller.member_id() else { return Ok(caller.actor().to_string()) };
        let mut tx = self.database.tenant(caller.tenant_id()).await?;
        let member = hookreel_auth::member_record(tx.connection(), caller.tenant_id(), member_id).await?;
        tx.commit().await?;
        Ok(member.map_or_else(|| caller.actor().to_string(), |member| member.email.into_string()))
    }

    async fn insert(&self, caller: &Caller, view: &ApiKeyView, key: &FreshKey) -> Result<(), Failure> {
        let metadata = Metadata::by(caller.actor().clone());
        let create = ApiKeyCommand::Create { name: view.name.clone(), hint: view.hint.clone() };
        let mut tx = self.database.tenant(caller.tenant_id()).await?;
        sqlx::query!(
            "insert into iam.api_keys (tenant_id, key_id, name, key_hash, hint, created_by, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            caller.tenant_id().uuid(),
            key.id.uuid(),
            view.name,
            key.hash.as_slice(),
            view.hint,
            view.created_by,
            view.created_at,
        )
        .execute(tx.connection())
        .await?;
        execute::<ApiKey>(tx.connection(), caller.tenant_id(), key.id.uuid(), &metadata, create).await?;
        tx.commit().await?;
        Ok(())
    }
}
