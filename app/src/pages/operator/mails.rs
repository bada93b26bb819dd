//! Mails: what became of them, and what they say where no mail server is there to say it.

use super::frame::{OperatorHead, OperatorsOnly, keep_current};
use super::server::{MailQuery, RetryMail, operator_mail, operator_mails, operator_services};
use super::words::{kind_label, mail_label, mail_tone};
use crate::components::{
    ActionButton, Badge, ButtonKind, Cell, Choice, Column, CopyField, Crumb, DataTable, EmptyState, Fact, Facts,
    FilterBar, FilterSelect, Notice, PageHeader, RelativeTime, RowLink, Section, Tone, loaded, refetch_after_actions,
};
use crate::pages::found::named;
use crate::pages::live_rows::live_rows;
use crate::query::{use_id, use_query};
use crate::routes::Path;
use hookreel_contract::views::{MailContent, MailDetail, MailState, MailView, ServicesView};
use hookreel_kernel::MailId;
use leptos::prelude::*;

/// Every mail, newest first.
#[component]
pub fn OperatorMailsPage() -> impl IntoView {
    view! { <OperatorsOnly><OperatorHead current=Path::OperatorMails/><Mails/></OperatorsOnly> }
}

#[component]
fn Mails() -> impl IntoView {
    let (state, cursor) = (use_query("state"), use_query("cursor"));
    let query = Memo::new(move |_| MailQuery { state: state.get(), cursor: cursor.get() });
    let mails = Resource::new(move || query.get(), operator_mails);
    let services = Resource::new(|| (), |()| operator_services());
    keep_current(mails);
    refetch_after_actions(mails);
    let states = MailState::ALL.iter().map(|state| Choice::new(state.as_str(), mail_label(*state))).collect();
    view! {
        {loaded(services, |services: ServicesView| view! { <Server mail_server=services.mail_server/> })}
        <FilterBar><FilterSelect name="state" label="State" options=states/></FilterBar>
        {live_rows(mails, key_of, |mail| view! { <Row mail/> }, table, || {
            view! { <EmptyState title="No mails" text="What Hookreel writes to people is listed here as it happens."/> }.into_any()
        })}
    }
}

/// How mails leave, if they do.
#[component]
fn Server(mail_server: Option<String>) -> impl IntoView {
    match mail_server {
        Some(address) => view! {
            <p class="section-hint">"Mails are sent by "<code>{address}</code>". What is sent is not kept."</p>
        }
        .into_any(),
        None => view! {
            <Notice tone=Tone::Warn>
                <p>
                    <strong>"There is no mail server, so nobody gets these mails. "</strong>
                    "Open one to pass its link on by hand, or set "<code>"HOOKREEL_SMTP_URL"</code>
                    ". Links in mails work like a password: pass them only to whom they are for."
                </p>
            </Notice>
        }
        .into_any(),
    }
}

/// Everything about a row that changes.
fn key_of(mail: &MailView) -> String {
    format!("{}:{}:{}", mail.id, mail.state.as_str(), mail.tries)
}

fn table(rows: AnyView) -> AnyView {
    let columns = vec![
        Column::text("Mail"),
        Column::text("To"),
        Column::text("State"),
        Column::number("Tries"),
        Column::text("Error"),
        Column::text("Written"),
    ];
    view! { <DataTable caption="Mails" columns>{rows}</DataTable> }.into_any()
}

#[component]
fn Row(mail: MailView) -> impl IntoView {
    view! {
        <tr>
            <Cell label="Mail" main=true>
                <RowLink href=Path::OperatorMail(mail.id).to_string()>{kind_label(&mail.kind)}</RowLink>
            </Cell>
            <Cell label="To">
                <div class="stacked">
                    <span class="operator-address">{mail.recipient}</span>
                    <span class="cell-sub">{mail.tenant_name}</span>
                </div>
            </Cell>
            <Cell label="State"><Badge tone=mail_tone(mail.state)>{mail_label(mail.state)}</Badge></Cell>
            <Cell label="Tries" number=true>{mail.tries}</Cell>
            <Cell label="Error"><span class="operator-error">{mail.error}</span></Cell>
            <Cell label="Written"><RelativeTime at=mail.created_at/></Cell>
        </tr>
    }
}

/// One mail.
#[component]
pub fn OperatorMailPage() -> impl IntoView {
    view! { <OperatorsOnly><OneMail/></OperatorsOnly> }
}

#[component]
fn OneMail() -> impl IntoView {
    let id = use_id::<MailId>();
    let retry = ServerAction::<RetryMail>::new();
    let mail = Resource::new(move || id.get(), |id| async move { operator_mail(named(id, "Mail")?).await });
    keep_current(mail);
    loaded(mail, move |mail: MailDetail| {
        let MailDetail { row, content, can_be_sent } = mail;
        let fields = vec![("id", row.id.to_string())];
        let send = can_be_sent.then(|| {
            view! { <ActionButton action=retry fields kind=ButtonKind::Primary>"Send again"</ActionButton> }
        });
        let error = (!row.error.is_empty()).then(|| view! { <Fact label="Error" wide=true>{row.error.clone()}</Fact> });
        view! {
            <PageHeader
                title=kind_label(&row.kind)
                crumbs=vec![Crumb::new("Operator", Path::Operator), Crumb::new("Mails", Path::OperatorMails)]
                badge=view! { <Badge tone=mail_tone(row.state)>{mail_label(row.state)}</Badge> }.into_any()
            >
                {send}
            </PageHeader>
            <Facts>
                <Fact label="To">{row.recipient.clone()}</Fact>
                <Fact label="Tenant">{row.tenant_name.clone()}</Fact>
                <Fact label="Written"><RelativeTime at=row.created_at/></Fact>
                <Fact label="Tries">{row.tries}</Fact>
                {error}
            </Facts>
            <Content content state=row.state/>
        }
    })
}

/// The mail itself, or why it is not shown.
#[component]
fn Content(content: Option<MailContent>, state: MailState) -> impl IntoView {
    let Some(MailContent { subject, text, link }) = content else {
        let why = match state {
            MailState::Sent => "What was sent is not kept.",
            MailState::Queued => "It is on its way.",
            MailState::Failed | MailState::Shown => "What it says is not shown where a mail server is set up.",
        };
        return view! { <p class="muted">{why}</p> }.into_any();
    };
    view! {
        <Section title="Pass it on" hint="It works like a password. Give it only to whom the mail is for, and soon: such links do not work for long.">
            <CopyField label="Link" value=link/>
        </Section>
        <Section title=subject>
            <pre class="operator-mail" tabindex="0">{text}</pre>
        </Section>
    }
    .into_any()
}
