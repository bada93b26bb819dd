//! Members of a tenant: invited, joined, removed.
//!
//! An address is a member's of one tenant only. Whoever invites is told what the own tenant has to do with an address,
//! and nothing of others: that it has an account elsewhere is told to whoever reads its mailbox, behind the link.

use crate::error::{Failure, Tries, failed};
use crate::link_mails::{LinkMails, minutes};
use crate::people::{is_taken_address, member_of};
use crate::plans::Plans;
use hookreel_auth::{
    Caller, ClientInfo, Credentials, InvitationRecord, LimitedMail, MemberIdentity, MemberRecord, NewMember,
    TokenPurpose, check_password, delete_invitation, delete_member, find_token, has_account, insert_invitation,
    insert_member, insert_token, invitations, lock_members, member_record, people, renew_invitation, spend_token,
    tenant_name,
};
use hookreel_contract::ApiError;
use hookreel_contract::views::{InvitationOffer, InvitationView, MemberView, MembersView};
use hookreel_database::{Database, TenantTx};
use hookreel_domain::billing::Used;
use hookreel_domain::invitation::InvitationCommand;
use hookreel_domain::tenant::MemberCommand;
use hookreel_domain::{Invitation, Member};
use hookreel_kernel::{Actor, Clock, Email, InvitationId, MemberId, Metadata, Secret, TenantId};
use hookreel_mail::Mail;
use hookreel_read_models::execute;
use std::sync::Arc;
use std::time::Duration;

/// How long the link of an invitation works.
const INVITATION_VALID: Duration = Duration::from_hours(7 * 24);
/// The most members and open invitations of a tenant, whatever its plan.
pub const PLACES_MAX: usize = 500;

/// Use cases about the people of a tenant and those who are to be.
#[derive(Debug, Clone)]
pub struct Members {
    database: Database,
    credentials: Credentials,
    mails: LinkMails,
    plans: Plans,
    clock: Arc<dyn Clock>,
}

/// An invitation that somebody holds the link of.
#[derive(Debug)]
struct Held {
    tenant_id: TenantId,
    id: InvitationId,
    email: Email,
}

impl Members {
    pub(crate) fn new(database: Database, mails: LinkMails, plans: Plans, clock: Arc<dyn Clock>) -> Self {
        let credentials = Credentials::new(database.clone(), Arc::clone(&clock));
        Self { database, credentials, mails, plans, clock }
    }

    /// Everybody who belongs to the tenant or was asked to.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(&self, caller: &Caller) -> Result<MembersView, ApiError> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let members = people(tx.connection(), tenant_id).await.map_err(failed)?;
        let open = invitations(tx.connection(), tenant_id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let (now, caller_id) = (self.clock.now(), caller.member_id());
        let members = members.into_iter().map(|person| MemberView {
            id: person.member_id,
            email: person.email,
            is_verified: person.verified_at.is_some(),
            joined_at: person.joined_at,
            last_seen_at: person.last_seen_at,
            is_self: Some(person.member_id) == caller_id,
        });
        let invitations = open.into_iter().map(|invitation| InvitationView {
            id: invitation.id,
            email: invitation.email,
            invited_by: invitation.invited_by,
            sent_at: invitation.created_at,
            expires_at: invitation.expires_at,
            is_expired: invitation.expires_at <= now,
        });
        Ok(MembersView { members: members.collect(), invitations: invitations.collect() })
    }

