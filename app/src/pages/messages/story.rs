//! What happened to a message, one thing after the other, up to its deliveries.

use super::quarantine::is_genuine;
use crate::components::{RelativeTime, Timeline, TimelineItem, Tone, VerdictBadge, counted, grouped, size};
use crate::pages::deliveries::waiting::deferral_text;
use crate::routes::Path;
use hookreel_contract::views::{
    DeliveryRow, DeliveryState, DeliveryStep, DeliveryStepKind, InboundView, MessageDetail, MessageRow, MessageState,
    QuarantineStep, QuarantineStepKind,
};
use hookreel_kernel::{FailureReason, MessageId};
use leptos::prelude::*;

/// So many events of a list are named; more would bury the rest.
const ITEMS_SHOWN: usize = 20;
/// No more events of one body are kept apart.
const ITEMS_KEPT_MAX: usize = 1_000;

/// The story of a message.
#[component]
pub fn MessageTimeline(
    detail: MessageDetail,
    /// How many endpoints it did not go to.
    elsewhere: u64,
) -> impl IntoView {
    let matching = matching_text(&detail, elsewhere);
    let MessageDetail { row, inbound, matched, deliveries, steps, .. } = detail;
    let beginning = match inbound.clone() {
        Some(inbound) => view! { <CameIn row=row.clone() inbound/> }.into_any(),
        None => view! { <Published row=row.clone()/> }.into_any(),
    };
    let quarantine = inbound.map_or_else(Vec::new, |inbound| inbound.quarantine);
    let quarantine = quarantine.into_iter().map(|step| view! { <InQuarantine step/> }).collect_view();
    let matched = (row.state == MessageState::Accepted).then(|| {
        let tone = if matched.is_empty() { Tone::Warn } else { Tone::Ok };
        view! { <TimelineItem tone title="Matched with the endpoints">{matching}</TimelineItem> }
    });
    let deliveries = deliveries
        .into_iter()
        .map(|delivery| {
            let steps = steps.iter().filter(|step| step.delivery_id == delivery.id).cloned().collect();
            view! { <Delivered delivery steps/> }
        })
        .collect_view();
    let flagged = (!row.schema_faults.is_empty()).then(|| {
        let faults = counted(row.schema_faults.len() as u64, "fault is", "faults are");
        let text = format!("It does not fit the schema of its event type. {faults} named above.");
        view! { <TimelineItem tone=Tone::Warn title="Flagged">{text}</TimelineItem> }
    });
    view! { <Timeline>{beginning}{quarantine}{flagged}{matched}{deliveries}</Timeline> }
}

#[component]
fn Published(row: MessageRow) -> impl IntoView {
    let text = format!("By API, {}.", size(row.body_bytes));
    view! { <TimelineItem tone=Tone::Ok title="Published" at=Some(row.received_at)>{text}</TimelineItem> }
}

#[component]
fn CameIn(row: MessageRow, inbound: InboundView) -> impl IntoView {
    let sender = inbound.sender.as_ref().map_or_else(String::new, |sender| format!(" from {sender}"));
    let cut = if inbound.is_truncated { ", of which the beginning was kept" } else { "" };
    let received = format!("{}{sender}, {}{cut}.", inbound.method, size(row.body_bytes));
    view! {
        <TimelineItem tone=Tone::Ok title="Received" at=Some(row.received_at)>{received}</TimelineItem>
        <Verdict verdict=inbound.verdict rule=inbound.rule refusal=inbound.refusal state=row.state/>
        <Items items=inbound.items/>
        <Repetitions row repeats=inbound.repeats/>
    }
}

/// What was found out when it came in.
#[component]
fn Verdict(
    verdict: String,
    rule: Option<String>,
    refusal: Option<String>,
    /// What it is now.
    state: MessageState,
) -> impl IntoView {
    let held = refusal.map(|refusal| {
        let title = if is_genuine(Some(&verdict)) { "Held in quarantine" } else { "Refused, and kept in quarantine" };
        let tone = if state == MessageState::Quarantined { Tone::Bad } else { Tone::Neutral };
        view! { <TimelineItem tone title>{refusal}</TimelineItem> }
    });
    let tone = verdict_tone(&verdict);
    view! {
        <TimelineItem tone title="Checked the sender"><VerdictBadge verdict/>{by_rule(rule)}</TimelineItem>
        {held}
    }
}

