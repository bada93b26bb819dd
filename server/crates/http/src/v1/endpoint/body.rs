//! Endpoints as they are sent and answered.

use super::super::patch::{Field, set};
use super::super::unsupported;
use crate::problem::Problem;
use hookreel_contract::ApiError;
use hookreel_contract::input::EndpointInput;
use hookreel_contract::views::{EndpointState, EndpointView};
use hookreel_kernel::{EndpointId, SourceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// An endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndpointOut {
    #[schema(value_type = String, example = "ep_01h455vb4pex5vsknk084sn02q")]
    pub(crate) id: EndpointId,
    /// Your own id of it.
    pub(crate) uid: Option<String>,
    #[schema(example = "https://example.com/webhooks")]
    pub(crate) url: String,
    pub(crate) description: String,
    /// Only messages on one of these channels; null: every message.
    pub(crate) channels: Option<Vec<String>>,
    /// Only these event types; null: every type.
    pub(crate) event_types: Option<Vec<String>>,
    /// The same as `eventTypes`, as older SDKs call it.
    pub(crate) filter_types: Option<Vec<String>>,
    /// Only messages of these sources; null: every message.
    #[schema(value_type = Option<Vec<String>>)]
    pub(crate) filter_sources: Option<Vec<SourceId>>,
    /// Nothing is sent to it.
    pub(crate) disabled: bool,
    /// `enabled`, `paused` (deliveries are held) or `disabled` (none are made).
    #[schema(value_type = String, example = "enabled")]
    pub(crate) state: EndpointState,
    /// `standard`, `svix` or `legacy`: which headers carry the signature.
    #[schema(example = "standard")]
    pub(crate) signature_scheme: String,
    /// The headers with which a provider sent a message go along.
    pub(crate) forward_headers: bool,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Always 1.
    pub(crate) version: u32,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

impl From<EndpointView> for EndpointOut {
    fn from(view: EndpointView) -> Self {
        Self {
            id: view.id,
            uid: view.uid,
            url: view.url,
            description: view.description,
            channels: view.filter_channels,
            event_types: view.filter_types.clone(),
            filter_types: view.filter_types,
            filter_sources: view.filter_sources,
            disabled: view.state == EndpointState::Disabled,
            state: view.state,
            signature_scheme: view.signature_scheme,
            forward_headers: view.forward_headers,
            metadata: view.metadata,
            version: 1,
            created_at: view.created_at,
            updated_at: view.updated_at,
        }
    }
}

/// What an endpoint consists of, beside its headers and its secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndpointUpdate {
    /// Where messages are sent.
    #[schema(example = "https://example.com/webhooks")]
    url: String,
    description: Option<String>,
    /// Your own id of it; usable in every path instead of `id`.
    uid: Option<String>,
    /// Only messages on one of these channels.
    channels: Option<Vec<String>>,
    /// Only these event types. Older SDKs call it `filterTypes`.
    #[serde(alias = "filterTypes")]
    event_types: Option<Vec<String>>,
    /// Only messages of these sources.
    #[schema(value_type = Option<Vec<String>>)]
    filter_sources: Option<Vec<SourceId>>,
    metadata: Option<BTreeMap<String, String>>,
    /// `standard` (`webhook-*`), `svix` (`svix-*`) or `legacy` (`X-Webhook-*`).
    signature_scheme: Option<String>,
    /// Whether the headers with which a provider sent a message go along, its signature among them.
    forward_headers: Option<bool>,
    #[serde(default)]
    disabled: bool,
    #[schema(ignore)]
    rate_limit: Option<Value>,
    #[schema(ignore)]
    throttle_rate: Option<Value>,
}

impl EndpointUpdate {
    /// What the endpoint shall be from now on.
    pub(super) fn applied_to(self, view: EndpointView) -> Result<EndpointInput, Problem> {
        let forward_headers = self.forward_headers.unwrap_or(view.forward_headers);
        let mut input = self.into_input()?;
        input.forward_headers = forward_headers;
        input.headers = view.headers;
        if input.signature_scheme.is_none() {
            input.signature_scheme = Some(view.signature_scheme);
        }
        Ok(input)
    }

    /// What a new endpoint shall be.
    pub(super) fn into_input(self) -> Result<EndpointInput, Problem> {
        unsupported::refuse(&[("rateLimit", &self.rate_limit), ("throttleRate", &self.throttle_rate)])?;
        Ok(EndpointInput {
            url: self.url,
            description: self.description.unwrap_or_default(),
            uid: self.uid,
            filter_types: self.event_types,
            filter_channels: self.channels,
            filter_sources: self.filter_sources,
            headers: BTreeMap::new(),
            metadata: self.metadata.unwrap_or_default(),
            signature_scheme: self.signature_scheme,
            forward_headers: self.forward_headers.unwrap_or_default(),
            secret: None,
            disabled: self.disabled,
        })
    }
}

