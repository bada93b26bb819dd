//! Which two attempts of a delivery are compared. They stand in the address, so that it works without JavaScript and
//! can be sent to a colleague.

use crate::components::{AttemptDiff, ButtonKind, Section};
use crate::query::use_query;
use hookreel_contract::views::AttemptView;
use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_location;

const LATER: &str = "attempt";
const EARLIER: &str = "with";

/// What differs between two attempts: by default the last one and the one before. Nothing while there are not two.
#[component]
pub fn CompareAttempts(
    /// Oldest first.
    attempts: Memo<Vec<AttemptView>>,
) -> impl IntoView {
    let are_enough = Memo::new(move |_| attempts.with(|attempts| attempts.len() >= 2));
    move || are_enough.get().then(|| view! { <Comparison attempts/> })
}

#[component]
fn Comparison(attempts: Memo<Vec<AttemptView>>) -> impl IntoView {
    let (later, earlier) = (use_query(LATER), use_query(EARLIER));
    let numbers = Memo::new(move |_| {
        attempts.with(|attempts| attempts.iter().map(|attempt| attempt.number).collect::<Vec<u32>>())
    });
    let chosen =
        Memo::new(move |_| numbers.with(|numbers| pair(numbers, later.get().as_deref(), earlier.get().as_deref())));
    let compared = Memo::new(move |_| {
        let (second, first) = chosen.get()?;
        let of_number =
            |number: u32| attempts.with(|attempts| attempts.iter().find(|attempt| attempt.number == number).cloned());
        Some((of_number(first)?, of_number(second)?))
    });
    // What was chosen and not sent yet. Both attempts, whichever a person touched: one that is made meanwhile must take
    // neither back.
    let picked = RwSignal::new(None::<(u32, u32)>);
    Effect::new(move |before: Option<(Option<String>, Option<String>)>| {
        let sent = (later.get(), earlier.get());
        if before.is_some_and(|before| before != sent) {
            picked.set(None);
        }
        sent
    });
    let shown = Memo::new(move |_| picked.get().or_else(|| chosen.get()));
    let difference = move || compared.get().map(|(first, second)| view! { <AttemptDiff first second/> });
    let pathname = use_location().pathname;
    view! {
        <Section title="Compare two attempts" hint="Only what is not the same is shown.">
            <Form method="GET" action=move || pathname.get() attr:class="filter-bar">
                <Choose
                    name=LATER
                    label="Attempt"
                    numbers
                    shown=Signal::derive(move || shown.get().map(|pair| pair.0))
                    pick=move |number| picked.set(shown.get_untracked().map(|pair| (number, pair.1)))
                />
                <Choose
                    name=EARLIER
                    label="Compared with"
                    numbers
                    shown=Signal::derive(move || shown.get().map(|pair| pair.1))
                    pick=move |number| picked.set(shown.get_untracked().map(|pair| (pair.0, number)))
                />
                <div class="filter-actions">
                    <button type="submit" class=ButtonKind::Secondary.class(true)>"Compare"</button>
                </div>
            </Form>
            {difference}
        </Section>
    }
}

#[component]
fn Choose(
    name: &'static str,
    label: &'static str,
    numbers: Memo<Vec<u32>>,
    /// By the person, or else by the address.
    shown: Signal<Option<u32>>,
    /// Called with what the person chooses.
    pick: impl Fn(u32) + Send + Sync + 'static,
) -> impl IntoView {
    let id = format!("compare-{name}");
    // By number: a new attempt adds an option, and leaves the choice that was made where it is.
    let newest_first = move || numbers.get().into_iter().rev().collect::<Vec<u32>>();
    let option = move |number: u32| {
        let is_shown = move || shown.get() == Some(number);
        view! { <option value=number.to_string() selected=is_shown>{format!("Attempt {number}")}</option> }
    };
    let on_change = move |event| {
        // Only the numbers of the options can be chosen.
        if let Ok(number) = event_target_value(&event).parse() {
            pick(number);
        }
    };
    view! {
        <div class="filter">
            <label class="filter-label" for=id.clone()>{label}</label>
            <select id=id name=name on:change=on_change>
                <For each=newest_first key=|number| *number children=option/>
            </select>
        </div>
    }
}

/// The later and the earlier attempt; the same one twice is taken as the one before. `None` if there are not two.
fn pair(numbers: &[u32], later: Option<&str>, earlier: Option<&str>) -> Option<(u32, u32)> {
    let known =
        |text: Option<&str>| text.and_then(|text| text.parse::<u32>().ok()).filter(|number| numbers.contains(number));
    let later = known(later).or_else(|| numbers.last().copied())?;
    let before = numbers.iter().rev().copied().find(|number| *number < later);
    let other = known(earlier).filter(|number| *number != later).or(before);
    let other = other.or_else(|| numbers.iter().copied().find(|number| *number > later))?;
    Some((later.max(other), later.min(other)))
}

#[cfg(test)]
mod tests {
    use super::pair;

    #[test]
    fn the_last_attempt_is_compared_with_the_one_before() {
        assert_eq!(pair(&[1, 2, 3], None, None), Some((3, 2)));
        assert_eq!(pair(&[1, 2, 3], Some("2"), None), Some((2, 1)));
        assert_eq!(pair(&[1, 2, 3], Some("nine"), Some("1")), Some((3, 1)));
    }

    #[test]
    fn the_later_one_comes_second_whatever_was_chosen_first() {
        assert_eq!(pair(&[1, 2, 3], Some("1"), Some("3")), Some((3, 1)));
        assert_eq!(pair(&[1, 2, 3], Some("1"), Some("1")), Some((2, 1)));
        assert_eq!(pair(&[1], None, None), None);
    }
}
