//! Repositories of GitHub: connected to a source by a webhook that Hookreel makes there, with a token of the tenant's.
//!
//! GitHub is never asked within a transaction. What is intended is committed first, then GitHub is asked, then what came
//! of it is committed: whatever breaks in between, a second try finds the source, and at GitHub the webhook by its URL.

mod connect;
mod hook;
mod last_looks;
mod look;
mod reach;
mod refusals;
mod tokens;
mod wanted;

use crate::error::{Failure, Tries, failed};
use crate::execute::metadata;
use crate::{EventLog, Sources};
use hook::{Signing, ensure_hook};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_domain::Source;
use hookreel_domain::source::{ConnectionPlan, HookFate, SourceCommand};
use hookreel_integrations::{GitHub, GitHubAccess, HookId, RepositoryName};
use hookreel_kernel::{Clock, ConnectionId, Secret, SourceId};
use hookreel_read_models::repositories::{self, RepositoryRecord};
use hookreel_secrets::{SecretBox, delete_secrets, load_secrets};
use last_looks::LastLooks;
use refusals::Token;
use std::sync::Arc;
pub use tokens::TOKEN_KEPT_FOR;
use url::Url;
use wanted::checked_events;

/// A repository has at most 20 webhooks for each event; so many are looked through.
const HOOKS_MAX: usize = 500;

/// What a person is told whose new secret GitHub did not take.
const SAVED: &str = "The secret was saved, but GitHub still signs with the old one: update the webhook on the Repository \
                     tab before that one expires.";

/// Use cases about connected repositories.
#[derive(Debug, Clone)]
pub struct RepositoryConnections {
    database: Database,
    secrets: SecretBox,
    github: Option<GitHub>,
    sources: Sources,
    event_log: EventLog,
    public_url: Url,
    clock: Arc<dyn Clock>,
    last_looks: LastLooks,
}

/// What they are made of.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionParts {
    pub(crate) database: Database,
    pub(crate) secrets: SecretBox,
    pub(crate) github: Option<GitHub>,
    pub(crate) sources: Sources,
    pub(crate) event_log: EventLog,
    pub(crate) public_url: Url,
    pub(crate) clock: Arc<dyn Clock>,
}

impl RepositoryConnections {
    pub(crate) fn new(parts: ConnectionParts) -> Self {
        let ConnectionParts { database, secrets, github, sources, event_log, public_url, clock } = parts;
        Self { database, secrets, github, sources, event_log, public_url, clock, last_looks: LastLooks::default() }
    }

    /// Whether repositories can be connected here at all.
    pub const fn is_available(&self) -> bool {
        self.github.is_some()
    }

    /// Why GitHub most likely cannot reach this installation, if so.
    pub fn unreachable(&self) -> Option<String> {
        reach::unreachable(&self.public_url)
    }

    /// Has GitHub send a ping to the source.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Conflict`] or [`ApiError::ServiceAway`] with what GitHub has against it.
    pub async fn ping(&self, caller: &Caller, id: SourceId) -> Result<(), ApiError> {
        let connected = self.connected(caller, id).await?;
        let (repository, hook, access) = self.hook_of(caller, &connected).await?;
        access
            .ping_hook(&repository, hook)
            .await
            .map_err(|error| self.refused(&error, Token::Kept, &connected.repository))
    }

    /// Makes the webhook as it is to be: after something was changed at GitHub by hand, after connecting was interrupted,
    /// or to have other events sent.
    ///
    /// # Errors
    /// As [`RepositoryConnections::ping`]; [`ApiError::Invalid`] on `events`.
    pub async fn renew(&self, caller: &Caller, id: SourceId, events: Option<Vec<String>>) -> Result<(), ApiError> {
        let events = events.map(|events| checked_events(&events)).transpose()?;
        let connected = self.connected(caller, id).await?;
        let repository = parsed(&connected.repository)?;
        let access = self.access(caller, &connected).await?;
        let signing = self.signing(caller, &connected).await?;
        let plan = ConnectionPlan {
            connection_id: connected.connection_id,
            repository: connected.repository.clone(),
            events: events.unwrap_or(connected.events),
        };
        let told = |error| self.refused(&error, Token::Kept, &connected.repository);
        let known = access.list_hooks(&repository, HOOKS_MAX).await.map_err(told)?.items;
        let before = connected.hook_id.map(HookId);
        let hook = ensure_hook(&access, &repository, &known, before, &signing.hook(&plan)).await.map_err(told)?;
        self.change(caller, id, SourceCommand::Connect { plan, hook_id: hook.0 }).await?;
        if before != Some(hook) {
            ping_by_the_way(&access, &repository, hook).await;
        }
        Ok(())
    }

    /// Gives a source's new secret to GitHub, if a repository is connected. The source has it already.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] or [`ApiError::ServiceAway`] with what GitHub has against it, and what follows.
    pub async fn pass_secret_on(&self, caller: &Caller, id: SourceId) -> Result<(), ApiError> {
        if self.find(caller, id).await?.is_none_or(|connected| connected.hook_id.is_none()) {
            return Ok(());
        }
        self.renew(caller, id, None).await.map_err(|error| match error {
            ApiError::Conflict { message } => ApiError::conflict(format!("{SAVED} {message}")),
            ApiError::ServiceAway { message, retry_after_s } => {
                ApiError::ServiceAway { message: format!("{SAVED} {message}"), retry_after_s }
            }
            other => other,
        })
    }

