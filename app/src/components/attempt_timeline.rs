//! What happened to one thing, one below the other.

use super::amount::Millis;
use super::badge::{StatusCode, Tone};
use super::facts::{Fact, Facts, HeaderTable};
use super::payload_viewer::PayloadViewer;
use super::relative_time::RelativeTime;
use hookreel_contract::views::AttemptView;
use hookreel_kernel::{FailureReason, Timestamp};
use leptos::prelude::*;

/// A line of time.
#[component]
pub fn Timeline(children: Children) -> impl IntoView {
    view! { <ol class="timeline">{children()}</ol> }
}

/// One point on it.
#[component]
pub fn TimelineItem(
    #[prop(optional)] tone: Tone,
    #[prop(into)] title: String,
    #[prop(optional_no_strip)] at: Option<Timestamp>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <li class=format!("timeline-item {}", tone.class())>
            <div class="timeline-head">
                <span class="timeline-title">{title}</span>
                {at.map(|at| view! { <RelativeTime at/> })}
            </div>
            {children.map(|children| view! { <div class="timeline-body">{children()}</div> })}
        </li>
    }
}

/// One attempt: its outcome, and on request everything that was sent and came back.
#[component]
pub fn AttemptItem(
    attempt: AttemptView,
    /// Whether the details are shown at once.
    #[prop(optional)]
    open: bool,
) -> impl IntoView {
    let tone = if attempt.succeeded { Tone::Ok } else { Tone::Bad };
    let explanation = attempt.failure.map(FailureReason::explanation);
    let by_hand = attempt.manual.then(|| view! { <span class="tag">"resent by hand"</span> });
    view! {
        <li class=format!("timeline-item {}", tone.class())>
            <details class="attempt" open=open>
                <summary>
                    <span class="attempt-number">{format!("Attempt {}", attempt.number)}</span>
                    <StatusCode status=attempt.status failure=attempt.failure/>
                    {by_hand}
                    <span class="attempt-when">
                        <Millis ms=attempt.duration_ms/>
                        <RelativeTime at=attempt.attempted_at/>
                    </span>
                </summary>
                {attempt_details(attempt.clone())}
            </details>
            {explanation.map(|text| view! { <p class="attempt-failure">{text}</p> })}
        </li>
    }
}

fn attempt_details(attempt: AttemptView) -> impl IntoView {
    let cut = attempt.response_truncated.then(|| {
        view! { <p class="muted">"The answer was longer; its first 32 KiB are kept."</p> }
    });
    let has_answer = attempt.status.is_some();
    let name = format!("response-{}", attempt.id);
    view! {
        <div class="attempt-details">
            <Facts>
                <Fact label="URL" wide=true><code class="breakable">{attempt.url}</code></Fact>
                <Fact label="Attempt id"><code class="breakable">{attempt.id.to_string()}</code></Fact>
            </Facts>
            <h3>"Request headers"</h3>
            <HeaderTable headers=attempt.request_headers caption="Request headers"/>
            {has_answer
                .then(|| {
                    view! {
                        <h3>"Response headers"</h3>
                        <HeaderTable headers=attempt.response_headers caption="Response headers"/>
                        <h3>"Response body"</h3>
                        <PayloadViewer body=attempt.response_body name=name/>
                        {cut}
                    }
                })}
        </div>
    }
}
