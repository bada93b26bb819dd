//! What a person or a program is told when something cannot be done.

use serde::{Deserialize, Serialize};

/// One field of a form or a request body, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name as it was sent: `url`, `filterTypes`.
    pub field: String,
    /// A phrase that follows the field's name: "must not be empty".
    pub message: String,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Every way in which a use case can be refused. Internals never get this far: they are logged where they happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum ApiError {
    /// There is no such thing, or it belongs to another tenant: the two are never told apart.
    #[error("{what} was not found")]
    NotFound {
        /// `Endpoint`, `Message`.
        what: String,
    },
    /// The input is wrong, field by field.
    #[error("{}", fields.iter().map(|f| format!("{}: {}", f.field, f.message)).collect::<Vec<_>>().join("; "))]
    Invalid {
        /// At least one.
        fields: Vec<FieldError>,
    },
    /// It does not fit to what is already there.
    #[error("{message}")]
    Conflict {
        /// What is in the way, and what to do.
        message: String,
    },
    /// Nobody is signed in, or the key is unknown or revoked.
    #[error("sign in first")]
    Unauthenticated,
    /// The e-mail or the password is wrong; which of the two is not said.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// Not allowed for this person or key.
    #[error("{message}")]
    Forbidden {
        /// What would be needed.
        message: String,
    },
    /// The tenant's plan does not include it.
    #[error("{message}")]
    QuotaExceeded {
        /// What is used up, and what to do.
        message: String,
    },
    /// Too often.
    #[error("too many attempts; try again in {retry_after_s} seconds")]
    TooManyRequests {
        /// When to try again, in seconds.
        retry_after_s: u64,
    },
    /// Somebody else's service, which is needed for this, cannot be asked now.
    #[error("{message}")]
    ServiceAway {
        /// Which, why, and what to do.
        message: String,
        /// When to try again, in seconds, if that is known.
        retry_after_s: Option<u64>,
    },
    /// The database is away or overloaded: nothing was changed.
    #[error("the service is busy or its database is away; try again in a moment")]
    Unavailable,
    /// Something on our side broke; the log knows what.
    #[error("something went wrong on our side; it was logged")]
    Internal,
}

impl ApiError {
    /// "`what` was not found."
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    /// One wrong field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { fields: vec![FieldError::new(field, message)] }
    }

    /// Something is in the way.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict { message: message.into() }
    }

    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Invalid { .. } => "validation",
            Self::Conflict { .. } => "conflict",
            Self::Unauthenticated => "authentication_failed",
            Self::WrongCredentials => "wrong_credentials",
            Self::Forbidden { .. } => "forbidden",
            Self::QuotaExceeded { .. } => "quota_exceeded",
            Self::TooManyRequests { .. } => "rate_limited",
            Self::ServiceAway { .. } => "service_away",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status that says the same.
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotFound { .. } => 404,
            Self::Invalid { .. } => 422,
            Self::Conflict { .. } => 409,
            Self::Unauthenticated | Self::WrongCredentials => 401,
            Self::Forbidden { .. } => 403,
            Self::QuotaExceeded { .. } => 402,
            Self::TooManyRequests { .. } => 429,
            Self::ServiceAway { .. } => 502,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}