fn verdict_tone(verdict: &str) -> Tone {
    match verdict {
        "verified" | "authenticated" => Tone::Ok,
        "failed" => Tone::Bad,
        _ => Tone::Warn,
    }
}

fn by_rule(rule: Option<String>) -> Option<impl IntoView> {
    rule.map(|rule| view! { " " {format!("By {rule}.")} })
}

/// What somebody did with it in quarantine.
#[component]
fn InQuarantine(step: QuarantineStep) -> impl IntoView {
    let QuarantineStep { at, by, what } = step;
    let by = view! { "By " <span class="breakable">{by}</span> };
    match what {
        QuarantineStepKind::VerifiedAgain { verdict, rule, refusal } => {
            let (tone, is_genuine) = (verdict_tone(&verdict), is_genuine(Some(&verdict)));
            let found = match refusal {
                Some(refusal) => format!(" Not believed: {refusal}."),
                None if is_genuine => " Found to be genuine.".to_owned(),
                None => String::new(),
            };
            view! {
                <TimelineItem tone title="Verified again" at=Some(at)>
                    {by} ". " <VerdictBadge verdict/>{by_rule(rule)}{found}
                </TimelineItem>
            }
            .into_any()
        }
        QuarantineStepKind::Released { verdict, .. } => {
            let (tone, doubt) = if is_genuine(Some(&verdict)) {
                (Tone::Ok, ".")
            } else {
                (Tone::Warn, ", although nobody knows who sent it.")
            };
            view! { <TimelineItem tone title="Released into delivery" at=Some(at)>{by}{doubt}</TimelineItem> }
                .into_any()
        }
        QuarantineStepKind::DuplicateFound { duplicate_of } => view! {
            <TimelineItem title="Found to be a duplicate" at=Some(at)>
                {by} ". It repeats " {original_link(duplicate_of)} ", which was accepted."
            </TimelineItem>
        }
        .into_any(),
    }
}

/// A link to the message that is repeated.
pub fn original_link(id: MessageId) -> impl IntoView {
    view! { <a class="breakable" href=Path::Message(id).to_string()>{id.to_string()}</a> }
}

/// The events of a body that is a list of them.
#[component]
fn Items(items: Vec<(Option<String>, Option<String>)>) -> impl IntoView {
    if items.is_empty() {
        return ().into_any();
    }
    let title = items_title(items.len());
    let mut named = items;
    let rest = named.split_off(named.len().min(ITEMS_SHOWN));
    let list = named
        .into_iter()
        .map(|(id, kind)| {
            let id = id.map(|id| view! { " " <span class="muted">{id}</span> });
            view! { <li><code>{kind_text(kind)}</code>{id}</li> }
        })
        .collect_view();
    // One text, however many they are: the page stays as quick as it was.
    let rest = (!rest.is_empty()).then(|| {
        view! {
            <details class="items-rest">
                <summary>{format!("And {} more", grouped(rest.len() as u64))}</summary>
                <pre>{item_lines(rest)}</pre>
            </details>
        }
    });
    view! {
        <TimelineItem title>
            "Kept together, as they came."
            <ul class="items">{list}</ul>
            {rest}
        </TimelineItem>
    }
    .into_any()
}

fn items_title(items: usize) -> String {
    if items >= ITEMS_KEPT_MAX {
        return format!("{} or more events in the body", grouped(items as u64));
    }
    counted(items as u64, "event in the body", "events in the body")
}

fn kind_text(kind: Option<String>) -> String {
    kind.unwrap_or_else(|| "unknown".to_owned())
}

