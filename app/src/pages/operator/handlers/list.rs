//! The table of handlers. Its rows stay while their numbers move.

use super::super::server::ReplayParked;
use super::super::words::handler_state;
use super::questions::rebuild_question;
use crate::components::{
    ActionButton, Badge, ButtonKind, Cell, Column, ConfirmLink, DataTable, Progress, grouped, part,
};
use hookreel_contract::views::HandlerView;
use leptos::prelude::*;

#[component]
pub fn HandlerTable(names: Vec<String>, handlers: Memo<Vec<HandlerView>>) -> impl IntoView {
    let rows = names.into_iter().map(|name| view! { <HandlerRow name handlers/> }).collect_view();
    let columns = vec![
        Column::text("Handler"),
        Column::text("State"),
        Column::number("Behind"),
        Column::number("Retrying"),
        Column::number("Waiting"),
        Column::number("Parked"),
        Column::hidden("Actions"),
    ];
    view! { <DataTable caption="Handlers" columns>{rows}</DataTable> }
}

#[component]
fn HandlerRow(name: String, handlers: Memo<Vec<HandlerView>>) -> impl IntoView {
    let replay = ServerAction::<ReplayParked>::new();
    let first = handlers.with_untracked(|all| all.iter().find(|one| one.name == name).cloned());
    let Some(first) = first else { return ().into_any() };
    let (purpose, is_projection) = (first.purpose.clone(), first.is_projection);
    let own = Memo::new({
        let name = name.clone();
        move |_| {
            let now = handlers.with(|all| all.iter().find(|one| one.name == name).cloned());
            now.unwrap_or_else(|| first.clone())
        }
    });
    let effects = match (&purpose, is_projection) {
        (None, _) => "Not part of this version",
        (Some(_), true) => "Writes only what follows from the events: it can be rebuilt",
        (Some(_), false) => "Has effects outside: nothing is done twice on purpose",
    };
    let number = move |of: fn(&HandlerView) -> u64| part(own, of, grouped);
    let fields = vec![("handler", name.clone())];
    let buttons = part(
        own,
        |own| own.parked > 0,
        move |has_parked| {
            let fields = fields.clone();
            has_parked.then(|| {
            view! { <ActionButton action=replay fields kind=ButtonKind::Primary small=true>"Replay parked"</ActionButton> }
        })
        },
    );
    let rebuild = is_projection.then(|| {
        view! { <ConfirmLink name=rebuild_question(&name) small=true>"Rebuild…"</ConfirmLink> }
    });
    view! {
        <tr>
            <Cell label="Handler" main=true>
                <div class="stacked">
                    <code class="operator-handler">{name.clone()}</code>
                    {purpose}
                    <span class="cell-sub">{effects}</span>
                </div>
            </Cell>
            <Cell label="State">
                <div class="stacked">
                    {part(own, handler_state, |(tone, text)| view! { <Badge tone>{text}</Badge> })}
                    {part(own, place_of, |place| view! { <span class="cell-sub">{place}</span> })}
                    <Rebuilding own/>
                </div>
            </Cell>
            <Cell label="Behind" number=true>{number(|own| own.behind)}</Cell>
            <Cell label="Retrying" number=true>{number(|own| own.retrying)}</Cell>
            <Cell label="Waiting" number=true>{number(|own| own.waiting)}</Cell>
            <Cell label="Parked" number=true>{number(|own| own.parked)}</Cell>
            <Cell label="Actions" number=true>
                <div class="operator-buttons">{buttons}{rebuild}</div>
            </Cell>
        </tr>
    }
    .into_any()
}

fn place_of(own: &HandlerView) -> Option<String> {
    own.position.map(|position| format!("at {}", grouped(position)))
}

/// How far a rebuild has come.
#[component]
fn Rebuilding(own: Memo<HandlerView>) -> impl IntoView {
    let is_rebuilding = Memo::new(move |_| own.with(|own| own.rebuilding_until.is_some()));
    let done = Signal::derive(move || own.with(|own| own.position.unwrap_or_default()));
    let total = Signal::derive(move || own.with(|own| own.rebuilding_until.unwrap_or_default()));
    view! {
        <Show when=move || is_rebuilding.get()>
            <Progress done total label="Events looked through again"/>
        </Show>
    }
}
