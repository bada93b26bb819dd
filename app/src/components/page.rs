//! The parts every page has: its head, its sections.

use super::icon::{Icon, Symbol};
use leptos::prelude::*;
use leptos_meta::Title;

/// One step of the way to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    label: String,
    href: String,
}

impl Crumb {
    /// A page above this one.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// What the page is about, how it stands, and the main thing to do. Also the document's title.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    /// One sentence under the title.
    #[prop(optional, into)]
    lead: Option<String>,
    /// The way here.
    #[prop(optional)]
    crumbs: Vec<Crumb>,
    /// The state, beside the title.
    #[prop(optional, into)]
    badge: Option<AnyView>,
    /// Ids, URLs.
    #[prop(optional)]
    mono: bool,
    /// The actions, at the right.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <Title text=title.clone()/>
        <header class="page-header">
            {(!crumbs.is_empty()).then(|| breadcrumb(crumbs))}
            <div class="page-header-row">
                <div class="page-header-title">
                    <h1 class:mono=mono>{title}</h1>
                    {badge}
                </div>
                {children.map(|children| view! { <div class="page-header-actions">{children()}</div> })}
            </div>
            {lead.map(|lead| view! { <p class="page-header-lead">{lead}</p> })}
        </header>
    }
}

fn breadcrumb(crumbs: Vec<Crumb>) -> impl IntoView {
    let links = crumbs
        .into_iter()
        .map(|crumb| view! { <li><a href=crumb.href>{crumb.label}</a><Icon symbol=Symbol::Next/></li> })
        .collect_view();
    view! { <nav class="breadcrumb" aria-label="Breadcrumb"><ol>{links}</ol></nav> }
}

/// A part of a page under a heading.
#[component]
pub fn Section(
    #[prop(into)] title: String,
    /// One sentence under the heading.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Beside the heading.
    #[prop(optional, into)]
    actions: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="section">
            <div class="section-head">
                <h2>{title}</h2>
                {actions.map(|actions| view! { <div class="section-actions">{actions}</div> })}
            </div>
            {hint.map(|hint| view! { <p class="section-hint">{hint}</p> })}
            {children()}
        </section>
    }
}

/// Something that is a thing of its own.
#[component]
pub fn Card(#[prop(optional, into)] class: Option<&'static str>, children: Children) -> impl IntoView {
    let class = class.map_or_else(|| "card".to_owned(), |class| format!("card {class}"));
    view! { <div class=class>{children()}</div> }
}
