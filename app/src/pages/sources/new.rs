//! A new source.

use super::guide::GUIDES;
use super::server::CreateSource;
use crate::components::{
    ButtonKind, CardChoice, Choice, Crumb, FormActions, FormError, LinkButton, PageHeader, RadioCards, SelectField,
    ServerForm, SubmitButton, TextField,
};
use crate::query::use_query;
use crate::routes::Path;
use leptos::prelude::*;

/// A new source. Which of its fields are shown follows from the provider by CSS, so that it needs no JavaScript.
#[component]
pub fn NewSourcePage() -> impl IntoView {
    let create = ServerAction::<CreateSource>::new();
    let asked = use_query("provider").get_untracked();
    let provider = GUIDES.iter().map(|guide| guide.provider).find(|name| asked.as_deref() == Some(*name));
    let providers = GUIDES.iter().map(|guide| CardChoice::new(guide.provider, guide.name, guide.choice)).collect();
    view! {
        <PageHeader
            title="Add a source"
            lead="You get a URL for the provider in the next step."
            crumbs=vec![Crumb::new("Sources", Path::Sources)]
        />
        <ServerForm action=create class="form source-form">
            <RadioCards name="provider" legend="Who sends?" options=providers value=provider.unwrap_or("stripe")/>
            <TextField name="name" label="Name" placeholder="Stripe, live mode" required=true/>
            <TextField
                name="secret"
                label="Signing secret"
                hint="Most providers show it only after they know the URL: leave it empty and add it in the next step."
                autocomplete="off"
                mono=true
            />
            <div class="generic-fields">
                <TextField
                    name="header"
                    label="Signature header"
                    placeholder="X-Signature"
                    hint="The header that carries the HMAC-SHA256 of the raw body."
                    required=true
                    mono=true
                />
                <TextField
                    name="prefix"
                    label="Prefix"
                    placeholder="sha256="
                    hint="What stands before the signature in that header."
                    mono=true
                />
                <SelectField
                    name="encoding"
                    label="Encoding"
                    options=vec![Choice::new("hex", "Hexadecimal"), Choice::new("base64", "Base64")]
                />
                <TextField
                    name="event_id_header"
                    label="Event id header"
                    placeholder="X-Event-Id"
                    hint="Requests with the same id are stored and delivered once."
                    mono=true
                />
                <TextField
                    name="event_type_header"
                    label="Event type header"
                    placeholder="X-Event-Type"
                    hint="What the message is about. Without it the body is looked at."
                    mono=true
                />
            </div>
            <FormError/>
            <FormActions>
                <SubmitButton>"Add source"</SubmitButton>
                <LinkButton href=Path::Sources.to_string() kind=ButtonKind::Quiet>"Cancel"</LinkButton>
            </FormActions>
        </ServerForm>
    }
}
