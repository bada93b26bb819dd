//! Scales and labels that the charts share.

use crate::time_text;
use hookreel_contract::views::StatBucket;
use leptos::prelude::*;

/// The drawing's own width; it is stretched to the place it gets.
pub(super) const WIDTH: f64 = 1000.0;
/// The drawing's own height.
pub(super) const HEIGHT: f64 = 200.0;

/// Up to this many hours, places in time are told by the hour, beyond by the day.
const HOURS_LABELLED_BY_HOUR: u32 = 48;
/// How many places in time are labelled.
const LABELS: usize = 5;

/// Where a scale may end, times a power of ten: round, and with a round half.
const TOPS: [u64; 9] = [10, 12, 16, 20, 24, 30, 40, 60, 80];

/// The top of a scale: close above the largest value.
pub(super) fn scale_top(largest: u64) -> u64 {
    if largest <= 4 {
        return 4;
    }
    let mut power: u64 = 1;
    while power <= u64::MAX / 100 {
        if let Some(top) = TOPS.iter().map(|top| top * power).find(|top| *top >= largest) {
            return top;
        }
        power *= 10;
    }
    largest
}

/// `1.2k`.
pub(super) fn short(n: u64) -> String {
    match n {
        0..10_000 => n.to_string(),
        10_000..1_000_000 => format!("{}k", n / 1_000),
        _ => format!("{}M", n / 1_000_000),
    }
}

/// How far down the drawing a value is.
pub(super) fn y_of(value: u64, top: u64) -> f64 {
    HEIGHT - value as f64 / top.max(1) as f64 * HEIGHT
}

/// When a bucket begins, as its window needs it.
pub(super) fn when(bucket: &StatBucket, window_h: u32) -> String {
    if window_h <= HOURS_LABELLED_BY_HOUR { time_text::hour(bucket.at) } else { time_text::day(bucket.at) }
}

/// The drawing, with its scale beside it and lines across.
pub(super) fn drawing(top: u64, text: impl Fn(u64) -> String, content: impl IntoView) -> impl IntoView {
    view! {
        <div class="chart-frame">
            {scale_labels(top, text)}
            <svg
                class="chart-drawing"
                viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                preserveAspectRatio="none"
                aria-hidden="true"
                focusable="false"
            >
                {grid()}
                {content}
            </svg>
        </div>
    }
}

/// The labels beside the scale, from its top down.
fn scale_labels(top: u64, text: impl Fn(u64) -> String) -> impl IntoView {
    let labels = [top, top / 2, 0].map(|value| view! { <span>{text(value)}</span> });
    view! { <div class="chart-scale" aria-hidden="true">{labels.into_iter().collect_view()}</div> }
}

/// The labels below, evenly spread.
pub(super) fn time_labels(buckets: &[StatBucket], window_h: u32) -> impl IntoView + use<> {
    labels_below(spread(buckets, |bucket| when(bucket, window_h)))
}

/// Labels for places in time, a few of them if there are many.
pub(super) fn spread<T>(places: &[T], label: impl Fn(&T) -> String) -> Vec<String> {
    let last = places.len().saturating_sub(1);
    if places.len() < LABELS {
        places.iter().map(label).collect()
    } else {
        (0..LABELS).filter_map(|n| places.get(n * last / (LABELS - 1))).map(label).collect()
    }
}

/// The row of labels below a drawing.
pub(super) fn labels_below(labels: Vec<String>) -> impl IntoView + use<> {
    let labels = labels.into_iter().map(|label| view! { <span>{label}</span> }).collect_view();
    view! { <div class="chart-times" aria-hidden="true">{labels}</div> }
}

/// Lines across the drawing at the labels of the scale.
fn grid() -> impl IntoView {
    [0.0, HEIGHT / 2.0, HEIGHT]
        .map(|y| view! { <line class="chart-grid" x1="0" x2=WIDTH.to_string() y1=y.to_string() y2=y.to_string()/> })
        .into_iter()
        .collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_on_round_numbers() {
        assert_eq!(scale_top(0), 4);
        assert_eq!(scale_top(5), 10);
        assert_eq!(scale_top(96), 100);
        assert_eq!(scale_top(1_060), 1_200);
        assert_eq!(scale_top(u64::MAX), u64::MAX);
    }
}
