//! One source: its URL, its secret, what came in by it.

use super::SourceBadge;
use super::guide::guide_of;
use super::server::{DeleteSource, RotateSourceSecret, SetSourceSecret, get_source, recent_messages};
use super::signed_request::signed_request;
use crate::components::{
    ButtonKind, CancelLink, Cell, Column, ConfirmDialog, ConfirmLink, CopyField, CopyableId, Crumb, DataTable,
    EmptyState, Fact, Facts, FormActions, FormError, Hidden, LinkButton, MessageBadge, NotFoundView, Notice,
    PageHeader, RelativeTime, RowLink, Section, ServerForm, Snippet, SubmitButton, TextField, Tone, counted, grouped,
    loaded,
};
use crate::live::{self, Topic};
use crate::pages::found::found;
use crate::query::use_id;
use crate::routes::Path;
use hookreel_contract::views::{MessageRow, SourceView};
use hookreel_kernel::SourceId;
use leptos::prelude::*;

/// One source.
#[component]
pub fn SourcePage() -> impl IntoView {
    let id = use_id::<SourceId>();
    move || match id.get() {
        Some(id) => view! { <KnownSource id/> }.into_any(),
        None => view! { <NotFoundView what="Source"/> }.into_any(),
    }
}

#[component]
fn KnownSource(id: SourceId) -> impl IntoView {
    let source = Resource::new(|| (), move |()| get_source(id));
    let messages = Resource::new(|| (), move |()| async move { found(recent_messages(id).await) });
    live::refetch_on(&[Topic::Message], source);
    live::refetch_on(&[Topic::Message], messages);
    view! {
        {loaded(source, move |source| view! { <Configuration source/> })}
        {loaded(messages, move |messages| view! { <Recent id messages/> })}
    }
}

#[component]
fn Configuration(source: SourceView) -> impl IntoView {
    let guide = guide_of(&source.provider);
    let badge = view! { <SourceBadge source=source.clone()/> }.into_any();
    let sample = signed_request(&source);
    let (sends_to, url) = (format!("{} sends to", source.provider_name), source.url.clone());
    let missing = (source.secrets == 0).then(|| view! { <MissingSecret source=source.clone()/> });
    let rotation = (source.secrets > 0).then(|| view! { <Rotation source=source.clone()/> });
    view! {
        <PageHeader title=source.name.clone() crumbs=vec![Crumb::new("Sources", Path::Sources)] badge=badge>
            <ConfirmLink name="delete">"Delete"</ConfirmLink>
        </PageHeader>
        {missing}
        <Section title="URL">
            <CopyField label=sends_to value=url hint=guide.where_the_url_goes/>
        </Section>
        <Details source=source.clone()/>
        {rotation}
        <details class="fold">
            <summary>"Send a signed request yourself"</summary>
            <p class="section-hint">"Put the signing secret in place of SECRET. It needs a shell with curl and openssl."</p>
            <Snippet title="Shell" code=sample/>
        </details>
        <DeleteQuestion source/>
    }
}

/// Without a secret nothing can be verified, so this comes first.
#[component]
fn MissingSecret(source: SourceView) -> impl IntoView {
    let set = ServerAction::<SetSourceSecret>::new();
    let guide = guide_of(&source.provider);
    view! {
        <Notice tone=Tone::Warn>
            <p><strong>"No signing secret yet."</strong> " Until there is one, every request is refused and quarantined."</p>
            <ServerForm action=set class="form form-row" reset=true>
                <Hidden name="id" value=source.id.to_string()/>
                <TextField
                    name="secret"
                    label="Signing secret"
                    placeholder=guide.secret_looks_like
                    hint=guide.where_the_secret_is
                    autocomplete="off"
                    required=true
                    mono=true
                />
                <FormActions><SubmitButton>"Save secret"</SubmitButton></FormActions>
                <FormError/>
            </ServerForm>
        </Notice>
    }
}

#[component]
fn Details(source: SourceView) -> impl IntoView {
    let generic = source.generic.map(|generic| {
        let signature = format!("{}: {}… ({})", generic.header, generic.prefix, generic.encoding);
        view! {
            <Fact label="Signature"><code>{signature}</code></Fact>
            {generic.event_id_header.map(|name| view! { <Fact label="Event id header"><code>{name}</code></Fact> })}
            {generic.event_type_header.map(|name| view! { <Fact label="Event type header"><code>{name}</code></Fact> })}
        }
    });
    let quarantined = Path::Messages.with(&[("source", &source.id.to_string()), ("state", "quarantined")]);
    view! {
        <Section title="Details">
            <Facts>
                <Fact label="Provider">{source.provider_name}</Fact>
                <Fact label="Id"><CopyableId id=source.id.to_string()/></Fact>
                <Fact label="Valid secrets">{grouped(u64::from(source.secrets))}</Fact>
                <Fact label="Accepted, 24 h">{grouped(source.accepted_24h)}</Fact>
                <Fact label="Quarantined, 24 h"><a href=quarantined>{grouped(source.quarantined_24h)}</a></Fact>
                <Fact label="Created"><RelativeTime at=source.created_at/></Fact>
                {generic}
            </Facts>
        </Section>
    }
}

