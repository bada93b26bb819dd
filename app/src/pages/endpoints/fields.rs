//! The fields of an endpoint's form, for a new one and for one that is there.

use super::form::EndpointForm;
use crate::components::{CheckField, Choice, FormState, SelectField, TextArea, TextField};
use crate::pages::messages::server::SourceChoice;
use hookreel_kernel::SourceId;
use leptos::prelude::*;

/// The fields, filled in with `form`. Stands inside a form.
#[component]
pub fn EndpointFields(
    /// What is filled in.
    form: EndpointForm,
    /// The sources that can be ticked.
    sources: Vec<SourceChoice>,
    /// There is no such endpoint yet: a secret can be given, and it can be made disabled.
    #[prop(optional)]
    is_new: bool,
    /// The form was refused: no field may hide what is wrong with it.
    #[prop(optional, into)]
    is_refused: Signal<bool>,
) -> impl IntoView {
    let EndpointForm { url, description, uid, filter_types, filter_channels, filter_sources, headers, .. } = form;
    let forwards = form.forward_headers.is_some();
    let scheme = form.signature_scheme.unwrap_or_else(|| "standard".to_owned());
    let is_open = !is_new || uid.is_some() || filter_channels.is_some() || !headers.is_empty();
    let only_new = is_new.then(|| {
        view! {
            <TextField
                name="secret"
                label="Signing secret"
                hint="Leave empty and one is made. Your own begins with whsec_ and carries 24 to 64 bytes in base64."
                mono=true
                autocomplete="off"
            />
            <CheckField name="disabled" label="Create it disabled: nothing is sent until you enable it" checked=false/>
        }
    });
    view! {
        <TextField
            name="url"
            label="URL"
            value=url
            kind="url"
            mono=true
            required=true
            placeholder="https://example.com/webhooks"
            hint="Messages are sent here by POST. Redirects are not followed."
        />
        <TextField name="description" label="Description" value=description placeholder="Billing service, production"/>
        <TextField
            name="filter_types"
            label="Event types"
            value=filter_types.unwrap_or_default()
            mono=true
            placeholder="invoice.paid, invoice.failed"
            hint="Separated by commas. Empty: every event type."
        />
        <SourceChecks sources chosen=filter_sources/>
        <details class="more-fields" open=move || is_open || is_refused.get()>
            <summary>"More settings"</summary>
            <div class="more-fields-body">
                <SelectField name="signature_scheme" label="Signature headers" options=scheme_choices() value=scheme/>
                <CheckField
                    name="forward_headers"
                    label="Pass the provider's own headers along"
                    checked=forwards
                    hint="Of messages that came in by a source: its signature header and the others, as they came."
                />
                <TextArea
                    name="headers"
                    label="Headers"
                    value=headers
                    rows=3
                    mono=true
                    placeholder="Authorization: Bearer …"
                    hint="Sent along with every attempt. One per line, Name: value."
                />
                <TextField
                    name="filter_channels"
                    label="Channels"
                    value=filter_channels.unwrap_or_default()
                    mono=true
                    hint="Separated by commas. Empty: every channel."
                />
                <TextField
                    name="uid"
                    label="Your own id"
                    value=uid.unwrap_or_default()
                    mono=true
                    hint="Usable in the REST API in place of the endpoint's id."
                />
                {only_new}
            </div>
        </details>
    }
}

/// How attempts are signed, and what people call it.
pub fn scheme_choices() -> Vec<Choice> {
    vec![
        Choice::new("standard", "Standard Webhooks: webhook-…"),
        Choice::new("svix", "Svix: svix-…"),
        Choice::new("legacy", "Plain: X-Webhook-…"),
    ]
}

#[component]
fn SourceChecks(sources: Vec<SourceChoice>, chosen: Vec<SourceId>) -> impl IntoView {
    const FIELD: &str = "filter_sources[]";
    if sources.is_empty() {
        return ().into_any();
    }
    let form = use_context::<FormState>();
    let boxes = sources
        .into_iter()
        .map(|source| {
            let id = source.id.to_string();
            let checked = chosen.contains(&source.id);
            let checked = form.map_or(checked, |form| form.is_ticked(FIELD, &id, checked));
            view! {
                <label class="source-check">
                    <input type="checkbox" name=FIELD value=id checked=checked/>
                    <span>{source.name}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="source-checks">
            <legend>"Sources"</legend>
            <p class="source-checks-hint">"None ticked: messages of every source, and what is published by API."</p>
            <div class="source-checks-list">{boxes}</div>
        </fieldset>
    }
    .into_any()
}
