//! How many messages a tenant took in, and how much of its plan that is.

use hookreel_domain::billing::NEAR_PERCENT;
use hookreel_domain::{Month, PlanList, Quota};
use hookreel_kernel::TenantId;
use sqlx::PgConnection;
use time::Date;

/// What a tenant took in on one day of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayUsage {
    /// Which.
    pub day: Date,
    /// Accepted at sources, or released.
    pub received: u64,
    /// Published by API.
    pub published: u64,
    /// Kept undelivered because the plan's messages were used up.
    pub held: u64,
}

/// How a tenant stands with its messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MonthUsage {
    /// The plan that a subscription gave.
    pub plan: Option<String>,
    /// Messages of the month.
    pub used: u64,
    /// Those that are kept undelivered.
    pub held: u64,
}

/// A tenant that has used much of its plan's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearLimit {
    /// Who.
    pub tenant_id: TenantId,
    /// Messages of the month.
    pub used: u64,
    /// How many the plan includes.
    pub limit: u64,
}

/// The days of a month on which there was anything, in order.
///
/// # Errors
/// When the database is away.
pub async fn days(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    month: Month,
) -> Result<Vec<DayUsage>, sqlx::Error> {
    let rows = sqlx::query!(
        "select day, received, published, held from read.usage
         where tenant_id = $1 and day >= $2 and day < $3 order by day",
        tenant_id.uuid(),
        month.first(),
        month.next().first(),
    )
    .fetch_all(connection)
    .await?;
    let days = rows.into_iter().map(|row| DayUsage {
        day: row.day,
        received: row.received as u64,
        published: row.published as u64,
        held: row.held as u64,
    });
    Ok(days.collect())
}

/// The first day on which there was anything.
///
/// # Errors
/// When the database is away.
pub async fn first_day(connection: &mut PgConnection, tenant_id: TenantId) -> Result<Option<Date>, sqlx::Error> {
    sqlx::query_scalar!("select day from read.usage where tenant_id = $1 order by day limit 1", tenant_id.uuid())
        .fetch_optional(connection)
        .await
}

/// The plan of a tenant and what it took in this month. The connection sees the tenant.
///
/// # Errors
/// When the database is away.
pub async fn of_month(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    month: Month,
) -> Result<MonthUsage, sqlx::Error> {
    let row = sqlx::query!(
        r#"select (select plan from read.billing where tenant_id = $1) as plan,
                  coalesce(sum(received + published), 0)::bigint as "used!", coalesce(sum(held), 0)::bigint as "held!"
           from read.usage where tenant_id = $1 and day >= $2 and day < $3"#,
        tenant_id.uuid(),
        month.first(),
        month.next().first(),
    )
    .fetch_one(connection)
    .await?;
    Ok(MonthUsage { plan: row.plan, used: row.used as u64, held: row.held as u64 })
}

/// Tenants that took in something since `since` and have used much of their plan's messages this month, without those
/// that were told so already. The connection is one of `hookreel_engine`.
///
/// # Errors
/// When the database is away.
pub async fn near_limit(
    connection: &mut PgConnection,
    plans: &PlanList,
    month: Month,
    since: Date,
) -> Result<Vec<NearLimit>, sqlx::Error> {
    let limit_of = |limit: Option<u64>| limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
    let names: Vec<&str> = plans.all().iter().map(|plan| plan.name.as_str()).collect();
    let limits: Vec<Option<i64>> = plans.all().iter().map(|plan| limit_of(plan.quotas.messages_month)).collect();
    let rows = sqlx::query!(
        r#"select tenant_id as "tenant_id!", used as "used!", quota as "quota!"
           from (
               select t.tenant_id, t.used, t.reached, case when p.name is null then $6::bigint else p.quota end as quota
               from (
                   select active.tenant_id, b.plan, b.reached -> $7::text as reached, (
                       select sum(u.received + u.published)::bigint from read.usage u
                       where u.tenant_id = active.tenant_id and u.day >= $1 and u.day < $2
                   ) as used
                   from (select distinct tenant_id from read.usage where day >= $3) as active
                   left join read.billing b on b.tenant_id = active.tenant_id
               ) as t
               left join unnest($4::text[], $5::bigint[]) as p (name, quota) on p.name = t.plan
           ) as s
           where used > 0 and used::numeric * 100 >= quota::numeric * $8::bigint and not coalesce(
               s.reached ->> 'month' = $9 and (s.reached ->> 'limit')::numeric = quota
                   and ((s.reached ->> 'percent')::integer >= 100 or used < quota), false)"#,
        month.first(),
        month.next().first(),
        since,
        &names as &[&str],
        &limits as &[Option<i64>],
        limit_of(plans.default_plan().quotas.messages_month),
        Quota::Messages.as_str(),
        i64::from(NEAR_PERCENT),
        month.to_string(),
    )
    .fetch_all(connection)
    .await?;
    let near = rows.into_iter().map(|row| NearLimit {
        tenant_id: TenantId::from_uuid(row.tenant_id),
        used: row.used as u64,
        limit: row.quota as u64,
    });
    Ok(near.collect())
}
