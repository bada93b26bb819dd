//! What is sent to one endpoint: numbers, charts, deliveries.

use crate::components::{
    DeliveryChart, EmptyState, FilterBar, FilterSelect, FilterText, FilterTime, LatencyChart, Section, StatRow,
    StatTile, Tone, loaded,
};
use crate::live::{self, Topic};
use crate::pages::deliveries::query::DeliveryQuery;
use crate::pages::deliveries::server::list_deliveries;
use crate::pages::deliveries::{DeliveryList, Without, state_choices};
use crate::pages::time_range::server::traffic_buckets;
use hookreel_contract::views::{EndpointStats, StatBucket};
use hookreel_kernel::EndpointId;
use leptos::prelude::*;

/// How far back the charts go.
const WINDOW_H: u32 = 24;

/// The tab one lands on.
#[component]
pub fn Traffic(id: EndpointId) -> impl IntoView {
    let address = DeliveryQuery::of_address();
    let query = Memo::new(move |_| DeliveryQuery { endpoint: Some(id.to_string()), ..address.get() });
    let deliveries = Resource::new(move || query.get(), list_deliveries);
    let buckets = Resource::new(move || id, |id| traffic_buckets(Some(id), WINDOW_H));
    live::refetch_on_first_page(&[Topic::Delivery, Topic::Message], deliveries);
    live::refetch_on(&[Topic::Delivery], buckets);

    view! {
        {loaded(buckets, |buckets| view! { <Charts buckets/> })}
        <Section title="Deliveries">
            <FilterBar>
                <FilterSelect name="state" label="State" options=state_choices()/>
                <FilterText name="type" label="Event type" placeholder="invoice.paid"/>
                <FilterTime name="since" label="From (UTC)"/>
                <FilterTime name="until" label="Until (UTC)"/>
            </FilterBar>
            <DeliveryList
                page=deliveries
                caption="Deliveries to this endpoint"
                without=Without::Endpoint
                empty=move || view! { <Nothing is_filtered=address.read().is_filtered()/> }
            />
        </Section>
    }
}

/// How it has been doing.
#[component]
pub fn Numbers(stats: EndpointStats) -> impl IntoView {
    let EndpointStats { succeeded, failed, waiting } = stats;
    let attempts = succeeded + failed;
    // Rounded down, so that "100 %" means every one of them.
    let rate = (succeeded * 100).checked_div(attempts).map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"));
    let failed_tone = if failed > 0 { Tone::Bad } else { Tone::Neutral };
    let waiting_tone = if waiting > 0 { Tone::Warn } else { Tone::Neutral };
    view! {
        <StatRow>
            <StatTile label="Success rate" value=rate hint="attempts, last 24 h"/>
            <StatTile label="Succeeded" value=succeeded.to_string() hint="attempts, last 24 h"/>
            <StatTile label="Failed" value=failed.to_string() hint="attempts, last 24 h" tone=failed_tone/>
            <StatTile label="Waiting" value=waiting.to_string() hint="deliveries, now" tone=waiting_tone/>
        </StatRow>
    }
}

#[component]
fn Charts(buckets: Vec<StatBucket>) -> impl IntoView {
    let is_empty = buckets.iter().all(|bucket| bucket.succeeded + bucket.failed == 0);
    if is_empty {
        return ().into_any();
    }
    let attempts = buckets.clone();
    view! {
        <div class="endpoint-charts">
            <Section title="Deliveries"><DeliveryChart buckets=attempts window_h=WINDOW_H/></Section>
            <Section title="Latency"><LatencyChart buckets window_h=WINDOW_H/></Section>
        </div>
    }
    .into_any()
}

#[component]
fn Nothing(is_filtered: bool) -> impl IntoView {
    let (title, text) = if is_filtered {
        ("No delivery matches these filters", "Widen the time range, or clear the filters.")
    } else {
        ("Nothing sent yet", "Send a test event with the button above, and watch its delivery appear here.")
    };
    view! { <EmptyState title text/> }
}
