//! Where messages are sent: the list. A new endpoint is [`NewEndpointPage`], one endpoint [`EndpointPage`].

pub mod configuration;
pub mod danger;
pub mod fields;
pub mod form;
pub mod new;
pub mod secret;
pub mod server;
pub mod show;
pub mod text;
pub mod traffic;

pub use new::NewEndpointPage;
pub use show::EndpointPage;

use crate::components::{
    ButtonKind, Cell, Column, DataTable, EmptyState, EndpointBadge, LinkButton, PageHeader, Pagination, RowLink, loaded,
};
use crate::live::{self, Topic};
use crate::query::use_query;
use crate::routes::Path;
use hookreel_contract::views::{EndpointStats, EndpointView};
use hookreel_kernel::masked_url;
use leptos::prelude::*;
use server::list_endpoints;

/// Every endpoint, with how it has been doing.
#[component]
pub fn EndpointsPage() -> impl IntoView {
    let cursor = use_query("cursor");
    let endpoints = Resource::new(move || cursor.get(), list_endpoints);
    live::refetch_on_first_page(&[Topic::Endpoint, Topic::Delivery, Topic::Message], endpoints);

    view! {
        <PageHeader title="Endpoints" lead="Where messages are sent.">
            <LinkButton href=Path::OperationalWebhooks.to_string() kind=ButtonKind::Quiet>"About your own endpoints"</LinkButton>
            <LinkButton href=Path::NewEndpoint.to_string()>"New endpoint"</LinkButton>
        </PageHeader>
        {loaded(endpoints, move |page| {
            if page.items.is_empty() {
                return view! { <Nothing/> }.into_any();
            }
            let next = page.next.clone();
            let rows = page.items.into_iter().map(|endpoint| view! { <Row endpoint/> }).collect_view();
            view! {
                <DataTable
                    caption="Endpoints"
                    columns=vec![
                        Column::text("Endpoint"),
                        Column::text("State"),
                        Column::text("Event types"),
                        Column::text("Last 24 h"),
                        Column::number("Waiting"),
                    ]
                >
                    {rows}
                </DataTable>
                <Pagination next/>
            }
            .into_any()
        })}
    }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState
            title="No endpoints yet"
            text="An endpoint is a URL of yours that wants messages. Every matching message is signed, sent, and retried until it arrives."
        >
            <LinkButton href=Path::NewEndpoint.to_string()>"Add your first endpoint"</LinkButton>
        </EmptyState>
    }
}

#[component]
fn Row(endpoint: EndpointView) -> impl IntoView {
    let description = (!endpoint.description.is_empty()).then(|| {
        view! { <span class="cell-sub">{endpoint.description.clone()}</span> }
    });
    let waiting = endpoint.stats.waiting;
    view! {
        <tr>
            <Cell label="Endpoint" main=true>
                <RowLink href=Path::Endpoint(endpoint.id).to_string()>
                    <span class="endpoint-url">{masked_url(&endpoint.url).into_owned()}</span>
                </RowLink>
                {description}
            </Cell>
            <Cell label="State"><EndpointBadge state=endpoint.state breaker=endpoint.breaker/></Cell>
            <Cell label="Event types">{text::wanted(endpoint.filter_types.as_deref())}</Cell>
            <Cell label="Last 24 h"><Health stats=endpoint.stats/></Cell>
            <Cell label="Waiting" number=true>{waiting}</Cell>
        </tr>
    }
}

/// How many attempts of a day succeeded: a bar, and the same in words.
#[component]
fn Health(stats: EndpointStats) -> impl IntoView {
    let EndpointStats { succeeded, failed, .. } = stats;
    let attempts = succeeded + failed;
    if attempts == 0 {
        return view! { <span class="muted">"No attempts"</span> }.into_any();
    }
    // Rounded down, so that "100 %" means every one of them.
    let percent = succeeded * 100 / attempts;
    let words = if failed == 0 {
        format!("{attempts} attempts, none failed")
    } else {
        format!("{attempts} attempts, {failed} failed")
    };
    view! {
        <span class="health" title=words>
            <svg class="health-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect class="strip-bad" x="0" y="0" width="100" height="6"></rect>
                <rect class="strip-ok" x="0" y="0" width=percent.to_string() height="6"></rect>
            </svg>
            <span class="health-percent">{format!("{percent} %")}</span>
            <span class="health-count">{format!("of {attempts}")}</span>
        </span>
    }
    .into_any()
}
