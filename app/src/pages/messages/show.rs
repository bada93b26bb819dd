//! One message: its payload, where it went, and where it did not go.

use super::TEST_EVENT_TYPE;
use super::flagged::Flagged;
use super::quarantine::Quarantine;
use super::server::{
    MessageStory, NotDelivered, NotDeliveredList, ReleaseMessage, ResendMessage, VerifyMessageAgain, get_message,
};
use super::story::MessageTimeline;
use super::verification::{Verification, is_asked_for};
use crate::components::{
    ActionButton, ButtonKind, Bytes, CopyableId, Crumb, Fact, Facts, FlaggedBadge, HeaderTable, LinkButton,
    MessageBadge, PageHeader, Pagination, PayloadViewer, RelativeTime, Section, VerdictBadge, counted, loaded_in_parts,
    part,
};
use crate::live::{self, Topic};
use crate::pages::deliveries::DeliveryTable;
use crate::pages::deliveries::server::ResendDelivery;
use crate::pages::found::named;
use crate::query::{use_id, use_query};
use crate::routes::Path;
use crate::time_text;
use hookreel_contract::views::{DeliveryRow, MessageRow, MessageState};
use hookreel_kernel::MessageId;
use leptos::prelude::*;

/// One message with everything about it, live while it is delivered.
#[component]
pub fn MessagePage() -> impl IntoView {
    let id = use_id::<MessageId>();
    let resend = ServerAction::<ResendDelivery>::new();
    let send_anyway = ServerAction::<ResendMessage>::new();
    let verify = ServerAction::<VerifyMessageAgain>::new();
    let release = ServerAction::<ReleaseMessage>::new();
    let look_again = is_asked_for();
    // The one list of the page that is cut into pages: the endpoints that it did not go to.
    let cursor = use_query("cursor");
    let story = Resource::new(
        move || (id.get(), look_again.get(), cursor.get()),
        |(id, look_again, cursor)| async move { get_message(named(id, "Message")?, look_again, cursor).await },
    );
    live::refetch_on(&[Topic::Delivery, Topic::Endpoint], story);

    loaded_in_parts(story, move |story: Memo<MessageStory>| {
        view! {
            {part(story, |story| story.detail.row.clone(), |row| view! { <Head row/> })}
            {part(
                story,
                |MessageStory { detail, .. }| (detail.row.clone(), detail.inbound.clone()),
                move |(row, inbound)| view! { <Quarantine row=row.clone() inbound verify release/><Flagged row=row.clone()/><MessageFacts row/> },
            )}
            <Section title="What happened">{part(story, Clone::clone, timeline)}</Section>
            {part(
                story,
                |story| story.detail.inbound.is_some().then(|| story.verification.clone()),
                |asked| asked.map(|looked| view! { <Verification looked/> }),
            )}
            {part(
                story,
                |MessageStory { detail, .. }| (detail.row.state, detail.deliveries.clone()),
                move |(state, deliveries)| view! { <Deliveries state deliveries resend/> },
            )}
            {part(
                story,
                |story| (story.detail.row.id, story.elsewhere.clone()),
                move |(id, elsewhere)| elsewhere.map(|elsewhere| view! { <Elsewhere id elsewhere send_anyway/> }),
            )}
            {part(
                story,
                |story| story.detail.body.clone(),
                |body| view! { <Section title="Payload"><PayloadViewer body name="payload"/></Section> },
            )}
            {part(story, |story| story.detail.headers.clone(), |headers| view! { <ReceivedHeaders headers/> })}
        }
    })
}

fn timeline(MessageStory { detail, elsewhere, .. }: MessageStory) -> impl IntoView {
    let elsewhere = elsewhere.map_or(0, |elsewhere| elsewhere.total);
    view! { <MessageTimeline detail elsewhere/> }
}

#[component]
fn Head(row: MessageRow) -> impl IntoView {
    let replay = (row.state == MessageState::Accepted).then(|| {
        view! { <LinkButton href=replay_link(&row) kind=ButtonKind::Secondary>"Replay…"</LinkButton> }
    });
    let verdict = row.verdict.clone().map(|verdict| view! { <VerdictBadge verdict/> });
    let badges =
        view! { <MessageBadge state=row.state/>{verdict}<FlaggedBadge faults=row.schema_faults.clone()/> }.into_any();
    view! {
        <PageHeader
            title=row.event_type.clone()
            crumbs=vec![Crumb::new("Messages", Path::Messages)]
            badge=badges
            mono=true
        >
            {replay}
        </PageHeader>
    }
}

