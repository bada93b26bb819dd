//! One event of the store as it was recorded.

use super::frame::OperatorsOnly;
use super::server::operator_event;
use crate::components::{CopyableId, Crumb, Fact, Facts, PageHeader, RelativeTime, Section, loaded, size};
use crate::pages::event_log::stream::pretty;
use crate::pages::found::named;
use crate::query::use_id;
use crate::routes::Path;
use hookreel_contract::views::StoredEventView;
use leptos::prelude::*;

/// One event, whosever it is.
#[component]
pub fn OperatorEventPage() -> impl IntoView {
    view! { <OperatorsOnly><Event/></OperatorsOnly> }
}

#[component]
fn Event() -> impl IntoView {
    let position = use_id::<u64>();
    let event = Resource::new(
        move || position.get(),
        |position| async move { operator_event(named(position, "Event")?).await },
    );
    loaded(event, |event: StoredEventView| {
        let body = event.body_bytes.map(|bytes| {
            view! { <Fact label="Body">{format!("{}, the tenant's own and not shown", size(bytes))}</Fact> }
        });
        view! {
            <PageHeader
                title=event.kind.clone()
                mono=true
                lead=format!("Event {} of the store, as it was recorded.", event.position)
                crumbs=vec![Crumb::new("Operator", Path::Operator), Crumb::new("Handlers", Path::OperatorHandlers)]
            />
            <Facts>
                <Fact label="Tenant">{event.tenant_name}" "<CopyableId id=event.tenant_id.to_string()/></Fact>
                <Fact label="Stream"><CopyableId id=event.stream/></Fact>
                <Fact label="Kind of stream">{event.stream_kind}</Fact>
                <Fact label="Version">{event.stream_version}</Fact>
                <Fact label="Who">{event.actor}</Fact>
                <Fact label="When"><RelativeTime at=event.recorded_at/></Fact>
                {body}
            </Facts>
            <Section title="Payload">
                <pre class="operator-payload" tabindex="0">{pretty(&event.payload)}</pre>
            </Section>
        }
    })
}
