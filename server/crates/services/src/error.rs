//! What a caller is told when something goes wrong. This is the one place where internals become an [`ApiError`]:
//! whatever is not said there is logged here.

use hookreel_contract::ApiError;
use hookreel_domain::application::ApplicationRejection;
use hookreel_domain::endpoint::EndpointRejection;
use hookreel_domain::event_type::EventTypeRejection;
use hookreel_domain::recovery::RecoveryRejection;
use hookreel_domain::source::SourceRejection;
use hookreel_event_store::AppendError;
use hookreel_read_models::{ExecuteError, ReadError};
use hookreel_secrets::SecretError;

/// How often a transaction is run again when somebody else changed the same thing in between.
const CONFLICT_RETRIES: u32 = 5;

/// Why a use case did not come to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The caller can do something about it.
    Refused(ApiError),
    /// Somebody else changed the same thing: the whole transaction may be run again.
    Conflict,
    /// The database refused or is away.
    Database(sqlx::Error),
    /// Something is broken on our side.
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<AppendError> for Failure {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict => Self::Conflict,
            AppendError::Database(error) => error.into(),
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        // Serialization failure and deadlock: the other transaction has won.
        if matches!(code.as_deref(), Some("40001" | "40P01")) { Self::Conflict } else { Self::Database(error) }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Filter { field, message } => Self::Refused(ApiError::invalid(field, message)),
            ReadError::Database(error) => error.into(),
        }
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Database(error) => error.into(),
            other => Self::Broken(other.into()),
        }
    }
}

impl<R: Refusal + std::fmt::Debug> From<ExecuteError<R>> for Failure {
    fn from(error: ExecuteError<R>) -> Self {
        match error {
            ExecuteError::Rejected(rejection) => Self::Refused(rejection.into_api_error()),
            ExecuteError::Conflict => Self::Conflict,
            ExecuteError::Format(error) => Self::Broken(error.into()),
            ExecuteError::Database(error) => error.into(),
        }
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Conflict => Self::Unavailable,
            Failure::Broken(error) => {
                tracing::error!(%error, "a use case broke down");
                Self::Internal
            }
            Failure::Database(error) => of_database(&error),
        }
    }
}

/// For the ends of expressions: `.map_err(failed)?`.
pub(crate) fn failed(error: impl Into<Failure>) -> ApiError {
    error.into().into()
}

/// The database's refusal, for the ends of expressions.
pub(crate) fn database_failed(error: sqlx::Error) -> ApiError {
    failed(error)
}

/// A read model's refusal, for the ends of expressions.
pub(crate) fn read_failed(error: ReadError) -> ApiError {
    failed(error)
}

/// Counts how often a transaction has been run.
#[derive(Debug, Default)]
pub(crate) struct Tries(u32);

impl Tries {
    /// Whether the transaction that ended so is worth running again.
    pub(crate) fn again(&mut self, failure: &Failure) -> bool {
        self.0 += 1;
        matches!(failure, Failure::Conflict) && self.0 <= CONFLICT_RETRIES
    }
}

fn of_database(error: &sqlx::Error) -> ApiError {
    if let Some(message) = error.as_database_error().and_then(|error| error.constraint()).and_then(taken) {
        return ApiError::conflict(message);
    }
    if is_passing(error) {
        tracing::warn!(%error, "the database is away or overloaded");
        return ApiError::Unavailable;
    }
    tracing::error!(%error, "the database refused");
    ApiError::Internal
}

/// What a violated constraint means.
fn taken(constraint: &str) -> Option<&'static str> {
    match constraint {
        "applications_uid_key" => Some("there is an application with this uid already"),
        "endpoints_uid_key" => Some("there is an endpoint with this uid in the application already"),
        "sources_repository_key" => Some("the repository is being connected already; look at your sources"),
        "recoveries_running_key" => Some("a recovery of this source is under way already"),
        _ => None,
    }
}

/// Whether the same may succeed in a moment.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => true,
        // Class 08: connection; 53: resources; 55: lock not available; 57: shutdown or time-out.
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| ["08", "53", "55", "57"].iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}

/// A domain's "no" in the caller's words.
pub(crate) trait Refusal {
    fn into_api_error(self) -> ApiError;
}

impl Refusal for ApplicationRejection {
    fn into_api_error(self) -> ApiError {
        match self {
            Self::NotFound => ApiError::not_found("Application"),
            Self::AlreadyExists | Self::DefaultStays => ApiError::conflict(self.to_string()),
            Self::DefaultKeepsUid => ApiError::invalid("uid", "of the default application cannot be changed"),
        }
    }
}

impl Refusal for EventTypeRejection {
    fn into_api_error(self) -> ApiError {
        match self {
            Self::NotFound => ApiError::not_found("Event type"),
            Self::AlreadyExists => ApiError::conflict(self.to_string()),
        }
    }
}

impl Refusal for SourceRejection {
    fn into_api_error(self) -> ApiError {
        match self {
            Self::NotFound => ApiError::not_found("Source"),
            Self::AlreadyExists
            | Self::HasSecret
            | Self::NoRepositories
            | Self::ConnectedToAnother { .. }
            | Self::NotConnected => ApiError::conflict(self.to_string()),
        }
    }
}

impl Refusal for RecoveryRejection {
    fn into_api_error(self) -> ApiError {
        match self {
            Self::NotFound => ApiError::not_found("Recovery"),
            Self::AlreadyExists | Self::AlreadyEnded => ApiError::conflict(self.to_string()),
        }
    }
}

impl Refusal for EndpointRejection {
    fn into_api_error(self) -> ApiError {
        match self {
            Self::NotFound => ApiError::not_found("Endpoint"),
            Self::AlreadyExists | Self::Disabled | Self::Paused | Self::ApplicationStays => {
                ApiError::conflict(self.to_string())
            }
        }
    }
}
