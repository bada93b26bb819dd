//! What the list shows of a source's quarantine, as a whole: judged again or released in one go.

use super::query::{MessageQuery, QuarantineRange};
use super::server::{ReleaseRange, VerifyRange, quarantine_in};
use crate::components::{
    ActionButton, ButtonKind, CancelLink, CheckField, ConfirmDialog, ConfirmLink, FormActions, FormError, Hidden,
    Notice, ServerForm, SubmitButton, Tone, counted, loaded,
};
use crate::live::{self, Topic};
use crate::pages::sources::quarantine::{doubtful_text, release_text};
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
    loaded(counts, move |found| match found {
        Some((range, counts)) if counts.all() > 0 => view! { <Range range counts verify/> }.into_any(),
        _ => ().into_any(),
    })
}

#[component]
fn Range(range: QuarantineRange, counts: QuarantineCounts, verify: ServerAction<VerifyRange>) -> impl IntoView {
    let fields = range.fields();
    let again = (counts.doubtful > 0).then(|| {
        view! {
            <ActionButton action=verify fields=fields kind=ButtonKind::Secondary small=true>"Verify these again"</ActionButton>
        }
    });
    let text = format!(
        "{} of this source in the range on screen: {} known to be genuine and {}.",
        counted(counts.all(), "message is in quarantine", "messages are in quarantine"),
        counts.genuine,
        doubtful_text(counts),
    );
    view! {
        <Notice tone=Tone::Info>
            <p>{text}</p>
            <div class="quarantine-actions">
                {again}
                <ConfirmLink name=RELEASE small=true>"Release these…"</ConfirmLink>
            </div>
        </Notice>
        <ReleaseQuestion range counts/>
    }
}

#[component]
fn ReleaseQuestion(range: QuarantineRange, counts: QuarantineCounts) -> impl IntoView {
    let release = ServerAction::<ReleaseRange>::new();
    let fields = StoredValue::new(range.fields());
    view! {
        <ConfirmDialog name=RELEASE title="Release these messages into delivery?">
            <p>{release_text(counts)}</p>
            <ServerForm action=release>
                {fields.get_value().into_iter().map(|(name, value)| view! { <Hidden name value=value/> }).collect_view()}
                {(counts.doubtful > 0).then(|| view! {
                    <CheckField
                        name="unverified_too"
                        label=format!("Release {} too", doubtful_text(counts))
                        hint="Nobody knows who sent them. Your endpoints will take them for the provider's."
                    />
                })}
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Release"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}
