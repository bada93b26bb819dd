//! Finding a text in a payload: where it stands, and the payload with those places marked.

use leptos::prelude::*;

/// Above so many, marking them would only make the page slow.
const FOUND_MAX: usize = 500;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Other(&'t str),
    Found(&'t str),
}

/// A text in pieces: what was looked for, without regard to the case of ASCII letters, and what stands between.
pub(super) fn pieces<'t>(text: &'t str, wanted: &str) -> Vec<Piece<'t>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut count = 0;
    while count < FOUND_MAX
        && let Some(at) = position(rest, wanted)
    {
        let (before, from) = rest.split_at(at);
        let (found, after) = from.split_at(wanted.len());
        if !before.is_empty() {
            pieces.push(Piece::Other(before));
        }
        pieces.push(Piece::Found(found));
        rest = after;
        count += 1;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Other(rest));
    }
    pieces
}

/// Where it begins. A match of whole UTF-8 text in UTF-8 text begins and ends between two characters.
fn position(text: &str, wanted: &str) -> Option<usize> {
    if wanted.is_empty() {
        return None;
    }
    text.as_bytes().windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// How many places of a text are marked.
pub(super) fn count(text: &str, wanted: &str) -> usize {
    pieces(text, wanted).iter().filter(|piece| matches!(piece, Piece::Found(_))).count()
}

/// As it is said beside the field.
pub(super) fn count_text(count: usize, current: usize) -> String {
    match count {
        0 => "Not found".to_owned(),
        FOUND_MAX => format!("{} of the first {FOUND_MAX}", current + 1),
        _ => format!("{} of {count}", current + 1),
    }
}

/// A text with what was looked for marked, one of the places more than the others.
pub(super) fn marked(text: &str, wanted: &str, name: &str, current: ReadSignal<usize>) -> AnyView {
    let mut place = 0;
    let mut views = Vec::new();
    for piece in pieces(text, wanted) {
        views.push(match piece {
            Piece::Other(text) => text.to_owned().into_any(),
            Piece::Found(text) => {
                let own = place;
                place += 1;
                let (id, text) = (mark_id(name, own), text.to_owned());
                view! { <mark id=id class:is-current=move || current.get() == own>{text}</mark> }.into_any()
            }
        });
    }
    views.into_any()
}

/// Brings a marked place into view.
pub(super) fn scroll_to(name: &str, place: usize) {
    #[cfg(feature = "hydrate")]
    if let Some(mark) = document().get_element_by_id(&mark_id(name, place)) {
        mark.scroll_into_view_with_bool(false);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, place);
}

fn mark_id(name: &str, place: usize) -> String {
    format!("{name}-found-{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_whatever_the_case() {
        assert_eq!(pieces("Ada and ADA", "ada"), [Piece::Found("Ada"), Piece::Other(" and "), Piece::Found("ADA")]);
        assert_eq!(count("aaaa", "aa"), 2);
        assert_eq!(count("nothing", "ada"), 0);
        assert_eq!(count("nothing", ""), 0);
    }

    #[test]
    fn letters_beyond_ascii_stay_whole() {
        assert_eq!(pieces("é€é", "€"), [Piece::Other("é"), Piece::Found("€"), Piece::Other("é")]);
        assert_eq!(count("é", "É"), 0);
    }

    #[test]
    fn the_place_that_is_looked_at_is_counted_from_one() {
        assert_eq!(count_text(0, 0), "Not found");
        assert_eq!(count_text(3, 1), "2 of 3");
        assert_eq!(count_text(FOUND_MAX, 0), "1 of the first 500");
    }
}
