//! The way of one message to one endpoint, told in order.

use super::server::{DeliveryCause, DeliveryStory};
use super::waiting::{cancelled_text, deferral_text};
use crate::components::{AttemptItem, RelativeTime, Section, Timeline, TimelineItem, Tone, counted, part};
use crate::routes::Path;
use hookreel_contract::views::{
    AttemptView, DeliveryDetail, DeliveryRow, DeliveryState, DeliveryStep, DeliveryStepKind, MessageRow,
};
use hookreel_kernel::{AttemptId, Timestamp};
use leptos::prelude::*;

/// One timeline: received, verified, matched, every attempt, and what comes next. What comes to it leaves the rest as it
/// is, and with it the attempts that a person has unfolded.
#[component]
pub fn Story(story: Memo<DeliveryStory>) -> impl IntoView {
    let steps = Memo::new(move |_| story.with(|story| steps_of(&story.delivery)));
    view! {
        <Section title="What happened">
            <Timeline>
                {part(story, |story| story.message.clone(), |message| view! { <Arrival message/> })}
                {part(
                    story,
                    |story| (story.delivery.row.clone(), story.cause),
                    |(row, cause)| view! { <Cause row cause/> },
                )}
                <For each=move || steps.get() key=Step::key children=step_view/>
                {part(story, |story| story.delivery.row.clone(), |row| view! { <Ending row/> })}
            </Timeline>
        </Section>
    }
}

/// What stands between the beginning and the end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Attempt {
        attempt: AttemptView,
        /// Whether its details are shown at once: only asked when it is new on the page.
        open: bool,
    },
    Deferral(DeliveryStep),
}

/// What tells a step from the others and from what it was before: an attempt does not change any more.
#[derive(Debug, PartialEq, Eq, Hash)]
enum StepKey {
    Attempt(AttemptId),
    Deferral { at: Timestamp, reason: String, times: u32, last_at: Timestamp },
    Other(Timestamp),
}

impl Step {
    fn at(&self) -> Timestamp {
        match self {
            Self::Attempt { attempt, .. } => attempt.attempted_at,
            Self::Deferral(step) => step.at,
        }
    }

    fn key(&self) -> StepKey {
        match self {
            Self::Attempt { attempt, .. } => StepKey::Attempt(attempt.id),
            Self::Deferral(DeliveryStep { at, what, .. }) => match what.clone() {
                DeliveryStepKind::Deferred { reason, times, last_at } => {
                    StepKey::Deferral { at: *at, reason, times, last_at }
                }
                DeliveryStepKind::Attempt { .. } => StepKey::Other(*at),
            },
        }
    }
}

/// Oldest first.
fn steps_of(delivery: &DeliveryDetail) -> Vec<Step> {
    let last = delivery.attempts.last().map(|attempt| attempt.number);
    let attempts = delivery.attempts.iter().cloned().map(|attempt| {
        // What a person most likely came for is open at once.
        let open = Some(attempt.number) == last && !attempt.succeeded;
        Step::Attempt { attempt, open }
    });
    let mut steps: Vec<Step> = attempts.chain(delivery.deferrals.iter().cloned().map(Step::Deferral)).collect();
    steps.sort_by_key(Step::at);
    steps
}

fn step_view(step: Step) -> AnyView {
    match step {
        Step::Attempt { attempt, open } => view! { <AttemptItem attempt open/> }.into_any(),
        Step::Deferral(step) => view! { <Deferral step/> }.into_any(),
    }
}

#[component]
fn Arrival(message: MessageRow) -> impl IntoView {
    let at = Some(message.received_at);
    let Some(source) = message.source_name.clone() else {
        return view! { <TimelineItem tone=Tone::Ok title="Published by API" at>{uid_text(&message)}</TimelineItem> }
            .into_any();
    };
    let (tone, verification) = verification_of(message.verdict.as_deref());
    let link = message.source_id.map(|id| view! { <a href=Path::Source(id).to_string()>"Open the source"</a> });
    view! {
        <TimelineItem tone=Tone::Ok title=format!("Received from {source}") at>{link}</TimelineItem>
        <TimelineItem tone title=verification at>{provider_id_text(&message)}</TimelineItem>
    }
    .into_any()
}

/// What was found about who sent it. What was not believed is delivered only if a person released it.
fn verification_of(verdict: Option<&str>) -> (Tone, &'static str) {
    match verdict {
        Some("verified") => (Tone::Ok, "Signature verified"),
        Some("authenticated") => (Tone::Ok, "Sender authenticated by a shared token"),
        _ => (Tone::Warn, "Not verified, and released by hand"),
    }
}

fn uid_text(message: &MessageRow) -> Option<String> {
    message.uid.as_ref().map(|uid| format!("The publisher calls it {uid}."))
}

