//! Messages on their way to endpoints: the list. One delivery is [`DeliveryPage`].

#[cfg(feature = "ssr")]
pub mod cause;
pub mod compare;
pub mod query;
pub mod server;
pub mod show;
pub mod story;
pub mod table;
pub mod waiting;

pub use show::DeliveryPage;
pub use table::{DeliveryList, DeliveryTable, Without};

use crate::components::{
    ButtonKind, Choice, EmptyState, FilterBar, FilterSelect, FilterText, FilterTime, LinkButton, PageHeader, loaded,
};
use crate::live::{self, Topic};
use crate::pages::endpoints::server::{EndpointChoice, endpoint_choices};
use crate::pages::time_range::server::traffic_buckets;
use crate::pages::time_range::{TimeStrip, window_hours};
use crate::query::use_query;
use crate::routes::Path;
use hookreel_contract::views::DeliveryState;
use leptos::prelude::*;
use query::DeliveryQuery;
use server::list_deliveries;

/// Every delivery, newest first, with filters.
#[component]
pub fn DeliveriesPage() -> impl IntoView {
    let query = DeliveryQuery::of_address();
    let window = use_query("window");
    let deliveries = Resource::new(move || query.get(), list_deliveries);
    let endpoints = Resource::new(|| (), |()| endpoint_choices());
    let buckets = Resource::new(
        move || (query.get().endpoint_id(), window_hours(window.get().as_deref())),
        |(endpoint, hours)| traffic_buckets(endpoint, hours),
    );
    live::refetch_on_first_page(&[Topic::Delivery, Topic::Message], deliveries);
    live::refetch_on(&[Topic::Delivery], buckets);

    view! {
        <PageHeader title="Deliveries" lead="Every message on its way to an endpoint, followed to its end.">
            <LinkButton href=Signal::derive(move || query.read().replay_link()) kind=ButtonKind::Secondary>
                "Replay this range…"
            </LinkButton>
        </PageHeader>
        <TimeStrip buckets/>
        {loaded(endpoints, |choices| view! { <Filters choices/> })}
        <DeliveryList
            page=deliveries
            caption="Deliveries"
            empty=move || view! { <Nothing is_filtered=query.read().is_filtered()/> }
        />
    }
}

/// What people call a delivery state in a sentence or a list of choices.
pub fn state_label(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending => "Pending",
        DeliveryState::InFlight => "In flight",
        DeliveryState::Succeeded => "Succeeded",
        DeliveryState::Retrying => "Retrying",
        DeliveryState::Exhausted => "Exhausted",
        DeliveryState::Cancelled => "Cancelled",
    }
}

/// The states a list can be narrowed to.
pub fn state_choices() -> Vec<Choice> {
    DeliveryState::ALL.iter().map(|state| Choice::new(state.as_str(), state_label(*state))).collect()
}

#[component]
fn Filters(choices: Vec<EndpointChoice>) -> impl IntoView {
    view! {
        <FilterBar keep=vec!["window"]>
            <FilterSelect name="state" label="State" options=state_choices()/>
            <FilterSelect name="endpoint" label="Endpoint" options=EndpointChoice::options(&choices)/>
            <FilterText name="type" label="Event type" placeholder="invoice.paid"/>
            <FilterTime name="since" label="From (UTC)"/>
            <FilterTime name="until" label="Until (UTC)"/>
        </FilterBar>
    }
}

#[component]
fn Nothing(is_filtered: bool) -> impl IntoView {
    if is_filtered {
        return view! {
            <EmptyState title="No delivery matches these filters" text="Widen the time range, or clear the filters.">
                <LinkButton href=Path::Deliveries.to_string() kind=ButtonKind::Secondary>"Clear the filters"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState
            title="No deliveries yet"
            text="A delivery is made for every message and every endpoint that wants it. Add an endpoint, then send it a test event."
        >
            <LinkButton href=Path::NewEndpoint.to_string()>"Add an endpoint"</LinkButton>
            <LinkButton href=Path::Messages.to_string() kind=ButtonKind::Secondary>"See the messages"</LinkButton>
        </EmptyState>
    }
    .into_any()
}
