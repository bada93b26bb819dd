//! How a connection is doing: as Hookreel knows it, and as GitHub sees it.

use super::RepositoryConnections;
use super::last_looks::Looked;
use super::refusals::Token;
use crate::error::failed;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::input::EventFilter;
use hookreel_contract::repository::{
    ConnectionView, HookView, OpenPullRequests, PullRequestRow, RepositoryFacts, RepositoryLook, Told,
};
use hookreel_domain::source::REPOSITORY_CONNECTING;
use hookreel_integrations::{Hook, IntegrationError, LastResponse, Listed, PullRequest, PullRequestStates, Repository};
use hookreel_kernel::{SourceId, Timestamp};
use hookreel_read_models::repositories::{self, RepositoryRecord};

/// Pull requests that are counted.
const PULL_REQUESTS_COUNTED: usize = 100;
/// Pull requests that are shown.
const PULL_REQUESTS_SHOWN: usize = 5;

impl RepositoryConnections {
    /// The repository of a source, without asking GitHub; `None` if none is connected.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for a source that is not there.
    pub async fn get(&self, caller: &Caller, id: SourceId) -> Result<Option<ConnectionView>, ApiError> {
        let Some(connected) = self.find(caller, id).await? else {
            self.sources.get(caller, id).await?;
            return Ok(None);
        };
        let since = self.began_at(caller, &connected).await?;
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let accepted = repositories::last_accepted_at(tx.connection(), caller.tenant_id(), id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let handshakes = self.event_log.handshakes(caller, id).await?;
        let later = |at: &Timestamp| *at >= since;
        Ok(Some(ConnectionView {
            source_id: id,
            repository: connected.repository,
            events: connected.events,
            hook_id: connected.hook_id,
            since,
            pinged_at: handshakes.iter().map(|event| event.recorded_at).find(later),
            received_at: accepted.filter(later),
        }))
    }

    /// When connecting began: the time of the event that says so.
    async fn began_at(&self, caller: &Caller, connected: &RepositoryRecord) -> Result<Timestamp, ApiError> {
        let filter = EventFilter {
            stream: Some(connected.source_id.to_string()),
            kind: Some(REPOSITORY_CONNECTING.to_owned()),
            limit: Some(1),
            ..EventFilter::default()
        };
        let events = self.event_log.list(caller, filter).await?.items;
        Ok(events.first().map_or_else(|| self.clock.now(), |event| event.recorded_at))
    }

    /// The connection as GitHub sees it: its webhook, the repository, its open pull requests. What GitHub does not tell
    /// says why instead; while it tells nothing at all, it is what it told this process last, and when that was.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Conflict`] when there is nothing to ask with.
    pub async fn look(&self, caller: &Caller, id: SourceId) -> Result<RepositoryLook, ApiError> {
        let connected = self.connected(caller, id).await?;
        let looked = Looked { connection_id: connected.connection_id, hook_id: connected.hook_id };
        let (name, hook, access) = self.hook_of(caller, &connected).await?;
        let url = self.sources.url_of(&connected.source_token);
        let (hook, repository, pull_requests) = tokio::join!(
            access.get_hook(&name, hook),
            access.get_repository(&name),
            access.list_pull_requests(&name, PullRequestStates::Open, PULL_REQUESTS_COUNTED),
        );
        let told = |error: &IntegrationError| self.refused(error, Token::Kept, &connected.repository);
        let why = |error: &IntegrationError| told(error).to_string();
        let errors = [hook.as_ref().err(), repository.as_ref().err(), pull_requests.as_ref().err()];
        let away: Vec<_> = errors.into_iter().flatten().map(told).filter(is_away).collect();
        if away.len() == errors.len()
            && let Some(earlier) = self.last_looks.recall(looked, away[0].to_string())
        {
            return Ok(earlier);
        }
        let look = RepositoryLook {
            hook: match hook {
                Ok(hook) => Ok(Some(hook_view(hook, &url))),
                // The repository is there: it is the webhook that is not.
                Err(error) if error.status() == Some(404) && repository.is_ok() => Ok(None),
                Err(error) => Err(why(&error)),
            },
            repository: repository.map(facts).map_err(|error| why(&error)),
            pull_requests: pull_requests_told(pull_requests, why),
            earlier: None,
        };
        if away.is_empty() {
            self.last_looks.keep(looked, self.clock.now(), &look);
        }
        Ok(look)
    }
}

/// Whether it is said of GitHub, and not of the repository or its token.
const fn is_away(error: &ApiError) -> bool {
    matches!(error, ApiError::ServiceAway { .. })
}

fn hook_view(hook: Hook, url: &str) -> HookView {
    let last = hook.last_response.unwrap_or(LastResponse { code: None, status: None, message: None });
    let words = [last.message, last.status].into_iter().flatten().find(|words| !words.is_empty());
    HookView {
        is_active: hook.active,
        leads_here: hook.config.url.as_deref() == Some(url),
        events: hook.events,
        last_status: last.code.filter(|code| *code > 0),
        last_outcome: words.unwrap_or_default(),
    }
}

fn facts(repository: Repository) -> RepositoryFacts {
    RepositoryFacts {
        url: web_address(repository.html_url),
        description: repository.description.unwrap_or_default(),
        default_branch: repository.default_branch.unwrap_or_default(),
        is_private: repository.private,
        is_archived: repository.archived,
    }
}

fn pull_requests_told(
    listed: Result<Listed<PullRequest>, IntegrationError>,
    why: impl Fn(&IntegrationError) -> String,
) -> Told<OpenPullRequests> {
    match listed {
        Ok(listed) => Ok(OpenPullRequests {
            count: listed.items.len(),
            is_complete: listed.is_complete,
            newest: listed.items.into_iter().take(PULL_REQUESTS_SHOWN).map(pull_request).collect(),
        }),
        Err(error) if matches!(error.status(), Some(403 | 404)) => {
            Err("The token may not read them: that takes the repository permission “Pull requests: Read-only”."
                .to_owned())
        }
        Err(error) => Err(why(&error)),
    }
}

fn pull_request(pull_request: PullRequest) -> PullRequestRow {
    PullRequestRow {
        number: pull_request.number,
        title: pull_request.title,
        url: web_address(pull_request.html_url),
        is_draft: pull_request.draft,
        author: pull_request.user.map(|user| user.login).unwrap_or_default(),
        created_at: pull_request.created_at,
    }
}

/// Whatever stands there comes from outside: only a web address may become a link.
fn web_address(url: String) -> Option<String> {
    Some(url).filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}
