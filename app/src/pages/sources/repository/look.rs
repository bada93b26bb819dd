//! A repository and its webhook as GitHub sees them, asked for once the page is there.

use super::events::events_text;
use super::is_asked_for;
use super::server::look_at_repository;
use crate::components::{
    Badge, ButtonKind, Cell, Column, DataTable, Fact, Facts, Notice, RelativeTime, Section, StatusCode, Tone, loaded,
};
use crate::query::here_with;
use hookreel_contract::repository::{
    EarlierLook, HookView, OpenPullRequests, PullRequestRow, RepositoryFacts, RepositoryLook, Told,
};
use hookreel_kernel::SourceId;
use leptos::prelude::*;

/// In the address: whether GitHub is asked without JavaScript.
const QUERY: &str = "github";

/// What GitHub says.
#[component]
pub fn Look(id: SourceId) -> impl IntoView {
    let is_asked = is_asked_for(QUERY);
    let look = Resource::new(move || is_asked.get(), move |is_asked| look_at_repository(id, is_asked));
    let ask = here_with(vec![(QUERY, Some("asked".to_owned()))]);
    loaded(look, move |look: Option<RepositoryLook>| match look {
        Some(RepositoryLook { hook, repository, pull_requests, earlier }) => view! {
            {earlier.map(not_of_now)}
            <Section title="As GitHub sees it"><HookState hook/></Section>
            <Section title="The repository"><About repository/></Section>
            <Section title="Open pull requests"><PullRequests pull_requests/></Section>
        }
        .into_any(),
        None => view! {
            <Section title="As GitHub sees it">
                <p class="muted" role="status">"GitHub is being asked."</p>
                <a class=ButtonKind::Secondary.class(true) href=ask data-noscroll=true>"Ask GitHub"</a>
            </Section>
        }
        .into_any(),
    })
}

fn not_of_now(EarlierLook { at, why }: EarlierLook) -> impl IntoView {
    view! {
        <Notice tone=Tone::Warn>
            <p>
                <strong>"GitHub does not answer. "</strong>
                "This is what it said " <RelativeTime at/> ". " {why}
            </p>
        </Notice>
    }
}

#[component]
fn HookState(hook: Told<Option<HookView>>) -> impl IntoView {
    let hook = match hook {
        Ok(Some(hook)) => hook,
        Ok(None) => {
            return view! {
                <p>
                    <Badge tone=Tone::Bad>"Gone"</Badge>
                    " GitHub has no such webhook any more: somebody deleted it. “Update the webhook” makes it anew."
                </p>
            }
            .into_any();
        }
        Err(why) => return not_told(why).into_any(),
    };
    let (tone, text) = match (&hook, hook.last_status) {
        (HookView { is_active: false, .. }, _) => (Tone::Warn, "Switched off"),
        (HookView { leads_here: false, .. }, _) => (Tone::Bad, "Leads elsewhere"),
        (_, Some(200..=299)) => (Tone::Ok, "Delivering"),
        (_, Some(_)) => (Tone::Bad, "Failing"),
        (_, None) => (Tone::Neutral, "No delivery yet"),
    };
    let mend = (!hook.is_active || !hook.leads_here).then(
        || view! { <p class="muted">"It was changed at GitHub. “Update the webhook” makes it as it is to be."</p> },
    );
    view! {
        <Facts>
            <Fact label="Webhook"><Badge tone>{text}</Badge></Fact>
            <Fact label="Last answer">
                <StatusCode status=hook.last_status/>
                " "
                <span class="muted">{hook.last_outcome}</span>
            </Fact>
            <Fact label="Sends">{events_text(&hook.events)}</Fact>
        </Facts>
        {mend}
    }
    .into_any()
}

#[component]
fn About(repository: Told<RepositoryFacts>) -> impl IntoView {
    let facts = match repository {
        Ok(facts) => facts,
        Err(why) => return not_told(why).into_any(),
    };
    let seen = match (facts.is_private, facts.is_archived) {
        (_, true) => "Archived: nothing is sent from it",
        (true, false) => "Private",
        (false, false) => "Public",
    };
    let page = facts.url.map(|url| {
        view! { <Fact label="Page"><a href=url.clone() rel="external noreferrer nofollow">{url.clone()}</a></Fact> }
    });
    let description = if facts.description.is_empty() { "None".to_owned() } else { facts.description };
    view! {
        <Facts>
            <Fact label="Description" wide=true>{description}</Fact>
            <Fact label="Default branch"><code>{facts.default_branch}</code></Fact>
            <Fact label="Seen by">{seen}</Fact>
            {page}
        </Facts>
    }
    .into_any()
}

#[component]
fn PullRequests(pull_requests: Told<OpenPullRequests>) -> impl IntoView {
    let open = match pull_requests {
        Ok(open) if open.count == 0 => return view! { <p class="muted">"None is open."</p> }.into_any(),
        Ok(open) => open,
        Err(why) => return not_told(why).into_any(),
    };
    let count = if open.is_complete { open.count.to_string() } else { format!("More than {}", open.count) };
    let is_are = if open.count == 1 { "is" } else { "are" };
    let rows = open.newest.into_iter().map(|pull_request| view! { <Row pull_request/> }).collect_view();
    let columns = vec![Column::number("Number"), Column::text("Title"), Column::text("By"), Column::text("Opened")];
    view! {
        <p>{format!("{count} {is_are} open. The newest:")}</p>
        <DataTable caption="Open pull requests" columns>{rows}</DataTable>
    }
    .into_any()
}

#[component]
fn Row(pull_request: PullRequestRow) -> impl IntoView {
    let title = match pull_request.url {
        Some(url) => view! { <a href=url rel="external noreferrer nofollow">{pull_request.title}</a> }.into_any(),
        None => view! { <span>{pull_request.title}</span> }.into_any(),
    };
    let draft = pull_request.is_draft.then(|| view! { <span class="muted">"draft"</span> });
    view! {
        <tr>
            <Cell label="Number" number=true>{format!("#{}", pull_request.number)}</Cell>
            <Cell label="Title" main=true>{title}{draft}</Cell>
            <Cell label="By">{pull_request.author}</Cell>
            <Cell label="Opened"><RelativeTime at=pull_request.created_at/></Cell>
        </tr>
    }
}

fn not_told(why: String) -> impl IntoView {
    view! { <p class="muted">{why}</p> }
}
