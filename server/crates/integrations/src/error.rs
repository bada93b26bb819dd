//! What a call can end with when it does not succeed: a closed list.

use crate::redact::Redactor;
use hookreel_kernel::time::rfc3339;
use hookreel_kernel::{FailureReason, Timestamp};
use std::time::Duration;

/// How much of an answer's body an error keeps, in octets.
pub const ERROR_BODY_BYTES_MAX: usize = 4 * 1024;

/// Why a call came to nothing. No variant holds a credential; what the service wrote is only in
/// [`IntegrationError::Status`], with our secrets taken out, and is not part of any message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntegrationError {
    /// No answer came, at the last try: no name, no connection, no TLS, or it broke. Whether the service did what it
    /// was asked is unknown.
    #[error("{service} could not be reached: {reason}")]
    Network {
        /// Which service.
        service: &'static str,
        /// Why, as for deliveries.
        reason: FailureReason,
    },
    /// No complete answer came in time. Whether the service did what it was asked is unknown.
    #[error("{service} did not answer in time")]
    Timeout {
        /// Which service.
        service: &'static str,
    },
    /// The service answered, but not with success.
    #[error("{service} answered {status}")]
    Status {
        /// Which service.
        service: &'static str,
        /// The status; a redirect too, which is not followed.
        status: u16,
        /// The beginning of what it wrote, at most [`ERROR_BODY_BYTES_MAX`] octets. For the operator: it may name
        /// accounts and people.
        body: String,
    },
    /// The service is called too often, by what it says or by our own limit.
    #[error("{service} is called too often")]
    RateLimited {
        /// Which service.
        service: &'static str,
        /// How long to wait, if that is known.
        retry_after: Option<Duration>,
    },
    /// The service answered with success, but not with what was expected.
    #[error("{service} answered something else than expected, at {at}: {problem}")]
    Malformed {
        /// Which service.
        service: &'static str,
        /// Where: `$` is the whole answer, `$[3].config.url` a part of it, `link` a header.
        at: String,
        /// What is wrong there. Never what was there.
        problem: Problem,
    },
    /// The service failed too often and is left alone.
    #[error("{service} failed too often and is not called until {}", rfc3339(*until))]
    CircuitOpen {
        /// Which service.
        service: &'static str,
        /// When it is tried again.
        until: Timestamp,
    },
    /// Nothing was sent, since the request would not have been one.
    #[error("a request to {service} cannot be made: {part} is not valid")]
    InvalidRequest {
        /// Which service.
        service: &'static str,
        /// What is wrong with it.
        part: &'static str,
    },
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is no JSON, or ends early.
    #[error("it is not JSON")]
    NotJson,
    /// It is JSON of another shape.
    #[error("it has another shape")]
    Shape,
    /// It is longer than the configured maximum.
    #[error("it is too long")]
    TooLong,
    /// It leads to where it came from, or nowhere.
    #[error("it does not lead on")]
    LeadsNowhere,
}

impl IntegrationError {
    /// Which service it was.
    pub const fn service(&self) -> &'static str {
        match self {
            Self::Network { service, .. }
            | Self::Timeout { service }
            | Self::Status { service, .. }
            | Self::RateLimited { service, .. }
            | Self::Malformed { service, .. }
            | Self::CircuitOpen { service, .. }
            | Self::InvalidRequest { service, .. } => service,
        }
    }

    /// The stable name of the error, for logs and for telling people.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Network { .. } => "network",
            Self::Timeout { .. } => "timeout",
            Self::Status { .. } => "status",
            Self::RateLimited { .. } => "rate_limited",
            Self::Malformed { .. } => "malformed",
            Self::CircuitOpen { .. } => "circuit_open",
            Self::InvalidRequest { .. } => "invalid_request",
        }
    }

    /// The status the service answered with, if it is the reason.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the service is in trouble, as opposed to refusing what it was asked. This is what its breaker counts.
    ///
    /// An answer of an unexpected shape is not trouble: it would be the same for everyone who asks the same, and must
    /// not take the service away from all others. An answer that is no JSON at all is.
    pub(crate) const fn is_trouble(&self) -> bool {
        match self {
            Self::Network { reason, .. } => is_of_the_network(*reason),
            Self::Timeout { .. } | Self::Malformed { problem: Problem::NotJson, .. } => true,
            Self::Status { status, .. } => *status >= 500,
            Self::RateLimited { .. }
            | Self::Malformed { .. }
            | Self::CircuitOpen { .. }
            | Self::InvalidRequest { .. } => false,
        }
    }

    pub(crate) fn from_status(service: &'static str, status: u16, body: &[u8], redactor: &Redactor<'_>) -> Self {
        Self::Status { service, status, body: redactor.beginning(body, ERROR_BODY_BYTES_MAX) }
    }
}

/// Whether a reason says something about the network or the other side, so that another try may end differently.
pub(crate) const fn is_of_the_network(reason: FailureReason) -> bool {
    !matches!(reason, FailureReason::TargetForbidden | FailureReason::Internal)
}
