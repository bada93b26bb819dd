//! Applications, event types, sources, endpoints.

use crate::input::GenericHmacInput;
use crate::source::{SourceHealth, SourceSettings};
use hookreel_kernel::{ApplicationId, EndpointId, MessageId, SchemaFault, SourceId, Timestamp, Validation};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A group of endpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationView {
    /// Its id.
    pub id: ApplicationId,
    /// The tenant's own id of it.
    pub uid: Option<String>,
    /// What people call it.
    pub name: String,
    /// For programs.
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// An event type of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTypeView {
    /// `invoice.paid`.
    pub name: String,
    /// For people.
    pub description: String,
    /// JSON Schemas by version; the one of the highest counts.
    pub schemas: Option<serde_json::Value>,
    /// Whether payloads are held against it.
    pub validation: Validation,
    /// Hidden from pickers.
    pub archived: bool,
    /// Still sent, but on its way out.
    pub deprecated: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The schema that counts, and its version: the highest, of schemas by version.
pub fn highest_version(schemas: &serde_json::Value) -> Option<(u32, &serde_json::Value)> {
    let versions = schemas.as_object()?.iter().filter_map(|(version, schema)| Some((version.parse().ok()?, schema)));
    versions.max_by_key(|(version, _)| *version)
}

/// How often an event type was seen lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTypeCount {
    /// `invoice.paid`.
    pub name: String,
    /// How many of the newest messages are of it.
    pub messages: u64,
    /// Whether it is in the catalogue.
    pub is_known: bool,
}

/// A schema made from the newest message of an event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaSuggestion {
    /// The message.
    pub message_id: MessageId,
    /// When it came in.
    pub received_at: Timestamp,
    /// The schema.
    pub schema: serde_json::Value,
}

/// What holding the newest messages of an event type against a schema has shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaTrial {
    /// How many messages were looked at.
    pub checked: u32,
    /// How many of them do not fit.
    pub failing: u32,
    /// The newest of those, each with what is wrong.
    pub examples: Vec<SchemaTrialExample>,
}

/// A message that does not fit a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaTrialExample {
    /// The message.
    pub message_id: MessageId,
    /// When it came in.
    pub received_at: Timestamp,
    /// What is wrong with it.
    pub faults: Vec<SchemaFault>,
}

/// Where webhooks of a provider come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceView {
    /// Its id.
    pub id: SourceId,
    /// Where its messages go.
    pub application_id: ApplicationId,
    /// What people call it.
    pub name: String,
    /// `stripe`.
    pub provider: String,
    /// `Stripe`.
    pub provider_name: String,
    /// The full URL to give to the provider.
    pub url: String,
    /// Only for `generic_hmac`.
    pub generic: Option<GenericHmacInput>,
    /// What its provider wants to know beside the secret, by name.
    pub fields: BTreeMap<String, String>,
    /// Limits, answers, deduplication.
    pub settings: SourceSettings,
    /// What comes in is kept, and waits until a person releases it.
    pub is_paused: bool,
    /// How it is doing.
    pub health: SourceHealth,
    /// How many secrets are valid now; 0: everything is quarantined until one is set.
    pub secrets: u32,
    /// Until when secrets before the current one are valid too, if there are any.
    pub old_secrets_valid_until: Option<Timestamp>,
    /// The repository that is connected, or about to be: `owner/name`.
    pub repository: Option<String>,
    /// Nothing can be verified until a person gives it one: it has none, and its provider neither does without nor brings
    /// it along.
    pub needs_secret: bool,
    /// Nothing was accepted yet. What was accepted is counted for a day: of an older source to which something has come
    /// it is not said.
    pub is_awaited: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When the last request came in, accepted or quarantined.
    pub last_received_at: Option<Timestamp>,
    /// Accepted in the last 24 hours.
    pub accepted_24h: u64,
    /// Quarantined in the last 24 hours.
    pub quarantined_24h: u64,
}

/// Whether messages are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointState {
    /// Messages are sent.
    Enabled,
    /// Deliveries are made and held until it is resumed.
    Paused,
    /// No deliveries are made.
    Disabled,
}

impl EndpointState {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }
}

/// The protection of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Attempts are made.
    Closed,
    /// No attempts are made until the next probe.
    Open,
    /// One attempt at a time is made, to see.
    HalfOpen,
}

/// How an endpoint has been doing in the last 24 hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointStats {
    /// Attempts that succeeded.
    pub succeeded: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Deliveries waiting for an attempt now.
    pub waiting: u64,
}

/// Where messages are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointView {
    /// Its id.
    pub id: EndpointId,
    /// The application it belongs to.
    pub application_id: ApplicationId,
    /// The tenant's own id of it.
    pub uid: Option<String>,
    /// Where.
    pub url: String,
    /// For people.
    pub description: String,
    /// Whether messages are sent.
    pub state: EndpointState,
    /// Why it was disabled.
    pub disabled_reason: Option<String>,
    /// `None`: every event type.
    pub filter_types: Option<Vec<String>>,
    /// `None`: every channel.
    pub filter_channels: Option<Vec<String>>,
    /// `None`: every source, and what is published by API.
    pub filter_sources: Option<Vec<SourceId>>,
    /// Sent along with every attempt.
    pub headers: BTreeMap<String, String>,
    /// For programs.
    pub metadata: BTreeMap<String, String>,
    /// `standard`, `svix` or `legacy`.
    pub signature_scheme: String,
    /// The headers with which a provider sent a message go along.
    pub forward_headers: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Its protection.
    pub breaker: BreakerState,
    /// When an open breaker lets the next attempt through.
    pub breaker_probe_at: Option<Timestamp>,
    /// How it has been doing.
    pub stats: EndpointStats,
}

#[cfg(test)]
mod tests {
    use super::highest_version;
    use serde_json::json;

    #[test]
    fn the_schema_of_the_highest_version_counts() {
        let schemas = json!({ "2": { "title": "two" }, "10": { "title": "ten" }, "draft": {} });
        assert_eq!(highest_version(&schemas), Some((10, &json!({ "title": "ten" }))));
        assert_eq!(highest_version(&json!({ "draft": {} })), None);
    }
}
