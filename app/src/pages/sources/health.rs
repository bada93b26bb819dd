//! How a source is doing: what came in, what did not, and how long nothing has.

use crate::components::{CopyableId, Fact, Facts, Notice, RelativeTime, Section, Tone, grouped};
use crate::routes::Path;
use crate::{clock, time_text};
use hookreel_contract::source::SourceSilence;
use hookreel_contract::views::SourceView;
use leptos::prelude::*;

/// Nothing has come for longer than ever before.
#[component]
pub fn Silence(source: SourceView) -> impl IntoView {
    source.health.silent.filter(|_| !source.is_paused).map(|silence| {
        let SourceSilence { since, longest_before_s } = silence;
        let so_far_s = (clock::now() - since).whole_seconds().unsigned_abs();
        let text = format!(
            "Nothing has come for {}. The longest pause before was {}.",
            time_text::span(so_far_s),
            time_text::span(longest_before_s)
        );
        view! {
            <Notice tone=Tone::Warn>
                <p><strong>{text}</strong>" Look at the provider whether it still sends to this URL."</p>
            </Notice>
        }
    })
}

/// The numbers.
#[component]
pub fn Health(source: SourceView) -> impl IntoView {
    let quarantined = Path::Messages.with(&[("source", &source.id.to_string()), ("state", "quarantined")]);
    let events = Path::EventLog.with(&[("stream", &source.id.to_string())]);
    let last = match source.last_received_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => view! { "never" }.into_any(),
    };
    let failure = source.health.last_failure.clone().map(|failure| {
        view! {
            <Fact label="Last refused" wide=true>
                <a href=Path::Message(failure.message_id).to_string()>{failure_text(&failure.reason)}</a>
                " "
                <RelativeTime at=failure.at/>
            </Fact>
        }
    });
    let dropped = (source.health.dropped_24h > 0).then(|| {
        view! { <Fact label="Refused and not kept, 24 h">{grouped(source.health.dropped_24h)}</Fact> }
    });
    let broken_off = (source.health.broken_off_24h > 0).then(|| {
        view! { <Fact label="Broken off, 24 h">{grouped(source.health.broken_off_24h)}</Fact> }
    });
    let altered = (source.health.altered_24h > 0).then(|| {
        view! { <Fact label="Duplicates with another body, 24 h">{grouped(source.health.altered_24h)}</Fact> }
    });
    view! {
        <Section title="Health">
            <Facts>
                <Fact label="Last request">{last}</Fact>
                <Fact label="Accepted, 24 h">{grouped(source.accepted_24h)}</Fact>
                <Fact label="Quarantined, 24 h"><a href=quarantined>{grouped(source.quarantined_24h)}</a></Fact>
                <Fact label="Duplicates, 24 h">{grouped(source.health.duplicates_24h)}</Fact>
                {altered}
                {dropped}
                {broken_off}
                <Fact label="Handshakes, 24 h">{grouped(source.health.handshakes_24h)}</Fact>
                <Fact label="Valid secrets">{grouped(u64::from(source.secrets))}</Fact>
                <Fact label="Provider">{source.provider_name}</Fact>
                <Fact label="Id"><CopyableId id=source.id.to_string()/></Fact>
                <Fact label="Created"><RelativeTime at=source.created_at/></Fact>
                <Fact label="Recorded as"><a href=events>"Events of this source"</a></Fact>
                {failure}
            </Facts>
        </Section>
    }
}

/// Judged again and found genuine, a message has no reason any more to be where it is.
pub(super) fn failure_text(reason: &str) -> String {
    if reason.is_empty() { "Genuine by now: release it".to_owned() } else { reason.to_owned() }
}
