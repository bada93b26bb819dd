//! How one endpoint is configured, and the form to change it.

use super::fields::EndpointFields;
use super::form::EndpointForm;
use super::server::UpdateEndpoint;
use crate::components::{
    CopyableId, Fact, Facts, FormActions, FormError, Hidden, RelativeTime, Section, ServerForm, SubmitButton, loaded,
};
use crate::pages::messages::server::source_choices;
use crate::routes::Path;
use hookreel_contract::views::EndpointView;
use leptos::prelude::*;

/// The facts and the form.
#[component]
pub fn Configuration(endpoint: EndpointView, update: ServerAction<UpdateEndpoint>) -> impl IntoView {
    let sources = Resource::new(|| (), |()| source_choices());
    let id = endpoint.id;
    let form = EndpointForm::of(&endpoint);
    view! {
        <Facts>
            <Fact label="Endpoint"><CopyableId id=id.to_string()/></Fact>
            <Fact label="Created"><RelativeTime at=endpoint.created_at/></Fact>
            <Fact label="Last changed"><RelativeTime at=endpoint.updated_at/></Fact>
            <Fact label="Recorded as">
                <a href=Path::EventLog.with(&[("stream", &id.to_string())])>"Events of this endpoint"</a>
            </Fact>
        </Facts>
        <Section title="Settings">
            {loaded(sources, move |sources| {
                let form = form.clone();
                view! {
                    <ServerForm action=update>
                        <Hidden name="id" value=id.to_string()/>
                        <EndpointFields form sources/>
                        <FormError/>
                        <FormActions><SubmitButton>"Save"</SubmitButton></FormActions>
                    </ServerForm>
                }
            })}
        </Section>
    }
}
