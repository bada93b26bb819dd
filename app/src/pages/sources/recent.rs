//! The last messages that came in by a source.

use crate::components::{
    ButtonKind, Cell, Column, DataTable, FlaggedBadge, LinkButton, MessageBadge, RelativeTime, RowLink, Section,
    VerdictBadge,
};
use crate::pages::messages::Outcomes;
use crate::routes::Path;
use hookreel_contract::views::MessageRow;
use hookreel_kernel::SourceId;
use leptos::prelude::*;

/// The last messages, if there are any: until then the page waits for the first one.
#[component]
pub fn Recent(id: SourceId, messages: Option<Vec<MessageRow>>) -> impl IntoView {
    let messages = messages.unwrap_or_default();
    if messages.is_empty() {
        return ().into_any();
    }
    let all = Path::Messages.with(&[("source", &id.to_string())]);
    let actions =
        view! { <LinkButton href=all kind=ButtonKind::Secondary small=true>"All messages"</LinkButton> }.into_any();
    let rows = messages.into_iter().map(|message| view! { <RecentRow message/> }).collect_view();
    let columns = vec![
        Column::text("Event type"),
        Column::text("State"),
        Column::text("Verdict"),
        Column::text("Deliveries"),
        Column::text("Received"),
    ];
    view! {
        <Section title="Recent messages" actions=actions>
            <DataTable caption="Recent messages" columns>{rows}</DataTable>
        </Section>
    }
    .into_any()
}

#[component]
fn RecentRow(message: MessageRow) -> impl IntoView {
    let refusal = message.refusal.map(|reason| view! { <span class="cell-sub message-refusal">{reason}</span> });
    view! {
        <tr>
            <Cell label="Event type" main=true>
                <RowLink href=Path::Message(message.id)>{message.event_type}</RowLink>
                {refusal}
            </Cell>
            <Cell label="State">
                <div class="stacked"><MessageBadge state=message.state/><FlaggedBadge faults=message.schema_faults/></div>
            </Cell>
            <Cell label="Verdict">{message.verdict.map(|verdict| view! { <VerdictBadge verdict/> })}</Cell>
            <Cell label="Deliveries"><Outcomes state=message.state counts=message.deliveries/></Cell>
            <Cell label="Received"><RelativeTime at=message.received_at/></Cell>
        </tr>
    }
}
