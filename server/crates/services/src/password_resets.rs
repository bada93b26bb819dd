//! A new password by a link in a mail. The link and its mail are written in one transaction; the link is used up in the
//! one that sets the password and records it.

use crate::error::{Failure, Tries, failed};
use crate::link_mails::{LinkMails, minutes};
use crate::people::replace_password;
use hookreel_auth::{
    ClientInfo, Credentials, LimitedMail, MailToken, TokenPurpose, check_password, find_member, find_token,
    insert_token, spend_token,
};
use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_kernel::{Actor, Clock, Email, MemberId, Secret};
use hookreel_mail::Mail;
use std::sync::Arc;
use std::time::Duration;

/// How long a link works.
const VALID: Duration = Duration::from_mins(30);

/// Use cases about forgotten passwords.
#[derive(Debug, Clone)]
pub struct PasswordResets {
    database: Database,
    credentials: Credentials,
    mails: LinkMails,
    clock: Arc<dyn Clock>,
}

impl PasswordResets {
    pub(crate) fn new(database: Database, mails: LinkMails, clock: Arc<dyn Clock>) -> Self {
        let credentials = Credentials::new(database.clone(), Arc::clone(&clock));
        Self { database, credentials, mails, clock }
    }

    /// Sends a link to the address, if a member has it. The answer is the same and comes as fast if nobody does.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `email`; [`ApiError::TooManyRequests`].
    pub async fn request(&self, email: &str, client: ClientInfo) -> Result<(), ApiError> {
        let email = Email::parse(email).map_err(|error| ApiError::invalid("email", error.to_string()))?;
        self.credentials.count_mail(LimitedMail::ResetPassword, &email, &client).await.map_err(failed)?;
        let this = self.clone();
        // Whether there is anything to write does not show in how long the answer takes.
        tokio::spawn(async move {
            if let Err(error) = this.send_link(&email, &client).await {
                tracing::error!(?error, "a link for a new password could not be written");
            }
        });
        Ok(())
    }

    async fn send_link(&self, email: &Email, client: &ClientInfo) -> Result<(), Failure> {
        let found = find_member(self.database.auth(), email).await?;
        let Some((tenant_id, member_id)) = found else { return Ok(()) };
        let purpose = TokenPurpose::ResetPassword(member_id);
        let mut tx = self.database.tenant(tenant_id).await?;
        let expires_at = self.clock.now() + VALID;
        let token = insert_token(tx.connection(), tenant_id, purpose, email, expires_at).await?;
        let mail = Mail::ResetPassword {
            link: self.mails.link_with("/reset-password", &token),
            minutes_valid: minutes(VALID),
            asked_from: client.address.map(|address| address.to_string()).unwrap_or_default(),
        };
        self.mails.queue(&mut tx, email, &mail).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether a link works still. Asking does not use it up.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] when it does not: one answer whether it was used, has expired or never was; and another one
    /// when there is no token in it.
    pub async fn check(&self, token: &Secret<String>) -> Result<(), ApiError> {
        if token.expose().is_empty() {
            return Err(ApiError::conflict("This link is incomplete. Copy the whole of it from the mail."));
        }
        self.held(token).await.map(|_| ())
    }

    /// What a link is good for, and whose it is.
    async fn held(&self, token: &Secret<String>) -> Result<(MailToken, MemberId), ApiError> {
        let found = find_token(self.database.auth(), token, self.clock.now()).await.map_err(failed)?;
        let found = found.ok_or_else(gone)?;
        let TokenPurpose::ResetPassword(member_id) = found.purpose else { return Err(gone()) };
        Ok((found, member_id))
    }

    /// Sets a new password with the token of a link, and ends all sessions of the member. A token works once; a password
    /// that is refused does not use it up, nor does anything else by which the new one is not set.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `password`; [`ApiError::Conflict`] when the link does not work: one answer whether it was
    /// used, has expired or never was.
    pub async fn reset(&self, token: Secret<String>, password: Secret<String>) -> Result<(), ApiError> {
        check_password(password.expose(), &[]).map_err(|fault| ApiError::invalid("password", fault.to_string()))?;
        let (found, member_id) = self.held(&token).await?;
        // Only then: hashing takes long by intention, and those who sign in wait for their turn to do it.
        let hash = self.credentials.passwords().hash(password).await.map_err(failed)?;
        let mut tries = Tries::default();
        loop {
            match self.reset_once(&found, member_id, &token, &hash).await {
                Err(failure) if tries.again(&failure) => {}
                done => return done.map_err(failed),
            }
        }
    }

    async fn reset_once(
        &self,
        found: &MailToken,
        member_id: MemberId,
        token: &Secret<String>,
        hash: &str,
    ) -> Result<(), Failure> {
        let mut tx = self.database.tenant(found.tenant_id).await?;
        let is_first = spend_token(tx.connection(), found.tenant_id, token).await?;
        // A link that was sent to an address that the member has no more proves nothing.
        if !is_first || !replace_password(&mut tx, member_id, &found.email, hash, Actor::Member(member_id)).await? {
            return Err(gone().into());
        }
        tx.commit().await?;
        Ok(())
    }
}

fn gone() -> ApiError {
    ApiError::conflict("This link does not work any more. Ask for a new one.")
}
