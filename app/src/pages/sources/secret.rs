//! The secret that a source verifies with: given for the first time, rotated, replaced.

use super::server::{RotateSourceSecret, SetSourceSecret};
use crate::components::{
    ButtonKind, FormActions, FormError, Hidden, Notice, Section, ServerForm, SubmitButton, TextField, Tone,
};
use hookreel_contract::source::ProviderSecret;
use hookreel_kernel::SourceId;
use leptos::prelude::*;

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
        "The old one stays valid for 24 hours, and GitHub is given the new one at once."
    } else {
        "The old one stays valid for 24 hours, so that nothing is refused while you change it at the provider."
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
