//! One delivery: what became of one message at one endpoint, from its receipt to its end.

use super::compare::CompareAttempts;
use super::server::{DeliveryStory, ResendDelivery, get_delivery};
use super::story::Story;
use crate::components::{
    ActionButton, ButtonKind, CopyableId, Crumb, DeliveryBadge, Fact, Facts, PageHeader, PayloadViewer, RelativeTime,
    Section, loaded_in_parts, part,
};
use crate::live::{self, Topic};
use crate::pages::found::named;
use crate::query::use_id;
use crate::routes::Path;
use hookreel_contract::views::DeliveryRow;
use hookreel_kernel::DeliveryId;
use leptos::prelude::*;

/// One delivery with every attempt, live while it is under way.
#[component]
pub fn DeliveryPage() -> impl IntoView {
    let id = use_id::<DeliveryId>();
    let resend = ServerAction::<ResendDelivery>::new();
    let story = Resource::new(move || id.get(), |id| async move { get_delivery(named(id, "Delivery")?).await });
    live::refetch_on(&[Topic::Delivery], story);

    loaded_in_parts(story, move |story: Memo<DeliveryStory>| {
        let attempts = Memo::new(move |_| story.with(|story| story.delivery.attempts.clone()));
        view! {
            {part(story, |story| story.delivery.row.clone(), move |row| view! { <Head row=row.clone() resend/><DeliveryFacts row/> })}
            <Story story/>
            <CompareAttempts attempts/>
            {part(
                story,
                |story| story.body.clone(),
                |body| view! {
                    <Section title="Payload" hint="The exact bytes that every attempt carries.">
                        <PayloadViewer body name="payload"/>
                    </Section>
                },
            )}
        }
    })
}

#[component]
fn Head(row: DeliveryRow, resend: ServerAction<ResendDelivery>) -> impl IntoView {
    let fields = vec![("id", row.id.to_string())];
    let kind = if can_only_be_resent(&row) { ButtonKind::Primary } else { ButtonKind::Secondary };
    view! {
        <PageHeader
            title=row.event_type.clone()
            lead=format!("to {}", row.endpoint_url)
            crumbs=vec![Crumb::new("Deliveries", Path::Deliveries)]
            badge=view! { <DeliveryBadge state=row.state/> }.into_any()
            mono=true
        >
            <ActionButton action=resend fields kind>"Resend"</ActionButton>
        </PageHeader>
    }
}

/// Whether nothing will happen any more unless a person asks for it.
fn can_only_be_resent(row: &DeliveryRow) -> bool {
    use hookreel_contract::views::DeliveryState::{Cancelled, Exhausted};
    matches!(row.state, Exhausted | Cancelled)
}

#[component]
fn DeliveryFacts(row: DeliveryRow) -> impl IntoView {
    let replay = row.replay_id.map(|id| {
        view! { <Fact label="Made by replay"><a href=Path::Replay(id).to_string()>"Open the replay"</a></Fact> }
    });
    let next = row.due_at.map(|due| view! { <Fact label="Next attempt"><RelativeTime at=due/></Fact> });
    view! {
        <Facts>
            <Fact label="Delivery"><CopyableId id=row.id.to_string()/></Fact>
            <Fact label="Message"><a href=Path::Message(row.message_id).to_string()>{row.event_type.clone()}</a></Fact>
            <Fact label="Endpoint">
                <a class="endpoint-url" href=Path::Endpoint(row.endpoint_id).to_string()>{row.endpoint_url.clone()}</a>
            </Fact>
            <Fact label="Attempts">{row.attempts}</Fact>
            {next}
            <Fact label="Made"><RelativeTime at=row.created_at/></Fact>
            {replay}
            <Fact label="Recorded as">
                <a href=Path::EventLog.with(&[("stream", &row.id.to_string())])>"Events of this delivery"</a>
            </Fact>
        </Facts>
    }
}
