//! Until the first webhook has come: what to do at the provider, and a panel that says when it has.

use super::health::failure_text;
use super::new::GuideLinks;
use crate::components::{RelativeTime, Steps};
use crate::routes::Path;
use hookreel_contract::source::ProviderView;
use hookreel_contract::views::SourceView;
use hookreel_kernel::Timestamp;
use leptos::prelude::*;

/// How far it is with the first webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing has come.
    Waiting,
    /// Something has come, and nothing of it was accepted.
    Refused,
    /// One was accepted, before one's eyes.
    Here,
    /// Nobody waits here.
    Over,
}

impl Stage {
    fn of(last_received_at: Option<Timestamp>, accepted_24h: u64, is_awaited: bool, was_waiting: bool) -> Self {
        match (last_received_at, accepted_24h) {
            (None, _) => Self::Waiting,
            (Some(_), 1..) if was_waiting => Self::Here,
            (Some(_), 0) if was_waiting || is_awaited => Self::Refused,
            (Some(_), _) => Self::Over,
        }
    }
}

/// Waits for the first webhook, turns green when one was accepted, and says why if one was refused.
#[component]
pub fn FirstWebhook(
    source: SourceView,
    /// Whether this page was looked at while nothing had been accepted yet: only then is the first one news.
    waiting: RwSignal<bool>,
) -> impl IntoView {
    let was_waiting = waiting.get_untracked();
    match Stage::of(source.last_received_at, source.accepted_24h, source.is_awaited, was_waiting) {
        Stage::Waiting => {
            waiting.set(true);
            view! {
                <div class="first-webhook first-webhook-waiting" role="status">
                    <span class="first-webhook-light" aria-hidden="true"></span>
                    <p>
                        <strong>"Waiting for your first webhook"</strong>
                        " This turns green by itself when one is accepted, and says why if one is refused."
                    </p>
                </div>
            }
            .into_any()
        }
        Stage::Refused => {
            waiting.set(true);
            view! {
                <div class="first-webhook first-webhook-waiting first-webhook-refused" role="status">
                    <span class="first-webhook-light" aria-hidden="true"></span>
                    <p>
                        <strong>"Nothing was accepted yet"</strong>
                        {source.health.last_failure.map(|failure| view! {
                            " The last request was not let in: "
                            <a href=Path::Message(failure.message_id).to_string()>{failure_text(&failure.reason)}</a>
                            ", "
                            <RelativeTime at=failure.at/>
                            "."
                        })}
                        " This waits on, and turns green by itself when one is accepted."
                    </p>
                </div>
            }
            .into_any()
        }
        Stage::Here => view! {
            <div class="first-webhook first-webhook-here" role="status">
                <span class="first-webhook-light" aria-hidden="true"></span>
                <p>
                    <strong>"Your first webhook is here"</strong>
                    {source.last_received_at.map(|at| view! { " It came in " <RelativeTime at/> " and stands below." })}
                </p>
            </div>
        }
        .into_any(),
        Stage::Over => ().into_any(),
    }
}

/// The steps at the provider, unfolded until something has come.
#[component]
pub fn SetupSteps(provider: ProviderView, is_open: bool) -> impl IntoView {
    view! {
        <details class="fold" open=is_open>
            <summary>{format!("What to do at {}", provider.display_name)}</summary>
            <div>
                <Steps text=provider.setup.clone()/>
                <GuideLinks provider/>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::{Stage, Timestamp};

    const CAME: Option<Timestamp> = Some(Timestamp::UNIX_EPOCH);

    #[test]
    fn only_what_was_accepted_ends_the_wait() {
        assert_eq!(Stage::of(None, 0, true, false), Stage::Waiting);
        assert_eq!(Stage::of(CAME, 0, true, true), Stage::Refused);
        assert_eq!(Stage::of(CAME, 0, false, true), Stage::Refused, "however long the page has waited");
        assert_eq!(Stage::of(CAME, 0, true, false), Stage::Refused, "also when it is opened again");
        assert_eq!(Stage::of(CAME, 1, false, true), Stage::Here);
    }

    #[test]
    fn a_source_that_has_worked_waits_for_no_first_one() {
        assert_eq!(Stage::of(CAME, 1, false, false), Stage::Over);
        assert_eq!(Stage::of(CAME, 0, false, false), Stage::Over, "what it accepted is longer ago than is counted");
    }
}
