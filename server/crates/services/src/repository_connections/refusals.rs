//! What GitHub has against something, in the words of whoever asked.

use super::RepositoryConnections;
use crate::integrations::{clock_time, seconds_until, why};
use hookreel_contract::ApiError;
use hookreel_integrations::IntegrationError;
use hookreel_kernel::Timestamp;

/// Which token GitHub was asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// One that was just given: the form can be corrected.
    Given,
    /// The one that is kept.
    Kept,
}

impl RepositoryConnections {
    /// Why GitHub did not do what it was asked with a repository's own token.
    pub(crate) fn refused_by_github(&self, error: &IntegrationError, repository: &str) -> ApiError {
        self.refused(error, Token::Kept, repository)
    }

    /// Why GitHub did not do what it was asked, about a repository.
    pub(super) fn refused(&self, error: &IntegrationError, token: Token, repository: &str) -> ApiError {
        refused(error, token, repository, self.clock.now())
    }
}

fn refused(error: &IntegrationError, token: Token, repository: &str, now: Timestamp) -> ApiError {
    let about = |field, message: String| match token {
        Token::Given => ApiError::invalid(field, message),
        Token::Kept => {
            let subject = if field == "token" { "The token" } else { repository };
            ApiError::conflict(format!("{subject} {message}"))
        }
    };
    match error {
        IntegrationError::Status { status: 401, .. } => about("token", unknown_token(token)),
        IntegrationError::InvalidRequest { .. } => about("token", "holds characters that no token has.".to_owned()),
        IntegrationError::Status { status: 403, .. } => about("token", missing_permission(repository)),
        IntegrationError::Status { status: 404, .. } => about(
            "repository",
            "was not found. Check its name, and that the token has access to it and to its webhooks.".to_owned(),
        ),
        IntegrationError::Status { status: 301 | 307 | 308, .. } => {
            about("repository", "was renamed or moved at GitHub. Connect it by its new name.".to_owned())
        }
        IntegrationError::Status { status: 422, body, .. } => not_accepted(body),
        IntegrationError::Status { status: status @ 300..=499, .. } => {
            ApiError::conflict(format!("GitHub refused with status {status}."))
        }
        away => self::away(away, now),
    }
}

/// What a token lacks that GitHub knows.
pub(super) fn missing_permission(repository: &str) -> String {
    format!("may not do that in {repository}: it needs the repository permission “Webhooks: Read and write”.")
}

fn unknown_token(token: Token) -> String {
    let next = match token {
        Token::Given => "Copy it again, or make another.",
        Token::Kept => "Replace it.",
    };
    format!("is not known to GitHub: it is mistyped, has expired, or was revoked. {next}")
}

/// GitHub says in words why a webhook cannot be; only what is known is repeated.
fn not_accepted(body: &str) -> ApiError {
    if body.contains("isn't reachable") {
        return ApiError::conflict(
            "GitHub says that it cannot reach this installation from the internet, and makes no webhook to it. Set \
             HOOKREEL_PUBLIC_URL to where the outside world reaches Hookreel.",
        );
    }
    if body.contains("cannot have more than") {
        return ApiError::conflict(
            "The repository has as many webhooks for these events as GitHub allows. Delete one.",
        );
    }
    ApiError::invalid("events", "are not all known to GitHub, or not for this repository")
}

/// GitHub cannot be asked now.
fn away(error: &IntegrationError, now: Timestamp) -> ApiError {
    match error {
        IntegrationError::CircuitOpen { until, .. } => {
            let message = format!(
                "GitHub has failed several times in a row and is left alone until {}. Try again then.",
                clock_time(*until)
            );
            ApiError::ServiceAway { message, retry_after_s: Some(seconds_until(*until, now)) }
        }
        IntegrationError::RateLimited { retry_after, .. } => {
            let seconds = retry_after.map(|wait| wait.as_secs().max(1));
            let when = seconds.map_or_else(|| "in a while".to_owned(), |seconds| format!("in {seconds} seconds"));
            let message = format!("GitHub is asked too often with this token. Try again {when}.");
            ApiError::ServiceAway { message, retry_after_s: seconds }
        }
        other => {
            let message = format!("GitHub could not be asked ({}). Nothing is lost: try again.", why(other));
            ApiError::ServiceAway { message, retry_after_s: None }
        }
    }
}

/// Whether GitHub is sure not to have done what it was asked: it refused, or was not asked.
pub(super) const fn was_not_done(error: &IntegrationError) -> bool {
    matches!(
        error,
        IntegrationError::Status { status: 300..=499, .. }
            | IntegrationError::InvalidRequest { .. }
            | IntegrationError::RateLimited { .. }
            | IntegrationError::CircuitOpen { .. }
    )
}
