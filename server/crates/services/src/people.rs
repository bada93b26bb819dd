//! Members: signing up and in, and their sessions.
//!
//! What a person is called and how the person signs in are rows of `iam`, which can be changed and deleted; that a
//! tenant was made, a member joined or a session was ended are events, which cannot.

mod sign_in;

pub(crate) use sign_in::confirm_password;

use crate::error::{Failure, Refusal, Tries, failed};
use crate::link_mails::LinkMails;
use hookreel_auth::{
    AuthError, Caller, ClientInfo, Credentials, MemberIdentity, MemberRecord, NewMember, NewTenant, SignUpCheck,
    check_password, find_member, insert_tenant, member_record, set_password,
};
use hookreel_contract::input::SignUp;
use hookreel_contract::views::{AddressState, CurrentMember};
use hookreel_contract::{ApiError, FieldError};
use hookreel_database::{Database, TenantTx};
use hookreel_domain::application::{ApplicationCommand, ApplicationDetails, DEFAULT_UID};
use hookreel_domain::tenant::{MemberCommand, PeopleRejection, TenantCommand};
use hookreel_domain::{Application, Member, Tenant};
use hookreel_kernel::{Actor, ApplicationId, Clock, Email, MemberId, Metadata, Name, Secret, TenantId};
use hookreel_read_models::execute;
use std::sync::Arc;

/// A sign-up whose fields are all right.
struct CheckedSignUp {
    tenant_name: Name,
    email: Email,
    password: Secret<String>,
}

/// Use cases about the people of a tenant.
#[derive(Debug, Clone)]
pub struct People {
    database: Database,
    credentials: Credentials,
    /// None on the command line, where nobody signs up.
    mails: Option<LinkMails>,
    clock: Arc<dyn Clock>,
}