    /// Asks somebody to join the tenant, by a mail with a link.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `email`; [`ApiError::Forbidden`] until the own address is confirmed: nobody writes to
    /// strangers in the name of this instance without being reachable; [`ApiError::QuotaExceeded`] or
    /// [`ApiError::Conflict`] when there is no place left; [`ApiError::TooManyRequests`].
    pub async fn invite(&self, caller: &Caller, email: &str, client: &ClientInfo) -> Result<(), ApiError> {
        let email = Email::parse(email).map_err(|error| ApiError::invalid("email", error.to_string()))?;
        let (member_id, inviter) = self.inviter(caller).await?;
        let limited = LimitedMail::Invitation(member_id);
        self.credentials.count_mail(limited, &email, client).await.map_err(failed)?;
        let id = InvitationId::generate();
        let mut tries = Tries::default();
        loop {
            match self.invite_once(caller, (member_id, &inviter), id, &email).await {
                Err(failure) if tries.again(&failure) => {}
                done => return done.map_err(failed),
            }
        }
    }

    async fn invite_once(
        &self,
        caller: &Caller,
        (member_id, inviter): (MemberId, &MemberRecord),
        id: InvitationId,
        email: &Email,
    ) -> Result<(), Failure> {
        let (tenant_id, now) = (caller.tenant_id(), self.clock.now());
        let mut tx = self.database.tenant(tenant_id).await?;
        // Locked first, so that of two who invite at once the second one counts what the first has sent. Members are read
        // after the invitations: who accepts one meanwhile is counted twice, and not left out.
        lock_members(tx.connection(), tenant_id).await?;
        let open = invitations(tx.connection(), tenant_id).await?;
        let members = lock_members(tx.connection(), tenant_id).await?;
        if members.iter().any(|(_, member)| member == email.as_str()) {
            return Err(ApiError::invalid("email", "belongs to a member already").into());
        }
        if open.iter().any(|invitation| invitation.email == *email) {
            return Err(ApiError::invalid("email", "has an invitation already: send that one again").into());
        }
        let used = self.check_places(&mut tx, members.len(), open.len()).await?;
        let new = InvitationRecord {
            id,
            email: email.clone(),
            invited_by: Some(inviter.email.to_string()),
            created_at: now,
            expires_at: now + INVITATION_VALID,
        };
        insert_invitation(tx.connection(), tenant_id, member_id, &new).await?;
        self.queue_invitation(&mut tx, inviter, id, email).await?;
        let metadata = Metadata::by(caller.actor().clone());
        execute::<Invitation>(tx.connection(), tenant_id, id.uuid(), &metadata, InvitationCommand::Send).await?;
        self.plans.note_used(&mut tx, used).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sends an invitation again, for another while; the link sent before stops working.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Forbidden`] and [`ApiError::TooManyRequests`] as [`Members::invite`].
    pub async fn invite_again(&self, caller: &Caller, id: InvitationId, client: &ClientInfo) -> Result<(), ApiError> {
        let (member_id, inviter) = self.inviter(caller).await?;
        let email = self.email_of(caller, id).await?;
        let limited = LimitedMail::Invitation(member_id);
        self.credentials.count_mail(limited, &email, client).await.map_err(failed)?;
        let mut tries = Tries::default();
        loop {
            match self.invite_again_once(caller, &inviter, id).await {
                Err(failure) if tries.again(&failure) => {}
                done => return done.map_err(failed),
            }
        }
    }

    async fn invite_again_once(
        &self,
        caller: &Caller,
        inviter: &MemberRecord,
        id: InvitationId,
    ) -> Result<(), Failure> {
        let (tenant_id, now) = (caller.tenant_id(), self.clock.now());
        let mut tx = self.database.tenant(tenant_id).await?;
        let renewed = renew_invitation(tx.connection(), tenant_id, id, (now, now + INVITATION_VALID)).await?;
        let email = renewed.ok_or_else(no_invitation)?;
        self.queue_invitation(&mut tx, inviter, id, &email).await?;
        let metadata = Metadata::by(caller.actor().clone());
        execute::<Invitation>(tx.connection(), tenant_id, id.uuid(), &metadata, InvitationCommand::SendAgain).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes an invitation back: its link stops working.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn revoke_invitation(&self, caller: &Caller, id: InvitationId) -> Result<(), ApiError> {
        let mut tries = Tries::default();
        loop {
            match self.revoke_once(caller, id).await {
                Err(failure) if tries.again(&failure) => {}
                done => return done.map_err(failed),
            }
        }
    }

    async fn revoke_once(&self, caller: &Caller, id: InvitationId) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        if !delete_invitation(tx.connection(), tenant_id, id).await? {
            return Err(no_invitation().into());
        }
        let metadata = Metadata::by(caller.actor().clone());
        execute::<Invitation>(tx.connection(), tenant_id, id.uuid(), &metadata, InvitationCommand::Revoke).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What whoever has this link is invited to.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] when the link does not work: one answer whatever the reason.
    pub async fn offer(&self, token: &Secret<String>) -> Result<InvitationOffer, ApiError> {
        let held = self.held(token).await?;
        let has_account = has_account(self.database.auth(), &held.email).await.map_err(failed)?;
        let mut tx = self.database.tenant(held.tenant_id).await.map_err(failed)?;
        let tenant_name = tenant_name(tx.connection(), held.tenant_id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(InvitationOffer { tenant_name, email: held.email, has_account })
    }

    /// Joins the tenant under the address that the invitation was sent to, which is confirmed by that.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `password`, which leaves the link as it is; [`ApiError::Conflict`] when the link does
    /// not work, or the address has an account.
    pub async fn accept(&self, token: Secret<String>, password: Secret<String>) -> Result<MemberIdentity, ApiError> {
        let held = self.held(&token).await?;
        check_password(password.expose(), &[held.email.as_str()])
            .map_err(|fault| ApiError::invalid("password", fault.to_string()))?;
        if has_account(self.database.auth(), &held.email).await.map_err(failed)? {
            return Err(has_another(&held.email));
        }
        let password_hash = self.credentials.passwords().hash(password).await.map_err(failed)?;
        let new = NewMember {
            tenant_id: held.tenant_id,
            member_id: MemberId::generate(),
            email: held.email.clone(),
            password_hash,
            verified_at: Some(self.clock.now()),
        };
        let mut tries = Tries::default();
        loop {
            match self.accept_once(&held, &new, &token).await {
                Err(failure) if tries.again(&failure) => {}
                Err(Failure::Database(error)) if is_taken_address(&error) => return Err(has_another(&held.email)),
                done => return done.map_err(failed),
            }
        }
    }

    async fn accept_once(
        &self,
        held: &Held,
        new: &NewMember,
        token: &Secret<String>,
    ) -> Result<MemberIdentity, Failure> {
        let (tenant_id, member_id) = (held.tenant_id, new.member_id);
        let mut tx = self.database.tenant(tenant_id).await?;
        let is_first = spend_token(tx.connection(), tenant_id, token).await?;
        if !is_first || !delete_invitation(tx.connection(), tenant_id, held.id).await? {
            return Err(gone().into());
        }
        let identity = insert_member(tx.connection(), new).await?;
        let metadata = Metadata::by(Actor::Member(member_id));
        let accept = InvitationCommand::Accept { member_id };
        execute::<Invitation>(tx.connection(), tenant_id, held.id.uuid(), &metadata, accept).await?;
        let join = MemberCommand::Join { invitation_id: Some(held.id) };
        execute::<Member>(tx.connection(), tenant_id, member_id.uuid(), &metadata, join).await?;
        tx.commit().await?;
        Ok(identity)
    }

    /// Removes a member, also oneself: all sessions end, and the address is free. The last member stays.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Conflict`] for the last one.
    pub async fn remove(&self, caller: &Caller, member_id: MemberId) -> Result<(), ApiError> {
        let mut tries = Tries::default();
        loop {
            match self.remove_once(caller, member_id).await {
                Err(failure) if tries.again(&failure) => {}
                done => return done.map_err(failed),
            }
        }
    }

