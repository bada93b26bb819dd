//! Tables that become cards where there is no room for columns.

use leptos::prelude::*;

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    label: String,
    class: &'static str,
}

impl Column {
    /// Words, at the left.
    pub fn text(label: impl Into<String>) -> Self {
        Self { label: label.into(), class: "" }
    }

    /// Numbers, at the right.
    pub fn number(label: impl Into<String>) -> Self {
        Self { label: label.into(), class: "number" }
    }

    /// A column whose head only screen readers need: actions.
    pub fn hidden(label: impl Into<String>) -> Self {
        Self { label: label.into(), class: "hidden-head" }
    }
}

/// A table; its rows are `<tr>` with [`Cell`]s.
#[component]
pub fn DataTable(
    /// What it lists, for screen readers.
    #[prop(into)]
    caption: String,
    columns: Vec<Column>,
    children: Children,
) -> impl IntoView {
    let head = columns
        .into_iter()
        .map(|column| {
            let is_hidden = column.class == "hidden-head";
            view! {
                <th scope="col" class=column.class>
                    <span class:visually-hidden=is_hidden>{column.label}</span>
                </th>
            }
        })
        .collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr>{head}</tr></thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// One cell. Its label stands before it where the table is shown as cards.
#[component]
pub fn Cell(
    #[prop(into)] label: String,
    /// At the right.
    #[prop(optional)]
    number: bool,
    /// Leads the card, without its label.
    #[prop(optional)]
    main: bool,
    /// May be cut at the end.
    #[prop(optional)]
    cut: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <td data-label=label class:number=number class:cell-main=main class:cell-cut=cut>
            <div class="cell">{children()}</div>
        </td>
    }
}

/// The link of a row: the whole row can be pressed.
#[component]
pub fn RowLink(#[prop(into)] href: String, children: Children) -> impl IntoView {
    view! { <a class="row-link" href=href>{children()}</a> }
}
