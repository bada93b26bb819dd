//! The strip above every list of traffic: attempts over time, and a range to be chosen on it.

use super::bars::{Bar, bars};
use super::drag::{Drag, range_changes};
use super::{WINDOWS_H, window_hours};
use crate::components::loaded;
use crate::error::AppError;
use crate::query::{here_with, use_query};
use crate::time_text;
use hookreel_contract::views::StatBucket;
use hookreel_kernel::Timestamp;
use leptos::prelude::*;

/// The height of the drawing, in its own units.
const HEIGHT: u64 = 100;
/// A bar with anything in it is at least this high, so that one failure among thousands of attempts is seen.
const HEIGHT_MIN: u64 = 4;

/// A strip of attempts over time. A click on a bar narrows the list to that time, a drag over several to the whole
/// of them; without JavaScript a bar is a link. The same range can be typed into the filters.
#[component]
pub fn TimeStrip(
    /// Oldest first.
    buckets: Resource<Result<Vec<StatBucket>, AppError>>,
) -> impl IntoView {
    let window = use_query("window");
    let since = use_query("since");
    let until = use_query("until");
    let range = Memo::new(move |_| (parsed(since.get()), parsed(until.get())));
    let drag = Drag::begin_watching();
    view! {
        <section class="time-strip" aria-label="Time range">
            <div class="time-strip-head">
                <p class="time-strip-title">
                    "Delivery attempts over time"<span class="time-strip-hint">"Drag to choose a range"</span>
                </p>
                <WindowLinks window/>
            </div>
            {loaded(buckets, move |buckets: Vec<StatBucket>| {
                let bars = bars(&buckets);
                let begin = bars.first().map(|bar| view! { <span>{axis_text(bar.from)}</span> });
                view! {
                    <Bars bars range drag/>
                    <div class="time-strip-foot">
                        {begin}
                        <ChosenRange range/>
                        <span>"now"</span>
                    </div>
                }
            })}
        </section>
    }
}

type Range = (Option<Timestamp>, Option<Timestamp>);

fn parsed(text: Option<String>) -> Option<Timestamp> {
    text.as_deref().and_then(time_text::parse_input)
}

fn axis_text(at: Timestamp) -> String {
    format!("{} {}", time_text::day(at), time_text::hour(at))
}

#[component]
fn WindowLinks(window: Memo<Option<String>>) -> impl IntoView {
    let link = |(hours, label): (u32, &'static str)| {
        let href = here_with(vec![("window", Some(hours.to_string())), ("cursor", None)]);
        let current = move || (window_hours(window.get().as_deref()) == hours).then_some("true");
        view! { <a class="time-strip-window" href=href data-noscroll=true aria-current=current>{label}</a> }
    };
    let links = WINDOWS_H.into_iter().map(link).collect_view();
    view! { <nav class="time-strip-windows" aria-label="Length of the strip">{links}</nav> }
}

#[component]
fn ChosenRange(range: Memo<Range>) -> impl IntoView {
    let clear = here_with(vec![("since", None), ("until", None), ("cursor", None)]);
    move || {
        let ends = <[Option<Timestamp>; 2]>::from(range.get());
        let exact = ends.into_iter().flatten().map(time_text::exact).collect::<Vec<_>>().join(" to ");
        let text = match range.get() {
            (None, None) => return None,
            (Some(since), None) => format!("from {}", axis_text(since)),
            (None, Some(until)) => format!("until {}", axis_text(until)),
            (Some(since), Some(until)) => format!("{} to {}", axis_text(since), axis_text(until)),
        };
        Some(view! {
            <span class="time-strip-chosen" title=exact>{text}" UTC "<a href=clear data-noscroll=true>"Show all"</a></span>
        })
    }
}

