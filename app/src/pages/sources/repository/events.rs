//! What a repository's webhook sends.

use crate::components::FormState;
use hookreel_contract::repository::EVERY_EVENT;
use leptos::prelude::*;

/// The events that people mostly want, and what they are about.
/// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads>.
const EVENTS: [(&str, &str); 17] = [
    ("push", "Pushes"),
    ("pull_request", "Pull requests"),
    ("pull_request_review", "Reviews of pull requests"),
    ("issues", "Issues"),
    ("issue_comment", "Comments on issues and pull requests"),
    ("create", "New branches and tags"),
    ("delete", "Deleted branches and tags"),
    ("release", "Releases"),
    ("workflow_run", "Workflow runs"),
    ("workflow_job", "Workflow jobs"),
    ("check_run", "Check runs"),
    ("status", "Statuses of commits"),
    ("deployment", "Deployments"),
    ("deployment_status", "Statuses of deployments"),
    ("discussion", "Discussions"),
    ("star", "Stars"),
    ("fork", "Forks"),
];

/// How the boxes are sent.
const FIELD: &str = "events[]";

/// A box for each event, and one for all of them.
#[component]
pub fn EventChecks(
    /// Those that are ticked at first.
    ticked: Vec<String>,
) -> impl IntoView {
    let known = EVENTS.map(|(name, label)| (name.to_owned(), label.to_owned()));
    // What was chosen elsewhere and has no box of its own must not get lost.
    let others = ticked
        .iter()
        .filter(|event| *event != EVERY_EVENT && !EVENTS.iter().any(|(name, _)| name == event))
        .map(|event| (event.clone(), event.clone()));
    let boxes = known.into_iter().chain(others).map(|(name, label)| check(name, label, &ticked)).collect_view();
    let everything = check(EVERY_EVENT.to_owned(), "Everything, also what GitHub adds later".to_owned(), &ticked);
    view! {
        <fieldset class="source-checks">
            <legend>"Events"</legend>
            <p class="source-checks-hint">"What GitHub sends. It can be changed later."</p>
            <div class="source-checks-list">{everything}{boxes}</div>
        </fieldset>
    }
}

fn check(name: String, label: String, ticked: &[String]) -> impl IntoView + use<> {
    let is_ticked = ticked.contains(&name);
    let form = use_context::<FormState>();
    let checked = form.map_or(is_ticked, |form| form.is_ticked(FIELD, &name, is_ticked));
    view! {
        <label class="source-check">
            <input type="checkbox" name=FIELD value=name checked=checked/>
            <span>{label}</span>
        </label>
    }
}

/// `push, issues`, or that it is everything.
pub(super) fn events_text(events: &[String]) -> String {
    if events.iter().any(|event| event == EVERY_EVENT) { "Everything".to_owned() } else { events.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::events_text;

    #[test]
    fn everything_is_said_in_a_word() {
        assert_eq!(events_text(&["*".to_owned()]), "Everything");
        assert_eq!(events_text(&["push".to_owned(), "star".to_owned()]), "push, star");
    }
}
