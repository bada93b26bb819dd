//! Tokens of GitHub: kept for an hour until a repository is chosen, and then for as long as it is connected.

use super::refusals::Token;
use super::{HOOKS_MAX, RepositoryConnections, parsed};
use crate::error::{Failure, Tries, failed};
use crate::execute::metadata;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::repository::{RepositoryChoice, RepositoryChoices};
use hookreel_domain::Source;
use hookreel_domain::source::SourceCommand;
use hookreel_integrations::{GitHubAccess, Repository};
use hookreel_kernel::{ConnectionId, Secret, SourceId};
use hookreel_read_models::repositories::RepositoryRecord;
use hookreel_secrets::{delete_secrets, expire_secrets, insert_secret};
use std::time::Duration;

/// How long a token is kept while a repository is chosen.
pub const TOKEN_KEPT_FOR: Duration = Duration::from_hours(1);
/// The longest token: GitHub's are shorter.
const TOKEN_BYTES_MAX: usize = 512;
/// Repositories that are looked at.
const REPOSITORIES_MAX: usize = 1_000;

impl RepositoryConnections {
    /// Checks a token and keeps it, encrypted, for an hour: the first step of connecting.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `token`; [`ApiError::ServiceAway`].
    pub async fn begin(&self, caller: &Caller, token: Secret<String>) -> Result<ConnectionId, ApiError> {
        let (access, token) = self.given(&token)?;
        access.list_repositories(1).await.map_err(|error| self.refused(&error, Token::Given, "any repository"))?;
        let id = ConnectionId::generate();
        self.keep_for_a_while(caller, id, &token).await.map_err(ApiError::from)?;
        Ok(id)
    }

    async fn keep_for_a_while(&self, caller: &Caller, id: ConnectionId, token: &Secret<String>) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        insert_secret(tx.connection(), &self.secrets, tenant_id, id.uuid(), token.expose()).await?;
        expire_secrets(tx.connection(), tenant_id, id.uuid(), self.clock.now() + TOKEN_KEPT_FOR).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The repositories whose webhooks a token's owner may manage, by name.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] when the token is not kept any more; [`ApiError::Invalid`] on `token`;
    /// [`ApiError::ServiceAway`].
    pub async fn repositories(&self, caller: &Caller, id: ConnectionId) -> Result<RepositoryChoices, ApiError> {
        let access = self.begun(caller, id).await?;
        let listed = access.list_repositories(REPOSITORIES_MAX).await;
        let listed = listed.map_err(|error| self.refused(&error, Token::Given, "any repository"))?;
        let seen = listed.items.len();
        let repositories: Vec<_> = listed.items.into_iter().filter(is_manageable).map(choice).collect();
        let unmanageable = seen - repositories.len();
        Ok(RepositoryChoices { repositories, unmanageable, is_complete: listed.is_complete })
    }

    /// Manages a connected repository with another token from now on.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Invalid`] on `token`; [`ApiError::ServiceAway`].
    pub async fn replace_token(&self, caller: &Caller, id: SourceId, token: Secret<String>) -> Result<(), ApiError> {
        let connected = self.connected(caller, id).await?;
        let repository = parsed(&connected.repository)?;
        let (access, token) = self.given(&token)?;
        access.list_hooks(&repository, HOOKS_MAX).await.map_err(|error| match error.status() {
            // The repository is the one that is connected: it is the token that does not see it.
            Some(404) => ApiError::invalid("token", format!("has no access to {repository} and its webhooks")),
            _ => self.refused(&error, Token::Given, &connected.repository),
        })?;
        let mut tries = Tries::default();
        loop {
            match self.replace_token_once(caller, &connected, &token).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => return outcome.map_err(ApiError::from),
            }
        }
    }

    async fn replace_token_once(
        &self,
        caller: &Caller,
        connected: &RepositoryRecord,
        token: &Secret<String>,
    ) -> Result<(), Failure> {
        let (tenant_id, owner) = (caller.tenant_id(), connected.connection_id.uuid());
        let mut tx = self.database.tenant(tenant_id).await?;
        delete_secrets(tx.connection(), tenant_id, owner).await?;
        let token_id = insert_secret(tx.connection(), &self.secrets, tenant_id, owner, token.expose()).await?;
        let (id, command) = (connected.source_id.uuid(), SourceCommand::ReplaceToken { token_id });
        hookreel_read_models::execute::<Source>(tx.connection(), tenant_id, id, &metadata(caller), command).await?;
        tx.commit().await?;
        Ok(())
    }

    /// GitHub with a token that somebody has just given, and the token without what was around it.
    fn given(&self, token: &Secret<String>) -> Result<(GitHubAccess, Secret<String>), ApiError> {
        let github = self.github()?;
        let token = token.expose().trim();
        if token.is_empty() || token.len() > TOKEN_BYTES_MAX {
            return Err(ApiError::invalid("token", format!("must be 1 to {TOKEN_BYTES_MAX} characters long")));
        }
        let token = Secret::new(token.to_owned());
        Ok((github.with_token(token.clone()), token))
    }

    /// GitHub with a token that was begun with.
    pub(super) async fn begun(&self, caller: &Caller, id: ConnectionId) -> Result<GitHubAccess, ApiError> {
        let github = self.github()?;
        let token = self.token(caller, id).await?;
        Ok(github.with_token(token.ok_or_else(|| ApiError::not_found("Token"))?))
    }

    /// Lets a token that did not come to a connection be forgotten in an hour.
    pub(super) async fn keep_no_longer(
        &self,
        connection: &mut sqlx::PgConnection,
        caller: &Caller,
        id: ConnectionId,
    ) -> Result<(), Failure> {
        let at = self.clock.now() + TOKEN_KEPT_FOR;
        expire_secrets(connection, caller.tenant_id(), id.uuid(), at).await.map_err(failed)?;
        Ok(())
    }
}

/// Whether the token's owner may manage its webhooks. What the token itself may do shows only when it is tried.
fn is_manageable(repository: &Repository) -> bool {
    repository.permissions.is_some_and(|permissions| permissions.admin) && !repository.archived
}

fn choice(repository: Repository) -> RepositoryChoice {
    RepositoryChoice {
        name: repository.full_name,
        description: repository.description.unwrap_or_default(),
        is_private: repository.private,
    }
}