/// One a line.
fn item_lines(items: Vec<(Option<String>, Option<String>)>) -> String {
    let line = |(id, kind): (Option<String>, Option<String>)| match id {
        Some(id) => format!("{} {id}", kind_text(kind)),
        None => kind_text(kind),
    };
    items.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// By what a repetition would be recognised.
#[component]
fn Repetitions(
    row: MessageRow,
    /// What it was recognised to repeat, with another body.
    repeats: Option<MessageId>,
) -> impl IntoView {
    if let Some(original) = repeats {
        return view! {
            <TimelineItem title="Checked for duplicates">
                "It repeats " {original_link(original)} ", with another body."
            </TimelineItem>
        }
        .into_any();
    }
    let text = match row.dedupe_rung.as_deref() {
        Some("event_id") => format!(
            "The provider's id {}. The same again is counted, and not delivered again.",
            row.provider_event_id.unwrap_or_default()
        ),
        Some("event_ids") => {
            "The provider's ids of all its events. The same list again is counted, and not delivered again.".to_owned()
        }
        Some("webhook_id") => "Its webhook-id header. The same again is counted, and not delivered again.".to_owned(),
        Some("content_hash") => "The hash of its body. The same again is counted, and not delivered again.".to_owned(),
        Some(other) => other.to_owned(),
        None if row.state == MessageState::Quarantined => {
            "Not looked at: only what is accepted can be repeated.".to_owned()
        }
        None if row.state == MessageState::Duplicate => {
            "It carries a value that its sender uses only once, and that had come before.".to_owned()
        }
        None => "By nothing: the provider sent no id, and the source does not compare bodies.".to_owned(),
    };
    view! { <TimelineItem title="Checked for duplicates">{text}</TimelineItem> }.into_any()
}

/// Which endpoints wanted it when it came in, and which have got it since.
fn matching_text(detail: &MessageDetail, elsewhere: u64) -> String {
    let wanted = counted(detail.matched.len() as u64, "endpoint", "endpoints");
    let later = match detail.sent_later {
        0 => String::new(),
        n => format!(" {} got it later, by a replay or by hand.", counted(n, "other", "others")),
    };
    let cut = if detail.deliveries.len() >= MessageDetail::DELIVERIES_MAX {
        format!(" Only the first {} deliveries are looked at here.", MessageDetail::DELIVERIES_MAX)
    } else {
        String::new()
    };
    let not = match elsewhere {
        0 => String::new(),
        n => format!(" {} no delivery, and why stands below.", counted(n, "has", "have")),
    };
    format!("{wanted} wanted it.{later}{cut}{not}")
}

#[component]
fn Delivered(delivery: DeliveryRow, steps: Vec<DeliveryStep>) -> impl IntoView {
    let attempts = counted(u64::from(delivery.attempts), "attempt", "attempts");
    let (tone, text) = match delivery.state {
        DeliveryState::Pending if delivery.due_at.is_none() => {
            (Tone::Neutral, "waits until its endpoint is resumed".to_owned())
        }
        DeliveryState::Pending => (Tone::Neutral, "waits for its first attempt".to_owned()),
        DeliveryState::InFlight => (Tone::Info, "is being sent".to_owned()),
        DeliveryState::Succeeded => (Tone::Ok, format!("succeeded after {attempts}")),
        DeliveryState::Retrying => (Tone::Warn, format!("failed {attempts}, and is tried again")),
        DeliveryState::Exhausted => (Tone::Bad, format!("was given up after {attempts}")),
        DeliveryState::Cancelled => (Tone::Neutral, "was cancelled".to_owned()),
    };
    let title = if delivery.replay_id.is_some() { "Delivery by a replay" } else { "Delivery" };
    view! {
        <TimelineItem tone title at=delivery.last_attempt_at.or(Some(delivery.created_at))>
            <a class="endpoint-url" href=Path::Delivery(delivery.id).to_string()>{delivery.endpoint_url}</a>
            " "
            {text}
            "."
            <Steps steps/>
        </TimelineItem>
    }
}

/// Every attempt and every time it had to wait.
#[component]
fn Steps(steps: Vec<DeliveryStep>) -> impl IntoView {
    if steps.is_empty() {
        return ().into_any();
    }
    let more = steps.len().saturating_sub(ITEMS_SHOWN);
    let list = steps
        .into_iter()
        .take(ITEMS_SHOWN)
        .map(|step| view! { <li>{step_text(&step.what)} " " <RelativeTime at=step.at/></li> })
        .collect_view();
    view! {
        <ul class="items">{list}</ul>
        {(more > 0).then(|| format!("And {more} more; its own page has all of them."))}
    }
    .into_any()
}

/// What happened, as a person reads it.
fn step_text(what: &DeliveryStepKind) -> String {
    match what {
        DeliveryStepKind::Attempt { number, manual, status, failure, duration_ms } => {
            let by_hand = if *manual { ", resent by hand" } else { "" };
            let outcome = match (status, failure) {
                (Some(status), None) => format!("succeeded with {status}"),
                (Some(status), Some(FailureReason::Status)) => format!("failed with {status}"),
                (_, Some(failure)) => format!("failed: {}", failure.code().replace('_', " ")),
                (None, None) => "succeeded".to_owned(),
            };
            format!("Attempt {number}{by_hand} {outcome} after {duration_ms} ms")
        }
        DeliveryStepKind::Deferred { reason, times, .. } => {
            let times = counted(u64::from(*times), "time", "times");
            format!("Put off {times}, because {}", deferral_text(reason))
        }
    }
}

#[cfg(test)]
pub(in crate::pages) mod tests {
    use super::*;
    use hookreel_contract::views::{Body, DeliveryCounts};
    use hookreel_kernel::{ApplicationId, EndpointId, SourceId};
    use time::macros::datetime;

    #[test]
    fn each_event_of_a_long_list_has_a_line() {
        let some = |text: &str| Some(text.to_owned());
        let items = vec![(some("evt_1"), some("click")), (None, some("open")), (some("evt_3"), None)];
        assert_eq!(item_lines(items), "click evt_1\nopen\nunknown evt_3");
    }

    #[test]
    fn what_a_replay_sent_since_was_not_matched_when_it_came_in() {
        let text = |matched: u32, sent_later, elsewhere| {
            let matched = (0..matched).map(|_| EndpointId::generate()).collect();
            matching_text(&MessageDetail { matched, sent_later, ..message() }, elsewhere)
        };
        assert_eq!(text(1, 0, 0), "1 endpoint wanted it.");
        assert_eq!(
            text(0, 1, 2),
            "0 endpoints wanted it. 1 other got it later, by a replay or by hand. 2 have no delivery, and why stands below."
        );
    }

    /// A message of a source, that was accepted.
    pub(in super::super) fn accepted() -> MessageRow {
        MessageRow {
            id: MessageId::generate(),
            application_id: ApplicationId::generate(),
            source_id: Some(SourceId::generate()),
            source_name: Some("Stripe".to_owned()),
            event_type: "invoice.paid".to_owned(),
            state: MessageState::Accepted,
            uid: None,
            provider_event_id: None,
            channels: None,
            body_bytes: 2,
            verdict: Some("verified".to_owned()),
            dedupe_rung: None,
            refusal: None,
            schema_faults: Vec::new(),
            received_at: datetime!(2026-11-23 14:00 UTC),
            deliveries: DeliveryCounts::default(),
        }
    }

    /// It, with nothing that came of it.
    pub(in crate::pages) fn message() -> MessageDetail {
        MessageDetail {
            row: accepted(),
            inbound: None,
            headers: Vec::new(),
            body: Body { text: "{}".to_owned(), is_hex: false, is_cut: false, bytes: 2 },
            only_endpoint_id: None,
            matched: Vec::new(),
            sent_later: 0,
            deliveries: Vec::new(),
            steps: Vec::new(),
        }
    }

    #[test]
    fn a_list_that_may_have_been_cut_is_not_counted_as_whole() {
        assert_eq!(items_title(1), "1 event in the body");
        assert_eq!(items_title(999), "999 events in the body");
        assert_eq!(items_title(1_000), "1,000 or more events in the body");
    }
}
