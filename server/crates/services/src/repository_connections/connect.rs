//! Connecting: the source and what is intended first, then the webhook, then that it is there.

use super::hook::{Signing, ensure_hook};
use super::refusals::{Token, missing_permission, was_not_done};
use super::wanted::{Wanted, checked};
use super::{HOOKS_MAX, RepositoryConnections, ping_by_the_way};
use crate::error::{Failure, Tries};
use crate::execute::metadata;
use crate::sources;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::input::SourceInput;
use hookreel_contract::repository::ConnectInput;
use hookreel_database::TenantTx;
use hookreel_domain::Source;
use hookreel_domain::source::{ConnectionPlan, HookFate, REPOSITORY_PROVIDER, SourceCommand};
use hookreel_integrations::{GitHubAccess, Hook, HookId, RepositoryName};
use hookreel_kernel::{ConnectionId, Secret, SourceId};
use hookreel_read_models::{execute, load, repositories};
use hookreel_secrets::{delete_secrets, insert_secret, keep_secrets, load_secrets};
use rand::RngCore;

/// Randomness of a signing secret, in bytes.
const SECRET_BYTES: usize = 32;

/// A connection of which only the webhook is missing.
struct Begun {
    source_id: SourceId,
    /// Whether the source was made for it just now.
    is_new: bool,
    /// Whether nothing of it was begun before: whatever is at GitHub then, this did not make it.
    is_first: bool,
    /// The webhook of before.
    hook: Option<HookId>,
    plan: ConnectionPlan,
    signing: Signing,
}

impl RepositoryConnections {
    /// Connects a repository: to a new source, or to one that is there. Doing it again changes nothing, and finishes what
    /// was interrupted.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for a source that is not there, or a token that is not kept any more;
    /// [`ApiError::Invalid`] on `repository`, `events`, `name` or `token`; [`ApiError::Conflict`];
    /// [`ApiError::ServiceAway`]: what was begun then is finished by the next try.
    pub async fn connect(&self, caller: &Caller, input: ConnectInput) -> Result<SourceId, ApiError> {
        let wanted = checked(&input)?;
        if let Some(id) = input.source_id {
            self.sources.get(caller, id).await?;
        }
        let access = self.begun(caller, input.connection_id).await?;
        let (repository, known) = self.manageable(&access, &wanted.repository).await?;
        let begun = self.intend(caller, &input, wanted, &repository).await?;
        let hook = begun.signing.hook(&begun.plan);
        let hook = match ensure_hook(&access, &repository, &known, begun.hook, &hook).await {
            Ok(hook) => hook,
            Err(error) => {
                if was_not_done(&error) {
                    self.undo(caller, &begun).await;
                }
                return Err(self.refused(&error, Token::Given, &begun.plan.repository));
            }
        };
        let command = SourceCommand::Connect { plan: begun.plan, hook_id: hook.0 };
        self.change(caller, begun.source_id, command).await?;
        ping_by_the_way(&access, &repository, hook).await;
        Ok(begun.source_id)
    }

    /// Connects a repository to a source that is there, in one step.
    ///
    /// # Errors
    /// As [`RepositoryConnections::begin`] and [`RepositoryConnections::connect`].
    pub async fn connect_with_token(
        &self,
        caller: &Caller,
        id: SourceId,
        token: Secret<String>,
        repository: String,
        events: Vec<String>,
    ) -> Result<(), ApiError> {
        self.sources.get(caller, id).await?;
        let connection_id = self.begin(caller, token).await?;
        let input = ConnectInput { connection_id, repository, events, source_id: Some(id), name: None };
        self.connect(caller, input).await.map(drop)
    }

