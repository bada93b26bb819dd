//! States in words, and how good they are.

use crate::components::{Choice, Tone};
use hookreel_contract::views::{BacklogState, HandlerView, MailState};

/// A state of the backlog, as people call it.
pub(super) const fn backlog_label(state: BacklogState) -> &'static str {
    match state {
        BacklogState::Parked => "Parked",
        BacklogState::Retrying => "Retrying",
        BacklogState::Waiting => "Waiting",
    }
}

/// How good it is.
pub(super) const fn backlog_tone(state: BacklogState) -> Tone {
    match state {
        BacklogState::Parked => Tone::Bad,
        BacklogState::Retrying => Tone::Warn,
        BacklogState::Waiting => Tone::Neutral,
    }
}

/// The states to choose from; what is parked is shown unless another is chosen.
pub(super) fn backlog_choices() -> Vec<Choice> {
    let others = [BacklogState::Retrying, BacklogState::Waiting];
    others.into_iter().map(|state| Choice::new(state.as_str(), backlog_label(state))).collect()
}

/// A mail's state, as people call it.
pub(super) const fn mail_label(state: MailState) -> &'static str {
    match state {
        MailState::Queued => "Queued",
        MailState::Sent => "Sent",
        MailState::Failed => "Failed",
        MailState::Shown => "Not sent, shown here",
    }
}

/// How good it is.
pub(super) const fn mail_tone(state: MailState) -> Tone {
    match state {
        MailState::Queued => Tone::Info,
        MailState::Sent => Tone::Ok,
        MailState::Failed => Tone::Bad,
        MailState::Shown => Tone::Neutral,
    }
}

/// `reset_password`, as people read it.
pub(super) fn kind_label(kind: &str) -> String {
    let text = kind.replace('_', " ");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), chars.as_str()))
}

/// How far from the newest event a handler may be and still count as up to date: it looks twice a second.
const BEHIND_MAX: u64 = 2_000;

/// How a handler is doing, in a word.
pub(super) fn handler_state(handler: &HandlerView) -> (Tone, &'static str) {
    match handler {
        HandlerView { position: None, .. } => (Tone::Neutral, "Has not run yet"),
        HandlerView { parked: 1.., .. } => (Tone::Bad, "Needs you"),
        HandlerView { rebuilding_until: Some(_), .. } => (Tone::Info, "Rebuilding"),
        HandlerView { retrying: 1.., .. } => (Tone::Warn, "Retrying"),
        HandlerView { behind, .. } if *behind > BEHIND_MAX => (Tone::Info, "Catching up"),
        HandlerView { .. } => (Tone::Ok, "Up to date"),
    }
}

/// What an operator did: `retry`, as people read it.
pub(super) fn action_label(action: &str) -> String {
    match action {
        "retry" => "Tried an event again".to_owned(),
        "skip" => "Skipped an event".to_owned(),
        "replay_parked" => "Replayed the parked".to_owned(),
        "rebuild" => "Began a rebuild".to_owned(),
        "retry_mail" => "Sent a mail again".to_owned(),
        "read_subscriptions" => "Asked Stripe again".to_owned(),
        other => kind_label(other),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn handler(name: &str) -> HandlerView {
        HandlerView {
            name: name.to_owned(),
            purpose: Some("Does something".to_owned()),
            is_projection: true,
            position: Some(100),
            behind: 0,
            retrying: 0,
            waiting: 0,
            parked: 0,
            rebuilding_until: None,
        }
    }

    #[test]
    fn a_handler_that_needs_a_person_says_so_before_anything_else() {
        let mut one = handler("one");
        assert_eq!(handler_state(&one), (Tone::Ok, "Up to date"));
        one.behind = 5_000;
        assert_eq!(handler_state(&one).1, "Catching up");
        one.rebuilding_until = Some(5_100);
        assert_eq!(handler_state(&one).1, "Rebuilding");
        one.parked = 1;
        assert_eq!(handler_state(&one), (Tone::Bad, "Needs you"));
        one.position = None;
        assert_eq!(handler_state(&one).1, "Has not run yet");
    }

    #[test]
    fn kinds_are_read_as_words() {
        assert_eq!(kind_label("reset_password"), "Reset password");
        assert_eq!(kind_label(""), "");
    }
}
