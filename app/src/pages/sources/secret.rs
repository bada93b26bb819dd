//! The secret that a source verifies with: given for the first time, rotated, replaced.

use super::server::{EndOldSecrets, RotateSourceSecret, SetSourceSecret};
use crate::components::{
    ButtonKind, CancelLink, Choice, ConfirmDialog, ConfirmLink, FormActions, FormError, Hidden, Notice, RelativeTime,
    Section, SelectField, ServerForm, SubmitButton, TextField, Tone,
};
use hookreel_contract::source::ProviderSecret;
use hookreel_kernel::{SourceId, Timestamp};
use leptos::prelude::*;

/// The name of the question before old secrets are ended.
const END_OLD: &str = "end-old-secrets";
/// What is usual.
const DAY_S: &str = "86400";

/// Without a secret nothing can be verified, so this comes first.
#[component]
pub fn MissingSecret(id: SourceId, secret: ProviderSecret) -> impl IntoView {
    let set = ServerAction::<SetSourceSecret>::new();
    let title = format!("No {} yet.", lower_first(&secret.label));
    view! {
        <Notice tone=Tone::Warn>
            <p><strong>{title}</strong>" Until there is one, every request is refused and quarantined."</p>
            <ServerForm action=set class="form form-row" reset=true>
                <Hidden name="id" value=id.to_string()/>
                <TextField name="secret" label=secret.label hint=secret.hint autocomplete="off" required=true mono=true/>
                <FormActions><SubmitButton>"Save secret"</SubmitButton></FormActions>
                <FormError/>
            </ServerForm>
        </Notice>
    }
}

/// `Signing secret` in the middle of a sentence; `HMAC key` stays as it is.
fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), label.chars().nth(1)) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => label.to_owned(),
    }
}

/// Another secret: with time to change over, or at once.
#[component]
pub fn Rotation(
    id: SourceId,
    secret: ProviderSecret,
    /// Whether Hookreel itself gives it to the provider.
    is_passed_on: bool,
) -> impl IntoView {
    let overlap = if is_passed_on {
        "The old one stays valid beside it, and GitHub is given the new one at once."
    } else {
        "The old one stays valid beside it, so that nothing is refused while you change it at the provider."
    };
    let rotate = ServerAction::<RotateSourceSecret>::new();
    let replace = ServerAction::<SetSourceSecret>::new();
    let id = Signal::stored(id.to_string());
    view! {
        <Section title=secret.label.clone() hint=secret.hint.clone()>
            <details class="fold">
                <summary>{format!("Change the {}", lower_first(&secret.label))}</summary>
                <ServerForm action=rotate class="form form-row" reset=true>
                    <Hidden name="id" value=id/>
                    <TextField
                        name="secret"
                        label="New secret"
                        hint=overlap
                        autocomplete="off"
                        required=true
                        mono=true
                    />
                    <SelectField name="overlap_s" label="The old one stays valid for" value=DAY_S options=overlaps()/>
                    <FormActions><SubmitButton kind=ButtonKind::Secondary>"Rotate secret"</SubmitButton></FormActions>
                    <FormError/>
                </ServerForm>
                <ServerForm action=replace class="form form-row" reset=true>
                    <Hidden name="id" value=id/>
                    <TextField
                        name="secret"
                        label="Replacement"
                        hint="The old one stops working at once: for a secret that was wrong or has leaked."
                        autocomplete="off"
                        required=true
                        mono=true
                    />
                    <FormActions><SubmitButton kind=ButtonKind::Danger>"Replace at once"</SubmitButton></FormActions>
                    <FormError/>
                </ServerForm>
            </details>
        </Section>
    }
}

/// How long an old secret can stay valid. Any time up to 30 days can be said by the API.
fn overlaps() -> Vec<Choice> {
    [("3600", "1 hour"), (DAY_S, "24 hours"), ("604800", "7 days"), ("2592000", "30 days")]
        .map(|(seconds, text)| Choice::new(seconds, text))
        .into()
}

/// While several secrets are valid: until when, and the way to end that.
#[component]
pub fn OldSecrets(id: SourceId, until: Option<Timestamp>) -> impl IntoView {
    until.map(|until| {
        view! {
            <Notice tone=Tone::Info>
                <p>
                    <strong>"The old secret is still valid"</strong>
                    " beside the new one. It stops working "
                    <RelativeTime at=until/>
                    "."
                </p>
                <ConfirmLink name=END_OLD small=true>"End the old one now…"</ConfirmLink>
            </Notice>
            <EndOldQuestion id/>
        }
    })
}

#[component]
fn EndOldQuestion(id: SourceId) -> impl IntoView {
    let end = ServerAction::<EndOldSecrets>::new();
    view! {
        <ConfirmDialog name=END_OLD title="End the old secret now?">
            <p>
                "What the provider still signs with it is refused and quarantined from then on. Make sure that the new secret has arrived there."
            </p>
            <ServerForm action=end>
                <Hidden name="id" value=id.to_string()/>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"End the old secret"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}

#[cfg(test)]
mod tests {
    use super::lower_first;

    #[test]
    fn a_label_fits_into_a_sentence() {
        assert_eq!(lower_first("Signing secret"), "signing secret");
        assert_eq!(lower_first("HMAC key"), "HMAC key");
        assert_eq!(lower_first(""), "");
    }
}
