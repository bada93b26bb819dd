//! Signing in and up: the same work and the same answers, whether or not somebody has that e-mail address.

use crate::members::{self, StoredMember};
use crate::password::BYTES_MAX;
use crate::{AttemptLimits, AuthError, ClientInfo, LimitedMail, MemberIdentity, Passwords};
use hookreel_database::Database;
use hookreel_kernel::{Clock, Email, Secret};
use std::sync::Arc;

/// Checks e-mail addresses and passwords.
#[derive(Debug, Clone)]
pub struct Credentials {
    database: Database,
    passwords: Passwords,
    limits: AttemptLimits,
}

/// What a sign-up with an address and a password turned out to be.
#[derive(Debug)]
pub enum SignUpCheck {
    /// Nobody has the address: a tenant may be made with this hash.
    New {
        /// The password as a PHC string.
        password_hash: String,
    },
    /// The address and the password are those of an existing member.
    Member(MemberIdentity),
}

impl Credentials {
    /// Counts and looks up in this database.
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        let limits = AttemptLimits::new(database.auth().clone(), clock);
        Self { database, passwords: Passwords::default(), limits }
    }

    /// The hasher, for passwords that are set by the operator.
    pub const fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Counts a request for a mail with a link, for known and unknown addresses alike.
    ///
    /// # Errors
    /// [`AuthError::TooManyAttempts`].
    pub async fn count_mail(&self, mail: LimitedMail, to: &Email, client: &ClientInfo) -> Result<(), AuthError> {
        self.limits.begin_mail(mail, to.as_str(), client).await.map(drop)
    }

    /// Verifies an e-mail address and a password.
    ///
    /// # Errors
    /// [`AuthError::WrongCredentials`] for an unknown address and for a wrong password;
    /// [`AuthError::TooManyAttempts`] also for a right password during a wait.
    pub async fn sign_in(
        &self,
        email: &str,
        password: Secret<String>,
        client: &ClientInfo,
    ) -> Result<MemberIdentity, AuthError> {
        if password.expose().len() > BYTES_MAX {
            return Err(AuthError::WrongCredentials);
        }
        let email = email.trim().to_lowercase();
        let attempt = self.limits.begin_sign_in(&email, client).await?;
        let found = self.find_and_verify(&email, password).await;
        match found {
            Ok(Some(member)) => {
                self.limits.succeeded(attempt).await?;
                Ok(member)
            }
            Ok(None) => Err(AuthError::WrongCredentials),
            Err(error) => {
                // The guess was not judged, so it does not count.
                self.limits.withdraw(attempt).await?;
                Err(error)
            }
        }
    }

    /// Decides what a sign-up is. An address that is taken is a sign-in: with the right password it succeeds, with
    /// another one it fails as a sign-in does, after the same work and under the same limits.
    ///
    /// # Errors
    /// As [`Credentials::sign_in`].
    pub async fn check_sign_up(
        &self,
        email: &Email,
        password: Secret<String>,
        client: &ClientInfo,
    ) -> Result<SignUpCheck, AuthError> {
        let _counted = self.limits.begin_sign_up(client).await?;
        if members::find_by_email(self.database.auth(), email.as_str()).await?.is_some() {
            return self.sign_in(email.as_str(), password, client).await.map(SignUpCheck::Member);
        }
        Ok(SignUpCheck::New { password_hash: self.passwords.hash(password).await? })
    }

    async fn find_and_verify(
        &self,
        email: &str,
        password: Secret<String>,
    ) -> Result<Option<MemberIdentity>, AuthError> {
        let member = members::find_by_email(self.database.auth(), email).await?;
        let stored = member.as_ref().map(|member| member.password_hash.clone());
        let verdict = self.passwords.verify(password.clone(), stored).await?;
        let Some(mut member) = member.filter(|_| verdict.matches) else { return Ok(None) };
        if verdict.outdated {
            self.rehash(&mut member, password).await;
        }
        Ok(Some(MemberIdentity::verified(member.tenant_id, member.member_id, &member.password_hash)))
    }

    /// Best effort: the next sign-in tries again.
    async fn rehash(&self, member: &mut StoredMember, password: Secret<String>) {
        let replaced = self.replace_hash(member, password).await;
        match replaced {
            Ok(stronger) => member.password_hash = stronger,
            Err(error) => {
                tracing::warn!(%error, member_id = %member.member_id, "a password could not be hashed again");
            }
        }
    }

    async fn replace_hash(&self, member: &StoredMember, password: Secret<String>) -> Result<String, AuthError> {
        let stronger = self.passwords.hash(password).await?;
        members::replace_hash(self.database.auth(), member, &stronger).await?;
        Ok(stronger)
    }
}
