//! The strip above every list of traffic: attempts over time, and a range to be chosen on it.

use super::bars::{Bar, bars};
use super::{WINDOWS_H, window_hours};
use crate::query::{here_with, use_query};
use crate::time_text;
use hookreel_contract::views::StatBucket;
use hookreel_kernel::Timestamp;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// The height of the drawing, in its own units.
const HEIGHT: u64 = 100;
/// A bar with anything in it is at least this high, so that one failure among thousands of attempts is seen.
const HEIGHT_MIN: u64 = 4;

/// A strip of attempts over time. A click on a bar narrows the list to that time, a drag over several to the whole
/// of them; without JavaScript a bar is a link. The same range can be typed into the filters.
#[component]
pub fn TimeStrip(
    /// Oldest first.
    buckets: Vec<StatBucket>,
) -> impl IntoView {
    let window = use_query("window");
    let since = use_query("since");
    let until = use_query("until");
    let range = Memo::new(move |_| (parsed(since.get()), parsed(until.get())));
    let bars = bars(&buckets);
    let most = bars.iter().map(Bar::attempts).max().unwrap_or_default();
    let ends = bars.first().zip(bars.last()).map(|(first, last)| (first.from, last.to));

    view! {
        <section class="time-strip" aria-label="Time range">
            <div class="time-strip-head">
                <p class="time-strip-title">"Delivery attempts over time"<span class="time-strip-hint">"Drag to choose a range"</span></p>
                <WindowLinks window/>
            </div>
            <Bars bars most range/>
            <div class="time-strip-foot">
                {ends.map(|(from, _)| view! { <span>{axis_text(from)}</span> })}
                <ChosenRange range/>
                {ends.map(|_| view! { <span>"now"</span> })}
            </div>
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

fn range_changes(from: Timestamp, to: Timestamp) -> Vec<(&'static str, Option<String>)> {
    vec![("since", Some(time_text::input_value(from))), ("until", Some(time_text::input_value(to))), ("cursor", None)]
}

#[component]
fn WindowLinks(window: Memo<Option<String>>) -> impl IntoView {
    let links = WINDOWS_H.map(|(hours, label)| {
        let href = here_with(vec![("window", Some(hours.to_string())), ("cursor", None)]);
        let current = move || (window_hours(window.get().as_deref()) == hours).then_some("true");
        view! { <a class="time-strip-window" href=href data-noscroll=true aria-current=current>{label}</a> }
    });
    view! { <nav class="time-strip-windows" aria-label="Length of the strip">{links.to_vec()}</nav> }
}

#[component]
fn ChosenRange(range: Memo<Range>) -> impl IntoView {
    let clear = here_with(vec![("since", None), ("until", None), ("cursor", None)]);
    move || {
        let text = match range.get() {
            (None, None) => return None,
            (Some(since), None) => format!("from {}", axis_text(since)),
            (None, Some(until)) => format!("until {}", axis_text(until)),
            (Some(since), Some(until)) => format!("{} to {}", axis_text(since), axis_text(until)),
        };
        Some(view! {
            <span class="time-strip-chosen">{text}" UTC "<a href=clear data-noscroll=true>"Show all"</a></span>
        })
    }
}

#[component]
fn Bars(bars: Vec<Bar>, most: u64, range: Memo<Range>) -> impl IntoView {
    let dragged_from = RwSignal::new(None::<usize>);
    let dragged_to = RwSignal::new(None::<usize>);
    let navigate = use_navigate();
    let spans: Vec<_> = bars.iter().map(|bar| (bar.from, bar.to)).collect();
    let drag = move || dragged_from.get().zip(dragged_to.get()).map(|(a, b)| (a.min(b), a.max(b)));

    // The address of every possible range cannot be prepared: the one that was dragged is made when it is known.
    let chosen = RwSignal::new(None::<(Timestamp, Timestamp)>);
    Effect::new(move |_| {
        let Some((from, to)) = chosen.get() else { return };
        let address = here_with(range_changes(from, to)).get_untracked();
        navigate(&address, NavigateOptions { scroll: false, ..Default::default() });
    });
    let finish = move |_| {
        let dragged = drag();
        dragged_from.set(None);
        dragged_to.set(None);
        // A drag that ends where it began is a click, and the link takes care of it.
        if let Some((first, last)) = dragged
            && first != last
            && let (Some((from, _)), Some((_, to))) = (spans.get(first), spans.get(last))
        {
            chosen.set(Some((*from, *to)));
        }
    };

    let bars = bars.into_iter().enumerate().map(|(place, bar)| {
        let href = here_with(range_changes(bar.from, bar.to));
        let label = bar_label(&bar);
        let is_chosen = {
            let bar = bar.clone();
            move || {
                let (since, until) = range.get();
                (since.is_some() || until.is_some()) && bar.is_within(since, until)
            }
        };
        let is_dragged = move || drag().is_some_and(|(first, last)| (first..=last).contains(&place));
        view! {
            <a
                class="time-strip-bar"
                class:is-chosen=is_chosen
                class:is-dragged=is_dragged
                href=href
                data-noscroll=true
                title=label.clone()
                aria-label=label
                tabindex="-1"
                draggable="false"
                on:pointerdown=move |_| {
                    dragged_from.set(Some(place));
                    dragged_to.set(Some(place));
                }
                on:pointerenter=move |_| {
                    if dragged_from.get_untracked().is_some() {
                        dragged_to.set(Some(place));
                    }
                }
            >
                {drawing(&bar, most)}
            </a>
        }
    });
    view! {
        <div
            class="time-strip-bars"
            class:is-narrowed=move || range.get() != (None, None)
            on:pointerup=finish
            on:pointerleave=move |_| {
                dragged_from.set(None);
                dragged_to.set(None);
            }
            on:dragstart=|event| event.prevent_default()
        >
            {bars.collect_view()}
        </div>
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