fn provider_id_text(message: &MessageRow) -> Option<String> {
    message.provider_event_id.as_ref().map(|id| format!("The provider calls it {id}."))
}

#[component]
fn Cause(row: DeliveryRow, cause: DeliveryCause) -> impl IntoView {
    let (title, text) = cause_words(cause);
    let text = text.map(|text| format!("{text} "));
    let (path, label) = match cause {
        DeliveryCause::Replay(replay) => (Path::Replay(replay), "Open the replay"),
        DeliveryCause::Matched | DeliveryCause::ForItAlone | DeliveryCause::ByHand => {
            (Path::Endpoint(row.endpoint_id), "Open the endpoint")
        }
    };
    view! {
        <TimelineItem tone=Tone::Ok title at=Some(row.created_at)>
            {text}
            <a href=path.to_string()>{label}</a>
        </TimelineItem>
    }
}

/// Why there is this delivery, and what that does not say by itself.
const fn cause_words(cause: DeliveryCause) -> (&'static str, Option<&'static str>) {
    match cause {
        DeliveryCause::Matched => ("Matched the endpoint's filters", None),
        DeliveryCause::ForItAlone => ("A test for this endpoint alone", None),
        DeliveryCause::Replay(_) => ("Made by a replay", None),
        DeliveryCause::ByHand => {
            ("Sent to this endpoint by hand", Some("The message had not gone to this endpoint when it was accepted."))
        }
    }
}

/// For what it had to wait, from the first time on.
#[component]
fn Deferral(step: DeliveryStep) -> impl IntoView {
    let DeliveryStepKind::Deferred { reason, times, last_at } = step.what else { return ().into_any() };
    let last = (times > 1).then(|| view! { " Last " <RelativeTime at=last_at/> "." });
    let text = format!("{}, because {}.", counted(u64::from(times), "time", "times"), deferral_text(&reason));
    view! { <TimelineItem tone=Tone::Warn title="Put off" at=Some(step.at)>{text}{last}</TimelineItem> }.into_any()
}

/// What comes after the last attempt: the next one, or the end.
#[derive(Debug, PartialEq, Eq)]
struct Outlook {
    tone: Tone,
    title: String,
    at: Option<Timestamp>,
    text: String,
}

fn outlook(row: &DeliveryRow) -> Option<Outlook> {
    const HELD: &str = "The endpoint is paused. The delivery goes out when it is resumed.";
    const RESEND: &str = "Nothing more happens by itself. Resend it when the endpoint is ready.";
    let tries = if row.attempts == 1 { "1 attempt".to_owned() } else { format!("{} attempts", row.attempts) };
    let (tone, title, at, text) = match (row.state, row.due_at) {
        (DeliveryState::Succeeded, _) => return None,
        (DeliveryState::Pending | DeliveryState::Retrying, due @ Some(_)) if row.deferred_because.is_some() => {
            let because = deferral_text(row.deferred_because.as_deref().unwrap_or_default());
            let text = format!("Because {because}. The next attempt is made then.");
            return Some(Outlook { tone: Tone::Warn, title: "On hold".to_owned(), at: due, text });
        }
        (DeliveryState::Pending | DeliveryState::Retrying, None) => (Tone::Warn, "Held".to_owned(), None, HELD),
        (DeliveryState::Pending, due) => (Tone::Info, "First attempt is due".to_owned(), due, ""),
        (DeliveryState::InFlight, _) => (Tone::Info, format!("Attempt {} is under way", row.attempts + 1), None, ""),
        (DeliveryState::Retrying, due) => {
            (Tone::Warn, format!("Attempt {} is due", row.attempts + 1), due, "Retried by the schedule.")
        }
        (DeliveryState::Exhausted, _) => (Tone::Bad, format!("Given up after {tries}"), None, RESEND),
        (DeliveryState::Cancelled, _) => {
            (Tone::Neutral, "Cancelled".to_owned(), None, cancelled_text(row.cancelled_because.as_deref()))
        }
    };
    Some(Outlook { tone, title, at, text: text.to_owned() })
}

