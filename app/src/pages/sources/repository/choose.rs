//! The second step of connecting: which repository, and what it sends.

use super::events::EventChecks;
use super::server::{ConnectRepository, repository_choices};
use crate::components::{
    ButtonKind, CardChoice, ChoiceList, FormActions, FormError, Hidden, LinkButton, Notice, ServerForm, SubmitButton,
    TextField, Tone, counted, loaded,
};
use crate::routes::{Path, new_source_of};
use hookreel_contract::repository::{RepositoryChoice, RepositoryChoices};
use hookreel_kernel::{ConnectionId, SourceId};
use leptos::prelude::*;

/// What is chosen unless something else is.
const USUAL_EVENTS: [&str; 2] = ["push", "pull_request"];

/// Asks for a repository that the token can manage.
#[component]
pub fn Choose(connection: ConnectionId, source: Option<SourceId>) -> impl IntoView {
    let connect = ServerAction::<ConnectRepository>::new();
    let choices = Resource::new(|| (), move |()| repository_choices(connection));
    let back = source.map_or_else(|| new_source_of("github"), |id| Path::Source(id).with(&[("tab", "repository")]));
    loaded(choices, move |choices: Option<RepositoryChoices>| {
        let back = back.clone();
        match choices {
            Some(choices) => view! { <Form connection source choices back connect/> }.into_any(),
            None => view! {
                <Notice tone=Tone::Warn>
                    <p>"The token was kept for an hour, and is forgotten now."</p>
                    <LinkButton href=back kind=ButtonKind::Secondary>"Give it again"</LinkButton>
                </Notice>
            }
            .into_any(),
        }
    })
}

#[component]
fn Form(
    connection: ConnectionId,
    source: Option<SourceId>,
    choices: RepositoryChoices,
    back: String,
    connect: ServerAction<ConnectRepository>,
) -> impl IntoView {
    let hint = what_is_missing(&choices);
    let has_all = choices.is_complete;
    let options: Vec<_> = choices.repositories.into_iter().map(option).collect();
    let list = if options.is_empty() {
        view! {
            <Notice tone=Tone::Warn>
                <p>"The token gives access to no repository whose webhooks you may manage. Give it access to one, or make another."</p>
            </Notice>
        }
        .into_any()
    } else {
        view! { <ChoiceList name="repository" legend="Repository" options search="Search repositories"/> }.into_any()
    };
    view! {
        <ServerForm action=connect class="form source-form">
            <Hidden name="connection" value=connection.to_string()/>
            {source.map(|id| view! { <Hidden name="source" value=id.to_string()/> })}
            {list}
            {hint.map(|hint| view! { <p class="field-hint">{hint}</p> })}
            {(!has_all).then(|| view! {
                <TextField name="typed" label="Another repository" placeholder="octo-org/hello-world" mono=true
                    hint="Only the first thousand are listed. What stands here is used instead of what is chosen above."/>
            })}
            <EventChecks ticked=USUAL_EVENTS.map(str::to_owned).to_vec()/>
            {source.is_none().then(|| view! {
                <TextField name="name" label="Name of the source" hint="For you. Empty: the repository's name."/>
            })}
            <FormError/>
            <FormActions>
                <SubmitButton>"Connect the repository"</SubmitButton>
                <LinkButton href=back kind=ButtonKind::Quiet>"Use another token"</LinkButton>
            </FormActions>
        </ServerForm>
    }
}

fn what_is_missing(choices: &RepositoryChoices) -> Option<String> {
    (choices.unmanageable > 0).then(|| {
        let others = counted(choices.unmanageable as u64, "other is", "others are");
        format!(
            "{others} not listed: managing webhooks takes administrator rights, and archived repositories have none."
        )
    })
}

fn option(repository: RepositoryChoice) -> CardChoice {
    let text = match (repository.is_private, repository.description.is_empty()) {
        (true, true) => "Private".to_owned(),
        (true, false) => format!("Private · {}", repository.description),
        (false, _) => repository.description,
    };
    CardChoice::new(repository.name.clone(), repository.name, text)
}
