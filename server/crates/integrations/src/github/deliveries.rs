//! What GitHub remembers of a webhook's deliveries: those of the last three days.
//! Source: <https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook>.

use super::{GitHubAccess, HookId, RepositoryName, per_page};
use crate::error::IntegrationError;
use crate::paging::{Listed, PAGES_MAX, page};
use crate::request::ApiRequest;
use hookreel_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Names one attempt of GitHub to deliver. GitHub calls each attempt a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HookDeliveryId(pub u64);

impl fmt::Display for HookDeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One attempt of GitHub to deliver.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HookDelivery {
    /// Names the attempt.
    pub id: HookDeliveryId,
    /// Names what is delivered: the same for all attempts, and what the receiver sees as `X-GitHub-Delivery`.
    pub guid: String,
    /// When it was sent.
    #[serde(with = "time::serde::rfc3339")]
    pub delivered_at: Timestamp,
    /// Whether somebody asked for it.
    pub redelivery: bool,
    /// GitHub's word for how it ended: `OK`, `failed to connect to host`, …
    pub status: String,
    /// The status it was answered with; 0 if there was no answer.
    pub status_code: u16,
    /// What happened on GitHub: `push`, `pull_request`, …
    pub event: String,
    /// What exactly: `opened`, `closed`, …
    #[serde(default)]
    pub action: Option<String>,
}

impl HookDelivery {
    /// Whether the receiver took it.
    pub const fn succeeded(&self) -> bool {
        matches!(self.status_code, 200..=299)
    }
}

/// One attempt, with what went over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HookDeliveryDetail {
    /// As in the list.
    #[serde(flatten)]
    pub delivery: HookDelivery,
    /// Where it was sent.
    #[serde(default)]
    pub url: Option<String>,
    /// What GitHub sent.
    #[serde(default)]
    pub request: HookExchange,
    /// What came back.
    #[serde(default)]
    pub response: HookExchange,
}

/// One direction of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct HookExchange {
    /// The headers.
    #[serde(default)]
    pub headers: Option<BTreeMap<String, String>>,
    /// The body: an object in what GitHub sent, a text in what came back.
    #[serde(default)]
    pub payload: Option<serde_json::Value>,
}

/// Where a page of deliveries begins. Opaque, and good for one webhook only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryCursor(String);

/// A page of deliveries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPage {
    /// The attempts.
    pub items: Vec<HookDelivery>,
    /// Where older ones begin.
    pub next: Option<DeliveryCursor>,
}

impl GitHubAccess {
    /// A page of a webhook's deliveries, newest first.
    pub async fn list_deliveries(
        &self,
        repository: &RepositoryName,
        hook: HookId,
        cursor: Option<&DeliveryCursor>,
    ) -> Result<DeliveryPage, IntegrationError> {
        let request = ApiRequest::get(repository.path(["hooks", &hook.to_string(), "deliveries"]));
        let request = match cursor {
            Some(DeliveryCursor(query)) => request.with_given_query(query.clone()),
            None => request.query("per_page", per_page(usize::MAX)),
        };
        let page = page(self.client(), self.addressed(request)).await?;
        Ok(DeliveryPage { items: page.items, next: page.next.map(DeliveryCursor) })
    }

    /// A webhook's deliveries since a point in time, newest first; the newest `items_max`, so that an incomplete list
    /// lacks the oldest.
    pub async fn list_deliveries_since(
        &self,
        repository: &RepositoryName,
        hook: HookId,
        since: Timestamp,
        items_max: usize,
    ) -> Result<Listed<HookDelivery>, IntegrationError> {
        let mut items = Vec::new();
        let mut cursor = None;
        for _ in 0..PAGES_MAX {
            let page = self.list_deliveries(repository, hook, cursor.as_ref()).await?;
            let reaches_back = page.items.iter().any(|delivery| delivery.delivered_at < since);
            items.extend(page.items.into_iter().filter(|delivery| delivery.delivered_at >= since));
            let has_more = page.next.is_some() && !reaches_back;
            if !has_more || items.len() >= items_max {
                return Ok(Listed::cut(items, items_max, has_more));
            }
            cursor = page.next;
        }
        Ok(Listed::cut(items, items_max, true))
    }

    /// One attempt, with its payload: at most as long as answers may be.
    pub async fn get_delivery(
        &self,
        repository: &RepositoryName,
        hook: HookId,
        delivery: HookDeliveryId,
    ) -> Result<HookDeliveryDetail, IntegrationError> {
        let path = repository.path(["hooks", &hook.to_string(), "deliveries", &delivery.to_string()]);
        Ok(self.client().call(self.addressed(ApiRequest::get(path))).await?.value)
    }

    /// Has GitHub deliver once more what an attempt carried. Repeated, it is delivered twice under one GUID, by which
    /// the receiver tells duplicates.
    ///
    /// GitHub only promises to do it (202): how it ends is in the list of deliveries later.
    pub async fn redeliver(
        &self,
        repository: &RepositoryName,
        hook: HookId,
        delivery: HookDeliveryId,
    ) -> Result<(), IntegrationError> {
        let path = repository.path(["hooks", &hook.to_string(), "deliveries", &delivery.to_string(), "attempts"]);
        self.client().call_for_effect(self.addressed(ApiRequest::post(path, None))).await
    }
}
