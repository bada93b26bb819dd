//! Deliveries in rows; also on the pages of an endpoint, a message and a replay.

use super::server::ResendDelivery;
use crate::clock;
use crate::components::{
    ActionButton, ButtonKind, Cell, Column, CopyableId, DataTable, DeliveryBadge, RelativeTime, RowLink, StatusCode,
};
use crate::routes::Path;
use hookreel_contract::views::{DeliveryRow, DeliveryState};
use hookreel_kernel::{DeliveryId, Timestamp};
use leptos::prelude::*;

/// A table of deliveries. Every row leads to the delivery's page.
#[component]
pub fn DeliveryTable(
    /// In the order they are shown.
    rows: Vec<DeliveryRow>,
    /// What the table is about, for people who cannot see where it stands.
    #[prop(into)]
    caption: String,
    /// Leave out the endpoint: the page is about one.
    #[prop(optional)]
    without_endpoint: bool,
    /// Leave out the message: the page is about one.
    #[prop(optional)]
    without_message: bool,
    /// Offer to resend in place.
    #[prop(optional)]
    resend: Option<ServerAction<ResendDelivery>>,
) -> impl IntoView {
    let mut columns = vec![Column::text("State")];
    if !without_message {
        columns.push(Column::text("Message"));
    }
    if !without_endpoint {
        columns.push(Column::text("Endpoint"));
    }
    columns.extend([Column::number("Attempts"), Column::text("Last answer"), Column::text("When")]);
    if resend.is_some() {
        columns.push(Column::hidden("Actions"));
    }
    view! {
        <DataTable caption columns>
            // A row that has not changed stays the same row: the focus and the pointer stay on it.
            <For each=move || rows.clone() key=key_of let:row>
                <Row row without_endpoint without_message resend/>
            </For>
        </DataTable>
    }
}

/// A delivery, and what can change about it.
fn key_of(row: &DeliveryRow) -> (DeliveryId, DeliveryState, u32, Option<Timestamp>) {
    (row.id, row.state, row.attempts, row.due_at)
}

#[component]
fn Row(
    row: DeliveryRow,
    without_endpoint: bool,
    without_message: bool,
    resend: Option<ServerAction<ResendDelivery>>,
) -> impl IntoView {
    let href = Path::Delivery(row.id).to_string();
    let message = (!without_message).then(|| message_cell(&row, href.clone()));
    let endpoint = (!without_endpoint).then(|| {
        let url = row.endpoint_url.clone();
        if without_message {
            let href = href.clone();
            view! { <Cell label="Endpoint" main=true><RowLink href><span class="endpoint-url">{url}</span></RowLink></Cell> }
                .into_any()
        } else {
            let title = url.clone();
            view! { <Cell label="Endpoint" cut=true><span class="endpoint-url" title=title>{url}</span></Cell> }
                .into_any()
        }
    });
    let (answer, time) = (last_answer(&row), when(&row));
    let actions = resend.map(|action| {
        let fields = vec![("id", row.id.to_string())];
        view! {
            <Cell label="Actions">
                <ActionButton action fields kind=ButtonKind::Secondary small=true>"Resend"</ActionButton>
            </Cell>
        }
    });
    view! {
        <tr>
            <Cell label="State"><DeliveryBadge state=row.state/></Cell>
            {message}
            {endpoint}
            <Cell label="Attempts" number=true>{row.attempts}</Cell>
            <Cell label="Last answer">{answer}</Cell>
            <Cell label="When">{time}</Cell>
            {actions}
        </tr>
    }
}

fn message_cell(row: &DeliveryRow, href: String) -> impl IntoView + use<> {
    let (event_type, id) = (row.event_type.clone(), row.message_id.to_string());
    view! {
        <Cell label="Message" main=true>
            <RowLink href>{event_type}</RowLink>
            <span class="cell-sub"><CopyableId id/></span>
        </Cell>
    }
}

fn last_answer(row: &DeliveryRow) -> AnyView {
    if row.attempts == 0 {
        return view! { <span class="muted">"None yet"</span> }.into_any();
    }
    view! { <StatusCode status=row.last_status failure=row.last_failure/> }.into_any()
}

/// The time that matters most: the next attempt while there is one to come, the last one otherwise.
fn when(row: &DeliveryRow) -> AnyView {
    match (row.state, row.due_at) {
        (DeliveryState::Pending | DeliveryState::Retrying, None) => {
            view! { <span class="muted">"Held"</span> }.into_any()
        }
        (DeliveryState::Retrying, Some(due)) if due <= clock::now() => view! { "due now" }.into_any(),
        (DeliveryState::Retrying, Some(due)) => {
            view! { <span class="delivery-due">"next "<RelativeTime at=due/></span> }.into_any()
        }
        _ => view! { <RelativeTime at=row.last_attempt_at.unwrap_or(row.created_at)/> }.into_any(),
    }
}
