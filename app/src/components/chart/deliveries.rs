//! Deliveries over time: what arrived, what failed and is tried again, and what was given up.

use super::axis::{HEIGHT, WIDTH, drawing, scale_top, short, time_labels, when, y_of};
use crate::components::amount::grouped;
use crate::time_text;
use hookreel_contract::views::StatBucket;
use leptos::prelude::*;

/// How much of its step a bar fills.
const BAR: f64 = 0.72;

/// Attempts over time, stacked by what they meant for their deliveries.
#[component]
pub fn DeliveryChart(
    /// Oldest first, empty ones included.
    buckets: Vec<StatBucket>,
    /// How many hours they cover together.
    window_h: u32,
) -> impl IntoView {
    let top = scale_top(buckets.iter().map(|bucket| bucket.succeeded + bucket.failed).max().unwrap_or(0));
    let step = WIDTH / buckets.len().max(1) as f64;
    let bars =
        buckets.iter().enumerate().map(|(place, bucket)| bar(bucket, place as f64 * step, step, top)).collect_view();
    view! {
        <figure class="chart">
            <figcaption class="chart-legend">
                <span class="chart-key chart-key-ok">"Arrived"</span>
                <span class="chart-key chart-key-retried">"Failed, tried again"</span>
                <span class="chart-key chart-key-bad">"Given up"</span>
                <span class="chart-zone">"attempts · UTC"</span>
            </figcaption>
            {drawing(top, short, bars)}
            {time_labels(&buckets, window_h)}
            {table(&buckets, window_h)}
        </figure>
    }
}

fn bar(bucket: &StatBucket, x: f64, step: f64, top: u64) -> impl IntoView + use<> {
    let (inset, width) = (step * (1.0 - BAR) / 2.0, step * BAR);
    let ok_y = y_of(bucket.succeeded, top);
    let retried_y = y_of(bucket.succeeded + retried(bucket), top);
    let bad_y = y_of(bucket.succeeded + bucket.failed, top);
    let text = format!(
        "{}: {} arrived, {} failed and tried again, {} given up",
        time_text::exact(bucket.at),
        grouped(bucket.succeeded),
        grouped(retried(bucket)),
        grouped(bucket.exhausted)
    );
    let piece = |class: &'static str, y: f64, height: f64| {
        (height > 0.0).then(|| {
            view! {
                <rect
                    class=class
                    x=number(x + inset)
                    y=number(y)
                    width=number(width)
                    height=number(height)
                />
            }
        })
    };
    view! {
        <g class="chart-step">
            <title>{text}</title>
            <rect class="chart-target" x=number(x) y="0" width=number(step) height=HEIGHT.to_string()/>
            {piece("chart-ok", ok_y, HEIGHT - ok_y)}
            {piece("chart-retried", retried_y, ok_y - retried_y)}
            {piece("chart-bad", bad_y, retried_y - bad_y)}
        </g>
    }
}

/// Attempts that failed and did not end their delivery.
const fn retried(bucket: &StatBucket) -> u64 {
    bucket.failed.saturating_sub(bucket.exhausted)
}

fn number(value: f64) -> String {
    format!("{value:.2}")
}

fn table(buckets: &[StatBucket], window_h: u32) -> impl IntoView + use<> {
    let rows = buckets
        .iter()
        .filter(|bucket| bucket.succeeded + bucket.failed > 0)
        .map(|bucket| {
            view! {
                <tr>
                    <th scope="row">{when(bucket, window_h)}</th>
                    <td>{grouped(bucket.succeeded)}</td>
                    <td>{grouped(retried(bucket))}</td>
                    <td>{grouped(bucket.exhausted)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="visually-hidden">
            <table>
                <caption>"Attempts over time; times without attempts are left out"</caption>
                <thead>
                    <tr>
                        <th scope="col">"From"</th>
                        <th scope="col">"Arrived"</th>
                        <th scope="col">"Failed, tried again"</th>
                        <th scope="col">"Given up"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