    async fn remove_once(&self, caller: &Caller, member_id: MemberId) -> Result<(), Failure> {
        let tenant_id = caller.tenant_id();
        let mut tx = self.database.tenant(tenant_id).await?;
        // Locked: of two members who remove each other at once, one finds itself alone.
        let members = lock_members(tx.connection(), tenant_id).await?;
        if !members.iter().any(|(id, _)| *id == member_id) {
            return Err(ApiError::not_found("Member").into());
        }
        if members.len() == 1 {
            return Err(ApiError::conflict(
                "the last member cannot be removed: nobody could sign in any more; invite somebody first",
            )
            .into());
        }
        delete_member(tx.connection(), tenant_id, member_id).await?;
        let metadata = Metadata::by(caller.actor().clone());
        execute::<Member>(tx.connection(), tenant_id, member_id.uuid(), &metadata, MemberCommand::Remove).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn queue_invitation(
        &self,
        tx: &mut TenantTx,
        inviter: &MemberRecord,
        id: InvitationId,
        email: &Email,
    ) -> Result<(), sqlx::Error> {
        let (tenant_id, expires_at) = (tx.tenant_id(), self.clock.now() + INVITATION_VALID);
        let purpose = TokenPurpose::Invitation(id);
        let token = insert_token(tx.connection(), tenant_id, purpose, email, expires_at).await?;
        let mail = Mail::Invitation {
            tenant: inviter.tenant_name.clone(),
            invited_by: inviter.email.to_string(),
            link: self.mails.link_with("/accept-invitation", &token),
            minutes_valid: minutes(INVITATION_VALID),
        };
        self.mails.queue(tx, email, &mail).await
    }

    /// Whether there is a place for one more, in the plan and at all: the one place where members and open invitations are
    /// counted, in the transaction that invites and with the members locked, so that two invitations at once do not both
    /// take the last place. What is returned is noted once somebody is invited.
    async fn check_places(
        &self,
        tx: &mut TenantTx,
        members: usize,
        invitations: usize,
    ) -> Result<Option<Used>, ApiError> {
        let taken = members + invitations;
        if taken >= PLACES_MAX {
            return Err(ApiError::conflict(format!(
                "there are {members} members and {invitations} open invitations already; remove or revoke one first"
            )));
        }
        self.plans.check_members(tx, taken as u64).await
    }

    /// Who invites: a member whose address is confirmed.
    async fn inviter(&self, caller: &Caller) -> Result<(MemberId, MemberRecord), ApiError> {
        let (tenant_id, member_id) = member_of(caller)?;
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let member = member_record(tx.connection(), tenant_id, member_id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let member = member.ok_or(ApiError::Unauthenticated)?;
        if !member.is_verified {
            let message = "confirm your own e-mail address before you invite others: the link is in the mail to it";
            return Err(ApiError::Forbidden { message: message.to_owned() });
        }
        Ok((member_id, member))
    }

    async fn email_of(&self, caller: &Caller, id: InvitationId) -> Result<Email, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let open = invitations(tx.connection(), caller.tenant_id()).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        open.into_iter().find(|open| open.id == id).map(|open| open.email).ok_or_else(no_invitation)
    }

    async fn held(&self, token: &Secret<String>) -> Result<Held, ApiError> {
        let found =
            find_token(self.database.auth(), token, self.clock.now()).await.map_err(failed)?.ok_or_else(gone)?;
        match found.purpose {
            TokenPurpose::Invitation(id) => Ok(Held { tenant_id: found.tenant_id, id, email: found.email }),
            _ => Err(gone()),
        }
    }
}

fn no_invitation() -> ApiError {
    ApiError::not_found("Invitation")
}

fn gone() -> ApiError {
    ApiError::conflict("This invitation does not work any more. Ask whoever invited you to send it again.")
}

fn has_another(email: &Email) -> ApiError {
    ApiError::conflict(format!(
        "{email} has an account already, and an address can belong to one account only. Change that account's address \
         in its settings and open this link again, or ask to be invited under another address."
    ))
}
