//! A new password by a link in a mail.

use crate::error::{Failure, Tries, failed};
use hookreel_auth::{
    ClientInfo, Credentials, LimitedMail, check_password, issue_reset_token, set_password, use_reset_token,
};
use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_domain::Member;
use hookreel_domain::tenant::MemberCommand;
use hookreel_handlers::queue_mail;
use hookreel_kernel::{Actor, Clock, Email, Metadata, Secret};
use hookreel_mail::Mail;
use hookreel_read_models::execute;
use hookreel_secrets::SecretBox;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a link works.
const VALID: Duration = Duration::from_mins(30);

/// Use cases about forgotten passwords.
#[derive(Debug, Clone)]
pub struct PasswordResets {
    database: Database,
    credentials: Credentials,
    secrets: SecretBox,
    public_url: Arc<str>,
    clock: Arc<dyn Clock>,
}

impl PasswordResets {
    /// On this database, with links to this instance.
    pub fn new(database: Database, secrets: SecretBox, public_url: &Url, clock: Arc<dyn Clock>) -> Self {
        let credentials = Credentials::new(database.clone(), Arc::clone(&clock));
        let public_url = public_url.as_str().trim_end_matches('/').into();
        Self { database, credentials, secrets, public_url, clock }
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
        let expires_at = self.clock.now() + VALID;
        let issued = issue_reset_token(self.database.auth(), email, expires_at).await?;
        let Some((tenant_id, token)) = issued else { return Ok(()) };
        let mail = Mail::ResetPassword {
            link: format!("{}/reset-password?token={}", self.public_url, token.expose()),
            minutes_valid: u32::try_from(VALID.as_secs() / 60).unwrap_or(u32::MAX),
            asked_from: client.address.map(|address| address.to_string()).unwrap_or_default(),
        };
        let mut tx = self.database.tenant(tenant_id).await?;
        queue_mail(tx.connection(), &self.secrets, tenant_id, email, &mail).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets a new password with the token of a link, and ends all sessions of the member. A token works once; a password
    /// that is refused does not use it up.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `password`, or on `token`: one answer whether it was used, has expired or never was.
    pub async fn reset(&self, token: Secret<String>, password: Secret<String>) -> Result<(), ApiError> {
        check_password(password.expose(), &[]).map_err(|fault| ApiError::invalid("password", fault.to_string()))?;
        let hash = self.credentials.passwords().hash(password).await.map_err(failed)?;
        let now = self.clock.now();
        let used = use_reset_token(self.database.auth(), &token, now).await.map_err(failed)?;
        let Some((tenant_id, member_id, email)) = used else {
            return Err(ApiError::invalid("token", "This link does not work any more. Ask for a new one."));
        };
        set_password(self.database.auth(), &email, &hash).await.map_err(failed)?;
        let metadata = Metadata::by(Actor::Member(member_id));
        let mut tries = Tries::default();
        loop {
            let write = async {
                let mut tx = self.database.tenant(tenant_id).await?;
                let command = MemberCommand::ResetPassword;
                execute::<Member>(tx.connection(), tenant_id, member_id.uuid(), &metadata, command).await?;
                tx.commit().await?;
                Ok(())
            };
            match write.await {
                Err(failure) if tries.again(&failure) => {}
                done => return done.map_err(failed),
            }
        }
    }
}
