//! GitHub: repositories, pull requests, webhooks and their deliveries. Source: <https://docs.github.com/en/rest>.
//!
//! Each tenant brings a token of its own, so the token is given per call; the breaker and our rate are per service.
//! What GitHub limits per token pauses that token alone.
//!
//! GitHub does not heed `Idempotency-Key`, so each `POST` here is one that does no harm when it arrives twice.

mod deliveries;
mod failed_deliveries;
mod hooks;
mod repositories;

pub use deliveries::{DeliveryCursor, DeliveryPage, HookDelivery, HookDeliveryDetail, HookDeliveryId, HookExchange};
pub use failed_deliveries::{FailedDelivery, failed_deliveries};
pub use hooks::{ContentType, Hook, HookId, HookTarget, LastResponse, NewHook};
pub use repositories::{
    Account, PullRequest, PullRequestState, PullRequestStates, Repository, RepositoryName, RepositoryPermissions,
};

use crate::breaker::BreakerSnapshot;
use crate::client::ApiClient;
use crate::config::{ConfigError, ServiceConfig};
use crate::request::ApiRequest;
use hookreel_egress::Egress;
use hookreel_kernel::{Clock, Secret};
use http::header::ACCEPT;
use http::{HeaderName, HeaderValue};
use std::sync::Arc;

/// By this name GitHub appears in errors and logs.
const SERVICE: &str = "github";
/// The most items that GitHub puts on one page.
const PER_PAGE_MAX: usize = 100;
const API_VERSION: HeaderName = HeaderName::from_static("x-github-api-version");

/// How GitHub is called.
#[derive(Debug, Clone)]
pub struct GitHubConfig {
    /// Where, and how patiently.
    pub service: ServiceConfig,
    /// The version of the API, a date. Source: <https://docs.github.com/en/rest/about-the-rest-api/api-versions>.
    pub api_version: String,
}

impl GitHubConfig {
    /// GitHub at `base_url`, or an enterprise's own, in the version of the API that its answers are read by.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self { service: ServiceConfig::new(base_url), api_version: "2022-11-28".to_owned() }
    }
}

/// GitHub, before it is known on whose behalf. Clones share the breaker: make one per process.
#[derive(Debug, Clone)]
pub struct GitHub {
    client: ApiClient,
    api_version: HeaderValue,
}

/// GitHub on behalf of whoever owns a token. Debug does not show the token.
#[derive(Debug, Clone)]
pub struct GitHubAccess {
    github: GitHub,
    token: Secret<String>,
}

impl GitHub {
    /// A client for the configured GitHub.
    pub fn new(config: GitHubConfig, egress: Egress, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let api_version = HeaderValue::from_str(&config.api_version)
            .map_err(|_| ConfigError::Header { service: SERVICE, name: "x-github-api-version" })?;
        let client = ApiClient::new(SERVICE, config.service, egress, clock)?;
        Ok(Self { client, api_version })
    }

    /// GitHub on behalf of a token's owner. The calls fail with [`crate::IntegrationError::InvalidRequest`] if no header can
    /// carry the token, and with status 401 if GitHub does not know it.
    pub fn with_token(&self, token: Secret<String>) -> GitHubAccess {
        GitHubAccess { github: self.clone(), token }
    }

    /// GitHub on behalf of the configured key's owner, if there is a key.
    pub fn with_configured_key(&self) -> Option<GitHubAccess> {
        self.client.config().key.clone().map(|key| self.with_token(key))
    }

    /// How GitHub's breaker stands.
    pub fn breaker(&self) -> BreakerSnapshot {
        self.client.breaker()
    }
}

impl GitHubAccess {
    fn client(&self) -> &ApiClient {
        &self.github.client
    }

    /// What GitHub wants to see in every request.
    fn addressed(&self, request: ApiRequest) -> ApiRequest {
        request
            .credential(self.token.clone())
            .header(ACCEPT, HeaderValue::from_static("application/vnd.github+json"))
            .header(API_VERSION, self.github.api_version.clone())
    }
}

/// How many items of at most `items_max` to ask for at once.
fn per_page(items_max: usize) -> String {
    items_max.clamp(1, PER_PAGE_MAX).to_string()
}