#[component]
fn Ending(row: DeliveryRow) -> impl IntoView {
    outlook(&row).map(|Outlook { tone, title, at, text }| view! { <TimelineItem tone title at>{text}</TimelineItem> })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use hookreel_contract::views::Body;
    use hookreel_kernel::{DeliveryId, EndpointId, MessageId, ReplayId};
    use time::macros::datetime;

    /// A delivery of a message that was published by API.
    pub(in super::super) fn row(state: DeliveryState, attempts: u32, due_at: Option<Timestamp>) -> DeliveryRow {
        DeliveryRow {
            id: DeliveryId::generate(),
            message_id: MessageId::generate(),
            endpoint_id: EndpointId::generate(),
            endpoint_url: "https://example.com/".to_owned(),
            event_type: "invoice.paid".to_owned(),
            state,
            attempts,
            due_at,
            last_status: None,
            last_failure: None,
            created_at: datetime!(2026-11-23 14:00 UTC),
            last_attempt_at: None,
            replay_id: None,
            deferred_because: None,
            cancelled_because: None,
        }
    }

    fn failed_attempt(number: u32) -> AttemptView {
        AttemptView {
            id: AttemptId::generate(),
            number,
            manual: false,
            succeeded: false,
            url: "https://example.com/".to_owned(),
            status: Some(500),
            failure: None,
            duration_ms: 12,
            attempted_at: datetime!(2026-11-23 14:00 UTC) + time::Duration::minutes(number.into()),
            request_headers: Vec::new(),
            response_headers: Vec::new(),
            response_body: Body { text: String::new(), is_hex: false, is_cut: false, bytes: 0 },
            response_truncated: false,
        }
    }

    #[test]
    fn an_attempt_stays_the_same_step_when_another_is_made() {
        let row = row(DeliveryState::Retrying, 1, None);
        let mut delivery = DeliveryDetail { row, attempts: vec![failed_attempt(1)], deferrals: Vec::new() };
        let before = steps_of(&delivery);
        delivery.attempts.push(failed_attempt(2));
        let after = steps_of(&delivery);
        assert_eq!(after[0].key(), before[0].key());
        assert!(matches!(before[0], Step::Attempt { open: true, .. }));
        assert!(matches!(after[1], Step::Attempt { open: true, .. }));
    }

    #[test]
    fn a_deferral_that_goes_on_is_drawn_anew() {
        let at = datetime!(2026-11-23 14:00 UTC);
        let put_off = |times| DeliveryStep {
            delivery_id: DeliveryId::generate(),
            at,
            what: DeliveryStepKind::Deferred { reason: "breaker_open".to_owned(), times, last_at: at },
        };
        assert_eq!(Step::Deferral(put_off(1)).key(), Step::Deferral(put_off(1)).key());
        assert_ne!(Step::Deferral(put_off(1)).key(), Step::Deferral(put_off(2)).key());
    }

    #[test]
    fn only_what_the_filters_let_through_is_said_to_have_matched_them() {
        assert!(cause_words(DeliveryCause::Matched).0.contains("filters"));
        for other in [DeliveryCause::ForItAlone, DeliveryCause::Replay(ReplayId::generate()), DeliveryCause::ByHand] {
            assert!(!cause_words(other).0.contains("filters"), "{other:?}");
        }
    }

    #[test]
    fn only_a_signature_counts_as_verified() {
        assert_eq!(verification_of(Some("verified")).1, "Signature verified");
        assert!(verification_of(Some("authenticated")).1.contains("token"));
        assert_eq!(verification_of(Some("failed")).0, Tone::Warn);
    }

    #[test]
    fn a_delivery_that_succeeded_has_no_outlook() {
        assert_eq!(outlook(&row(DeliveryState::Succeeded, 2, None)), None);
    }

    #[test]
    fn a_delivery_that_waits_says_for_what() {
        let due = Some(datetime!(2026-11-23 14:05 UTC));
        let next = outlook(&row(DeliveryState::Retrying, 2, due)).unwrap();
        assert_eq!((next.title.as_str(), next.at), ("Attempt 3 is due", due));
        let held = outlook(&row(DeliveryState::Retrying, 2, None)).unwrap();
        assert_eq!(held.title, "Held");
    }

    #[test]
    fn a_delivery_that_was_put_off_says_until_when_and_why() {
        let due = Some(datetime!(2026-11-23 14:05 UTC));
        let put_off =
            DeliveryRow { deferred_because: Some("breaker_open".to_owned()), ..row(DeliveryState::Pending, 0, due) };
        let next = outlook(&put_off).unwrap();
        assert_eq!((next.title.as_str(), next.at), ("On hold", due));
        assert!(next.text.contains("trial attempt"));
    }

    #[test]
    fn a_delivery_that_was_cancelled_says_by_what() {
        let cancelled = DeliveryRow {
            cancelled_because: Some("replay_cancelled".to_owned()),
            ..row(DeliveryState::Cancelled, 0, None)
        };
        assert!(outlook(&cancelled).unwrap().text.contains("replay"));
    }

    #[test]
    fn a_delivery_that_was_given_up_says_what_to_do() {
        let end = outlook(&row(DeliveryState::Exhausted, 1, None)).unwrap();
        assert_eq!(end.title, "Given up after 1 attempt");
        assert!(end.text.contains("Resend"));
    }
}
