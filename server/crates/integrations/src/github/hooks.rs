//! The webhooks of a repository. Source: <https://docs.github.com/en/rest/repos/webhooks>.

use super::{GitHubAccess, RepositoryName, per_page};
use crate::error::IntegrationError;
use crate::paging::{Listed, pages};
use crate::request::ApiRequest;
use hookreel_kernel::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;

/// Names a webhook of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HookId(pub u64);

impl fmt::Display for HookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How GitHub packs a payload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ContentType {
    /// The payload is the body.
    #[default]
    Json,
    /// The payload is a field of a form.
    Form,
}

impl ContentType {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Form => "form",
        }
    }
}

/// A webhook as it is to be.
#[derive(Debug, Clone)]
pub struct NewHook {
    /// Where GitHub sends to.
    pub url: String,
    /// What GitHub signs with.
    pub secret: Secret<String>,
    /// What GitHub sends: `push`, `pull_request`, …, or `*` for everything.
    pub events: Vec<String>,
    /// How it is packed.
    pub content_type: ContentType,
    /// Whether it is sent at once.
    pub active: bool,
}

/// A webhook of a repository. Its secret is never told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hook {
    /// Names it.
    pub id: HookId,
    /// Whether GitHub sends.
    pub active: bool,
    /// What GitHub sends.
    pub events: Vec<String>,
    /// Where GitHub sends to.
    pub config: HookTarget,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: Timestamp,
    /// How the last delivery ended.
    #[serde(default)]
    pub last_response: Option<LastResponse>,
}

/// Where a webhook leads.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HookTarget {
    /// The URL.
    #[serde(default)]
    pub url: Option<String>,
    /// `json` or `form`.
    #[serde(default)]
    pub content_type: Option<String>,
}

/// How the last delivery of a webhook ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LastResponse {
    /// The status it was answered with.
    #[serde(default)]
    pub code: Option<u16>,
    /// GitHub's word for it: `active`, `unused`, `timeout`, …
    #[serde(default)]
    pub status: Option<String>,
    /// GitHub's sentence for it.
    #[serde(default)]
    pub message: Option<String>,
}

impl NewHook {
    /// Source: <https://docs.github.com/en/rest/repos/webhooks#create-a-repository-webhook>.
    fn body(&self) -> serde_json::Value {
        json!({
            "active": self.active,
            "events": self.events,
            "config": {
                "url": self.url,
                "content_type": self.content_type.as_str(),
                "secret": self.secret.expose(),
                "insecure_ssl": "0",
            },
        })
    }
}

impl GitHubAccess {
    /// Makes a webhook. Status 422 if the repository has one with the same URL and events already; so has a repetition
    /// after a lost answer, and nothing is made twice.
    pub async fn create_hook(&self, repository: &RepositoryName, hook: &NewHook) -> Result<Hook, IntegrationError> {
        let mut body = hook.body();
        body["name"] = "web".into();
        let request = ApiRequest::post(repository.path(["hooks"]), None).json(&body).hiding(hook.secret.clone());
        Ok(self.client().call(self.addressed(request)).await?.value)
    }

    /// Makes a webhook that is there be as it is to be, its secret included. Status 404 if there is none.
    pub async fn update_hook(
        &self,
        repository: &RepositoryName,
        id: HookId,
        hook: &NewHook,
    ) -> Result<Hook, IntegrationError> {
        let request = ApiRequest::patch(repository.path(["hooks", &id.to_string()]))
            .json(&hook.body())
            .hiding(hook.secret.clone());
        Ok(self.client().call(self.addressed(request)).await?.value)
    }

    /// The webhooks of a repository; the first `items_max`. A repository has at most 20 per event.
    pub async fn list_hooks(
        &self,
        repository: &RepositoryName,
        items_max: usize,
    ) -> Result<Listed<Hook>, IntegrationError> {
        let request = ApiRequest::get(repository.path(["hooks"])).query("per_page", per_page(items_max));
        pages(self.client(), self.addressed(request), items_max).await
    }

    /// One webhook. Status 404 if there is none or the token may not see it.
    pub async fn get_hook(&self, repository: &RepositoryName, hook: HookId) -> Result<Hook, IntegrationError> {
        let request = ApiRequest::get(repository.path(["hooks", &hook.to_string()]));
        Ok(self.client().call(self.addressed(request)).await?.value)
    }

    /// Removes a webhook. Status 404 if there is none; also when it was removed by a try whose answer was lost.
    pub async fn delete_hook(&self, repository: &RepositoryName, hook: HookId) -> Result<(), IntegrationError> {
        let request = ApiRequest::delete(repository.path(["hooks", &hook.to_string()]));
        self.client().call_for_effect(self.addressed(request)).await
    }

    /// Has GitHub send a `ping`. Repeated, it sends two.
    pub async fn ping_hook(&self, repository: &RepositoryName, hook: HookId) -> Result<(), IntegrationError> {
        let request = ApiRequest::post(repository.path(["hooks", &hook.to_string(), "pings"]), None);
        self.client().call_for_effect(self.addressed(request)).await
    }
}