/// An endpoint to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndpointIn {
    /// Where messages are sent.
    #[schema(example = "https://example.com/webhooks")]
    url: String,
    description: Option<String>,
    /// Your own id of it; usable in every path instead of `id`.
    uid: Option<String>,
    /// Only messages on one of these channels.
    channels: Option<Vec<String>>,
    /// Only these event types. Older SDKs call it `filterTypes`.
    #[serde(alias = "filterTypes")]
    event_types: Option<Vec<String>>,
    /// Only messages of these sources.
    #[schema(value_type = Option<Vec<String>>)]
    filter_sources: Option<Vec<SourceId>>,
    metadata: Option<BTreeMap<String, String>>,
    /// `standard` (`webhook-*`), `svix` (`svix-*`) or `legacy` (`X-Webhook-*`).
    signature_scheme: Option<String>,
    /// Whether the headers with which a provider sent a message go along, its signature among them.
    forward_headers: Option<bool>,
    #[serde(default)]
    disabled: bool,
    #[schema(ignore)]
    rate_limit: Option<Value>,
    #[schema(ignore)]
    throttle_rate: Option<Value>,
    /// Sent along with every attempt.
    headers: Option<BTreeMap<String, String>>,
    /// `whsec_` and the Base64 of 24 to 64 bytes; made for you if you send none.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: Option<String>,
}

impl EndpointIn {
    pub(super) fn into_input(self) -> Result<EndpointInput, Problem> {
        let rest = EndpointUpdate {
            url: self.url,
            description: self.description,
            uid: self.uid,
            channels: self.channels,
            event_types: self.event_types,
            filter_sources: self.filter_sources,
            metadata: self.metadata,
            signature_scheme: self.signature_scheme,
            forward_headers: self.forward_headers,
            disabled: self.disabled,
            rate_limit: self.rate_limit,
            throttle_rate: self.throttle_rate,
        };
        let headers = self.headers.unwrap_or_default();
        Ok(EndpointInput { headers, secret: self.secret, ..rest.into_input()? })
    }
}

/// What to change about an endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndpointPatch {
    url: Option<String>,
    description: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    uid: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    channels: Field<Vec<String>>,
    #[serde(default, alias = "filterTypes")]
    #[schema(value_type = Option<Vec<String>>)]
    event_types: Field<Vec<String>>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    filter_sources: Field<Vec<SourceId>>,
    metadata: Option<BTreeMap<String, String>>,
    signature_scheme: Option<String>,
    forward_headers: Option<bool>,
    disabled: Option<bool>,
    #[schema(ignore)]
    secret: Option<Value>,
    #[schema(ignore)]
    rate_limit: Option<Value>,
    #[schema(ignore)]
    throttle_rate: Option<Value>,
}

impl EndpointPatch {
    /// What the endpoint shall be from now on.
    pub(super) fn applied_to(self, view: EndpointView) -> Result<EndpointInput, Problem> {
        unsupported::refuse(&[("rateLimit", &self.rate_limit), ("throttleRate", &self.throttle_rate)])?;
        if self.secret.is_some_and(|secret| !secret.is_null()) {
            return Err(Problem::field("secret", "is changed by rotating it: POST …/secret/rotate"));
        }
        let mut input = input_of(view);
        set(&mut input.url, self.url);
        set(&mut input.description, self.description);
        self.uid.apply_to(&mut input.uid);
        self.channels.apply_to(&mut input.filter_channels);
        self.event_types.apply_to(&mut input.filter_types);
        self.filter_sources.apply_to(&mut input.filter_sources);
        set(&mut input.metadata, self.metadata);
        set(&mut input.disabled, self.disabled);
        set(&mut input.forward_headers, self.forward_headers);
        if self.signature_scheme.is_some() {
            input.signature_scheme = self.signature_scheme;
        }
        Ok(input)
    }
}

/// What is wrong with an endpoint, under the names that its fields have in the API.
pub(super) fn refused(mut error: ApiError) -> Problem {
    if let ApiError::Invalid { fields } = &mut error {
        for fault in fields {
            match fault.field.as_str() {
                "filterTypes" => "eventTypes".clone_into(&mut fault.field),
                "filterChannels" => "channels".clone_into(&mut fault.field),
                _ => {}
            }
        }
    }
    error.into()
}

/// An endpoint as it is, as an input that changes nothing.
pub(super) fn input_of(view: EndpointView) -> EndpointInput {
    EndpointInput {
        url: view.url,
        description: view.description,
        uid: view.uid,
        filter_types: view.filter_types,
        filter_channels: view.filter_channels,
        filter_sources: view.filter_sources,
        headers: view.headers,
        metadata: view.metadata,
        signature_scheme: Some(view.signature_scheme),
        forward_headers: view.forward_headers,
        secret: None,
        disabled: view.state == EndpointState::Disabled,
    }
}
