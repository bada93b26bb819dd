//! What the installation calls: other people's services, and the mail server.

use super::frame::{OperatorHead, OperatorsOnly, keep_current};
use super::server::operator_services;
use crate::components::{Badge, Cell, Column, DataTable, RelativeTime, Section, Tone, loaded};
use crate::routes::Path;
use hookreel_contract::views::{ServiceView, ServicesView};
use leptos::prelude::*;

/// Every service, with its breaker.
#[component]
pub fn OperatorServicesPage() -> impl IntoView {
    view! { <OperatorsOnly><OperatorHead current=Path::OperatorServices/><Services/></OperatorsOnly> }
}

#[component]
fn Services() -> impl IntoView {
    let services = Resource::new(|| (), |()| operator_services());
    keep_current(services);
    loaded(services, |services: ServicesView| {
        let rows = services.services.into_iter().map(|service| view! { <Row service/> }).collect_view();
        let columns = vec![
            Column::text("Service"),
            Column::text("State"),
            Column::number("Failures in a row"),
            Column::text("Left alone until"),
        ];
        let mail = match services.mail_server {
            Some(address) => view! { <p>"Mails are sent by "<code>{address}</code>"."</p> }.into_any(),
            None => view! {
                <p>"None is set up ("<code>"HOOKREEL_SMTP_URL"</code>"): mails are shown under Mails, and in the log without their links."</p>
            }
            .into_any(),
        };
        view! {
            <Section title="Services" hint="As the process that answers you sees them: each process protects a service by a breaker of its own.">
                <DataTable caption="Services" columns>{rows}</DataTable>
            </Section>
            <Section title="Mail server">{mail}</Section>
        }
    })
}

#[component]
fn Row(service: ServiceView) -> impl IntoView {
    let (tone, state) = match service.breaker.as_ref().map(|breaker| breaker.state.as_str()) {
        None => (Tone::Neutral, "Not configured"),
        Some("closed") => (Tone::Ok, "Breaker closed"),
        Some("open") => (Tone::Bad, "Breaker open"),
        Some(_) => (Tone::Warn, "Probing"),
    };
    let failures = service.breaker.as_ref().map(|breaker| breaker.failures);
    let until = service.breaker.and_then(|breaker| breaker.open_until).map(|at| view! { <RelativeTime at/> });
    view! {
        <tr>
            <Cell label="Service" main=true>
                <div class="stacked"><strong>{service.name}</strong><span class="cell-sub">{service.purpose}</span></div>
            </Cell>
            <Cell label="State"><Badge tone>{state}</Badge></Cell>
            <Cell label="Failures in a row" number=true>{failures.map_or_else(|| "–".to_owned(), |count| count.to_string())}</Cell>
            <Cell label="Left alone until">{until}</Cell>
        </tr>
    }
}
