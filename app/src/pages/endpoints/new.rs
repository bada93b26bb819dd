//! The form of a new endpoint.

use super::fields::EndpointFields;
use super::form::EndpointForm;
use super::server::CreateEndpoint;
use crate::components::{
    ButtonKind, Crumb, FormActions, FormError, Hidden, LinkButton, PageHeader, ServerForm, SubmitButton, loaded,
};
use crate::forms::Refusals;
use crate::pages::messages::server::source_choices;
use crate::pages::operational_webhooks::OPERATIONAL_UID;
use crate::query::use_query;
use crate::routes::Path;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

/// A new endpoint.
#[component]
pub fn NewEndpointPage() -> impl IntoView {
    let sources = Resource::new(|| (), |()| source_choices());
    let create = ServerAction::<CreateEndpoint>::new();
    let application = use_query("application");
    let is_operational = move || application.read().as_deref() == Some(OPERATIONAL_UID);
    let was_refused = Refusals::of(CreateEndpoint::PATH, &[]).is_some();
    let is_refused = Signal::derive(move || was_refused || create.value().read().as_ref().is_some_and(Result::is_err));
    view! {
        {move || {
            let (lead, crumb) = if is_operational() {
                ("A URL of yours that is told about your endpoints, from the moment it is created.", Some(Path::OperationalWebhooks))
            } else {
                ("A URL of yours that wants messages. They are sent to it from the moment it is created.", None)
            };
            let crumbs = std::iter::once(Crumb::new("Endpoints", Path::Endpoints))
                .chain(crumb.map(|path| Crumb::new("About your own endpoints", path)));
            view! { <PageHeader title="New endpoint" lead crumbs=crumbs.collect()/> }
        }}
        {loaded(sources, move |sources| {
            view! {
                <ServerForm action=create>
                    <Hidden name="application" value=Signal::derive(move || application.get().unwrap_or_default())/>
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
