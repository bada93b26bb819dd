//! How long endpoints took to answer.

use super::axis::{WIDTH, drawing, scale_top, time_labels, when, y_of};
use crate::time_text;
use hookreel_contract::views::StatBucket;
use leptos::prelude::*;
use std::fmt::Write as _;

/// The median and the 95th percentile of the attempts' durations.
#[component]
pub fn LatencyChart(
    /// Oldest first, empty ones included.
    buckets: Vec<StatBucket>,
    /// How many hours they cover together.
    window_h: u32,
) -> impl IntoView {
    let largest = buckets.iter().filter_map(|bucket| bucket.p95_ms.max(bucket.p50_ms)).max().unwrap_or(0);
    let top = scale_top(u64::from(largest));
    let (p50, p95) = (line(&buckets, top, |bucket| bucket.p50_ms), line(&buckets, top, |bucket| bucket.p95_ms));
    view! {
        <figure class="chart">
            <figcaption class="chart-legend">
                <span class="chart-key chart-key-p50">"p50"</span>
                <span class="chart-key chart-key-p95">"p95"</span>
                <span class="chart-zone">"time to answer · UTC"</span>
            </figcaption>
            {drawing(top, time_text::duration, view! { <path class="chart-p95" d=p95/> <path class="chart-p50" d=p50/> })}
            {time_labels(&buckets, window_h)}
            {table(&buckets, window_h)}
        </figure>
    }
}

/// A path through the values there are. A value with no neighbour is a short dash, or it could not be seen.
fn line(buckets: &[StatBucket], top: u64, value_of: impl Fn(&StatBucket) -> Option<u32>) -> String {
    let step = WIDTH / buckets.len().max(1) as f64;
    let dash = step / 2.0;
    let values: Vec<Option<u32>> = buckets.iter().map(value_of).collect();
    let is_there = |place: Option<usize>| place.and_then(|place| values.get(place)).is_some_and(Option::is_some);
    let mut path = String::new();
    for (place, value) in values.iter().enumerate() {
        let Some(value) = value else { continue };
        let (x, y) = ((place as f64 + 0.5) * step, y_of(u64::from(*value), top));
        let follows = is_there(place.checked_sub(1));
        let goes_on = is_there(place.checked_add(1));
        // Writing into a String cannot fail.
        let _ = match (follows, goes_on) {
            (true, _) => write!(path, "L{x:.2} {y:.2}"),
            (false, true) => write!(path, "M{x:.2} {y:.2}"),
            (false, false) => write!(path, "M{:.2} {y:.2}L{:.2} {y:.2}", x - dash, x + dash),
        };
    }
    path
}

fn table(buckets: &[StatBucket], window_h: u32) -> impl IntoView + use<> {
    let text = |value: Option<u32>| value.map_or_else(|| "–".to_owned(), |ms| time_text::duration(u64::from(ms)));
    let rows = buckets
        .iter()
        .filter(|bucket| bucket.p50_ms.is_some())
        .map(|bucket| {
            view! {
                <tr>
                    <th scope="row">{when(bucket, window_h)}</th>
                    <td>{text(bucket.p50_ms)}</td>
                    <td>{text(bucket.p95_ms)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="visually-hidden">
            <table>
                <caption>"Time to answer; times without attempts are left out"</caption>
                <thead><tr><th scope="col">"From"</th><th scope="col">"p50"</th><th scope="col">"p95"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::Timestamp;

    fn bucket(p50_ms: Option<u32>) -> StatBucket {
        StatBucket { at: Timestamp::UNIX_EPOCH, succeeded: 1, failed: 0, exhausted: 0, p50_ms, p95_ms: None }
    }

    #[test]
    fn a_gap_interrupts_the_line_and_a_lone_value_is_a_dash() {
        let buckets = [bucket(Some(10)), bucket(Some(10)), bucket(None), bucket(Some(10))];
        let path = line(&buckets, 10, |bucket| bucket.p50_ms);
        assert_eq!(path, "M125.00 0.00L375.00 0.00M750.00 0.00L1000.00 0.00");
    }
}
