//! The form of an endpoint: what was typed, and what it means.

use super::text::{header_lines, headers_of, list_of};
use crate::error::{AppError, filled};
use hookreel_contract::input::EndpointInput;
use hookreel_contract::views::EndpointView;
use hookreel_kernel::SourceId;
use serde::{Deserialize, Serialize};

/// What stands in the fields of the form.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointForm {
    /// The uid of the application of a new endpoint; the default one if not given.
    #[serde(default)]
    pub application: Option<String>,
    /// Where messages are sent.
    #[serde(default)]
    pub url: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// The tenant's own id of it.
    #[serde(default)]
    pub uid: Option<String>,
    /// Event types in one line.
    #[serde(default)]
    pub filter_types: Option<String>,
    /// Channels in one line.
    #[serde(default)]
    pub filter_channels: Option<String>,
    /// The sources that were ticked.
    #[serde(default)]
    pub filter_sources: Vec<SourceId>,
    /// One per line.
    #[serde(default)]
    pub headers: String,
    /// `standard`, `svix` or `legacy`.
    #[serde(default)]
    pub signature_scheme: Option<String>,
    /// Ticked: the headers with which a provider sent a message go along.
    #[serde(default)]
    pub forward_headers: Option<String>,
    /// A signing secret of the tenant's own; only of a new endpoint.
    #[serde(default)]
    pub secret: Option<String>,
    /// Ticked: do not send to it yet.
    #[serde(default)]
    pub disabled: Option<String>,
}

impl std::fmt::Debug for EndpointForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EndpointForm").field("url", &self.url).finish_non_exhaustive()
    }
}

impl EndpointForm {
    /// The form of an endpoint as it is.
    pub fn of(endpoint: &EndpointView) -> Self {
        let joined = |list: &Option<Vec<String>>| list.as_ref().map(|list| list.join(", "));
        Self {
            application: None,
            url: endpoint.url.clone(),
            description: endpoint.description.clone(),
            uid: endpoint.uid.clone(),
            filter_types: joined(&endpoint.filter_types),
            filter_channels: joined(&endpoint.filter_channels),
            filter_sources: endpoint.filter_sources.clone().unwrap_or_default(),
            headers: header_lines(&endpoint.headers),
            signature_scheme: Some(endpoint.signature_scheme.clone()),
            forward_headers: endpoint.forward_headers.then(|| "on".to_owned()),
            secret: None,
            disabled: None,
        }
    }

    /// What the form asks for.
    pub fn input(self) -> Result<EndpointInput, AppError> {
        Ok(EndpointInput {
            url: self.url.trim().to_owned(),
            description: self.description.trim().to_owned(),
            uid: filled(self.uid),
            filter_types: list_of(self.filter_types.as_deref()),
            filter_channels: list_of(self.filter_channels.as_deref()),
            filter_sources: Some(self.filter_sources).filter(|sources| !sources.is_empty()),
            headers: headers_of(&self.headers)?,
            metadata: std::collections::BTreeMap::new(),
            signature_scheme: filled(self.signature_scheme),
            forward_headers: self.forward_headers.is_some(),
            secret: filled(self.secret),
            disabled: self.disabled.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_filters_let_everything_through() {
        let form = EndpointForm { url: " https://example.com/ ".to_owned(), ..EndpointForm::default() };
        let input = form.input().unwrap();
        assert_eq!(input.url, "https://example.com/");
        assert_eq!((input.filter_types, input.filter_channels, input.filter_sources), (None, None, None));
        assert!(!input.disabled);
    }

    #[test]
    fn a_secret_is_not_printed() {
        let form = EndpointForm { secret: Some("whsec_x".to_owned()), ..EndpointForm::default() };
        assert!(!format!("{form:?}").contains("whsec"));
    }
}