#[component]
fn ReceivedHeaders(headers: Vec<(String, String)>) -> impl IntoView {
    (!headers.is_empty()).then(|| {
        view! {
            <Section title="Headers" hint="As they were sent, in their order. With HTTP/2, those of one name stand together.">
                <HeaderTable headers caption="Request headers"/>
            </Section>
        }
    })
}

/// The form of a new replay for the minute of this message.
fn replay_link(row: &MessageRow) -> String {
    // The form knows minutes: the range begins with the message's minute and ends with the next one.
    let since = time_text::input_value(row.received_at);
    let until = time_text::input_value(row.received_at + time::Duration::MINUTE);
    Path::NewReplay.with(&[("since", &since), ("until", &until), ("types", &row.event_type)])
}

#[component]
fn MessageFacts(row: MessageRow) -> impl IntoView {
    let from = match (row.source_name.clone(), row.source_id) {
        (Some(name), Some(id)) => view! { <a href=Path::Source(id).to_string()>{name}</a> }.into_any(),
        _ if row.event_type == TEST_EVENT_TYPE => view! { "A test event, sent in the dashboard" }.into_any(),
        _ => view! { "Published by API" }.into_any(),
    };
    let uid = row.uid.clone().map(|uid| view! { <Fact label="Publisher's id"><code>{uid}</code></Fact> });
    let provider_id =
        row.provider_event_id.clone().map(|id| view! { <Fact label="Provider's id"><code>{id}</code></Fact> });
    let channels =
        row.channels.clone().map(|channels| view! { <Fact label="Channels"><code>{channels.join(", ")}</code></Fact> });
    view! {
        <Facts>
            <Fact label="Message"><CopyableId id=row.id.to_string()/></Fact>
            <Fact label="From">{from}</Fact>
            <Fact label="Received"><RelativeTime at=row.received_at/></Fact>
            <Fact label="Size"><Bytes bytes=row.body_bytes/></Fact>
            {provider_id}
            {uid}
            {channels}
            <Fact label="Recorded as">
                <a href=Path::EventLog.with(&[("stream", &row.id.to_string())])>"Events of this message"</a>
            </Fact>
        </Facts>
    }
}

#[component]
fn Deliveries(
    state: MessageState,
    deliveries: Vec<DeliveryRow>,
    resend: ServerAction<ResendDelivery>,
) -> impl IntoView {
    if state != MessageState::Accepted {
        return ().into_any();
    }
    if deliveries.is_empty() {
        return view! {
            <Section title="Deliveries">
                <p class="muted">"No endpoint wanted this message. Below is why."</p>
            </Section>
        }
        .into_any();
    }
    view! {
        <Section title="Deliveries">
            <DeliveryTable rows=deliveries caption="Deliveries of this message" resend/>
        </Section>
    }
    .into_any()
}

/// The endpoints that have no delivery of the message, each with the reason and a button to send it anyway.
#[component]
fn Elsewhere(id: MessageId, elsewhere: NotDeliveredList, send_anyway: ServerAction<ResendMessage>) -> impl IntoView {
    let NotDeliveredList { page, total } = elsewhere;
    if total == 0 {
        return ().into_any();
    }
    let (items, next) = (page.items, page.next);
    let shown = items.len() as u64;
    let of_all = (shown < total).then(|| {
        let all = counted(total, "endpoint", "endpoints");
        view! { <p class="muted">{format!("{shown} of {all} are shown.")}</p> }
    });
    let items = items
        .into_iter()
        .map(|NotDelivered { endpoint_id, url, reason }| {
            let fields = vec![("id", id.to_string()), ("endpoint", endpoint_id.to_string())];
            view! {
                <li class="elsewhere-item">
                    <div class="elsewhere-what">
                        <a class="endpoint-url" href=Path::Endpoint(endpoint_id).to_string()>{url}</a>
                        <span class="muted">{reason}</span>
                    </div>
                    <ActionButton action=send_anyway fields kind=ButtonKind::Secondary small=true>"Send anyway"</ActionButton>
                </li>
            }
        })
        .collect_view();
    view! {
        <Section title="Not delivered to" hint="By the endpoints' configuration of today.">
            {of_all}
            <ul class="elsewhere">{items}</ul>
            <Pagination next/>
        </Section>
    }
    .into_any()
}