#[component]
fn Bars(bars: Vec<Bar>, range: Memo<Range>, drag: Drag) -> impl IntoView {
    let most = bars.iter().map(Bar::attempts).max().unwrap_or_default();
    let links = bars.into_iter().map(|bar| view! { <BarLink bar most range drag/> }).collect_view();
    view! {
        <div
            class="time-strip-bars"
            class:is-narrowed=move || range.get() != (None, None)
            on:pointerup=move |_| drag.end()
            on:pointerleave=move |_| drag.cancel()
            on:dragstart=|event| event.prevent_default()
        >
            {links}
        </div>
    }
}

#[component]
fn BarLink(bar: Bar, most: u64, range: Memo<Range>, drag: Drag) -> impl IntoView {
    let span = (bar.from, bar.to);
    let href = here_with(range_changes(span));
    let label = bar_label(&bar);
    let drawing = drawing(&bar, most);
    let bar = StoredValue::new(bar);
    let is_chosen = move || match range.get() {
        (None, None) => false,
        (since, until) => bar.with_value(|bar| bar.is_within(since, until)),
    };
    view! {
        <a
            class="time-strip-bar"
            class:is-chosen=is_chosen
            class:is-dragged=move || bar.with_value(|bar| drag.covers(bar))
            href=href
            data-noscroll=true
            title=label.clone()
            aria-label=label
            tabindex="-1"
            draggable="false"
            on:pointerdown=move |_| drag.begin(span)
            on:pointerenter=move |_| drag.reach(span)
        >
            {drawing}
        </a>
    }
}

fn bar_label(bar: &Bar) -> String {
    let span = format!("{} to {}", axis_text(bar.from), time_text::hour(bar.to));
    match (bar.attempts(), bar.failed) {
        (0, _) => format!("{span} UTC: no attempts"),
        (attempts, 0) => format!("{span} UTC: {attempts} attempts"),
        (attempts, failed) => format!("{span} UTC: {attempts} attempts, {failed} failed"),
    }
}

/// How high the succeeded and the failed part of a bar are, of [`HEIGHT`].
fn heights(bar: &Bar, most: u64) -> (u64, u64) {
    let height = |count: u64| match count {
        0 => 0,
        count => (count * HEIGHT / most.max(1)).max(HEIGHT_MIN),
    };
    let failed = height(bar.failed).min(HEIGHT);
    (height(bar.succeeded).min(HEIGHT - failed), failed)
}

fn drawing(bar: &Bar, most: u64) -> impl IntoView + use<> {
    let (succeeded, failed) = heights(bar, most);
    view! {
        <svg viewBox="0 0 8 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect class="strip-ok" x="0" width="8" y=(HEIGHT - succeeded).to_string() height=succeeded.to_string()></rect>
            <rect
                class="strip-bad"
                x="0"
                width="8"
                y=(HEIGHT - succeeded - failed).to_string()
                height=failed.to_string()
            ></rect>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn bar(succeeded: u64, failed: u64) -> Bar {
        Bar { from: datetime!(2026-11-23 14:00 UTC), to: datetime!(2026-11-23 14:30 UTC), succeeded, failed }
    }

    #[test]
    fn one_failure_among_thousands_is_still_seen() {
        assert_eq!(heights(&bar(9_999, 1), 10_000), (96, 4));
    }

    #[test]
    fn a_bar_is_never_higher_than_the_drawing() {
        assert_eq!(heights(&bar(100, 0), 100), (100, 0));
        assert_eq!(heights(&bar(0, 0), 0), (0, 0));
        let (succeeded, failed) = heights(&bar(1, 99), 100);
        assert!(succeeded + failed <= HEIGHT);
    }

    #[test]
    fn a_bar_says_what_it_holds() {
        assert_eq!(bar_label(&bar(2, 1)), "23 Nov 14:00 to 14:30 UTC: 3 attempts, 1 failed");
        assert_eq!(bar_label(&bar(0, 0)), "23 Nov 14:00 to 14:30 UTC: no attempts");
    }
}
