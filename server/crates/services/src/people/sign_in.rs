//! Signing in, the sessions that follow, and the password they begin with.

use super::{People, member_of};
use crate::error::{Failure, Tries, failed};
use hookreel_auth::{
    AuthError, Caller, ClientInfo, Credentials, MemberIdentity, Recognition, change_password, check_password,
    member_sessions, recognise_browser, revoke_session,
};
use hookreel_contract::ApiError;
use hookreel_contract::views::SessionView;
use hookreel_domain::Member;
use hookreel_domain::tenant::MemberCommand;
use hookreel_kernel::{Actor, Email, Metadata, Secret, SessionId};
use hookreel_read_models::execute;

impl People {
    /// Verifies an e-mail address and a password.
    ///
    /// # Errors
    /// [`ApiError::WrongCredentials`], the same for an unknown address and a wrong password;
    /// [`ApiError::TooManyRequests`], also for a right password during a wait.
    pub async fn sign_in(
        &self,
        email: &str,
        password: Secret<String>,
        client: &ClientInfo,
    ) -> Result<MemberIdentity, ApiError> {
        self.credentials.sign_in(email, password, client).await.map_err(failed)
    }

    /// Recognises the browser of somebody who is about to be signed in, by the cookie that the browser brings. A browser
    /// that the account does not know is noted, so that its owner hears of it, and gets the cookie that is returned.
    ///
    /// # Errors
    /// When the database is away. Do not sign anybody in then: no sign-in goes unnoticed.
    pub async fn note_sign_in(
        &self,
        identity: MemberIdentity,
        client: &ClientInfo,
        cookie: Option<Secret<String>>,
    ) -> Result<Option<Secret<String>>, ApiError> {
        let mut tries = Tries::default();
        loop {
            match self.note_sign_in_once(identity, client, cookie.as_ref()).await {
                Err(failure) if tries.again(&failure) => {}
                done => return done.map_err(failed),
            }
        }
    }

    async fn note_sign_in_once(
        &self,
        identity: MemberIdentity,
        client: &ClientInfo,
        cookie: Option<&Secret<String>>,
    ) -> Result<Option<Secret<String>>, Failure> {
        let (tenant_id, member_id) = (identity.tenant_id(), identity.member_id());
        let mut tx = self.database.tenant(tenant_id).await?;
        let recognition = recognise_browser(tx.connection(), identity, client, cookie, self.clock.now()).await?;
        let cookie = match recognition {
            Recognition::Known => None,
            Recognition::First { cookie } => Some(cookie),
            Recognition::New { browser_id, cookie } => {
                let command = MemberCommand::NoteNewBrowser { browser_id };
                let metadata = Metadata::by(Actor::Member(member_id));
                execute::<Member>(tx.connection(), tenant_id, member_id.uuid(), &metadata, command).await?;
                Some(cookie)
            }
        };
        tx.commit().await?;
        Ok(cookie)
    }

    /// Replaces the member's own password and ends the member's other sessions. What was asked for with the old one,
    /// such as another address, does not happen any more.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `current_password` or `new_password`; [`ApiError::TooManyRequests`] for wrong ones.
    pub async fn change_password(
        &self,
        caller: &Caller,
        session_id: SessionId,
        current: Secret<String>,
        new: Secret<String>,
        client: &ClientInfo,
    ) -> Result<(), ApiError> {
        let (tenant_id, member_id) = member_of(caller)?;
        let member = self.member(tenant_id, member_id).await?;
        check_password(new.expose(), &[member.email.as_str(), &member.tenant_name])
            .map_err(|fault| ApiError::invalid("new_password", fault.to_string()))?;
        let identity = confirm_password(&self.credentials, &member.email, current, client, "current_password").await?;
        let hash = self.credentials.passwords().hash(new).await.map_err(failed)?;
        let mut tries = Tries::default();
        loop {
            match self.change_password_once(identity, session_id, &hash, caller.actor()).await {
                Err(failure) if tries.again(&failure) => {}
                done => return done.map_err(failed),
            }
        }
    }

    /// The password, what ends with the old one, and the event of it, together or not at all.
    async fn change_password_once(
        &self,
        identity: MemberIdentity,
        keep: SessionId,
        hash: &str,
        actor: &Actor,
    ) -> Result<(), Failure> {
        let (tenant_id, member_id) = (identity.tenant_id(), identity.member_id());
        let mut tx = self.database.tenant(tenant_id).await?;
        if !change_password(tx.connection(), identity, hash, keep).await? {
            return Err(ApiError::Unauthenticated.into());
        }
        let (metadata, command) = (Metadata::by(actor.clone()), MemberCommand::ChangePassword);
        execute::<Member>(tx.connection(), tenant_id, member_id.uuid(), &metadata, command).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The member's sessions that are still valid, newest use first.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`] when the caller is not a member.
    pub async fn sessions(&self, caller: &Caller, current: Option<SessionId>) -> Result<Vec<SessionView>, ApiError> {
        let (tenant_id, member_id) = member_of(caller)?;
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let records = member_sessions(tx.connection(), tenant_id, member_id, self.clock.now()).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(records
            .into_iter()
            .map(|record| SessionView {
                id: record.id,
                user_agent: record.user_agent,
                address: record.address,
                created_at: record.created_at,
                last_seen_at: record.last_seen_at,
                current: Some(record.id) == current,
            })
            .collect())
    }

    /// Ends one of the member's own sessions; the browser that holds it is signed out with its next request.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] when the member has no such session.
    pub async fn revoke_session(&self, caller: &Caller, session_id: SessionId) -> Result<(), ApiError> {
        let (tenant_id, member_id) = member_of(caller)?;
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let was_there = revoke_session(tx.connection(), tenant_id, member_id, session_id).await;
        if !was_there.map_err(failed)? {
            return Err(ApiError::not_found("Session"));
        }
        // The session ends even if its event cannot be written: that is what the person wants.
        tx.commit().await.map_err(failed)?;
        let command = MemberCommand::RevokeSession { session_id };
        self.note_about_member(tenant_id, member_id, caller.actor(), &command).await
    }
}

/// Verifies the password of somebody who is signed in, before something that a stolen session must not be enough for.
/// Wrong ones are counted as failed sign-ins.
pub(crate) async fn confirm_password(
    credentials: &Credentials,
    email: &Email,
    password: Secret<String>,
    client: &ClientInfo,
    field: &str,
) -> Result<MemberIdentity, ApiError> {
    match credentials.sign_in(email.as_str(), password, client).await {
        Err(AuthError::WrongCredentials) => Err(ApiError::invalid(field, "is not your password")),
        verified => verified.map_err(failed),
    }
}
