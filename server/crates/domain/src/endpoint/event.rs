//! What happens to endpoints, as it is stored.

use hookreel_kernel::time::TimestampSchema;
use hookreel_kernel::{ApplicationId, SourceId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Which header names carry the signature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignatureScheme {
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`, as Standard Webhooks specifies.
    #[default]
    Standard,
    /// The same under the names `svix-id`, `svix-timestamp`, `svix-signature`.
    Svix,
    /// `X-Webhook-ID`, `X-Webhook-Timestamp`, `X-Webhook-Signature: v1=<hex>`.
    Legacy,
}

impl SignatureScheme {
    /// Every scheme there is.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Svix, Self::Legacy];

    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Svix => "svix",
            Self::Legacy => "legacy",
        }
    }

    /// The scheme of a stored name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.as_str() == text)
    }
}

/// How an endpoint is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointDetails {
    /// The application it belongs to.
    pub application_id: ApplicationId,
    /// The tenant's own id of it; unique per application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Where.
    pub url: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// `None`: every event type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_types: Option<Vec<String>>,
    /// `None`: every channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_channels: Option<Vec<String>>,
    /// `None`: every source, and what is published by API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_sources: Option<Vec<SourceId>>,
    /// Sent along with every attempt: values are encrypted, because they are often credentials.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// For programs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Which header names carry the signature.
    #[serde(default)]
    pub signature_scheme: SignatureScheme,
    /// The headers with which a provider sent a message go along.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forward_headers: bool,
}

/// What happened to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "payload")]
pub enum EndpointEvent {
    /// It was made.
    #[serde(rename = "endpoint.created")]
    Created {
        /// How it is configured.
        #[serde(flatten)]
        details: EndpointDetails,
        /// Names its signing secret.
        secret_id: Uuid,
    },
    /// It was changed.
    #[serde(rename = "endpoint.updated")]
    Updated(EndpointDetails),
    /// Its deliveries are held from now on.
    #[serde(rename = "endpoint.paused")]
    Paused {},
    /// Its deliveries are sent again.
    #[serde(rename = "endpoint.resumed")]
    Resumed {},
    /// No deliveries are made any more.
    #[serde(rename = "endpoint.disabled")]
    Disabled {
        /// For people.
        reason: String,
    },
    /// Deliveries are made again.
    #[serde(rename = "endpoint.enabled")]
    Enabled {},
    /// It got a new secret; the one before signs too for a while.
    #[serde(rename = "endpoint.secret_rotated")]
    SecretRotated {
        /// Names the new secret.
        secret_id: Uuid,
    },
    /// It was deleted.
    #[serde(rename = "endpoint.deleted")]
    Deleted {},
    /// Waiting deliveries were given up, because it was disabled or deleted.
    #[serde(rename = "endpoint.deliveries_cancelled")]
    DeliveriesCancelled {
        /// How many.
        count: u64,
    },
    /// Too many attempts failed: it is left alone for a while.
    #[serde(rename = "endpoint.breaker_opened")]
    BreakerOpened {
        /// Failures since the last success.
        consecutive_failures: u32,
        /// When it is tried again.
        #[serde(with = "time::serde::rfc3339")]
        #[schemars(with = "TimestampSchema")]
        until: Timestamp,
    },
    /// It answers again.
    #[serde(rename = "endpoint.breaker_closed")]
    BreakerClosed {},
}

impl EndpointEvent {
    /// The stored name.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "endpoint.created",
            Self::Updated(_) => "endpoint.updated",
            Self::Paused {} => "endpoint.paused",
            Self::Resumed {} => "endpoint.resumed",
            Self::Disabled { .. } => "endpoint.disabled",
            Self::Enabled {} => "endpoint.enabled",
            Self::SecretRotated { .. } => "endpoint.secret_rotated",
            Self::Deleted {} => "endpoint.deleted",
            Self::DeliveriesCancelled { .. } => "endpoint.deliveries_cancelled",
            Self::BreakerOpened { .. } => "endpoint.breaker_opened",
            Self::BreakerClosed {} => "endpoint.breaker_closed",
        }
    }
}