#[component]
fn Rotation(source: SourceView) -> impl IntoView {
    let rotate = ServerAction::<RotateSourceSecret>::new();
    let replace = ServerAction::<SetSourceSecret>::new();
    let looks_like = guide_of(&source.provider).secret_looks_like;
    let id = Signal::stored(source.id.to_string());
    view! {
        <details class="fold">
            <summary>"Change the signing secret"</summary>
            <ServerForm action=rotate class="form form-row" reset=true>
                <Hidden name="id" value=id/>
                <TextField
                    name="secret"
                    label="New secret"
                    placeholder=looks_like
                    hint="The old one stays valid for 24 hours, so that nothing is refused while you change it at the provider."
                    autocomplete="off"
                    required=true
                    mono=true
                />
                <FormActions><SubmitButton kind=ButtonKind::Secondary>"Rotate secret"</SubmitButton></FormActions>
                <FormError/>
            </ServerForm>
            <ServerForm action=replace class="form form-row" reset=true>
                <Hidden name="id" value=id/>
                <TextField
                    name="secret"
                    label="Replacement"
                    placeholder=looks_like
                    hint="The old one stops working at once: for a secret that has leaked."
                    autocomplete="off"
                    required=true
                    mono=true
                />
                <FormActions><SubmitButton kind=ButtonKind::Danger>"Replace at once"</SubmitButton></FormActions>
                <FormError/>
            </ServerForm>
        </details>
    }
}

#[component]
fn DeleteQuestion(source: SourceView) -> impl IntoView {
    let delete = ServerAction::<DeleteSource>::new();
    let (id, name) = (Signal::stored(source.id.to_string()), Signal::stored(source.name.clone()));
    let lately = counted(source.accepted_24h, "request was", "requests were");
    view! {
        <ConfirmDialog name="delete" title=format!("Delete “{}”?", source.name)>
            <p>
                {format!("{lately} accepted in the last 24 hours. Its URL stops working for good; messages that came in stay.")}
            </p>
            <ServerForm action=delete>
                <Hidden name="id" value=id/>
                <TextField name="typed_name" label=format!("Type “{}” to confirm", name.read()) autocomplete="off" required=true/>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Delete source"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}

#[component]
fn Recent(id: SourceId, messages: Option<Vec<MessageRow>>) -> impl IntoView {
    let Some(messages) = messages else { return ().into_any() };
    if messages.is_empty() {
        return view! {
            <Section title="Recent messages">
                <EmptyState
                    title="Nothing has come in yet"
                    text="As soon as the provider sends its first request, it appears here: verified, or refused with the reason."
                />
            </Section>
        }
        .into_any();
    }
    let all = Path::Messages.with(&[("source", &id.to_string())]);
    let actions =
        view! { <LinkButton href=all kind=ButtonKind::Secondary small=true>"All messages"</LinkButton> }.into_any();
    let rows = messages.into_iter().map(|message| view! { <RecentRow message/> }).collect_view();
    let columns =
        vec![Column::text("Event type"), Column::text("State"), Column::text("Deliveries"), Column::text("Received")];
    view! {
        <Section title="Recent messages" actions=actions>
            <DataTable caption="Recent messages" columns>{rows}</DataTable>
        </Section>
    }
    .into_any()
}

#[component]
fn RecentRow(message: MessageRow) -> impl IntoView {
    let counts = message.deliveries;
    let outcome = match message.refusal {
        Some(refusal) => refusal,
        None => format!("{} succeeded, {} waiting, {} failed", counts.succeeded, counts.waiting, counts.failed),
    };
    view! {
        <tr>
            <Cell label="Event type" main=true><RowLink href=Path::Message(message.id)>{message.event_type}</RowLink></Cell>
            <Cell label="State"><MessageBadge state=message.state/></Cell>
            <Cell label="Deliveries">{outcome}</Cell>
            <Cell label="Received"><RelativeTime at=message.received_at/></Cell>
        </tr>
    }
}
