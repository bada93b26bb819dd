//! A message that does not fit the schema of its event type: what is wrong, and where to change that.

use crate::components::{Notice, Tone};
use crate::routes::event_type;
use hookreel_contract::views::MessageRow;
use hookreel_kernel::SchemaFault;
use leptos::prelude::*;

/// What does not fit. Nothing for a message that does.
#[component]
pub fn Flagged(row: MessageRow) -> impl IntoView {
    (!row.schema_faults.is_empty()).then(|| {
        let link = event_type(&row.event_type);
        view! {
            <Notice tone=Tone::Warn>
                <p>
                    <strong>"Flagged: "</strong>
                    "the payload does not fit the schema of "
                    <a href=link><code>{row.event_type.clone()}</code></a>
                    " as it was then. It is delivered all the same."
                </p>
                <FaultList faults=row.schema_faults.clone()/>
            </Notice>
        }
    })
}

/// Places of a payload, and what is wrong there.
#[component]
pub fn FaultList(faults: Vec<SchemaFault>) -> impl IntoView {
    let items = faults
        .into_iter()
        .map(|SchemaFault { pointer, message }| {
            let place = if pointer.is_empty() { "payload".to_owned() } else { pointer };
            view! { <li><code>{place}</code>" "{message}</li> }
        })
        .collect_view();
    view! { <ul class="faults">{items}</ul> }
}
