//! A small mark for a provider: its initials on a colour that is always the same. Nobody's trademark is drawn.

use leptos::prelude::*;

/// How many colours there are; the style sheet has a class for each.
const HUES: u32 = 12;

/// The mark of a provider. Decoration: its name stands beside it.
#[component]
pub fn ProviderMark(
    /// What the provider is called.
    #[prop(into)]
    name: String,
    /// Beside a title instead of a line of text.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    view! {
        <span class=format!("provider-mark hue-{}", hue_of(&name)) class:provider-mark-large=large aria-hidden="true">
            {initials_of(&name)}
        </span>
    }
}

fn hue_of(name: &str) -> u32 {
    name.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte))) % HUES
}

/// The first letters of two words, or two letters of one: the capitals if it has several.
fn initials_of(name: &str) -> String {
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        [] => String::new(),
        [word] => {
            let capitals: String = word.chars().filter(|c| c.is_uppercase()).take(2).collect();
            if capitals.chars().count() == 2 { capitals } else { word.chars().take(2).collect() }
        }
        [first, second, ..] => {
            first.chars().take(1).chain(second.chars().take(1)).flat_map(char::to_uppercase).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_a_person_would_write() {
        assert_eq!(initials_of("Amazon SNS"), "AS");
        assert_eq!(initials_of("GitHub"), "GH");
        assert_eq!(initials_of("Stripe"), "St");
        assert_eq!(initials_of("monday.com"), "MC");
        assert_eq!(initials_of("X"), "X");
    }

    #[test]
    fn a_colour_never_changes() {
        assert_eq!(hue_of("Stripe"), hue_of("Stripe"));
        assert!(hue_of("Générique") < HUES);
    }
}
