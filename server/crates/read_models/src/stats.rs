//! Attempts over time.

use hookreel_contract::views::{EndpointStats, StatBucket};
use hookreel_kernel::{EndpointId, TenantId, Timestamp};
use sqlx::PgConnection;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// Steps of the histogram of durations; the last one is open to the top.
const LATENCY_STEPS: usize = 16;
/// The longest window, in hours.
pub const WINDOW_H_MAX: u32 = 90 * 24;

/// A window that ends now, in equal steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first step's beginning.
    pub start: Timestamp,
    /// The last step's end, after now.
    pub end: Timestamp,
    /// One step's length, in minutes.
    pub step_min: u32,
}

impl Window {
    /// The last `hours` (at least 1), cut into 24 to 60 steps for up to a week and into days beyond.
    pub fn ending(now: Timestamp, hours: u32) -> Self {
        let hours = hours.clamp(1, WINDOW_H_MAX);
        let step_min = match hours {
            1 => 2,
            2..=6 => 10,
            7..=24 => 30,
            25..=48 => 60,
            49..=168 => 4 * 60,
            _ => 24 * 60,
        };
        let step_s = i64::from(step_min) * 60;
        let end_s = (now.unix_timestamp().div_euclid(step_s) + 1) * step_s;
        let count = (i64::from(hours) * 3600).div_euclid(step_s).max(1);
        let at = |seconds| Timestamp::from_unix_timestamp(seconds).unwrap_or(now);
        Self { start: at(end_s - count * step_s), end: at(end_s), step_min }
    }

    /// One step's length.
    pub fn step(&self) -> Duration {
        Duration::from_mins(u64::from(self.step_min))
    }
}

/// The attempts of a tenant, or to one endpoint, step by step, oldest first, empty ones included.
///
/// # Errors
/// When the database is away.
pub async fn buckets(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    endpoint_id: Option<EndpointId>,
    window: Window,
) -> Result<Vec<StatBucket>, sqlx::Error> {
    let totals = sqlx::query!(
        r#"select date_bin(make_interval(mins => $5), minute, $3) as "at!",
                  sum(succeeded)::bigint as "succeeded!", sum(failed)::bigint as "failed!",
                  sum(exhausted)::bigint as "exhausted!"
           from read.delivery_stats
           where tenant_id = $1 and ($2::uuid is null or endpoint_id = $2) and minute >= $3 and minute < $4
           group by 1"#,
        tenant_id.uuid(),
        endpoint_id.map(EndpointId::uuid),
        window.start,
        window.end,
        window.step_min as i32,
    )
    .fetch_all(&mut *connection)
    .await?;
    let durations = sqlx::query!(
        r#"select date_bin(make_interval(mins => $5), minute, $3) as "at!", counts.step as "step!",
                  sum(counts.n)::bigint as "n!"
           from read.delivery_stats, unnest(latency_counts) with ordinality as counts (n, step)
           where tenant_id = $1 and ($2::uuid is null or endpoint_id = $2) and minute >= $3 and minute < $4
           group by 1, 2"#,
        tenant_id.uuid(),
        endpoint_id.map(EndpointId::uuid),
        window.start,
        window.end,
        window.step_min as i32,
    )
    .fetch_all(connection)
    .await?;
    let totals: HashMap<Timestamp, (i64, i64, i64)> =
        totals.into_iter().map(|row| (row.at, (row.succeeded, row.failed, row.exhausted))).collect();
    let mut histograms: HashMap<Timestamp, [u64; LATENCY_STEPS]> = HashMap::new();
    for row in durations {
        let histogram = histograms.entry(row.at).or_default();
        if let Some(slot) = usize::try_from(row.step - 1).ok().and_then(|index| histogram.get_mut(index)) {
            *slot += row.n as u64;
        }
    }
    let mut buckets = Vec::new();
    let mut at = window.start;
    while at < window.end {
        let (succeeded, failed, exhausted) = totals.get(&at).copied().unwrap_or_default();
        let histogram = histograms.get(&at).copied().unwrap_or_default();
        buckets.push(StatBucket {
            at,
            succeeded: succeeded as u64,
            failed: failed as u64,
            exhausted: exhausted as u64,
            p50_ms: percentile_ms(&histogram, 0.5),
            p95_ms: percentile_ms(&histogram, 0.95),
        });
        at += window.step();
    }
    Ok(buckets)
}

/// The attempts to these endpoints since a time; `waiting` is left at 0.
///
/// # Errors
/// When the database is away.
pub(crate) async fn of_endpoints(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    ids: &[Uuid],
    since: Timestamp,
) -> Result<HashMap<Uuid, EndpointStats>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select endpoint_id, sum(succeeded)::bigint as "succeeded!", sum(failed)::bigint as "failed!"
           from read.delivery_stats
           where tenant_id = $1 and endpoint_id = any($2) and minute >= $3
           group by endpoint_id"#,
        tenant_id.uuid(),
        ids,
        since,
    )
    .fetch_all(connection)
    .await?;
    let stats = |row: (i64, i64)| EndpointStats { succeeded: row.0 as u64, failed: row.1 as u64, waiting: 0 };
    Ok(rows.into_iter().map(|row| (row.endpoint_id, stats((row.succeeded, row.failed)))).collect())
}

/// The duration that a share of the attempts stayed under, in milliseconds. Step `i` (from 1) holds durations from
/// 2^(i-1) to 2^i; inside a step they are taken as evenly spread.
fn percentile_ms(histogram: &[u64; LATENCY_STEPS], share: f64) -> Option<u32> {
    let total: u64 = histogram.iter().sum();
    if total == 0 {
        return None;
    }
    let wanted = share * total as f64;
    let mut below = 0.0;
    for (index, count) in histogram.iter().enumerate() {
        let count = *count as f64;
        if count > 0.0 && below + count >= wanted {
            let low = if index == 0 { 0.0 } else { f64::from(1_u32 << index) };
            let high = f64::from(1_u32 << (index + 1));
            return Some(((high - low) * ((wanted - below) / count) + low).round() as u32);
        }
        below += count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_window_covers_now_in_equal_steps() {
        let now = datetime!(2026-11-23 09:31:07 UTC);
        let window = Window::ending(now, 24);
        assert_eq!(window.end, datetime!(2026-11-23 10:00 UTC));
        assert_eq!(window.start, datetime!(2026-11-22 10:00 UTC));
        assert_eq!(window.step(), Duration::from_mins(30));
        assert_eq!(Window::ending(now, 0).start, datetime!(2026-11-23 08:32 UTC));
        assert_eq!(Window::ending(now, 24 * 30).end, datetime!(2026-11-24 00:00 UTC));
    }

    #[test]
    fn percentiles_are_read_from_the_histogram() {
        let mut histogram = [0; LATENCY_STEPS];
        assert_eq!(percentile_ms(&histogram, 0.5), None);
        // 90 between 8 and 16 ms, 10 between 512 and 1024 ms.
        (histogram[3], histogram[9]) = (90, 10);
        assert_eq!(percentile_ms(&histogram, 0.5), Some(12));
        assert_eq!(percentile_ms(&histogram, 0.95), Some(768));
    }
}
