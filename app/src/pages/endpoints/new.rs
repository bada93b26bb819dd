//! The form of a new endpoint.

use super::fields::EndpointFields;
use super::form::EndpointForm;
use super::server::CreateEndpoint;
use crate::components::{
    ButtonKind, Crumb, FormActions, FormError, LinkButton, PageHeader, ServerForm, SubmitButton, loaded,
};
use crate::pages::messages::server::source_choices;
use crate::routes::Path;
use leptos::prelude::*;

/// A new endpoint.
#[component]
pub fn NewEndpointPage() -> impl IntoView {
    let sources = Resource::new(|| (), |()| source_choices());
    let create = ServerAction::<CreateEndpoint>::new();
    view! {
        <PageHeader
            title="New endpoint"
            lead="A URL of yours that wants messages. They are sent to it from the moment it is created."
            crumbs=vec![Crumb::new("Endpoints", Path::Endpoints)]
        />
        {loaded(sources, move |sources| {
            view! {
                <ServerForm action=create>
                    <EndpointFields form=EndpointForm::default() sources is_new=true/>
                    <FormError/>
                    <FormActions>
                        <SubmitButton>"Create endpoint"</SubmitButton>
                        <LinkButton href=Path::Endpoints.to_string() kind=ButtonKind::Quiet>"Cancel"</LinkButton>
                    </FormActions>
                </ServerForm>
            }
        })}
    }
}
