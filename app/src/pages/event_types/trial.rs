//! What holding recent messages against a schema has shown.

use crate::components::{Notice, RelativeTime, Tone, counted};
use crate::pages::messages::flagged::FaultList;
use crate::routes::Path;
use hookreel_contract::views::{SchemaTrial, SchemaTrialExample};
use leptos::prelude::*;

/// How many would not fit, and why.
#[component]
pub fn TrialResult(trial: SchemaTrial) -> impl IntoView {
    let (tone, text) = verdict(&trial);
    let examples = trial
        .examples
        .into_iter()
        .map(|SchemaTrialExample { message_id, received_at, faults }| {
            view! {
                <li>
                    <a href=Path::Message(message_id).to_string()><code>{message_id.to_string()}</code></a>
                    " "
                    <RelativeTime at=received_at/>
                    <FaultList faults/>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="trial" role="status">
            <Notice tone>
                <p>{text}</p>
                <ul class="trial-examples">{examples}</ul>
            </Notice>
        </div>
    }
}

fn verdict(trial: &SchemaTrial) -> (Tone, String) {
    let checked = counted(u64::from(trial.checked), "recent message", "recent messages");
    match (trial.checked, trial.failing) {
        (0, _) => (Tone::Neutral, "There is no recent message of this type to check it against.".to_owned()),
        (_, 0) => (Tone::Ok, format!("Checked against {checked}: every one of them fits.")),
        (_, failing) => {
            let shown = if trial.examples.len() < failing as usize { " The newest of them:" } else { "" };
            (Tone::Warn, format!("Checked against {checked}: {failing} would not fit.{shown}"))
        }
    }
}

/// As much of it as fits into a cookie.
#[cfg(any(feature = "ssr", test))]
pub(super) fn cut(mut trial: SchemaTrial) -> SchemaTrial {
    const EXAMPLES_MAX: usize = 3;
    const FAULTS_MAX: usize = 3;
    const CHARS_MAX: usize = 100;
    let short = |text: &str| text.chars().take(CHARS_MAX).collect::<String>();
    trial.examples.truncate(EXAMPLES_MAX);
    for example in &mut trial.examples {
        example.faults.truncate(FAULTS_MAX);
        for fault in &mut example.faults {
            (fault.pointer, fault.message) = (short(&fault.pointer), short(&fault.message));
        }
    }
    trial
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::{MessageId, SchemaFault, Timestamp};

    fn trial(checked: u32, failing: u32) -> SchemaTrial {
        SchemaTrial { checked, failing, examples: Vec::new() }
    }

    #[test]
    fn what_a_check_has_shown_is_told_in_words() {
        assert_eq!(verdict(&trial(50, 0)).1, "Checked against 50 recent messages: every one of them fits.");
        assert_eq!(
            verdict(&trial(1, 1)),
            (Tone::Warn, "Checked against 1 recent message: 1 would not fit. The newest of them:".to_owned())
        );
        assert_eq!(verdict(&trial(0, 0)).0, Tone::Neutral);
    }

    #[test]
    fn a_cut_result_fits_into_a_cookie() {
        let example = SchemaTrialExample {
            message_id: MessageId::generate(),
            received_at: Timestamp::UNIX_EPOCH,
            faults: vec![SchemaFault::new("x".repeat(300), "y".repeat(300)); 10],
        };
        let cut = cut(SchemaTrial { examples: vec![example; 5], ..trial(50, 50) });
        assert!(serde_json::to_vec(&cut).unwrap().len() < 2_800);
    }
}
