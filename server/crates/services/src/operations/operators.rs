//! Who may see and steer the whole installation.

use crate::error::{database_failed, failed};
use crate::execute::execute;
use hookreel_auth::{Caller, OperatorPermit, OperatorRecord, find_member, grant_operator, revoke_operator};
use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_domain::Member;
use hookreel_domain::tenant::MemberCommand;
use hookreel_kernel::{Email, MemberId, TenantId};

/// Use cases about operators.
#[derive(Debug, Clone)]
pub struct Operators {
    database: Database,
}

impl Operators {
    /// On this database.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The caller's right, if the caller is an operator now. For everybody else there is no such page.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn permit(&self, caller: &Caller) -> Result<OperatorPermit, ApiError> {
        let permit = OperatorPermit::of(self.database.auth(), caller).await.map_err(failed)?;
        permit.ok_or_else(|| ApiError::not_found("This page"))
    }

    /// Makes the member with this address an operator; the member's history says so before the right is there.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `email`, [`ApiError::NotFound`].
    pub async fn grant(&self, email: &str) -> Result<(), ApiError> {
        let (tenant_id, member_id) = self.member(email).await?;
        self.note(tenant_id, member_id, MemberCommand::GrantOperator).await?;
        grant_operator(self.database.auth(), tenant_id, member_id).await.map_err(database_failed)
    }

    /// Takes the right away. It is gone even if the event that says so cannot be written.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `email`, [`ApiError::NotFound`].
    pub async fn revoke(&self, email: &str) -> Result<(), ApiError> {
        let (tenant_id, member_id) = self.member(email).await?;
        revoke_operator(self.database.auth(), tenant_id, member_id).await.map_err(database_failed)?;
        self.note(tenant_id, member_id, MemberCommand::RevokeOperator).await
    }

    /// Every operator, the longest-serving first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(&self) -> Result<Vec<OperatorRecord>, ApiError> {
        hookreel_auth::operators(self.database.auth()).await.map_err(database_failed)
    }

    async fn member(&self, email: &str) -> Result<(TenantId, MemberId), ApiError> {
        let email = Email::parse(email).map_err(|error| ApiError::invalid("email", error.to_string()))?;
        let found = find_member(self.database.auth(), &email).await.map_err(database_failed)?;
        found.ok_or_else(|| ApiError::not_found(format!("A member with the address {email}")))
    }

    async fn note(&self, tenant_id: TenantId, member_id: MemberId, command: MemberCommand) -> Result<(), ApiError> {
        let machine = Caller::operator(tenant_id);
        execute::<Member>(&self.database, &machine, member_id.uuid(), command).await.map(drop)
    }
}