    /// Removes the webhook at GitHub and forgets the repository and its token; with `only_forget` GitHub is not asked.
    ///
    /// # Errors
    /// As [`RepositoryConnections::ping`]: nothing is forgotten then.
    pub async fn disconnect(&self, caller: &Caller, id: SourceId, only_forget: bool) -> Result<(), ApiError> {
        let connected = self.connected(caller, id).await?;
        let hook = if only_forget {
            HookFate::Left
        } else {
            self.delete_hook(caller, &connected).await?;
            HookFate::Deleted
        };
        self.forget(caller, &connected, hook).await
    }

    async fn delete_hook(&self, caller: &Caller, connected: &RepositoryRecord) -> Result<(), ApiError> {
        let repository = parsed(&connected.repository)?;
        let access = self.access(caller, connected).await?;
        let told = |error| self.refused(&error, Token::Kept, &connected.repository);
        let hook = if let Some(id) = connected.hook_id {
            Some(HookId(id))
        } else {
            // Connecting was interrupted: the webhook may have been made.
            let url = self.sources.url_of(&connected.source_token);
            let known = access.list_hooks(&repository, HOOKS_MAX).await.map_err(told)?.items;
            known.iter().find(|hook| hook.config.url.as_deref() == Some(&url)).map(|hook| hook.id)
        };
        let Some(hook) = hook else { return Ok(()) };
        match access.delete_hook(&repository, hook).await {
            // Somebody else has removed it.
            Err(error) if error.status() == Some(404) => Ok(()),
            outcome => outcome.map_err(told),
        }
    }

    async fn forget(&self, caller: &Caller, connected: &RepositoryRecord, hook: HookFate) -> Result<(), ApiError> {
        let mut tries = Tries::default();
        loop {
            match self.forget_once(caller, connected, hook).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => return outcome.map_err(ApiError::from),
            }
        }
    }

    async fn forget_once(&self, caller: &Caller, connected: &RepositoryRecord, hook: HookFate) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        delete_secrets(tx.connection(), tenant_id, connected.connection_id.uuid()).await?;
        let (id, command) = (connected.source_id.uuid(), SourceCommand::Disconnect { hook });
        hookreel_read_models::execute::<Source>(tx.connection(), tenant_id, id, &metadata(caller), command).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn change(&self, caller: &Caller, id: SourceId, command: SourceCommand) -> Result<(), ApiError> {
        crate::execute::execute::<Source>(&self.database, caller, id.uuid(), command).await.map(drop)
    }

    fn github(&self) -> Result<&GitHub, ApiError> {
        self.github.as_ref().ok_or_else(|| {
            ApiError::conflict("This installation does not use GitHub; its operator can set HOOKREEL_GITHUB_API_URL.")
        })
    }

    async fn find(&self, caller: &Caller, id: SourceId) -> Result<Option<RepositoryRecord>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let found = repositories::of_source(tx.connection(), caller.tenant_id(), id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(found)
    }

    /// Says no for a source that is not there.
    pub(crate) async fn ensure_source(&self, caller: &Caller, id: SourceId) -> Result<(), ApiError> {
        self.sources.get(caller, id).await.map(drop)
    }

    /// The repository of a source.
    pub(crate) async fn connected(&self, caller: &Caller, id: SourceId) -> Result<RepositoryRecord, ApiError> {
        self.find(caller, id).await?.ok_or_else(|| ApiError::not_found("Connected repository"))
    }

    /// GitHub, with the token of a connection.
    async fn access(&self, caller: &Caller, connected: &RepositoryRecord) -> Result<GitHubAccess, ApiError> {
        let github = self.github()?;
        let token = self.token(caller, connected.connection_id).await?;
        let forgotten = || ApiError::conflict("The token was forgotten; give another one on the Repository tab.");
        Ok(github.with_token(token.ok_or_else(forgotten)?))
    }

    /// A connected repository's webhook, and GitHub to ask about it.
    pub(crate) async fn hook_of(
        &self,
        caller: &Caller,
        connected: &RepositoryRecord,
    ) -> Result<(RepositoryName, HookId, GitHubAccess), ApiError> {
        let unfinished = || ApiError::conflict("Connecting was not finished; finish it on the Repository tab first.");
        let hook = connected.hook_id.map(HookId).ok_or_else(unfinished)?;
        Ok((parsed(&connected.repository)?, hook, self.access(caller, connected).await?))
    }

    /// The token of a connection, while it is kept.
    async fn token(&self, caller: &Caller, id: ConnectionId) -> Result<Option<Secret<String>>, ApiError> {
        self.current_secret(caller, id.uuid()).await
    }

    async fn current_secret(&self, caller: &Caller, owner_id: uuid::Uuid) -> Result<Option<Secret<String>>, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let rows = load_secrets(tx.connection(), caller.tenant_id(), owner_id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(self.secrets.open_all(&rows).map_err(failed)?.into_iter().next())
    }

    /// Where the webhook of a connection leads, and what it signs with.
    async fn signing(&self, caller: &Caller, connected: &RepositoryRecord) -> Result<Signing, ApiError> {
        let secret = self.current_secret(caller, connected.source_id.uuid()).await?;
        let secret =
            secret.ok_or_else(|| ApiError::conflict("The source has no secret to sign with; set one first."))?;
        Ok(Signing { url: self.sources.url_of(&connected.source_token), secret })
    }
}

/// A name that was stored was one when it was.
fn parsed(repository: &str) -> Result<RepositoryName, ApiError> {
    RepositoryName::parse(repository).ok_or(ApiError::Internal)
}

/// A ping that cannot be sent now can be sent later by hand.
async fn ping_by_the_way(access: &GitHubAccess, repository: &RepositoryName, hook: HookId) {
    if let Err(error) = access.ping_hook(repository, hook).await {
        tracing::info!(%error, "GitHub was not asked for a ping");
    }
}
