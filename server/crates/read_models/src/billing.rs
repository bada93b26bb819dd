//! Which subscriptions are to be read at Stripe, and places of the plan that are being taken.
//!
//! A check is claimed by one process for a while. What it found is written together with the end of its claim: whoever
//! was too slow finds its claim gone and writes nothing.

use hookreel_contract::views::UnreadSubscriptions;
use hookreel_kernel::TenantId;
use sqlx::PgConnection;
use std::time::Duration;
use uuid::Uuid;

/// How long a claim is believed.
const CLAIM: Duration = Duration::from_mins(2);
/// What is kept of an error.
const ERROR_CHARS_MAX: usize = 300;

/// A subscription that somebody reads now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimedCheck {
    /// Whose.
    pub tenant_id: TenantId,
    /// Proves that it is still his to write.
    pub claim: Uuid,
    /// How often it had been wanted when he took it.
    pub wanted: i64,
    /// How often it failed before.
    pub tries: u32,
}

/// Lets a tenant's subscription be read after a while, or earlier if that was wanted already.
///
/// # Errors
/// When the database refuses.
pub async fn want_check(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    after: Duration,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ops.billing_checks as c (tenant_id, due_at) values ($1, now() + make_interval(secs => $2))
         on conflict (tenant_id) do update
         set due_at = least(c.due_at, excluded.due_at), wanted = c.wanted + 1",
        tenant_id.uuid(),
        after.as_secs_f64(),
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Takes the checks that are due, at most so many. The connection is one of `hookreel_engine`.
///
/// # Errors
/// When the database is away.
pub async fn claim_checks(connection: &mut PgConnection, limit: i64) -> Result<Vec<ClaimedCheck>, sqlx::Error> {
    let claim = Uuid::now_v7();
    let rows = sqlx::query!(
        "update ops.billing_checks c set claim = $1, claimed_until = now() + make_interval(secs => $2)
         where tenant_id in (
             select tenant_id from ops.billing_checks
             where due_at <= now() and (claimed_until is null or claimed_until < now())
             order by due_at limit $3 for update skip locked)
         returning tenant_id, wanted, tries",
        claim,
        CLAIM.as_secs_f64(),
        limit,
    )
    .fetch_all(connection)
    .await?;
    let claimed = rows.into_iter().map(|row| ClaimedCheck {
        tenant_id: TenantId::from_uuid(row.tenant_id),
        claim,
        wanted: row.wanted,
        tries: row.tries.unsigned_abs(),
    });
    Ok(claimed.collect())
}

/// Ends a claim whose result is written in the same transaction: the next check is due after `again`, or at once if
/// somebody wanted it meanwhile. `false`: the claim was lost, and nothing may be written.
///
/// # Errors
/// When the database refuses.
pub async fn end_check(
    connection: &mut PgConnection,
    check: &ClaimedCheck,
    again: Duration,
) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query!(
        "update ops.billing_checks
         set claim = null, claimed_until = null, tries = 0, error = '',
             due_at = case when wanted = $3 then now() + make_interval(secs => $4) else now() end
         where tenant_id = $1 and claim = $2",
        check.tenant_id.uuid(),
        check.claim,
        check.wanted,
        again.as_secs_f64(),
    )
    .execute(connection)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends a claim that came to nothing: it is tried again after `pause`.
///
/// # Errors
/// When the database refuses.
pub async fn fail_check(
    connection: &mut PgConnection,
    check: &ClaimedCheck,
    pause: Duration,
    error: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update ops.billing_checks
         set claim = null, claimed_until = null, tries = tries + 1, error = $4,
             due_at = now() + make_interval(secs => $3)
         where tenant_id = $1 and claim = $2",
        check.tenant_id.uuid(),
        check.claim,
        pause.as_secs_f64(),
        error.chars().filter(|c| !c.is_control()).take(ERROR_CHARS_MAX).collect::<String>(),
    )
    .execute(connection)
    .await
    .map(drop)
}

/// What could not be read, of all tenants. The connection is one of `hookreel_engine`.
///
/// # Errors
/// When the database is away.
pub async fn unread(connection: &mut PgConnection) -> Result<UnreadSubscriptions, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) as "count!", coalesce(mode() within group (order by error), '') as "error!"
           from ops.billing_checks where error <> ''"#
    )
    .fetch_one(connection)
    .await?;
    Ok(UnreadSubscriptions { count: row.count as u64, error: row.error })
}

/// Lets everything be read at once that could not be read, of all tenants, and says how much that is. The connection is one
/// of `hookreel_engine`.
///
/// # Errors
/// When the database refuses.
pub async fn want_unread(connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let wanted =
        sqlx::query!("update ops.billing_checks set due_at = now(), tries = 0, wanted = wanted + 1 where error <> ''")
            .execute(connection)
            .await?;
    Ok(wanted.rows_affected())
}

/// The plan that a subscription gave a tenant.
///
/// # Errors
/// When the database is away.
pub async fn plan_of(connection: &mut PgConnection, tenant_id: TenantId) -> Result<Option<String>, sqlx::Error> {
    let plan = sqlx::query_scalar!("select plan from read.billing where tenant_id = $1", tenant_id.uuid())
        .fetch_optional(connection)
        .await?;
    Ok(plan.flatten())
}

/// Lets nobody else take a place of the tenant's plan until the transaction ends.
///
/// # Errors
/// When the database refuses.
pub async fn lock_places(connection: &mut PgConnection, tenant_id: TenantId) -> Result<(), sqlx::Error> {
    let place = format!("places of the plan of {tenant_id}");
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", place).execute(connection).await.map(drop)
}

/// How many endpoints a tenant has.
///
/// # Errors
/// When the database is away.
pub async fn count_endpoints(connection: &mut PgConnection, tenant_id: TenantId) -> Result<u64, sqlx::Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from read.endpoints where tenant_id = $1 and deleted_at is null"#,
        tenant_id.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(count as u64)
}

/// How many members a tenant has.
///
/// # Errors
/// When the database is away.
pub async fn count_members(connection: &mut PgConnection, tenant_id: TenantId) -> Result<u64, sqlx::Error> {
    let count =
        sqlx::query_scalar!(r#"select count(*) as "count!" from iam.members where tenant_id = $1"#, tenant_id.uuid())
            .fetch_one(connection)
            .await?;
    Ok(count as u64)
}
