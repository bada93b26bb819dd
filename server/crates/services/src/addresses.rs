//! E-mail addresses of members: confirmed, and replaced, by a link in a mail to them.

use crate::error::{Failure, Tries, failed};
use crate::link_mails::LinkMails;
use crate::people::{confirm_password, is_taken_address, member_of};
use hookreel_auth::{
    Caller, ClientInfo, Credentials, LimitedMail, MailToken, MemberRecord, TokenPurpose, delete_tokens, find_token,
    member_record, set_address, set_verified, spend_token, wanted_address,
};
use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_domain::Member;
use hookreel_domain::tenant::MemberCommand;
use hookreel_kernel::{Actor, Clock, Email, MemberId, Metadata, Secret, TenantId};
use hookreel_mail::Mail;
use hookreel_read_models::execute;
use std::sync::Arc;

/// Use cases about addresses.
#[derive(Debug, Clone)]
pub struct Addresses {
    database: Database,
    credentials: Credentials,
    mails: LinkMails,
    clock: Arc<dyn Clock>,
}

impl Addresses {
    pub(crate) fn new(database: Database, mails: LinkMails, clock: Arc<dyn Clock>) -> Self {
        let credentials = Credentials::new(database.clone(), Arc::clone(&clock));
        Self { database, credentials, mails, clock }
    }

    /// Sends the link again by which the member confirms the own address; links sent before stop working. Nothing
    /// happens when it is confirmed.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`]; [`ApiError::TooManyRequests`].
    pub async fn send_link(&self, caller: &Caller, client: &ClientInfo) -> Result<(), ApiError> {
        let (tenant_id, member_id) = member_of(caller)?;
        let member = self.member(tenant_id, member_id).await?;
        if member.is_verified {
            return Ok(());
        }
        let limited = LimitedMail::VerifyAddress(member_id);
        self.credentials.count_mail(limited, &member.email, client).await.map_err(failed)?;
        let write = async {
            let mut tx = self.database.tenant(tenant_id).await?;
            self.mails.queue_verification(&mut tx, member_id, &member.email, self.clock.now()).await?;
            tx.commit().await
        };
        write.await.map_err(failed)
    }

    /// The address that the member has asked for and not confirmed yet.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`].
    pub async fn wanted(&self, caller: &Caller) -> Result<Option<Email>, ApiError> {
        let (tenant_id, member_id) = member_of(caller)?;
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let wanted = wanted_address(tx.connection(), tenant_id, member_id, self.clock.now()).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(wanted)
    }

    /// Sends a link to another address, and a word to the present one. The member has the other address once the link
    /// is used. Whether it is somebody's already is not said here: only whoever reads its mailbox is told.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `email` or `password`; [`ApiError::TooManyRequests`], also for wrong passwords.
    pub async fn request_change(
        &self,
        caller: &Caller,
        email: &str,
        password: Secret<String>,
        client: &ClientInfo,
    ) -> Result<(), ApiError> {
        let (tenant_id, member_id) = member_of(caller)?;
        let member = self.member(tenant_id, member_id).await?;
        let email = Email::parse(email).map_err(|error| ApiError::invalid("email", error.to_string()))?;
        if email == member.email {
            return Err(ApiError::invalid("email", "is your address already"));
        }
        confirm_password(&self.credentials, &member.email, password, client, "password").await?;
        let limited = LimitedMail::VerifyAddress(member_id);
        self.credentials.count_mail(limited, &email, client).await.map_err(failed)?;
        let mut tries = Tries::default();
        loop {
            match self.request_change_once(caller, member_id, &member.email, &email).await {
                Err(failure) if tries.again(&failure) => {}
                done => return done.map_err(failed),
            }
        }
    }