    async fn intend(
        &self,
        caller: &Caller,
        input: &ConnectInput,
        wanted: Wanted,
        repository: &RepositoryName,
    ) -> Result<Begun, ApiError> {
        let plan = ConnectionPlan {
            connection_id: input.connection_id,
            repository: repository.to_string(),
            events: wanted.events,
        };
        let mut tries = Tries::default();
        loop {
            match self.intend_once(caller, input, &plan).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => {
                    self.sources.forget();
                    return outcome.map_err(ApiError::from);
                }
            }
        }
    }

    async fn intend_once(
        &self,
        caller: &Caller,
        input: &ConnectInput,
        plan: &ConnectionPlan,
    ) -> Result<Begun, Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        let (source_id, is_new) = match found(&mut tx, input, plan).await? {
            Some(id) => (id, false),
            None => (self.new_source(&mut tx, caller, input, plan).await?, true),
        };
        let source = load::<Source>(tx.connection(), tenant_id, source_id.uuid()).await?.state;
        let details = source.details.filter(|_| source.existence.is_present());
        let details = details.ok_or_else(|| ApiError::not_found("Source"))?;
        let secret = self.secret_of(&mut tx, caller, source_id).await?;
        let before = source.connection.as_ref().map(|before| before.plan.connection_id);
        let mut plan = plan.clone();
        if before != Some(plan.connection_id) {
            plan.connection_id = self.with_own_token(&mut tx, plan.connection_id).await?;
            if let Some(before) = before {
                delete_secrets(tx.connection(), tenant_id, before.uuid()).await?;
            }
        }
        keep_secrets(tx.connection(), tenant_id, plan.connection_id.uuid()).await?;
        let command = SourceCommand::BeginConnection(plan.clone());
        execute::<Source>(tx.connection(), tenant_id, source_id.uuid(), &metadata(caller), command).await?;
        tx.commit().await?;
        Ok(Begun {
            source_id,
            is_new,
            is_first: source.connection.is_none(),
            hook: source.connection.and_then(|before| before.hook_id).map(HookId),
            plan,
            signing: Signing { url: self.sources.url_of(&details.token), secret },
        })
    }

    /// The connection itself while its token waits to be chosen for. A token that something else has come to keep, such as
    /// a repository that was connected with it a moment ago, ends with that: then another connection, with a copy of it.
    async fn with_own_token(&self, tx: &mut TenantTx, id: ConnectionId) -> Result<ConnectionId, Failure> {
        let tenant_id = tx.tenant_id();
        let rows = load_secrets(tx.connection(), tenant_id, id.uuid()).await?;
        if rows.iter().all(|row| row.expires_at.is_some()) {
            return Ok(id);
        }
        let own = ConnectionId::generate();
        if let Some(token) = self.secrets.open_all(&rows)?.into_iter().next() {
            insert_secret(tx.connection(), &self.secrets, tenant_id, own.uuid(), token.expose()).await?;
        }
        Ok(own)
    }

    async fn new_source(
        &self,
        tx: &mut TenantTx,
        caller: &Caller,
        input: &ConnectInput,
        plan: &ConnectionPlan,
    ) -> Result<SourceId, Failure> {
        let name = input.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let input = SourceInput {
            name: name.unwrap_or(&plan.repository).to_owned(),
            provider: REPOSITORY_PROVIDER.to_owned(),
            secret: Some(new_secret().expose().clone()),
            generic: None,
            fields: std::collections::BTreeMap::new(),
            settings: None,
            application_id: None,
        };
        let id = SourceId::generate();
        self.sources.create_in(tx, caller, id, &sources::checked(&input)?, None).await?;
        Ok(id)
    }

    /// What the source verifies with; its first secret is made here.
    async fn secret_of(&self, tx: &mut TenantTx, caller: &Caller, id: SourceId) -> Result<Secret<String>, Failure> {
        let tenant_id = caller.tenant_id();
        let rows = load_secrets(tx.connection(), tenant_id, id.uuid()).await?;
        if let Some(current) = self.secrets.open_all(&rows)?.into_iter().next() {
            return Ok(current);
        }
        let secret = new_secret();
        let secret_id = insert_secret(tx.connection(), &self.secrets, tenant_id, id.uuid(), secret.expose()).await?;
        let command = SourceCommand::SetSecret { secret_id };
        execute::<Source>(tx.connection(), tenant_id, id.uuid(), &metadata(caller), command).await?;
        Ok(secret)
    }

    /// GitHub said no: nothing is left of what was intended, and the token waits for another choice. If that fails, or an
    /// earlier try may have left something at GitHub, the source says that connecting was not finished.
    async fn undo(&self, caller: &Caller, begun: &Begun) {
        if !begun.is_first {
            return;
        }
        let mut tries = Tries::default();
        loop {
            match self.undo_once(caller, begun).await {
                Err(failure) if tries.again(&failure) => {}
                Err(failure) => {
                    tracing::warn!(?failure, source_id = %begun.source_id, "a connection that came to nothing was left");
                    return;
                }
                Ok(()) => return self.sources.forget(),
            }
        }
    }

    async fn undo_once(&self, caller: &Caller, begun: &Begun) -> Result<(), Failure> {
        let (tenant_id, id) = (caller.tenant_id(), begun.source_id.uuid());
        let mut tx = self.database.tenant(tenant_id).await?;
        self.keep_no_longer(tx.connection(), caller, begun.plan.connection_id).await?;
        let command = if begun.is_new {
            delete_secrets(tx.connection(), tenant_id, id).await?;
            SourceCommand::Delete
        } else {
            SourceCommand::Disconnect { hook: HookFate::NotMade }
        };
        execute::<Source>(tx.connection(), tenant_id, id, &metadata(caller), command).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The repository as GitHub spells it, and its webhooks: what shows whether the token may manage them.
    async fn manageable(
        &self,
        access: &GitHubAccess,
        name: &RepositoryName,
    ) -> Result<(RepositoryName, Vec<Hook>), ApiError> {
        let told = |error| self.refused(&error, Token::Given, &name.to_string());
        let repository = access.get_repository(name).await.map_err(told)?;
        if repository.archived {
            return Err(ApiError::invalid("repository", "is archived: GitHub sends nothing from it"));
        }
        if repository.permissions.is_some_and(|permissions| !permissions.admin) {
            let message = "is not yours to manage: its webhooks are for its administrators";
            return Err(ApiError::invalid("repository", message));
        }
        // Some tokens that may not see webhooks are told that there are none to see.
        let hooks = access.list_hooks(name, HOOKS_MAX).await.map_err(|error| match error.status() {
            Some(404) => ApiError::invalid("token", missing_permission(&name.to_string())),
            _ => told(error),
        })?;
        let hooks = hooks.items;
        let spelled = RepositoryName::parse(&repository.full_name).unwrap_or_else(|| name.clone());
        Ok((spelled, hooks))
    }
}

/// The source that the repository is to be connected to, if there is one.
async fn found(tx: &mut TenantTx, input: &ConnectInput, plan: &ConnectionPlan) -> Result<Option<SourceId>, Failure> {
    let tenant_id = tx.tenant_id();
    let there = repositories::of_name(tx.connection(), tenant_id, &plan.repository).await?;
    match (input.source_id, there) {
        (Some(wanted), Some(there)) if there.source_id != wanted => Err(taken(&plan.repository, &there.source_name)),
        (Some(wanted), _) => Ok(Some(wanted)),
        // What an earlier try has begun.
        (None, Some(there)) if there.hook_id.is_none() => Ok(Some(there.source_id)),
        (None, Some(there)) => Err(taken(&plan.repository, &there.source_name)),
        (None, None) => Ok(None),
    }
}

fn taken(repository: &str, source: &str) -> Failure {
    Failure::Refused(ApiError::conflict(format!("{repository} is connected already, to the source “{source}”.")))
}

fn new_secret() -> Secret<String> {
    let mut bytes = [0; SECRET_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    Secret::new(format!("hookreel_{}", URL_SAFE_NO_PAD.encode(bytes)))
}
