//! What people and programs ask for. Checked by the services, field by field.

use crate::Cursor;
use crate::source::SourceSettings;
use hookreel_kernel::{ApplicationId, EndpointId, ReplayId, SourceId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A new tenant and its first member.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignUp {
    /// What the tenant is called.
    pub tenant_name: String,
    /// The member's address.
    pub email: String,
    /// In clear; never stored.
    pub password: String,
}

impl std::fmt::Debug for SignUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignUp").field("tenant_name", &self.tenant_name).finish_non_exhaustive()
    }
}

/// How a generic HMAC-SHA256 source is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenericHmacInput {
    /// The header that carries the signature.
    pub header: String,
    /// What stands before the signature in it: `sha256=`.
    #[serde(default)]
    pub prefix: String,
    /// `hex` or `base64`.
    pub encoding: String,
    /// The header that carries the event's id, if any.
    #[serde(default)]
    pub event_id_header: Option<String>,
    /// The header that carries the event's type, if any.
    #[serde(default)]
    pub event_type_header: Option<String>,
}

/// A new source.
#[derive(Clone, Serialize, Deserialize)]
pub struct SourceInput {
    /// What people call it.
    pub name: String,
    /// `stripe`, `github`, `slack` …: a provider's name.
    pub provider: String,
    /// The signing secret, as the provider shows it. Optional at first: most providers show it after the URL is known.
    #[serde(default)]
    pub secret: Option<String>,
    /// Only for `generic_hmac`.
    #[serde(default)]
    pub generic: Option<GenericHmacInput>,
    /// What the provider wants to know beside the secret, by name.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Limits, answers, deduplication; the defaults if not given.
    #[serde(default)]
    pub settings: Option<SourceSettings>,
    /// Where its messages go; the default application if not given.
    #[serde(default)]
    pub application_id: Option<ApplicationId>,
}

/// A change to a source: what is given replaces what was there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceChange {
    /// What people call it.
    pub name: Option<String>,
    /// What the provider wants to know beside the secret: all of it.
    pub fields: Option<BTreeMap<String, String>>,
    /// Limits, answers, deduplication: all of it.
    pub settings: Option<SourceSettings>,
}

impl std::fmt::Debug for SourceInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceInput")
            .field("name", &self.name)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// Everything that can be configured about an endpoint. On an update it replaces what was there.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointInput {
    /// Where messages are sent.
    pub url: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// The tenant's own id of it; unique per application.
    #[serde(default)]
    pub uid: Option<String>,
    /// `None`: every event type.
    #[serde(default)]
    pub filter_types: Option<Vec<String>>,
    /// `None`: every channel.
    #[serde(default)]
    pub filter_channels: Option<Vec<String>>,
    /// `None`: every source, and what is published by API.
    #[serde(default)]
    pub filter_sources: Option<Vec<SourceId>>,
    /// Sent along with every attempt.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// For programs.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// `standard`, `svix` or `legacy`.
    #[serde(default)]
    pub signature_scheme: Option<String>,
    /// Whether the headers with which a provider sent a message go along.
    #[serde(default)]
    pub forward_headers: bool,
    /// A signing secret of the tenant's own (`whsec_…`); made if not given. Only at creation.
    #[serde(default)]
    pub secret: Option<String>,
    /// Do not send to it.
    #[serde(default)]
    pub disabled: bool,
}

impl std::fmt::Debug for EndpointInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EndpointInput")
            .field("url", &self.url)
            .field("filter_types", &self.filter_types)
            .finish_non_exhaustive()
    }
}

/// An application.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationInput {
    /// What people call it.
    pub name: String,
    /// The tenant's own id of it; unique per tenant.
    #[serde(default)]
    pub uid: Option<String>,
    /// For programs.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// An event type of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTypeInput {
    /// `invoice.paid`.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// JSON Schemas by version.
    #[serde(default)]
    pub schemas: Option<serde_json::Value>,
    /// `off`, `flag` or `reject`; left as it is if not given.
    #[serde(default)]
    pub validation: Option<String>,
    /// Hidden from pickers.
    #[serde(default)]
    pub archived: bool,
    /// Still sent, but on its way out.
    #[serde(default)]
    pub deprecated: bool,
}

/// Which event types to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTypeFilter {
    /// In the name or the description.
    pub search: Option<String>,
    /// Archived ones too.
    pub include_archived: bool,
    /// Where the page begins.
    pub cursor: Option<Cursor>,
    /// 1 to 250; 50 if not given.
    pub limit: Option<usize>,
}

/// Which messages to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFilter {
    /// Words that the message has in its payload, type, ids or headers, and `$.path:value` or `$["a key"]:value`.
    #[serde(default)]
    pub search: Option<String>,
    /// Only of this application.
    pub application_id: Option<ApplicationId>,
    /// Only from this source.
    pub source_id: Option<SourceId>,
    /// Any of these types.
    pub event_types: Option<Vec<String>>,
    /// On this channel.
    pub channel: Option<String>,
    /// `accepted`, `quarantined` or `duplicate`.
    pub state: Option<String>,
    /// Only those that do not fit the schema of their event type.
    #[serde(default)]
    pub flagged: bool,
    /// Only those that were refused with these words; not together with `search`.
    #[serde(default)]
    pub refusal: Option<String>,
    /// Received at or after.
    pub since: Option<Timestamp>,
    /// Received before.
    pub until: Option<Timestamp>,
    /// Where the page begins.
    pub cursor: Option<Cursor>,
    /// 1 to 250; 50 if not given.
    pub limit: Option<usize>,
}

/// Which deliveries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryFilter {
    /// Only to this endpoint.
    pub endpoint_id: Option<EndpointId>,
    /// Only of this replay.
    pub replay_id: Option<ReplayId>,
    /// A delivery state: `pending`, `in_flight`, `succeeded`, `retrying`, `exhausted`, `cancelled`.
    pub state: Option<String>,
    /// Only of this type.
    pub event_type: Option<String>,
    /// Made at or after.
    pub since: Option<Timestamp>,
    /// Made before.
    pub until: Option<Timestamp>,
    /// Where the page begins.
    pub cursor: Option<Cursor>,
    /// 1 to 250; 50 if not given.
    pub limit: Option<usize>,
}

/// Which events of the event log to list, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFilter {
    /// `endpoint`, `message`, `delivery` …
    pub stream_kind: Option<String>,
    /// The id of one stream in its textual form: `ep_…`.
    pub stream: Option<String>,
    /// `endpoint.paused`.
    pub kind: Option<String>,
    /// Where the page begins.
    pub cursor: Option<Cursor>,
    /// 1 to 250; 50 if not given.
    pub limit: Option<usize>,
}

/// What to send again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayInput {
    /// The default application if not given.
    pub application_id: Option<ApplicationId>,
    /// `None`: every enabled endpoint of the application.
    pub endpoint_id: Option<EndpointId>,
    /// Messages received at or after.
    pub since: Timestamp,
    /// Messages received before.
    pub until: Timestamp,
    /// `None`: every type.
    pub event_types: Option<Vec<String>>,
    /// `all`, `failed` (no delivery to the endpoint has succeeded) or `missing` (there was no delivery to it).
    pub selection: String,
}
