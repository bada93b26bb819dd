//! Operators: members whom whoever has the machine gave the right to see and steer the whole installation.

use crate::Caller;
use hookreel_kernel::{Actor, Email, MemberId, TenantId, Timestamp};
use sqlx::PgPool;

/// The right to see and steer the whole installation, across its tenants. Whoever holds one has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorPermit {
    actor: Actor,
    /// Whose member; `None`: it is the command line.
    tenant_id: Option<TenantId>,
}

impl OperatorPermit {
    /// Asks the database each time, so that a right that was taken away is gone with the next request. `None` for
    /// everybody who is no operator, and for every API key.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn of(pool: &PgPool, caller: &Caller) -> Result<Option<Self>, sqlx::Error> {
        let Some(member_id) = caller.member_id() else { return Ok(None) };
        let is_operator = sqlx::query_scalar!(
            r#"select exists (select from iam.operators where tenant_id = $1 and member_id = $2) as "is_operator!""#,
            caller.tenant_id().uuid(),
            member_id.uuid(),
        )
        .fetch_one(pool)
        .await?;
        Ok(is_operator.then(|| Self { actor: Actor::Member(member_id), tenant_id: Some(caller.tenant_id()) }))
    }

    /// Whoever can start the program with its database has everything already: for the command line only.
    pub const fn of_the_machine() -> Self {
        Self { actor: Actor::Operator, tenant_id: None }
    }

    /// Who it is, as kept with everything that is done.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The person, and whose member, unless it is the command line.
    pub const fn member(&self) -> Option<(TenantId, MemberId)> {
        match (self.tenant_id, &self.actor) {
            (Some(tenant_id), Actor::Member(member_id)) => Some((tenant_id, *member_id)),
            _ => None,
        }
    }
}

/// An operator, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorRecord {
    /// The member's address.
    pub email: String,
    /// Whose member.
    pub tenant_id: TenantId,
    /// What that tenant is called.
    pub tenant_name: String,
    /// Since when.
    pub granted_at: Timestamp,
}

/// Who has this address.
///
/// # Errors
/// When the database is away.
pub async fn find_member(pool: &PgPool, email: &Email) -> Result<Option<(TenantId, MemberId)>, sqlx::Error> {
    let row = sqlx::query!("select tenant_id, member_id from iam.members where email = $1", email.as_str())
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|row| (TenantId::from_uuid(row.tenant_id), MemberId::from_uuid(row.member_id))))
}

/// Makes a member an operator. Harmless if the member is one.
///
/// # Errors
/// When the database refuses.
pub async fn grant_operator(pool: &PgPool, tenant_id: TenantId, member_id: MemberId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into iam.operators (tenant_id, member_id) values ($1, $2) on conflict do nothing",
        tenant_id.uuid(),
        member_id.uuid(),
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Takes the right away, from the member's next request on. Harmless if the member has none.
///
/// # Errors
/// When the database refuses.
pub async fn revoke_operator(pool: &PgPool, tenant_id: TenantId, member_id: MemberId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from iam.operators where tenant_id = $1 and member_id = $2",
        tenant_id.uuid(),
        member_id.uuid(),
    )
    .execute(pool)
    .await
    .map(drop)
}

/// Every operator, the longest-serving first.
///
/// # Errors
/// When the database is away.
pub async fn operators(pool: &PgPool) -> Result<Vec<OperatorRecord>, sqlx::Error> {
    let rows = sqlx::query!(
        "select m.email, t.tenant_id, t.name as tenant_name, o.granted_at
         from iam.operators o
         join iam.members m on m.tenant_id = o.tenant_id and m.member_id = o.member_id
         join iam.tenants t on t.tenant_id = o.tenant_id
         order by o.granted_at, m.email"
    )
    .fetch_all(pool)
    .await?;
    let records = rows.into_iter().map(|row| OperatorRecord {
        email: row.email,
        tenant_id: TenantId::from_uuid(row.tenant_id),
        tenant_name: row.tenant_name,
        granted_at: row.granted_at,
    });
    Ok(records.collect())
}
