//! Deliveries in rows; also on the pages of an endpoint, a message and a replay.

use super::server::ResendDelivery;
use super::waiting::deferral_text;
use crate::components::{
    ActionButton, ButtonKind, Cell, Column, CopyableId, DataTable, DeliveryBadge, RelativeTime, RowLink, StatusCode,
};
use crate::error::AppError;
use crate::pages::live_rows::live_rows;
use crate::routes::Path;
use hookreel_contract::Page;
use hookreel_contract::views::{DeliveryRow, DeliveryState};
use hookreel_kernel::{DeliveryId, Timestamp};
use leptos::prelude::*;

/// Which columns there is no need for, because the page is about one of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Without {
    /// Every column is needed.
    #[default]
    Nothing,
    /// The page is about one endpoint.
    Endpoint,
    /// The page is about one message.
    Message,
}

/// The deliveries of one message, each with a button to resend it. Every row leads to the delivery's page.
#[component]
pub fn DeliveryTable(
    /// In the order they are shown.
    rows: Vec<DeliveryRow>,
    /// What the table is about, for people who cannot see where it stands.
    #[prop(into)]
    caption: String,
    /// What the buttons do.
    resend: ServerAction<ResendDelivery>,
) -> impl IntoView {
    let mut columns = columns(Without::Message);
    columns.push(Column::hidden("Actions"));
    let rows = rows.into_iter().map(|row| view! { <Row row without=Without::Message resend/> }).collect_view();
    view! { <DataTable caption columns>{rows}</DataTable> }
}

/// A page of deliveries that changes while it is read. Every row leads to the delivery's page.
#[component]
pub fn DeliveryList(
    page: Resource<Result<Page<DeliveryRow>, AppError>>,
    /// What the table is about, for people who cannot see where it stands.
    #[prop(into)]
    caption: String,
    #[prop(optional)] without: Without,
    /// What is shown when there are none.
    #[prop(into)]
    empty: ViewFn,
) -> impl IntoView {
    live_rows(
        page,
        key_of,
        move |row| view! { <Row row without/> },
        move |rows| {
            let (caption, columns) = (caption.clone(), columns(without));
            view! { <DataTable caption columns>{rows}</DataTable> }.into_any()
        },
        move || empty.run(),
    )
}

/// A delivery, and what can change about it.
fn key_of(row: &DeliveryRow) -> (DeliveryId, DeliveryState, u32, Option<Timestamp>, Option<String>) {
    (row.id, row.state, row.attempts, row.due_at, row.deferred_because.clone())
}

fn columns(without: Without) -> Vec<Column> {
    let mut columns = vec![Column::text("State")];
    if without != Without::Message {
        columns.push(Column::text("Message"));
    }
    if without != Without::Endpoint {
        columns.push(Column::text("Endpoint"));
    }
    columns.extend([Column::number("Attempts"), Column::text("Last answer"), Column::text("When")]);
    columns
}

#[component]
fn Row(
    row: DeliveryRow,
    without: Without,
    #[prop(optional)] resend: Option<ServerAction<ResendDelivery>>,
) -> impl IntoView {
    let href = Path::Delivery(row.id).to_string();
    let message = (without != Without::Message).then(|| message_cell(&row, href.clone()));
    let endpoint = (without != Without::Endpoint).then(|| {
        let url = row.endpoint_url.clone();
        if without == Without::Message {
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
        (DeliveryState::Pending | DeliveryState::Retrying, Some(due)) if row.deferred_because.is_some() => {
            let because = deferral_text(row.deferred_because.as_deref().unwrap_or_default()).to_owned();
            view! {
                <div class="stacked">
                    <span class="delivery-due">"On hold, next " <RelativeTime at=due due=true/></span>
                    <span class="cell-sub">{format!("because {because}")}</span>
                </div>
            }
            .into_any()
        }
        (DeliveryState::Retrying, Some(due)) => {
            view! { <span class="delivery-due"><RelativeTime at=due due=true/></span> }.into_any()
        }
        _ => view! { <RelativeTime at=row.last_attempt_at.unwrap_or(row.created_at)/> }.into_any(),
    }
}
