//! Passwords: what is accepted, and how they are hashed.
//!
//! argon2id with 19 MiB, two passes and one lane (the OWASP Password Storage Cheat Sheet's first choice, and the
//! defaults of the `argon2` crate). Hashing runs off the async threads, a few at a time, because every hash takes that
//! much memory and some ten milliseconds of a core.

mod rules;

pub use rules::{PasswordFault, check_password};

pub(crate) use rules::BYTES_MAX;

use crate::AuthError;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, Params};
use hookreel_kernel::Secret;
use std::sync::Arc;
use tokio::sync::{OnceCell, Semaphore};

/// Hashes at once: four take 76 MiB.
const HASHES_AT_ONCE: usize = 4;
/// Hashes under way or waiting; beyond that the caller is told to come back, which is cheaper than a queue of minutes.
const HASHES_QUEUED_MAX: usize = 64;

/// What a stored hash says about a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The password is the right one.
    pub matches: bool,
    /// It was hashed with weaker parameters than today's and should be hashed again.
    pub outdated: bool,
}

/// Hashes and verifies passwords with bounded concurrency.
#[derive(Debug, Clone)]
pub struct Passwords {
    params: Params,
    running: Arc<Semaphore>,
    queued: Arc<Semaphore>,
    dummy: Arc<OnceCell<String>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self::with_params(Params::default())
    }
}

impl Passwords {
    /// With other parameters than the defaults.
    pub fn with_params(params: Params) -> Self {
        Self {
            params,
            running: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            queued: Arc::new(Semaphore::new(HASHES_QUEUED_MAX)),
            dummy: Arc::default(),
        }
    }

    /// Hashes a password into a PHC string with a fresh salt.
    ///
    /// # Errors
    /// [`AuthError::Busy`] when too many are waiting, [`AuthError::Hashing`] when hashing itself fails.
    pub async fn hash(&self, password: Secret<String>) -> Result<String, AuthError> {
        self.run(move |argon2| argon2.hash_password(password.expose().as_bytes()).map(|hash| hash.to_string())).await
    }

    /// Compares a password with a stored PHC string. Without one (nobody has that e-mail address) it does the same
    /// work and says no.
    ///
    /// # Errors
    /// As [`Passwords::hash`].
    pub async fn verify(&self, password: Secret<String>, stored: Option<String>) -> Result<Verdict, AuthError> {
        let known = stored.is_some();
        let stored = match stored {
            Some(stored) => stored,
            None => self.dummy().await?,
        };
        let verdict = self
            .run(move |argon2| {
                let parsed = PasswordHash::new(&stored).map_err(HashError::from)?;
                let matches = match argon2.verify_password(password.expose().as_bytes(), &parsed) {
                    Ok(()) => true,
                    Err(HashError::PasswordInvalid) => false,
                    Err(error) => return Err(error),
                };
                Ok(Verdict { matches, outdated: is_weaker(&parsed, argon2.params()) })
            })
            .await?;
        Ok(Verdict { matches: verdict.matches && known, ..verdict })
    }

    async fn dummy(&self) -> Result<String, AuthError> {
        let made = self.dummy.get_or_try_init(|| self.hash(Secret::new(String::from("nobody has this password"))));
        Ok(made.await?.clone())
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, AuthError> {
        let _place = self.queued.try_acquire().map_err(|_| AuthError::Busy)?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| AuthError::Busy)?;
        let argon2 = Argon2::from(&self.params);
        tokio::task::spawn_blocking(move || {
            let result = work(&argon2);
            // Held until the hash is done, even when the caller has gone away.
            drop(turn);
            result
        })
        .await
        .map_err(|error| AuthError::Hashing(error.to_string()))?
        .map_err(|error| AuthError::Hashing(error.to_string()))
    }
}

fn is_weaker(stored: &PasswordHash, wanted: &Params) -> bool {
    stored.algorithm.as_str() != "argon2id"
        || Params::try_from(stored).map_or(true, |stored| {
            stored.m_cost() < wanted.m_cost() || stored.t_cost() < wanted.t_cost() || stored.p_cost() < wanted.p_cost()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_hash_is_a_phc_string_with_the_agreed_parameters() {
        let stored = Passwords::default().hash(secret("correct horse battery")).await.unwrap();
        let parsed = PasswordHash::new(&stored).unwrap();
        assert_eq!(parsed.algorithm.as_str(), "argon2id");
        let params = Params::try_from(&parsed).unwrap();
        assert!(params.m_cost() >= 19_456 && params.t_cost() >= 2 && params.p_cost() >= 1, "{stored}");
    }

    #[tokio::test]
    async fn only_the_right_password_matches() {
        let passwords = Passwords::default();
        let stored = passwords.hash(secret("correct horse battery")).await.unwrap();
        let right = passwords.verify(secret("correct horse battery"), Some(stored.clone())).await.unwrap();
        assert_eq!(right, Verdict { matches: true, outdated: false });
        assert!(!passwords.verify(secret("correct horse batterz"), Some(stored)).await.unwrap().matches);
    }

    #[tokio::test]
    async fn nobody_matches_without_a_stored_hash() {
        let passwords = Passwords::default();
        assert!(!passwords.verify(secret("nobody has this password"), None).await.unwrap().matches);
    }

    #[tokio::test]
    async fn a_hash_with_weaker_parameters_is_outdated() {
        let weak = Passwords::with_params(Params::new(8 * 1024, 1, 1, None).unwrap());
        let stored = weak.hash(secret("correct horse battery")).await.unwrap();
        let verdict = Passwords::default().verify(secret("correct horse battery"), Some(stored)).await.unwrap();
        assert_eq!(verdict, Verdict { matches: true, outdated: true });
    }

    #[tokio::test]
    async fn more_hashes_than_the_queue_holds_are_refused_at_once() {
        let passwords = Passwords::with_params(Params::new(64, 1, 1, None).unwrap());
        let tasks: Vec<_> = (0..HASHES_QUEUED_MAX * 3)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.hash(secret("correct horse battery")).await })
            })
            .collect();
        let mut busy = 0;
        for task in tasks {
            busy += usize::from(matches!(task.await.unwrap(), Err(AuthError::Busy)));
        }
        assert!(busy > 0 && busy <= HASHES_QUEUED_MAX * 2, "{busy}");
    }
}
