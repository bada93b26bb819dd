//! Is everything arriving?

mod sentence;
pub mod server;

pub use server::{GetOverview, get_overview};

use crate::components::{
    ButtonKind, DeliveryChart, EmptyState, LatencyChart, LinkButton, PageHeader, Section, StatRow, StatTile, Tab,
    TabLinks, Tone, loaded,
};
use crate::live::{self, Topic};
use crate::query::use_query;
use crate::routes::Path;
use hookreel_contract::views::{Attention, AttentionKind, Overview};
use leptos::prelude::*;
use sentence::{attempt_rate, headline, success_rate};

/// How far back the overview can look, in hours, and what people call it.
const WINDOWS: [(u32, &str, &str); 3] = [(24, "24", "24 hours"), (168, "168", "7 days"), (720, "720", "30 days")];

/// Is everything arriving? In words, over time, and what needs attention.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let hours = use_query("hours");
    let window = Memo::new(move |_| window_of(hours.read().as_deref()));
    let overview = Resource::new(move || window.get(), get_overview);
    live::refetch_on(&[Topic::Delivery, Topic::Message, Topic::Endpoint], overview);
    let tabs = WINDOWS
        .iter()
        .map(|(hours, _, label)| Tab {
            name: name_of(*hours),
            label: (*label).to_owned(),
            href: Path::Overview.with(&[("hours", &hours.to_string())]),
        })
        .collect();
    let current = Signal::derive(move || name_of(window.get()).to_owned());
    view! {
        <PageHeader title="Overview"><TabLinks tabs current/></PageHeader>
        {loaded(overview, |overview| view! { <Content overview/> })}
    }
}

fn window_of(text: Option<&str>) -> u32 {
    let asked = text.and_then(|text| text.parse::<u32>().ok());
    WINDOWS.iter().map(|(hours, ..)| *hours).find(|hours| Some(*hours) == asked).unwrap_or(24)
}

fn name_of(hours: u32) -> &'static str {
    WINDOWS.iter().find(|(window, ..)| *window == hours).map_or("", |(_, name, _)| name)
}

#[component]
fn Content(overview: Overview) -> impl IntoView {
    if overview.sources == 0 && overview.endpoints == 0 {
        return view! { <FirstSteps/> }.into_any();
    }
    let (tone, text) = headline(&overview);
    let has_traffic = overview.buckets.iter().any(|bucket| bucket.succeeded + bucket.failed > 0);
    let charts = has_traffic.then(|| {
        let (buckets, window_h) = (StoredValue::new(overview.buckets.clone()), overview.window_h);
        view! {
            <div class="overview-charts">
                <Section title="Deliveries"><DeliveryChart buckets=buckets.get_value() window_h/></Section>
                <Section title="Time to answer"><LatencyChart buckets=buckets.get_value() window_h/></Section>
            </div>
        }
    });
    view! {
        <p class=format!("headline {}", tone.class())>{text}</p>
        <Numbers overview=overview.clone()/>
        {charts.is_none().then(|| view! { <p class="muted overview-quiet">"Nothing was sent in this time. Deliveries appear here as they happen."</p> })}
        {charts}
        <NeedsAttention attention=overview.attention/>
    }
    .into_any()
}

#[component]
fn Numbers(overview: Overview) -> impl IntoView {
    use crate::components::grouped;
    let (rate, rate_tone) = success_rate(&overview.buckets);
    let of_attempts = format!("{} of all attempts", attempt_rate(&overview.buckets));
    let quarantine_tone = if overview.quarantined > 0 { Tone::Warn } else { Tone::Neutral };
    let waiting = overview.retrying + overview.pending;
    view! {
        <StatRow>
            <StatTile label="Deliveries that arrived" value=rate tone=rate_tone hint=of_attempts/>
            <StatTile label="Messages accepted" value=grouped(overview.accepted)/>
            <StatTile label="Messages quarantined" value=grouped(overview.quarantined) tone=quarantine_tone/>
            <StatTile
                label="Deliveries waiting"
                value=grouped(waiting)
                hint=format!("{} to be retried", grouped(overview.retrying))
            />
        </StatRow>
    }
}

#[component]
fn NeedsAttention(attention: Vec<Attention>) -> impl IntoView {
    if attention.is_empty() {
        return ().into_any();
    }
    let items = attention
        .into_iter()
        .map(|item| {
            let tone = match item.kind {
                AttentionKind::BreakerOpen
                | AttentionKind::EndpointFailing
                | AttentionKind::EndpointDisabled
                | AttentionKind::DeliveriesExhausted => Tone::Bad,
                AttentionKind::MessagesQuarantined | AttentionKind::QuotaReached => Tone::Warn,
                AttentionKind::EndpointPaused => Tone::Neutral,
            };
            view! {
                <li class=format!("attention {}", tone.class())>
                    <p>{item.text}</p>
                    <LinkButton href=item.link kind=ButtonKind::Secondary small=true>{item.action}</LinkButton>
                </li>
            }
        })
        .collect_view();
    view! { <Section title="Needs attention"><ul class="attention-list">{items}</ul></Section> }.into_any()
}

/// For a tenant who has nothing yet.
#[component]
fn FirstSteps() -> impl IntoView {
    view! {
        <EmptyState title="Nothing is set up yet" text="Webhooks come in by a source, or your own programs publish them. Endpoints are where they go.">
            <ol class="steps">
                <li>
                    <h3>"Say where webhooks come from"</h3>
                    <p>"A source gives you a URL for Stripe, GitHub or anyone who signs. Or create an API key and publish yourself."</p>
                    <div class="steps-actions">
                        <LinkButton href=Path::NewSource.to_string()>"Add a source"</LinkButton>
                        <LinkButton href=Path::ApiKeys.to_string() kind=ButtonKind::Secondary>"Create an API key"</LinkButton>
                    </div>
                </li>
                <li>
                    <h3>"Say where they go"</h3>
                    <p>"An endpoint is a URL of yours or of a customer. Every matching message is signed and sent to it."</p>
                    <div class="steps-actions">
                        <LinkButton href=Path::NewEndpoint.to_string() kind=ButtonKind::Secondary>"Add an endpoint"</LinkButton>
                    </div>
                </li>
                <li>
                    <h3>"Watch the first one arrive"</h3>
                    <p>"Messages and every attempt to deliver them appear under Messages and Deliveries as they happen."</p>
                </li>
            </ol>
        </EmptyState>
    }
}
