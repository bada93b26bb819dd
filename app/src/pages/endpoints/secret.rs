//! The secret that signs what is sent to an endpoint: shown on purpose, and rotated with time to change over.

use super::server::{RotateEndpointSecret, endpoint_secret};
use crate::components::{
    ButtonKind, CancelLink, ConfirmDialog, ConfirmLink, CopyField, FormActions, FormError, Hidden, Section, ServerForm,
    SubmitButton, TextField, loaded,
};
use crate::error::AppError;
use crate::query::{here_with, use_query};
use hookreel_kernel::EndpointId;
use leptos::prelude::*;

/// Reveal and rotate. Whether it is revealed stands in the address, so that it works without JavaScript.
#[component]
pub fn SigningSecret(id: EndpointId) -> impl IntoView {
    let shown = use_query("secret");
    let is_shown = Memo::new(move |_| shown.get().as_deref() == Some("shown"));
    let rotate = ServerAction::<RotateEndpointSecret>::new();
    let secret = Resource::new(
        move || is_shown.get(),
        move |is_shown| async move { if is_shown { endpoint_secret(id).await.map(Some) } else { Ok::<_, AppError>(None) } },
    );
    let reveal = here_with(vec![("secret", Some("shown".to_owned()))]);
    let hide = here_with(vec![("secret", None)]);

    view! {
        <Section title="Signing secret" hint="Receivers verify with it that a message comes from you and was not changed.">
            {loaded(secret, move |secret| match secret {
                Some(secret) => view! {
                    <div class="secret">
                        <CopyField label="Secret" value=secret.as_str()/>
                        <a class="secret-toggle" href=hide data-noscroll=true>"Hide"</a>
                    </div>
                }
                .into_any(),
                None => view! {
                    <div class="secret">
                        <p class="secret-hidden"><code aria-hidden="true">"whsec_••••••••••••••••••••••••"</code></p>
                        <a class="secret-toggle" href=reveal data-noscroll=true>"Reveal"</a>
                    </div>
                }
                .into_any(),
            })}
            <ConfirmLink name="rotate" kind=ButtonKind::Secondary>"Rotate the secret…"</ConfirmLink>
        </Section>
        <ConfirmDialog name="rotate" title="Rotate the signing secret?">
            <p>
                "Messages are signed with the new secret at once, and with the old one too for 24 hours. "
                "Give the new one to the receiver within that time and nothing is refused."
            </p>
            <ServerForm action=rotate>
                <Hidden name="id" value=id.to_string()/>
                <TextField
                    name="secret"
                    label="New secret"
                    hint="Leave empty and one is made."
                    mono=true
                    autocomplete="off"
                />
                <FormError/>
                <FormActions>
                    <SubmitButton>"Rotate"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}
