//! A chart as small as a word.

use hookreel_contract::views::StatBucket;
use leptos::prelude::*;

const HEIGHT: f64 = 24.0;
const STEP: f64 = 4.0;
/// The smallest bar that can be seen.
const LEAST: f64 = 2.0;

/// Attempts over time in a row of a table.
#[component]
pub fn Sparkline(
    /// Oldest first, empty ones included.
    buckets: Vec<StatBucket>,
) -> impl IntoView {
    let (succeeded, failed) =
        buckets.iter().fold((0, 0), |(ok, bad), bucket| (ok + bucket.succeeded, bad + bucket.failed));
    let largest = buckets.iter().map(|bucket| bucket.succeeded + bucket.failed).max().unwrap_or(0).max(1);
    let width = buckets.len().max(1) as f64 * STEP;
    let height_of = |n: u64| if n == 0 { 0.0 } else { (n as f64 / largest as f64 * HEIGHT).max(LEAST) };
    let bars = buckets
        .iter()
        .enumerate()
        .map(|(place, bucket)| {
            let x = place as f64 * STEP;
            let bad = height_of(bucket.failed);
            let all = height_of(bucket.succeeded + bucket.failed).max(bad);
            let bar = |class: &'static str, y: f64, height: f64| {
                (height > 0.0).then(|| {
                    view! {
                        <rect
                            class=class
                            x=x.to_string()
                            y=format!("{y:.2}")
                            width=(STEP - 1.0).to_string()
                            height=format!("{height:.2}")
                        />
                    }
                })
            };
            view! {
                {bar("chart-ok", HEIGHT - all + bad, all - bad)}
                {bar("chart-bad", HEIGHT - all, bad)}
            }
        })
        .collect_view();
    view! {
        <svg
            class="sparkline"
            viewBox=format!("0 0 {width} {HEIGHT}")
            width=width.to_string()
            height=HEIGHT.to_string()
            role="img"
            aria-label=format!("{succeeded} succeeded, {failed} failed")
        >
            <line class="chart-grid" x1="0" x2=width.to_string() y1=HEIGHT.to_string() y2=HEIGHT.to_string()/>
            {bars}
        </svg>
    }
}
