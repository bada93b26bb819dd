//! What a source has refused and kept: how much, and what can be done with all of it.

use super::server::{ReleaseQuarantined, VerifySourceAgain, quarantine_of};
use crate::components::{
    ActionButton, ButtonKind, CancelLink, CheckField, ConfirmDialog, ConfirmLink, FormActions, FormError, Hidden,
    Section, ServerForm, SubmitButton, counted, loaded,
};
use crate::live::{self, Topic};
use crate::pages::found::found;
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
    loaded(quarantined, move |quarantined| match quarantined {
        Some(quarantined) if quarantined.all() > 0 => view! { <Counts id quarantined verify/> }.into_any(),
        _ => ().into_any(),
    })
}

#[component]
fn Counts(id: SourceId, quarantined: QuarantineCounts, verify: ServerAction<VerifySourceAgain>) -> impl IntoView {
    let list = Path::Messages.with(&[("source", &id.to_string()), ("state", "quarantined")]);
    let again = (quarantined.doubtful > 0).then(|| {
        view! {
            <ActionButton action=verify fields=vec![("id", id.to_string())] kind=ButtonKind::Secondary small=true>
                "Verify again"
            </ActionButton>
        }
    });
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
                <a href=list>{whole_text(quarantined)}</a>
                {format!(": {} and {}.", genuine_text(quarantined), doubtful_text(quarantined))}
            </p>
        </Section>
        <ReleaseQuestion id quarantined/>
    }
}

/// Says how many before anything is sent to anybody.
#[component]
fn ReleaseQuestion(id: SourceId, quarantined: QuarantineCounts) -> impl IntoView {
    let release = ServerAction::<ReleaseQuarantined>::new();
    view! {
        <ConfirmDialog name=RELEASE title="Release messages into delivery?">
            <p>{release_text(quarantined)}</p>
            <ServerForm action=release>
                <Hidden name="id" value=id.to_string()/>
                {(quarantined.doubtful > 0).then(|| view! {
                    <CheckField
                        name="unverified_too"
                        label=format!("Release {} too", doubtful_text(quarantined))
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

fn whole_text(quarantined: QuarantineCounts) -> String {
    counted(quarantined.all(), "message is in quarantine", "messages are in quarantine")
}

/// What releasing will do, in numbers.
pub fn release_text(quarantined: QuarantineCounts) -> String {
    if quarantined.genuine == 0 {
        return "None of them is known to be genuine. Verify them again first, or release them all the same."
            .to_owned();
    }
    format!(
        "{} will be delivered to every endpoint that matches now. What repeats an accepted message stays.",
        counted(quarantined.genuine, "message that is known to be genuine", "messages that are known to be genuine"),
    )
}

fn genuine_text(quarantined: QuarantineCounts) -> String {
    format!("{} known to be genuine", quarantined.genuine)
}

/// How many nobody believes yet.
pub fn doubtful_text(quarantined: QuarantineCounts) -> String {
    counted(quarantined.doubtful, "that is not verified", "that are not verified")
}
