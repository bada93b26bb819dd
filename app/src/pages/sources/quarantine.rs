//! What a source has refused and kept: how much, and what can be done with all of it.

use super::server::{ReleaseQuarantined, VerifySourceAgain, quarantine_of};
use crate::components::{
    ActionButton, ButtonKind, ConfirmLink, Section, counted, following, is_asked, loaded_in_parts,
};
use crate::live::{self, Topic};
use crate::pages::found::found;
use crate::pages::release_question::{ReleaseQuestion, doubtful_text, genuine_text};
use crate::routes::Path;
use hookreel_contract::source::QuarantineCounts;
use hookreel_kernel::SourceId;
use leptos::prelude::*;

/// The name of the question before anything is released.
const RELEASE: &str = "release";

/// How much there is, and what to do with it. Nothing if there is none.
#[component]
pub fn SourceQuarantine(id: SourceId) -> impl IntoView {
    let verify = ServerAction::<VerifySourceAgain>::new();
    let quarantined = Resource::new(|| (), move |()| async move { found(quarantine_of(id).await) });
    live::refetch_on(&[Topic::Message], quarantined);
    let is_asked = is_asked(RELEASE);
    loaded_in_parts(quarantined, move |found: Memo<Option<QuarantineCounts>>| {
        let counts = Memo::new(move |_| found.get().unwrap_or_default());
        // A question that is open stays, even if somebody else has released the last message meanwhile.
        let is_shown =
            Memo::new(move |was: Option<&bool>| counts.get().all() > 0 || (was == Some(&true) && is_asked.get()));
        following(move || is_shown.get().then(|| view! { <Counts id counts verify/> }))
    })
}

#[component]
fn Counts(id: SourceId, counts: Memo<QuarantineCounts>, verify: ServerAction<VerifySourceAgain>) -> impl IntoView {
    let release = ServerAction::<ReleaseQuarantined>::new();
    let list = Path::Messages.with(&[("source", &id.to_string()), ("state", "quarantined")]);
    let has_doubtful = Memo::new(move |_| counts.get().doubtful > 0);
    let again = move || {
        has_doubtful.get().then(|| {
            view! {
                <ActionButton action=verify fields=vec![("id", id.to_string())] kind=ButtonKind::Secondary small=true>
                    "Verify again"
                </ActionButton>
            }
        })
    };
    let actions = view! {
        {again}
        <ConfirmLink name=RELEASE small=true>"Release…"</ConfirmLink>
    }
    .into_any();
    view! {
        <Section
            title="Quarantine"
            hint="Refused or held, and kept byte for byte. Nothing of it has been delivered. After the secret was corrected, verify again: what is genuine can then be released."
            actions=actions
        >
            <p>
                <a href=list>{move || whole_text(counts.get())}</a>
                {move || format!(": {} and {}.", genuine_text(counts.get()), doubtful_text(counts.get()))}
            </p>
        </Section>
        <ReleaseQuestion
            name=RELEASE
            title="Release messages into delivery?"
            action=release
            fields=vec![("id", id.to_string())]
            counts
        />
    }
}

fn whole_text(counts: QuarantineCounts) -> String {
    counted(counts.all(), "message is in quarantine", "messages are in quarantine")
}
