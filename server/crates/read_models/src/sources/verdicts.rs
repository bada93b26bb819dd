//! What is known about who sent what came in.

use super::RECENT;
use crate::page::id_at;
use hookreel_contract::source::{SourceVerdicts, VerdictCounts};
use hookreel_kernel::{SourceId, TenantId, Timestamp};
use sqlx::PgConnection;
use std::time::Duration;

/// The longer of the two times that are looked at.
const WEEK: Duration = Duration::from_hours(7 * 24);

/// How many messages of a source have each verdict, of the newest [`VerdictCounts::LOOKED_AT_MAX`]: a busy source has
/// millions in a week.
///
/// # Errors
/// When the database is away.
pub async fn verdicts(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    id: SourceId,
    now: Timestamp,
) -> Result<SourceVerdicts, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select coalesce(verdict, 'unattempted') as "verdict!", count(*) as "week!",
                  count(*) filter (where message_id >= $4) as "day!"
           from (
               select verdict, message_id from read.messages
               where tenant_id = $1 and source_id = $2 and message_id >= $3
               order by message_id desc limit $5
           ) as newest
           group by 1"#,
        tenant_id.uuid(),
        id.uuid(),
        id_at(now - WEEK),
        id_at(now - RECENT),
        VerdictCounts::LOOKED_AT_MAX as i64,
    )
    .fetch_all(connection)
    .await?;
    let mut counted = SourceVerdicts::default();
    for row in rows {
        *of(&mut counted.day, &row.verdict) += row.day as u64;
        *of(&mut counted.week, &row.verdict) += row.week as u64;
    }
    Ok(counted)
}

fn of<'a>(counts: &'a mut VerdictCounts, verdict: &str) -> &'a mut u64 {
    match verdict {
        "verified" => &mut counts.verified,
        "authenticated" => &mut counts.authenticated,
        "failed" => &mut counts.failed,
        _ => &mut counts.unattempted,
    }
}
