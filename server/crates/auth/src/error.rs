//! Why somebody was not let in.

use crate::PasswordFault;

/// Every way in which signing in or up can fail.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The e-mail or the password is wrong; which of the two is not said.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// Too many attempts for this account, or from this address.
    #[error("too many attempts; try again in {retry_after_s} seconds")]
    TooManyAttempts {
        /// When to try again, in seconds.
        retry_after_s: u64,
    },
    /// The new password is not good enough.
    #[error("the password {0}")]
    Password(#[from] PasswordFault),
    /// More passwords are waiting to be checked than this machine can check in time.
    #[error("too many passwords are being checked at the moment")]
    Busy,
    /// A stored hash cannot be read, or hashing itself failed.
    #[error("password hashing failed: {0}")]
    Hashing(String),
    /// The session could not be read or written.
    #[error("the session could not be read or written: {0}")]
    Session(#[from] tower_sessions::session::Error),
    /// The database refused or went away.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}
