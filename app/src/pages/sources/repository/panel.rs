//! A connected repository: how it is doing, and what can be done with it.

use super::alive::Alive;
use super::connect::Connect;
use super::events::{EventChecks, events_text};
use super::look::Look;
use super::server::{
    DisconnectRepository, PingRepository, RenewRepository, ReplaceRepositoryToken, SetRepositoryEvents, get_connection,
};
use super::token::TokenField;
use crate::components::{
    ActionButton, ButtonKind, CancelLink, CheckField, ConfirmDialog, ConfirmLink, Fact, Facts, FormActions, FormError,
    Hidden, Notice, RelativeTime, Section, ServerForm, SubmitButton, Tone, loaded_in_parts, part,
};
use crate::live::{self, Topic};
#[cfg(feature = "ssr")]
use crate::routes::{Done, Path};
use hookreel_contract::repository::ConnectionView;
use hookreel_kernel::SourceId;
use leptos::prelude::*;

/// The question before a repository is disconnected.
const DISCONNECT: &str = "disconnect";

/// What can be done with one click. Made once, so that a click in progress survives a refetch.
#[derive(Clone, Copy)]
struct Actions {
    ping: ServerAction<PingRepository>,
    renew: ServerAction<RenewRepository>,
}

/// This part of a source's page, with a notice.
#[cfg(feature = "ssr")]
pub(super) fn address(id: SourceId, done: Done) -> String {
    Path::Source(id).with(&[("tab", "repository"), (Done::QUERY, done.code())])
}

/// The repository of a source, or the way to connect one.
#[component]
pub fn RepositoryTab(id: SourceId) -> impl IntoView {
    let actions = Actions { ping: ServerAction::new(), renew: ServerAction::new() };
    let connection = Resource::new(|| (), move |()| get_connection(id));
    live::refetch_on(&[Topic::Source, Topic::Message], connection);
    loaded_in_parts(connection, move |connection| {
        view! {
            {part(connection, Clone::clone, move |connection| connection.map(|connection| view! { <Condition connection actions/> }))}
            // News of pings must not touch what is being typed here.
            {part(connection, |connection| connection.as_ref().map(shape_of), move |shape| match shape {
                Some(shape) => view! { <Upkeep id shape/> }.into_any(),
                None => view! {
                    <Section title="Connect a repository" hint="Hookreel makes the webhook at GitHub, with this source's URL and secret.">
                        <Connect source=Some(id)/>
                    </Section>
                }
                .into_any(),
            })}
        }
    })
}

/// What changes only when a person changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    repository: String,
    events: Vec<String>,
    is_finished: bool,
}

fn shape_of(connection: &ConnectionView) -> Shape {
    Shape {
        repository: connection.repository.clone(),
        events: connection.events.clone(),
        is_finished: connection.hook_id.is_some(),
    }
}

/// How it is doing.
#[component]
fn Condition(connection: ConnectionView, actions: Actions) -> impl IntoView {
    let fields = vec![("id", connection.source_id.to_string())];
    let is_finished = connection.hook_id.is_some();
    let ping = is_finished.then(|| {
        let fields = fields.clone();
        view! { <ActionButton action=actions.ping fields small=true>"Send a ping"</ActionButton> }
    });
    let renew = if is_finished { "Update the webhook" } else { "Finish connecting" };
    let kind = if is_finished { ButtonKind::Secondary } else { ButtonKind::Primary };
    let buttons = view! {
        {ping}
        <ActionButton action=actions.renew fields kind small=true>{renew}</ActionButton>
        <ConfirmLink name=DISCONNECT small=true>"Disconnect…"</ConfirmLink>
    }
    .into_any();
    let state = if is_finished {
        view! { <Alive connection=connection.clone()/> }.into_any()
    } else {
        view! {
            <Notice tone=Tone::Warn>
                <p>
                    <strong>"Connecting was not finished. "</strong>
                    "GitHub did not answer to the end, so its webhook may be there or not. Finish it: nothing is made twice."
                </p>
            </Notice>
        }
        .into_any()
    };
    view! {
        {state}
        <Section title=connection.repository.clone() actions=buttons>
            <Facts>
                <Fact label="Sends">{events_text(&connection.events)}</Fact>
                <Fact label="Connected"><RelativeTime at=connection.since/></Fact>
                <Fact label="Webhook at GitHub">
                    {connection.hook_id.map_or_else(|| "Not known".to_owned(), |id| id.to_string())}
                </Fact>
            </Facts>
        </Section>
        <DisconnectQuestion id=connection.source_id repository=connection.repository/>
    }
}

/// What is changed now and then.
#[component]
fn Upkeep(id: SourceId, shape: Shape) -> impl IntoView {
    let events = ServerAction::<SetRepositoryEvents>::new();
    let token = ServerAction::<ReplaceRepositoryToken>::new();
    view! {
        {shape.is_finished.then(|| view! { <Look id/> })}
        <Section title="Change it">
            <details class="fold">
                <summary>"Have other events sent"</summary>
                <ServerForm action=events class="form source-form">
                    <Hidden name="id" value=id.to_string()/>
                    <EventChecks ticked=shape.events/>
                    <FormError/>
                    <FormActions><SubmitButton kind=ButtonKind::Secondary>"Save events"</SubmitButton></FormActions>
                </ServerForm>
            </details>
            <details class="fold">
                <summary>"Replace the token"</summary>
                <p class="section-hint">"For one that expires or was revoked. The new one is tried first, and the old one is forgotten then."</p>
                <ServerForm action=token class="form source-form" reset=true>
                    <Hidden name="id" value=id.to_string()/>
                    <TokenField/>
                    <FormError/>
                    <FormActions><SubmitButton kind=ButtonKind::Secondary>"Replace token"</SubmitButton></FormActions>
                </ServerForm>
            </details>
        </Section>
    }
}

#[component]
fn DisconnectQuestion(id: SourceId, repository: String) -> impl IntoView {
    let disconnect = ServerAction::<DisconnectRepository>::new();
    let id = Signal::stored(id.to_string());
    view! {
        <ConfirmDialog name=DISCONNECT title=format!("Disconnect {repository}?")>
            <p>"Its webhook is deleted at GitHub, and the token is forgotten here. The source stays, with everything that came in."</p>
            <ServerForm action=disconnect>
                <Hidden name="id" value=id/>
                <CheckField
                    name="forget"
                    label="Only forget it here"
                    hint="GitHub is not asked, and its webhook stays: for a token that GitHub does not accept any more."
                />
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Disconnect"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}
