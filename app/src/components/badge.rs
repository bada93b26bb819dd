//! States: a word and a shape, never a colour alone.

use hookreel_contract::views::{BreakerState, DeliveryState, EndpointState, MessageState};
use hookreel_kernel::{FailureReason, SchemaFault, Validation};
use leptos::prelude::*;

/// How good a state is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Ok,
    /// May need a look.
    Warn,
    /// Needs a look.
    Bad,
    /// Under way.
    Info,
    /// Neither.
    #[default]
    Neutral,
}

impl Tone {
    /// The class that colours by it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Ok => "tone-ok",
            Self::Warn => "tone-warn",
            Self::Bad => "tone-bad",
            Self::Info => "tone-info",
            Self::Neutral => "tone-neutral",
        }
    }

    /// Its shape on a grid of 10: filled disc, triangle, cross, half disc, ring.
    const fn shape(self) -> &'static str {
        match self {
            Self::Ok => "M5 1a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
            Self::Warn => "M5 .8 9.6 9H.4z",
            Self::Bad => "M2.2.8 5 3.6 7.8.8 9.2 2.2 6.4 5l2.8 2.8-1.4 1.4L5 6.4 2.2 9.2.8 7.8 3.6 5 .8 2.2z",
            Self::Info => "M5 1a4 4 0 1 1 0 8 4 4 0 0 1 0-8zm0 1.4v5.2a2.6 2.6 0 0 0 0-5.2z",
            Self::Neutral => "M5 1a4 4 0 1 1 0 8 4 4 0 0 1 0-8zm0 1.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
        }
    }
}

/// A state.
#[component]
pub fn Badge(tone: Tone, children: Children) -> impl IntoView {
    view! {
        <span class=format!("badge {}", tone.class())>
            <svg class="badge-shape" viewBox="0 0 10 10" width="8" height="8" aria-hidden="true" focusable="false">
                <path d=tone.shape() fill-rule="evenodd"/>
            </svg>
            {children()}
        </span>
    }
}

/// Where a delivery stands.
#[component]
pub fn DeliveryBadge(state: DeliveryState) -> impl IntoView {
    let (tone, text) = match state {
        DeliveryState::Pending => (Tone::Neutral, "Pending"),
        DeliveryState::InFlight => (Tone::Info, "In flight"),
        DeliveryState::Succeeded => (Tone::Ok, "Succeeded"),
        DeliveryState::Retrying => (Tone::Warn, "Retrying"),
        DeliveryState::Exhausted => (Tone::Bad, "Exhausted"),
        DeliveryState::Cancelled => (Tone::Neutral, "Cancelled"),
    };
    view! { <Badge tone>{text}</Badge> }
}

/// What became of a message.
#[component]
pub fn MessageBadge(state: MessageState) -> impl IntoView {
    let (tone, text) = match state {
        MessageState::Accepted => (Tone::Ok, "Accepted"),
        MessageState::Quarantined => (Tone::Bad, "Quarantined"),
        MessageState::Duplicate => (Tone::Neutral, "Duplicate"),
    };
    view! { <Badge tone>{text}</Badge> }
}

/// What is known about where a message came from: `verified`, `authenticated`, `failed`, `unattempted`.
#[component]
pub fn VerdictBadge(#[prop(into)] verdict: String) -> impl IntoView {
    let (tone, text, meaning) = match verdict.as_str() {
        "verified" => (Tone::Ok, "Verified", "A signature proves who sent it, and that nobody changed it."),
        "authenticated" => (Tone::Info, "Authenticated", "A shared token proves who sent it, but not what was sent."),
        "failed" => (Tone::Bad, "Failed", "It could not be shown that the provider sent it."),
        _ => (Tone::Neutral, "Unattempted", "Nobody has looked at whether the provider sent it."),
    };
    view! { <span class="verdict" title=meaning><Badge tone>{text}</Badge></span> }
}

/// That a payload does not fit the schema of its event type. Nothing if it does.
#[component]
pub fn FlaggedBadge(faults: Vec<SchemaFault>) -> impl IntoView {
    faults.first().map(|first| {
        view! { <span class="flagged" title=first.to_string()><Badge tone=Tone::Warn>"Flagged"</Badge></span> }
    })
}

/// Whether payloads are held against the schema of their event type.
#[component]
pub fn ValidationBadge(validation: Validation) -> impl IntoView {
    let (tone, text, meaning) = match validation {
        Validation::Off => (Tone::Neutral, "Not validated", "Payloads may look like anything."),
        Validation::Flag => (Tone::Info, "Flags", "What does not fit the schema is delivered, and flagged."),
        Validation::Reject => (Tone::Ok, "Rejects", "What does not fit the schema is refused."),
    };
    view! { <span class="validation" title=meaning><Badge tone>{text}</Badge></span> }
}

/// Whether an endpoint is sent to.
#[component]
pub fn EndpointBadge(state: EndpointState, breaker: BreakerState) -> impl IntoView {
    let (tone, text) = match (state, breaker) {
        (EndpointState::Disabled, _) => (Tone::Bad, "Disabled"),
        (EndpointState::Paused, _) => (Tone::Neutral, "Paused"),
        (EndpointState::Enabled, BreakerState::Open) => (Tone::Bad, "Breaker open"),
        (EndpointState::Enabled, BreakerState::HalfOpen) => (Tone::Warn, "Probing"),
        (EndpointState::Enabled, BreakerState::Closed) => (Tone::Ok, "Enabled"),
    };
    view! { <Badge tone>{text}</Badge> }
}

/// Where a replay stands: `running`, `finished`, `cancelled`.
#[component]
pub fn ReplayBadge(#[prop(into)] state: String) -> impl IntoView {
    let (tone, text) = match state.as_str() {
        "running" => (Tone::Info, "Running".to_owned()),
        "sending" => (Tone::Info, "Sending".to_owned()),
        "finished" => (Tone::Ok, "Finished".to_owned()),
        "cancelled" => (Tone::Neutral, "Cancelled".to_owned()),
        _ => (Tone::Neutral, state),
    };
    view! { <Badge tone>{text}</Badge> }
}

/// What an endpoint answered: its status, or why there was none.
#[component]
pub fn StatusCode(status: Option<u16>, #[prop(optional_no_strip)] failure: Option<FailureReason>) -> impl IntoView {
    let tone = match (status, failure) {
        (Some(200..=299), None) => Tone::Ok,
        (None, None) => Tone::Neutral,
        _ => Tone::Bad,
    };
    let text = match (status, failure) {
        (Some(status), _) => status.to_string(),
        (None, Some(failure)) => failure.title().to_owned(),
        (None, None) => "–".to_owned(),
    };
    view! {
        <span class=format!("status-code {}", tone.class()) title=failure.map(FailureReason::explanation)>{text}</span>
    }
}
