//! Messages by day, and what they come to over the month.

use super::axis::{HEIGHT, WIDTH, drawing, labels_below, scale_top, short, spread, y_of};
use crate::components::amount::grouped;
use crate::time_text;
use hookreel_contract::views::UsageDay;
use leptos::prelude::*;
use std::fmt::Write as _;

/// How much of its step a bar fills.
const BAR: f64 = 0.72;

/// Messages by day, stacked by how they came.
#[component]
pub fn UsageChart(
    /// Every day of the month.
    days: Vec<UsageDay>,
) -> impl IntoView {
    let top = scale_top(days.iter().map(total).max().unwrap_or(0));
    let step = WIDTH / days.len().max(1) as f64;
    let bars = days.iter().enumerate().map(|(place, day)| bar(day, place as f64 * step, step, top)).collect_view();
    view! {
        <figure class="chart">
            <figcaption class="chart-legend">
                <span class="chart-key chart-key-received">"Received"</span>
                <span class="chart-key chart-key-published">"Published"</span>
                <span class="chart-zone">"messages a day · UTC"</span>
            </figcaption>
            {drawing(top, short, bars)}
            {labels_below(spread(&days, |day| time_text::day(day.at)))}
            {day_table(&days)}
        </figure>
    }
}

/// What the messages come to, day by day, and how many the plan includes.
#[component]
pub fn UsageSumChart(
    /// Every day of the month.
    days: Vec<UsageDay>,
    /// How many of them have begun.
    begun: u8,
    /// How many messages the plan includes.
    #[prop(optional_no_strip)]
    limit: Option<u64>,
) -> impl IntoView {
    let sums = sums(&days, begun);
    let top = scale_top(sums.last().copied().unwrap_or(0).max(limit.unwrap_or(0)));
    let path = line(&sums, days.len(), top);
    let included = limit.map(|limit| {
        let y = format!("{:.2}", y_of(limit, top));
        view! { <line class="chart-limit" x1="0" x2=WIDTH.to_string() y1=y.clone() y2=y/> }
    });
    view! {
        <figure class="chart">
            <figcaption class="chart-legend">
                <span class="chart-key chart-key-received">"Since the month began"</span>
                {limit.map(|_| view! { <span class="chart-key chart-key-limit">"Your plan includes"</span> })}
                <span class="chart-zone">"messages · UTC"</span>
            </figcaption>
            {drawing(top, short, view! { {included} <path class="chart-sum" d=path/> })}
            {labels_below(spread(&days, |day| time_text::day(day.at)))}
            {sum_table(&days, &sums, limit)}
        </figure>
    }
}

fn total(day: &UsageDay) -> u64 {
    day.received + day.published
}

/// What was there at the end of each day that has begun.
fn sums(days: &[UsageDay], begun: u8) -> Vec<u64> {
    let so_far = days.iter().take(usize::from(begun)).scan(0, |sum, day| {
        *sum += total(day);
        Some(*sum)
    });
    so_far.collect()
}

/// From nothing, through the end of each day.
fn line(sums: &[u64], days: usize, top: u64) -> String {
    let step = WIDTH / days.max(1) as f64;
    let mut path = format!("M0 {HEIGHT}");
    for (place, sum) in sums.iter().enumerate() {
        // Writing into a String cannot fail.
        let _ = write!(path, "L{:.2} {:.2}", (place as f64 + 1.0) * step, y_of(*sum, top));
    }
    path
}

fn bar(day: &UsageDay, x: f64, step: f64, top: u64) -> impl IntoView + use<> {
    let (inset, width) = (step * (1.0 - BAR) / 2.0, step * BAR);
    let (received_y, published_y) = (y_of(day.received, top), y_of(total(day), top));
    let text =
        format!("{}: {} received, {} published", time_text::day(day.at), grouped(day.received), grouped(day.published));
    let number = |value: f64| format!("{value:.2}");
    let piece = |class: &'static str, y: f64, height: f64| {
        (height > 0.0).then(|| {
            view! { <rect class=class x=number(x + inset) y=number(y) width=number(width) height=number(height)/> }
        })
    };
    view! {
        <g class="chart-step">
            <title>{text}</title>
            <rect class="chart-target" x=number(x) y="0" width=number(step) height=HEIGHT.to_string()/>
            {piece("chart-received", received_y, HEIGHT - received_y)}
            {piece("chart-published", published_y, received_y - published_y)}
        </g>
    }
}

fn day_table(days: &[UsageDay]) -> impl IntoView + use<> {
    let rows = days
        .iter()
        .filter(|day| total(day) > 0)
        .map(|day| {
            view! {
                <tr>
                    <th scope="row">{time_text::day(day.at)}</th>
                    <td>{grouped(day.received)}</td>
                    <td>{grouped(day.published)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="visually-hidden">
            <table>
                <caption>"Messages by day; days without any are left out"</caption>
                <thead><tr><th scope="col">"Day"</th><th scope="col">"Received"</th><th scope="col">"Published"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn sum_table(days: &[UsageDay], sums: &[u64], limit: Option<u64>) -> impl IntoView + use<> {
    let rows = days
        .iter()
        .zip(sums)
        .filter(|(day, _)| total(day) > 0)
        .map(|(day, sum)| {
            view! { <tr><th scope="row">{time_text::day(day.at)}</th><td>{grouped(*sum)}</td></tr> }
        })
        .collect_view();
    let caption = match limit {
        Some(limit) => format!("Messages since the month began, of {} in the plan", grouped(limit)),
        None => "Messages since the month began".to_owned(),
    };
    view! {
        <div class="visually-hidden">
            <table>
                <caption>{caption}</caption>
                <thead><tr><th scope="col">"Day"</th><th scope="col">"Messages"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::Timestamp;

    fn day(received: u64, published: u64) -> UsageDay {
        UsageDay { at: Timestamp::UNIX_EPOCH, received, published }
    }

    #[test]
    fn the_sum_goes_as_far_as_the_month_has() {
        let days = [day(1, 2), day(0, 0), day(4, 0), day(9, 9)];
        assert_eq!(sums(&days, 3), [3, 3, 7]);
        assert_eq!(line(&sums(&days, 2), 4, 10), "M0 200L250.00 140.00L500.00 140.00");
        assert!(sums(&days, 0).is_empty());
    }
}
