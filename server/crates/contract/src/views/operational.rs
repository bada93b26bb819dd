//! Webhooks about a tenant's own endpoints.

use crate::views::EndpointView;
use hookreel_kernel::ApplicationId;
use serde::{Deserialize, Serialize};

/// Whether a tenant hears of its own endpoints, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationalWebhooksView {
    /// The application whose endpoints are told; `None`: they are off.
    pub application_id: Option<ApplicationId>,
    /// Those endpoints.
    pub endpoints: Vec<EndpointView>,
    /// What they can be told.
    pub types: Vec<OperationalTypeView>,
}

/// A type of operational webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationalTypeView {
    /// `endpoint.disabled`.
    pub name: String,
    /// When it is sent.
    pub when: String,
    /// A body as it is sent, as JSON text.
    pub example: String,
}
