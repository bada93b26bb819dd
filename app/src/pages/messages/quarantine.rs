//! A message in quarantine: why, and the ways out.

use super::server::{ReleaseMessage, VerifyMessageAgain};
use super::story::original_link;
use crate::components::{
    ActionButton, ButtonKind, CancelLink, CheckField, ConfirmDialog, ConfirmLink, FormActions, FormError, Hidden,
    Notice, ServerForm, SubmitButton, Tone,
};
use crate::routes::Path;
use hookreel_contract::views::{InboundView, MessageRow, MessageState, QuarantineStepKind};
use hookreel_kernel::MessageId;
use leptos::prelude::*;

/// The name of the question before an unverified message is released.
const RELEASE: &str = "release";

/// Whether the provider is known to have sent it.
pub fn is_genuine(verdict: Option<&str>) -> bool {
    matches!(verdict, Some("verified" | "authenticated"))
}

/// Why it is in quarantine, and what can be done; or why it is not any more, though it was not released. Nothing for what
/// was accepted.
#[component]
pub fn Quarantine(
    row: MessageRow,
    inbound: Option<InboundView>,
    verify: ServerAction<VerifyMessageAgain>,
    release: ServerAction<ReleaseMessage>,
) -> impl IntoView {
    match row.state {
        MessageState::Accepted => ().into_any(),
        MessageState::Quarantined => view! { <Quarantined row inbound verify release/> }.into_any(),
        MessageState::Duplicate => view! { <Duplicate inbound/> }.into_any(),
    }
}

/// Nothing can be done, or is to be.
#[component]
fn Duplicate(inbound: Option<InboundView>) -> impl IntoView {
    let steps = inbound.map_or_else(Vec::new, |inbound| inbound.quarantine);
    let original = steps.into_iter().find_map(|step| match step.what {
        QuarantineStepKind::DuplicateFound { duplicate_of } => Some(duplicate_of),
        QuarantineStepKind::VerifiedAgain { .. } | QuarantineStepKind::Released { .. } => None,
    });
    let what = original.map_or_else(|| "another message".into_any(), |id| original_link(id).into_any());
    view! {
        <Notice tone=Tone::Info>
            <p>"It repeats " {what} ", which was accepted: there is nothing to release."</p>
        </Notice>
    }
}

#[component]
fn Quarantined(
    row: MessageRow,
    inbound: Option<InboundView>,
    verify: ServerAction<VerifyMessageAgain>,
    release: ServerAction<ReleaseMessage>,
) -> impl IntoView {
    let fields = vec![("id", row.id.to_string())];
    let is_cut = inbound.as_ref().is_some_and(|inbound| inbound.is_truncated);
    let original = inbound.and_then(|inbound| inbound.repeats);
    // What repeats another has nothing to do with how the source is set up.
    let source = row.source_id.filter(|_| original.is_none()).map(|id| {
        view! { <a href=Path::Source(id).with(&[("tab", "settings")])>"Check the source's secret and settings"</a> }
    });
    let altered = original.map(|id| {
        view! { <p>"Compare it with " {original_link(id)} ". Released, it is delivered beside that one."</p> }
    });
    let cut = is_cut.then(|| {
        view! {
            <p>"Only the beginning of the body was kept, so it can neither be verified again nor released."</p>
        }
    });
    let is_genuine = is_genuine(row.verdict.as_deref());
    // What is genuine is held for another reason: there is nothing more to find out about it.
    let again = (!is_genuine).then(|| {
        view! { <ActionButton action=verify fields=fields.clone() kind=ButtonKind::Secondary small=true>"Verify again"</ActionButton> }
    });
    let release_button = if is_genuine && original.is_none() {
        view! { <ActionButton action=release fields kind=ButtonKind::Primary small=true>"Release"</ActionButton> }
            .into_any()
    } else {
        view! { <ConfirmLink name=RELEASE small=true>"Release…"</ConfirmLink> }.into_any()
    };
    let (id, reason) = (row.id, reason(&row));
    let tone = if row.refusal.is_some() { Tone::Bad } else { Tone::Ok };
    view! {
        <Notice tone>
            <p>{reason}" "{source}</p>
            {cut}
            {altered}
            {(!is_cut).then(|| view! { <div class="quarantine-actions">{again} {release_button}</div> })}
        </Notice>
        <ReleaseQuestion id is_altered=original.is_some() release/>
    }
}

/// Judged again and found genuine, a message has no reason any more to be where it is.
fn reason(row: &MessageRow) -> AnyView {
    match row.refusal.clone() {
        Some(refusal) if is_genuine(row.verdict.as_deref()) => view! {
            <strong>"Held: "</strong>
            {refusal}
            ". It is known to be genuine, and nothing of it was delivered."
        }
        .into_any(),
        Some(refusal) => view! {
            <strong>"Refused and kept: "</strong>
            {refusal}
            ". The sender was told so, and nothing was delivered."
        }
        .into_any(),
        None => view! {
            <strong>"Genuine after all. "</strong>
            "Verified again, it fits the source's secret. Release it, and it is delivered."
        }
        .into_any(),
    }
}

#[component]
fn ReleaseQuestion(
    id: MessageId,
    /// It repeats what was accepted, with another body.
    is_altered: bool,
    release: ServerAction<ReleaseMessage>,
) -> impl IntoView {
    let (title, label) = if is_altered {
        ("Release a message that repeats another?", "Release it beside the one that it repeats")
    } else {
        ("Release a message that is not verified?", "Release it although nobody knows who sent it")
    };
    view! {
        <ConfirmDialog name=RELEASE title>
            <p>"It is delivered to every endpoint that matches now, signed by you like any other."</p>
            <ServerForm action=release>
                <Hidden name="id" value=id.to_string()/>
                <CheckField name="unverified_too" label/>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Release"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}
