//! The form of a new endpoint.

use super::fields::EndpointFields;
use super::form::EndpointForm;
use super::server::CreateEndpoint;
use crate::components::{
    ButtonKind, Crumb, FormActions, FormError, LinkButton, PageHeader, ServerForm, SubmitButton, loaded,
};
use crate::forms::Refusals;
use crate::pages::messages::server::source_choices;
use crate::routes::Path;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

/// A new endpoint.
#[component]
pub fn NewEndpointPage() -> impl IntoView {
    let sources = Resource::new(|| (), |()| source_choices());
    let create = ServerAction::<CreateEndpoint>::new();
    let was_refused = Refusals::of(CreateEndpoint::PATH, &[]).is_some();
    let is_refused = Signal::derive(move || was_refused || create.value().read().as_ref().is_some_and(Result::is_err));
    view! {
        <PageHeader
            title="New endpoint"
            lead="A URL of yours that wants messages. They are sent to it from the moment it is created."
            crumbs=vec![Crumb::new("Endpoints", Path::Endpoints)]
        />
        {loaded(sources, move |sources| {
            view! {
                <ServerForm action=create>
                    <EndpointFields form=EndpointForm::default() sources is_new=true is_refused/>
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
