//! Who one is, how the dashboard looks, and where one is signed in.

pub mod account;
pub mod server;

pub use server::{ListSessions, RevokeSession, list_sessions, revoke_session};

use crate::components::{
    ActionButton, Badge, ButtonKind, Cell, Column, DataTable, LinkButton, PageHeader, RelativeTime, Section,
    ThemeSwitch, Tone, loaded,
};
use crate::routes::Path;
use account::{Account, AddressForm, PasswordForm};
use hookreel_contract::views::SessionView;
use hookreel_kernel::browser_name;
use leptos::prelude::*;

/// Account, appearance, sessions, password, address.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let sessions = Resource::new(|| (), |()| list_sessions());
    view! {
        <PageHeader title="Settings"/>
        <Account/>
        <Section title="Appearance" hint="Remembered in this browser.">
            <ThemeSwitch/>
        </Section>
        <Section title="Webhooks about your own endpoints" hint="Your programs can be told when an endpoint fails, is disabled or changes.">
            <LinkButton href=Path::OperationalWebhooks.to_string() kind=ButtonKind::Secondary>"Operational webhooks"</LinkButton>
        </Section>
        <Section title="Sessions" hint="Everywhere you are signed in. End what you do not recognise, then change your password.">
            {loaded(sessions, |sessions| view! { <Sessions sessions/> })}
        </Section>
        <PasswordForm/>
        <AddressForm/>
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
