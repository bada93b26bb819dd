//! Who one is, how the dashboard looks, and where one is signed in.

pub mod server;

pub use server::{ListSessions, RevokeSession, list_sessions, revoke_session};

use crate::components::{
    ActionButton, Badge, ButtonKind, Cell, Column, CopyableId, DataTable, Fact, Facts, LinkButton, PageHeader,
    RelativeTime, Section, ThemeSwitch, Tone, loaded,
};
use crate::routes::Path;
use crate::session::Session;
use hookreel_contract::views::SessionView;
use leptos::prelude::*;

/// Account, appearance, sessions.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let sessions = Resource::new(|| (), |()| list_sessions());
    let session = use_context::<Session>();
    view! {
        <PageHeader title="Settings"/>
        <Section title="Account">
            {session.map(|session| {
                loaded(session.0, |member| view! {
                    <Facts>
                        <Fact label="Tenant">{member.tenant_name}</Fact>
                        <Fact label="E-mail">{member.email.to_string()}</Fact>
                        <Fact label="Tenant id"><CopyableId id=member.tenant_id.to_string()/></Fact>
                        <Fact label="Default application"><CopyableId id=member.default_application_id.to_string()/></Fact>
                    </Facts>
                })
            })}
        </Section>
        <Section title="Appearance" hint="Remembered in this browser.">
            <ThemeSwitch/>
        </Section>
        <Section title="Webhooks about your own endpoints" hint="Your programs can be told when an endpoint fails, is disabled or changes.">
            <LinkButton href=Path::OperationalWebhooks.to_string() kind=ButtonKind::Secondary>"Operational webhooks"</LinkButton>
        </Section>
        <Section title="Sessions" hint="Everywhere you are signed in. End what you do not recognise, then change your password.">
            {loaded(sessions, |sessions| view! { <Sessions sessions/> })}
        </Section>
    }
}

#[component]
fn Sessions(sessions: Vec<SessionView>) -> impl IntoView {
    let rows = sessions.into_iter().map(|session| view! { <SessionRow session/> }).collect_view();
    let columns = vec![
        Column::text("Browser"),
        Column::text("Address"),
        Column::text("Signed in"),
        Column::text("Last used"),
        Column::hidden("Actions"),
    ];
    view! { <DataTable caption="Sessions" columns>{rows}</DataTable> }
}

#[component]
fn SessionRow(session: SessionView) -> impl IntoView {
    let revoke = ServerAction::<RevokeSession>::new();
    let fields = vec![("id", session.id.to_string())];
    let end = if session.current {
        view! { <Badge tone=Tone::Ok>"This one"</Badge> }.into_any()
    } else {
        view! { <ActionButton action=revoke fields small=true>"End"</ActionButton> }.into_any()
    };
    let address = if session.address.is_empty() { "unknown".to_owned() } else { session.address };
    view! {
        <tr>
            <Cell label="Browser" main=true><span title=session.user_agent.clone()>{browser_name(&session.user_agent)}</span></Cell>
            <Cell label="Address"><code>{address}</code></Cell>
            <Cell label="Signed in"><RelativeTime at=session.created_at/></Cell>
            <Cell label="Last used"><RelativeTime at=session.last_seen_at/></Cell>
            <Cell label="Actions" number=true>{end}</Cell>
        </tr>
    }
}

/// What people call the browser that calls itself so: `Firefox on Linux`.
fn browser_name(user_agent: &str) -> String {
    // The order matters: browsers name those they descend from as well.
    let browsers = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (named(&browsers), named(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => user_agent.split(' ').next().filter(|name| !name.is_empty()).unwrap_or("Unknown").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser_name;

    #[test]
    fn browsers_are_called_by_their_names() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        assert_eq!(browser_name(chrome), "Chrome on Linux");
        let firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(browser_name(firefox), "Firefox on Windows");
        assert_eq!(browser_name("svix-libs/1.2 node"), "svix-libs/1.2");
        assert_eq!(browser_name(""), "Unknown");
    }
}
