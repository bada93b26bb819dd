//! Webhooks about a tenant's own endpoints: what they are, one click to turn them on, and whom they go to.

pub mod server;

use crate::components::{
    ActionButton, Badge, ButtonKind, CancelLink, Cell, Column, ConfirmDialog, ConfirmLink, Crumb, DataTable,
    EmptyState, EndpointBadge, FormActions, FormError, LinkButton, PageHeader, RowLink, Section, ServerForm, Snippet,
    SubmitButton, Tone, counted, loaded_in_parts, part,
};
use crate::live::{self, Topic};
use crate::pages::endpoints::text;
use crate::pages::event_log::stream::pretty;
use crate::routes::Path;
use hookreel_contract::views::{EndpointView, OperationalTypeView, OperationalWebhooksView};
use leptos::prelude::*;
use server::{TurnOffOperationalWebhooks, TurnOnOperationalWebhooks, get_operational_webhooks};

/// The uid of the application whose endpoints are told.
pub const OPERATIONAL_UID: &str = "operational";

/// Whether one's own programs hear of one's endpoints.
#[component]
pub fn OperationalWebhooksPage() -> impl IntoView {
    let turn_on = ServerAction::<TurnOnOperationalWebhooks>::new();
    let webhooks = Resource::new(|| (), |()| get_operational_webhooks());
    live::refetch_on(&[Topic::Endpoint, Topic::Delivery], webhooks);
    loaded_in_parts(webhooks, move |webhooks: Memo<OperationalWebhooksView>| {
        view! {
            {part(webhooks, |webhooks| webhooks.application_id.is_some(), move |is_on| view! { <Head is_on turn_on/> })}
            {part(
                webhooks,
                |webhooks| webhooks.application_id.map(|_| webhooks.endpoints.clone()),
                |told| told.map(|endpoints| view! { <Told endpoints/> }),
            )}
            // What is told meanwhile must not fold what is being read here.
            {part(webhooks, |webhooks| webhooks.types.clone(), |types| view! { <Types types/> })}
            {part(
                webhooks,
                |webhooks| webhooks.application_id.map(|_| webhooks.endpoints.len() as u64),
                |count| count.map(|count| view! { <TurnOff count/> }),
            )}
        }
    })
}

#[component]
fn Head(is_on: bool, turn_on: ServerAction<TurnOnOperationalWebhooks>) -> impl IntoView {
    let (tone, state) = if is_on { (Tone::Ok, "On") } else { (Tone::Neutral, "Off") };
    let main = if is_on {
        view! { <LinkButton href=new_endpoint()>"New endpoint"</LinkButton> }.into_any()
    } else {
        view! { <ActionButton action=turn_on kind=ButtonKind::Primary>"Turn on"</ActionButton> }.into_any()
    };
    view! {
        <PageHeader
            title="Webhooks about your own endpoints"
            lead="Hookreel can tell your programs what happens to your endpoints: that one fails, was disabled or changed, or that a message did not arrive. These webhooks are signed and retried like all others."
            crumbs=vec![Crumb::new("Endpoints", Path::Endpoints)]
            badge=view! { <Badge tone>{state}</Badge> }.into_any()
        >
            {main}
        </PageHeader>
    }
}

/// The form of a new endpoint that is told.
fn new_endpoint() -> String {
    Path::NewEndpoint.with(&[("application", OPERATIONAL_UID)])
}

/// The endpoints that are told.
#[component]
fn Told(endpoints: Vec<EndpointView>) -> impl IntoView {
    if endpoints.is_empty() {
        return view! {
            <EmptyState title="Nobody is told yet" text="Add the endpoint that your endpoints' troubles are to be sent to.">
                <LinkButton href=new_endpoint()>"Add an endpoint"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    let rows = endpoints
        .into_iter()
        .map(|endpoint| {
            view! {
                <tr>
                    <Cell label="Endpoint" main=true>
                        <RowLink href=Path::Endpoint(endpoint.id).to_string()>
                            <span class="endpoint-url">{endpoint.url}</span>
                        </RowLink>
                    </Cell>
                    <Cell label="State"><EndpointBadge state=endpoint.state breaker=endpoint.breaker/></Cell>
                    <Cell label="Event types">{text::wanted(endpoint.filter_types.as_deref())}</Cell>
                    <Cell label="Waiting" number=true>{endpoint.stats.waiting}</Cell>
                </tr>
            }
        })
        .collect_view();
    let columns =
        vec![Column::text("Endpoint"), Column::text("State"), Column::text("Event types"), Column::number("Waiting")];
    view! {
        <Section title="Sent to" hint="What happens to these endpoints themselves is not told: it would have no end.">
            <DataTable caption="Endpoints that are told" columns>{rows}</DataTable>
        </Section>
    }
    .into_any()
}

/// What can be told, each with an example.
#[component]
fn Types(types: Vec<OperationalTypeView>) -> impl IntoView {
    let types = types
        .into_iter()
        .map(|one| {
            view! {
                <li>
                    <details class="operational-type">
                        <summary><code>{one.name}</code><span>{one.when}</span></summary>
                        <Snippet title="Body" code=pretty(&one.example)/>
                    </details>
                </li>
            }
        })
        .collect_view();
    view! {
        <Section title="Event types" hint="An endpoint gets all of them, or only those that it names.">
            <ul class="operational-types">{types}</ul>
        </Section>
    }
}

#[component]
fn TurnOff(count: u64) -> impl IntoView {
    let turn_off = ServerAction::<TurnOffOperationalWebhooks>::new();
    let loss = StoredValue::new(match count {
        0 => "Nothing more is sent about your endpoints.".to_owned(),
        count => format!(
            "{} deleted, and nothing more is sent about your endpoints. This cannot be undone.",
            counted(count, "endpoint is", "endpoints are")
        ),
    });
    view! {
        <Section title="Turn off">
            <ConfirmLink name="turn-off" kind=ButtonKind::Secondary>"Turn off…"</ConfirmLink>
        </Section>
        <ConfirmDialog name="turn-off" title="Turn these webhooks off?">
            <p>{loss.get_value()}</p>
            <ServerForm action=turn_off>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Turn off"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}
