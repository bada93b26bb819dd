//! Choosing a range with the pointer.

use super::bars::Bar;
use crate::query::here_with;
use crate::time_text;
use hookreel_kernel::Timestamp;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Where a stretch of time begins and where it ends.
type Span = (Timestamp, Timestamp);

/// A drag over the strip. It knows times and not bars, because bars move on while somebody drags.
#[derive(Debug, Clone, Copy)]
pub struct Drag {
    begun: RwSignal<Option<Span>>,
    reached: RwSignal<Option<Span>>,
    chosen: RwSignal<Option<Span>>,
}

impl Drag {
    /// No drag yet. Lives as long as the calling component, and leads to the chosen range when there is one.
    pub fn begin_watching() -> Self {
        let drag = Self { begun: RwSignal::new(None), reached: RwSignal::new(None), chosen: RwSignal::new(None) };
        let navigate = use_navigate();
        // The address of every possible range cannot be prepared: the one that was dragged is made when it is known.
        Effect::new(move |_| {
            let Some(span) = drag.chosen.get() else { return };
            let address = here_with(range_changes(span)).get_untracked();
            navigate(&address, NavigateOptions { scroll: false, ..NavigateOptions::default() });
        });
        drag
    }

    /// The pointer went down on a bar.
    pub fn begin(self, span: Span) {
        self.begun.set(Some(span));
        self.reached.set(Some(span));
    }

    /// The pointer came to a bar.
    pub fn reach(self, span: Span) {
        if self.begun.get_untracked().is_some() {
            self.reached.set(Some(span));
        }
    }

    /// The pointer went up. A drag that ends where it began is a click, and the bar's link takes care of it.
    pub fn end(self) {
        let is_click = self.begun.get_untracked() == self.reached.get_untracked();
        let span = self.span();
        self.cancel();
        if !is_click {
            self.chosen.set(span);
        }
    }

    /// The pointer left the strip.
    pub fn cancel(self) {
        self.begun.set(None);
        self.reached.set(None);
    }

    /// Whether a bar is part of what is being dragged over.
    pub fn covers(self, bar: &Bar) -> bool {
        self.span().is_some_and(|(since, until)| bar.is_within(Some(since), Some(until)))
    }

    fn span(self) -> Option<Span> {
        let (begun, reached) = (self.begun.get()?, self.reached.get()?);
        Some(hull(begun, reached))
    }
}

/// What a range changes in the address of a list: the page it was on makes no sense any more.
pub fn range_changes((since, until): Span) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("since", Some(time_text::input_value(since))),
        ("until", Some(time_text::input_value(until))),
        ("cursor", None),
    ]
}

/// The shortest stretch that holds both.
fn hull(one: Span, other: Span) -> Span {
    (one.0.min(other.0), one.1.max(other.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_drag_may_go_either_way() {
        let early = (datetime!(2026-11-23 14:00 UTC), datetime!(2026-11-23 14:30 UTC));
        let late = (datetime!(2026-11-23 16:00 UTC), datetime!(2026-11-23 16:30 UTC));
        assert_eq!(hull(early, late), (early.0, late.1));
        assert_eq!(hull(late, early), (early.0, late.1));
    }

    #[test]
    fn a_range_begins_the_list_anew() {
        let changes = range_changes((datetime!(2026-11-23 14:00 UTC), datetime!(2026-11-23 14:30 UTC)));
        assert_eq!(changes[0], ("since", Some("2026-11-23T14:00".to_owned())));
        assert_eq!(changes[2], ("cursor", None));
    }
}