impl People {
    /// On this database.
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        let credentials = Credentials::new(database.clone(), Arc::clone(&clock));
        Self { database, credentials, mails: None, clock }
    }

    /// Whoever signs up gets a link by which the address is confirmed.
    pub(crate) fn with_mails(self, mails: LinkMails) -> Self {
        Self { mails: Some(mails), ..self }
    }

    /// Makes a tenant, its first member, its default application and the mail with the link that confirms the address,
    /// in one transaction.
    ///
    /// An address that is taken is signed in when the password is right, and refused as a sign-in is otherwise.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `tenant_name`, `email` or `password`; [`ApiError::WrongCredentials`];
    /// [`ApiError::TooManyRequests`].
    pub async fn sign_up(&self, input: SignUp, client: ClientInfo) -> Result<MemberIdentity, ApiError> {
        let CheckedSignUp { tenant_name, email, password } = checked(input)?;
        let check = self.credentials.check_sign_up(&email, password.clone(), &client).await.map_err(failed)?;
        let password_hash = match check {
            SignUpCheck::Member(identity) => return Ok(identity),
            SignUpCheck::New { password_hash } => password_hash,
        };
        match self.create_tenant(tenant_name, email.clone(), password_hash, None).await {
            // Somebody signed up with the same address in this very moment.
            Err(Failure::Database(error)) if is_taken_address(&error) => {
                self.sign_in(email.as_str(), password, &client).await
            }
            created => created.map_err(failed),
        }
    }

    /// Makes a tenant as [`People::sign_up`] does, for the operator: an address that is taken is said to be, and one
    /// that is not counts as confirmed.
    ///
    /// # Errors
    /// [`ApiError::Invalid`], [`ApiError::Conflict`].
    pub async fn sign_up_by_operator(&self, input: SignUp) -> Result<MemberIdentity, ApiError> {
        let CheckedSignUp { tenant_name, email, password } = checked(input)?;
        let password_hash = self.credentials.passwords().hash(password).await.map_err(failed)?;
        match self.create_tenant(tenant_name, email.clone(), password_hash, Some(Actor::Operator)).await {
            Err(Failure::Database(error)) if is_taken_address(&error) => {
                Err(ApiError::conflict(format!("there is a member with the e-mail address {email} already")))
            }
            created => created.map_err(failed),
        }
    }

    /// Replaces the password of a member and ends all the member's sessions, for the operator.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `email` or `password`, [`ApiError::NotFound`].
    pub async fn reset_password(&self, email: &str, password: Secret<String>) -> Result<(), ApiError> {
        let email = Email::parse(email).map_err(|error| ApiError::invalid("email", error.to_string()))?;
        check_password(password.expose(), &[email.as_str()])
            .map_err(|fault| ApiError::invalid("password", fault.to_string()))?;
        let hash = self.credentials.passwords().hash(password).await.map_err(failed)?;
        let nobody = || ApiError::not_found("Member");
        let found = find_member(self.database.auth(), &email).await.map_err(failed)?;
        let (tenant_id, member_id) = found.ok_or_else(nobody)?;
        let mut tries = Tries::default();
        loop {
            let write = async {
                let mut tx = self.database.tenant(tenant_id).await?;
                if !replace_password(&mut tx, member_id, &email, &hash, Actor::Operator).await? {
                    return Err(Failure::from(nobody()));
                }
                tx.commit().await?;
                Ok(())
            };
            match write.await {
                Err(failure) if tries.again(&failure) => {}
                done => return done.map_err(failed),
            }
        }
    }

    /// The application that every tenant has from the start.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn default_application(&self, caller: &Caller) -> Result<ApplicationId, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let id = default_application(&mut tx).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        id.ok_or_else(|| ApiError::not_found("Application"))
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`] when the caller is not a member, or not any more.
    pub async fn current(&self, caller: &Caller) -> Result<CurrentMember, ApiError> {
        let (tenant_id, member_id) = member_of(caller)?;
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let member = member_record(tx.connection(), tenant_id, member_id).await.map_err(failed)?;
        let default_application_id = default_application(&mut tx).await.map_err(failed)?;
        let member = member.ok_or(ApiError::Unauthenticated)?;
        tx.commit().await.map_err(failed)?;
        Ok(CurrentMember {
            member_id,
            address: self.address_state(&member),
            email: member.email,
            tenant_id,
            tenant_name: member.tenant_name,
            default_application_id: default_application_id.ok_or(ApiError::Internal)?,
            is_operator: member.is_operator,
        })
    }

    fn address_state(&self, member: &MemberRecord) -> AddressState {
        if member.is_verified {
            AddressState::Confirmed
        } else if self.mails.as_ref().is_some_and(LinkMails::are_sent) {
            AddressState::LinkSent
        } else {
            AddressState::LinkShown
        }
    }

    async fn create_tenant(
        &self,
        name: Name,
        email: Email,
        password_hash: String,
        actor: Option<Actor>,
    ) -> Result<MemberIdentity, Failure> {
        let (tenant_id, member_id, application_id) =
            (TenantId::generate(), MemberId::generate(), ApplicationId::generate());
        let application = ApplicationDetails {
            name: "Default".to_owned(),
            uid: Some(DEFAULT_UID.to_owned()),
            ..ApplicationDetails::default()
        };
        let verified_at = (actor == Some(Actor::Operator)).then(|| self.clock.now());
        let metadata = Metadata::by(actor.unwrap_or(Actor::Member(member_id)));
        let create = TenantCommand::Create { name: name.to_string() };

        let mut tx = self.database.tenant(tenant_id).await?;
        let member = NewMember { tenant_id, member_id, email, password_hash, verified_at };
        let new = NewTenant { name, member };
        let identity = insert_tenant(tx.connection(), &new).await?;
        if let Some(mails) = self.mails.as_ref().filter(|_| verified_at.is_none()) {
            mails.queue_verification(&mut tx, member_id, &new.member.email, self.clock.now()).await?;
        }
        let connection = tx.connection();
        execute::<Tenant>(connection, tenant_id, tenant_id.uuid(), &metadata, create).await?;
        execute::<Member>(
            connection,
            tenant_id,
            member_id.uuid(),
            &metadata,
            MemberCommand::Join { invitation_id: None },
        )
        .await?;
        let create = ApplicationCommand::Create(application);
        execute::<Application>(connection, tenant_id, application_id.uuid(), &metadata, create).await?;
        tx.commit().await?;
        Ok(identity)
    }

    async fn member(&self, tenant_id: TenantId, member_id: MemberId) -> Result<MemberRecord, ApiError> {
        let mut tx = self.database.tenant(tenant_id).await.map_err(failed)?;
        let member = member_record(tx.connection(), tenant_id, member_id).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        member.ok_or(ApiError::Unauthenticated)
    }

    async fn note_about_member(
        &self,
        tenant_id: TenantId,
        member_id: MemberId,
        actor: &Actor,
        command: &MemberCommand,
    ) -> Result<(), ApiError> {
        let metadata = Metadata::by(actor.clone());
        let mut tries = Tries::default();
        loop {
            let write = async {
                let mut tx = self.database.tenant(tenant_id).await?;
                execute::<Member>(tx.connection(), tenant_id, member_id.uuid(), &metadata, command.clone()).await?;
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

/// Gives the member with this address another password, ends what the old one began, and records it. `false`: the
/// member is gone or has another address by now, and nothing is written.
pub(crate) async fn replace_password(
    tx: &mut TenantTx,
    member_id: MemberId,
    email: &Email,
    password_hash: &str,
    actor: Actor,
) -> Result<bool, Failure> {
    let tenant_id = tx.tenant_id();
    if !set_password(tx.connection(), tenant_id, member_id, email, password_hash).await? {
        return Ok(false);
    }
    let (metadata, command) = (Metadata::by(actor), MemberCommand::ResetPassword);
    execute::<Member>(tx.connection(), tenant_id, member_id.uuid(), &metadata, command).await?;
    Ok(true)
}

/// All that is wrong with a sign-up at once, so that a person corrects it once.
fn checked(input: SignUp) -> Result<CheckedSignUp, ApiError> {
    let mut faults = Vec::new();
    let mut note = |field: &str, message: String| faults.push(FieldError::new(field, message));
    let name = Name::parse(&input.tenant_name).map_err(|error| note("tenant_name", error.to_string()));
    let email = Email::parse(&input.email).map_err(|error| note("email", error.to_string()));
    if let Err(fault) = check_password(&input.password, &[&input.email, &input.tenant_name]) {
        note("password", fault.to_string());
    }
    match (name, email) {
        (Ok(tenant_name), Ok(email)) if faults.is_empty() => {
            Ok(CheckedSignUp { tenant_name, email, password: Secret::new(input.password) })
        }
        _ => Err(ApiError::Invalid { fields: faults }),
    }
}

pub(crate) fn member_of(caller: &Caller) -> Result<(TenantId, MemberId), ApiError> {
    Ok((caller.tenant_id(), caller.member_id().ok_or(ApiError::Unauthenticated)?))
}

pub(crate) fn is_taken_address(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.constraint()) == Some("members_email_key")
}

async fn default_application(tx: &mut TenantTx) -> Result<Option<ApplicationId>, sqlx::Error> {
    let tenant_id = tx.tenant_id();
    let id = sqlx::query_scalar!(
        "select application_id from read.applications where tenant_id = $1 and uid = $2 and deleted_at is null",
        tenant_id.uuid(),
        DEFAULT_UID,
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(id.map(ApplicationId::from_uuid))
}

impl Refusal for PeopleRejection {
    /// Only the history of somebody who is not there says no, and nobody can act as such a person.
    fn into_api_error(self) -> ApiError {
        match self {
            Self::NotFound => ApiError::not_found("Member"),
            Self::AlreadyExists => ApiError::conflict(self.to_string()),
        }
    }
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::WrongCredentials => Self::Refused(ApiError::WrongCredentials),
            AuthError::TooManyAttempts { retry_after_s } => Self::Refused(ApiError::TooManyRequests { retry_after_s }),
            AuthError::Password(fault) => Self::Refused(ApiError::invalid("password", fault.to_string())),
            AuthError::Busy => Self::Refused(ApiError::Unavailable),
            AuthError::Database(error) => error.into(),
            AuthError::Hashing(_) | AuthError::Session(_) => Self::Broken(error.into()),
        }
    }
}
