//! Deleting an endpoint: only by whoever can name it.

use super::server::DeleteEndpoint;
use super::text::host_of;
use crate::components::{
    ButtonKind, CancelLink, ConfirmDialog, ConfirmLink, FormActions, FormError, Hidden, Section, ServerForm,
    SubmitButton, TextField,
};
use hookreel_contract::views::EndpointView;
use leptos::prelude::*;

/// The last section of the configuration.
#[component]
pub fn DangerZone(endpoint: EndpointView) -> impl IntoView {
    let delete = ServerAction::<DeleteEndpoint>::new();
    let id = endpoint.id;
    let label = StoredValue::new(format!("Type {} to confirm", host_of(&endpoint.url)));
    view! {
        <Section title="Delete" hint="What was sent to it stays in the event log and can still be looked at.">
            <ConfirmLink name="delete" kind=ButtonKind::Secondary>"Delete this endpoint…"</ConfirmLink>
        </Section>
        <ConfirmDialog name="delete" title="Delete this endpoint?">
            <p>"Deliveries that wait for it are cancelled, and nothing more is sent to it. This cannot be undone."</p>
            <ServerForm action=delete>
                <Hidden name="id" value=id.to_string()/>
                <TextField name="host" label=label.get_value() required=true mono=true autocomplete="off"/>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Delete endpoint"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}
