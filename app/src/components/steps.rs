//! What to do, one thing after the other.

use leptos::prelude::*;

/// Numbered steps: a sentence each.
#[component]
pub fn Steps(
    /// The sentences, in their order.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let items = sentences(&text).into_iter().map(|step| view! { <li>{step}</li> }).collect_view();
    view! { <ol class="setup-steps">{items}</ol> }
}

/// The sentences of a text. One ends with a full stop before a space and a capital letter.
fn sentences(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut rest = text.trim();
    while let Some(end) = end_of_sentence(rest) {
        let (sentence, more) = rest.split_at(end);
        sentences.push(sentence.to_owned());
        rest = more.trim_start();
    }
    if !rest.is_empty() {
        sentences.push(rest.to_owned());
    }
    sentences
}

fn end_of_sentence(text: &str) -> Option<usize> {
    text.match_indices(". ").map(|(at, _)| at + 1).find(|end| {
        let next = text.get(*end..).and_then(|more| more.trim_start().chars().next());
        next.is_some_and(char::is_uppercase)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_a_step() {
        let text = "Open api.slack.com, e.g. now. Then paste the URL. Done";
        assert_eq!(sentences(text), ["Open api.slack.com, e.g. now.", "Then paste the URL.", "Done"]);
        assert!(sentences("").is_empty());
    }
}
