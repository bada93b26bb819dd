//! What the list shows of a source's quarantine, as a whole: judged again or released in one go.

use super::query::{MessageQuery, QuarantineRange};
use super::server::{ReleaseRange, VerifyRange, quarantine_in};
use crate::components::{
    ActionButton, ButtonKind, ConfirmLink, Notice, Tone, counted, following, is_asked, loaded_in_parts,
};
use crate::live::{self, Topic};
use crate::pages::release_question::{ReleaseQuestion, doubtful_text, genuine_text};
use hookreel_contract::source::QuarantineCounts;
use leptos::prelude::*;

/// The name of the question before anything is released.
const RELEASE: &str = "release-range";

/// What can be done with all that is listed. Nothing unless the list is of one source's quarantine.
#[component]
pub fn QuarantinedRange(query: Memo<MessageQuery>) -> impl IntoView {
    let verify = ServerAction::<VerifyRange>::new();
    let range = Memo::new(move |_| query.read().quarantine_range());
    let counts = Resource::new(move || range.get(), quarantine_in);
    live::refetch_on(&[Topic::Message], counts);
    let is_asked = is_asked(RELEASE);
    loaded_in_parts(counts, move |found: Memo<Option<(QuarantineRange, QuarantineCounts)>>| {
        let counts = Memo::new(move |_| found.get().map(|(_, counts)| counts).unwrap_or_default());
        // A question that is open stays, even if somebody else has released the last message meanwhile.
        let shown = Memo::new(move |was: Option<&Option<QuarantineRange>>| {
            let (range, counts) = found.get()?;
            let was_shown = was.is_some_and(|was| was.as_ref() == Some(&range));
            (counts.all() > 0 || (was_shown && is_asked.get())).then_some(range)
        });
        following(move || shown.get().map(|range| view! { <Range range counts verify/> }))
    })
}

#[component]
fn Range(range: QuarantineRange, counts: Memo<QuarantineCounts>, verify: ServerAction<VerifyRange>) -> impl IntoView {
    let release = ServerAction::<ReleaseRange>::new();
    let fields = StoredValue::new(range.fields());
    let has_doubtful = Memo::new(move |_| counts.get().doubtful > 0);
    let again = move || {
        has_doubtful.get().then(|| {
            view! {
                <ActionButton action=verify fields=fields.get_value() kind=ButtonKind::Secondary small=true>
                    "Verify these again"
                </ActionButton>
            }
        })
    };
    view! {
        <Notice tone=Tone::Info>
            <p>{move || range_text(counts.get())}</p>
            <div class="quarantine-actions">
                {again}
                <ConfirmLink name=RELEASE small=true>"Release these…"</ConfirmLink>
            </div>
        </Notice>
        <ReleaseQuestion
            name=RELEASE
            title="Release these messages into delivery?"
            action=release
            fields=fields.get_value()
            counts
        />
    }
}

fn range_text(counts: QuarantineCounts) -> String {
    format!(
        "{} of this source in the range on screen: {} and {}.",
        counted(counts.all(), "message is in quarantine", "messages are in quarantine"),
        genuine_text(counts),
        doubtful_text(counts),
    )
}