    async fn request_change_once(
        &self,
        caller: &Caller,
        member_id: MemberId,
        present: &Email,
        wanted: &Email,
    ) -> Result<(), Failure> {
        let mut tx = self.database.tenant(caller.tenant_id()).await?;
        let purpose = TokenPurpose::ChangeAddress(member_id);
        self.mails.queue_address_link(&mut tx, purpose, wanted, self.clock.now()).await?;
        let word = Mail::AddressChange { new_address: wanted.to_string(), link: self.mails.link("/forgot-password") };
        self.mails.queue(&mut tx, present, &word).await?;
        let metadata = Metadata::by(caller.actor().clone());
        let command = MemberCommand::RequestAddressChange;
        execute::<Member>(tx.connection(), caller.tenant_id(), member_id.uuid(), &metadata, command).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps the present address: the link to the other one stops working.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`].
    pub async fn cancel_change(&self, caller: &Caller) -> Result<(), ApiError> {
        let (tenant_id, member_id) = member_of(caller)?;
        let write = async {
            let mut tx = self.database.tenant(tenant_id).await?;
            delete_tokens(tx.connection(), tenant_id, TokenPurpose::ChangeAddress(member_id)).await?;
            tx.commit().await
        };
        write.await.map_err(failed)
    }

    /// Uses a link: confirms the member's address, or gives the member the one that the mail went to. Whoever has the
    /// link may, signed in or not: it proves all that is to be proven.
    ///
    /// # Errors
    /// [`ApiError::Conflict`]: one answer whether the link was used, has expired, never was or is for something else;
    /// and another one when the address is somebody else's by now.
    pub async fn verify(&self, token: Secret<String>) -> Result<(), ApiError> {
        let found = find_token(self.database.auth(), &token, self.clock.now()).await.map_err(failed)?;
        let Some((found, member_id, command)) = found.and_then(what_follows) else { return Err(gone()) };
        let mut tries = Tries::default();
        loop {
            match self.verify_once(&found, member_id, &command, &token).await {
                Err(failure) if tries.again(&failure) => {}
                Err(Failure::Database(error)) if is_taken_address(&error) => return Err(taken(&found.email)),
                done => return done.map_err(failed),
            }
        }
    }

    async fn verify_once(
        &self,
        found: &MailToken,
        member_id: MemberId,
        command: &MemberCommand,
        token: &Secret<String>,
    ) -> Result<(), Failure> {
        let (tenant_id, now) = (found.tenant_id, self.clock.now());
        let mut tx = self.database.tenant(tenant_id).await?;
        if !spend_token(tx.connection(), tenant_id, token).await? {
            return Err(gone().into());
        }
        if *command == MemberCommand::ChangeAddress {
            set_address(tx.connection(), tenant_id, member_id, &found.email, now).await?;
        } else if !set_verified(tx.connection(), tenant_id, member_id, &found.email, now).await? {
            // The member has another address by now.
            return Err(gone().into());
        }
        let metadata = Metadata::by(Actor::Member(member_id));
        execute::<Member>(tx.connection(), tenant_id, member_id.uuid(), &metadata, command.clone()).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn member(&self, tenant_id: TenantId, member_id: MemberId) -> Result<MemberRecord, ApiError> {
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let member = member_record(tx.connection(), tenant_id, member_id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        member.ok_or(ApiError::Unauthenticated)
    }
}

/// Of a token about an address: whose, and what is to happen. A link for anything else is none here.
fn what_follows(found: MailToken) -> Option<(MailToken, MemberId, MemberCommand)> {
    match found.purpose {
        TokenPurpose::VerifyAddress(id) => Some((found, id, MemberCommand::VerifyAddress)),
        TokenPurpose::ChangeAddress(id) => Some((found, id, MemberCommand::ChangeAddress)),
        TokenPurpose::ResetPassword(_) | TokenPurpose::Invitation(_) => None,
    }
}

fn gone() -> ApiError {
    ApiError::conflict("This link does not work any more. Sign in, and have a new one sent from your settings.")
}

fn taken(email: &Email) -> ApiError {
    ApiError::conflict(format!(
        "{email} is the address of another account, and an address can belong to one account only. Choose \
         another address in your settings."
    ))
}
