//! The rows of what a recovery asks for.

use super::Stamp;
use hookreel_domain::recovery::{RecoveryOutcome, RecoveryPlan};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Writes a row for each delivery of a plan.
pub(super) async fn upsert_deliveries(
    connection: &mut PgConnection,
    stamp: &Stamp,
    plan: &RecoveryPlan,
    outcomes: &BTreeMap<String, (RecoveryOutcome, String)>,
) -> Result<(), sqlx::Error> {
    let each = &plan.deliveries;
    let outcome = |guid: &String| outcomes.get(guid).map_or((RecoveryOutcome::Waiting, ""), |(o, why)| (*o, why));
    let guids: Vec<&str> = each.iter().map(|missed| missed.guid.as_str()).collect();
    let ids: Vec<i64> = each.iter().map(|missed| missed.hook_delivery_id.cast_signed()).collect();
    let events: Vec<&str> = each.iter().map(|missed| missed.event.as_str()).collect();
    let actions: Vec<Option<&str>> = each.iter().map(|missed| missed.action.as_deref()).collect();
    let statuses: Vec<i32> = each.iter().map(|missed| i32::from(missed.status_code)).collect();
    let failed_at: Vec<_> = each.iter().map(|missed| missed.failed_at).collect();
    let ended: Vec<&str> = each.iter().map(|missed| outcome(&missed.guid).0.as_str()).collect();
    let reasons: Vec<&str> = each.iter().map(|missed| outcome(&missed.guid).1).collect();
    sqlx::query!(
        r#"insert into read.recovery_deliveries (
               tenant_id, recovery_id, place, guid, hook_delivery_id, event, action, status_code, failed_at, outcome,
               reason)
           select $1, $2, u.place, u.guid, u.hook_delivery_id, u.event, u.action, u.status_code, u.failed_at, u.outcome,
                  u.reason
           from unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::integer[], $8::timestamptz[], $9::text[],
                       $10::text[]) with ordinality
               as u (guid, hook_delivery_id, event, action, status_code, failed_at, outcome, reason, place)
           on conflict (tenant_id, recovery_id, place) do update
           set outcome = excluded.outcome, reason = excluded.reason"#,
        stamp.tenant_id.uuid(),
        stamp.id,
        &guids as &[&str],
        &ids,
        &events as &[&str],
        &actions as &[Option<&str>],
        &statuses,
        &failed_at,
        &ended as &[&str],
        &reasons as &[&str],
    )
    .execute(connection)
    .await
    .map(drop)
}
