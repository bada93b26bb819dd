//! Members: signing up and in, and their sessions.
//!
//! What a person is called and how the person signs in are rows of `iam`, which can be changed and deleted; that a
//! tenant was made, a member joined or a session was ended are events, which cannot.

use crate::error::{Failure, Refusal, Tries, failed};
use hookreel_auth::{
    AuthError, Caller, ClientInfo, Credentials, MemberIdentity, NewTenant, SignUpCheck, check_password, insert_tenant,
    member_record, member_sessions, revoke_session,
};
use hookreel_contract::input::SignUp;
use hookreel_contract::views::{CurrentMember, SessionView};
use hookreel_contract::{ApiError, FieldError};
use hookreel_database::{Database, TenantTx};
use hookreel_domain::application::{ApplicationCommand, ApplicationDetails, DEFAULT_UID};
use hookreel_domain::tenant::{MemberCommand, PeopleRejection, TenantCommand};
use hookreel_domain::{Application, Member, Tenant};
use hookreel_kernel::{Actor, ApplicationId, Clock, Email, MemberId, Metadata, Name, Secret, SessionId, TenantId};
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
    clock: Arc<dyn Clock>,
}

impl People {
    /// On this database.
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        let credentials = Credentials::new(database.clone(), Arc::clone(&clock));
        Self { database, credentials, clock }
    }

    /// Makes a tenant, its first member and its default application, in one transaction.
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

    /// Makes a tenant as [`People::sign_up`] does, for the operator: an address that is taken is said to be.
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
        let changed = hookreel_auth::set_password(self.database.auth(), &email, &hash).await;
        let (tenant_id, member_id) = changed.map_err(failed)?.ok_or_else(|| ApiError::not_found("Member"))?;
        self.note_about_member(tenant_id, member_id, &Actor::Operator, &MemberCommand::ResetPassword).await
    }

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
        tx.commit().await.map_err(failed)?;
        let member = member.ok_or(ApiError::Unauthenticated)?;
        Ok(CurrentMember {
            member_id,
            email: member.email,
            tenant_id,
            tenant_name: member.tenant_name,
            default_application_id: default_application_id.ok_or(ApiError::Internal)?,
            is_operator: member.is_operator,
        })
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
        let metadata = Metadata::by(actor.unwrap_or(Actor::Member(member_id)));
        let create = TenantCommand::Create { name: name.to_string() };

        let mut tx = self.database.tenant(tenant_id).await?;
        let new = NewTenant { tenant_id, name, member_id, email, password_hash };
        let identity = insert_tenant(tx.connection(), &new).await?;
        let connection = tx.connection();
        execute::<Tenant>(connection, tenant_id, tenant_id.uuid(), &metadata, create).await?;
        execute::<Member>(connection, tenant_id, member_id.uuid(), &metadata, MemberCommand::Join).await?;
        let create = ApplicationCommand::Create(application);
        execute::<Application>(connection, tenant_id, application_id.uuid(), &metadata, create).await?;
        tx.commit().await?;
        Ok(identity)
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

fn member_of(caller: &Caller) -> Result<(TenantId, MemberId), ApiError> {
    Ok((caller.tenant_id(), caller.member_id().ok_or(ApiError::Unauthenticated)?))
}

fn is_taken_address(error: &sqlx::Error) -> bool {
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
