//! One source: its URL, how it is doing, what came in by it, and how it is set up.

use super::SourceBadge;
use super::handshakes::Handshakes;
use super::health::{Health, Silence};
use super::quarantine::SourceQuarantine;
use super::recent::Recent;
use super::secret::{MissingSecret, OldSecrets, Rotation};
use super::server::{
    DeleteSource, PauseSource, ResumeSource, SendSample, SourceAndProvider, get_source, recent_messages,
};
use super::settings::Settings;
use super::setup::{FirstWebhook, SetupSteps};
use super::signed_request::signed_request;
use crate::components::{
    ActionButton, ButtonKind, CancelLink, ConfirmDialog, ConfirmLink, CopyField, Crumb, FormActions, FormError, Hidden,
    NotFoundView, Notice, PageHeader, Section, ServerForm, Snippet, SubmitButton, Tab, TabLinks, TextField, Tone,
    counted, loaded,
};
use crate::live::{self, Topic};
use crate::pages::found::found;
use crate::query::{use_id, use_query};
use crate::routes::Path;
use hookreel_contract::source::ProviderView;
use hookreel_contract::views::SourceView;
use hookreel_kernel::SourceId;
use leptos::prelude::*;

const TRAFFIC: &str = "traffic";
const SETTINGS: &str = "settings";

/// What can be done with one click. Made once per page, so that a click in progress survives a refetch.
#[derive(Clone, Copy)]
struct Actions {
    sample: ServerAction<SendSample>,
    pause: ServerAction<PauseSource>,
    resume: ServerAction<ResumeSource>,
}

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
    let tab = use_query("tab");
    let is_settings = Memo::new(move |_| tab.get().as_deref() == Some(SETTINGS));
    let actions = Actions { sample: ServerAction::new(), pause: ServerAction::new(), resume: ServerAction::new() };
    let waiting = RwSignal::new(false);
    let source = Resource::new(|| (), move |()| get_source(id));
    live::refetch_on(&[Topic::Message, Topic::Source], source);
    // What stands below is made once: live updates of the source must not touch what is being typed or read there.
    let opened = Resource::new(|| (), move |()| async move { found(get_source(id).await) });
    view! {
        {loaded(source, move |SourceAndProvider { source, provider }| {
            view! { <Condition source provider is_settings waiting actions/> }
        })}
        {loaded(opened, move |opened: Option<SourceAndProvider>| {
            opened.map(|opened| {
                move || {
                    let SourceAndProvider { source, provider } = opened.clone();
                    if is_settings.get() {
                        view! {
                            <Settings source=source.clone() provider=provider.clone()/>
                            {(provider.secret.kind != "none").then(|| view! { <Rotation id secret=provider.secret/> })}
                            <PlayYourself source/>
                        }
                        .into_any()
                    } else {
                        view! { <Traffic source provider/> }.into_any()
                    }
                }
            })
        })}
    }
}

/// What changes while one looks.
#[component]
fn Condition(
    source: SourceView,
    provider: ProviderView,
    is_settings: Memo<bool>,
    waiting: RwSignal<bool>,
    actions: Actions,
) -> impl IntoView {
    let (sends_to, url) = (format!("{} sends to", source.provider_name), source.url.clone());
    let missing = source.needs_secret.then(|| view! { <MissingSecret id=source.id secret=provider.secret/> });
    let now = source.clone();
    let health = move || {
        (!is_settings.get()).then(|| {
            let source = now.clone();
            view! {
                <FirstWebhook source=source.clone() waiting/>
                <Health source/>
            }
        })
    };
    view! {
        <Head source=source.clone() can_be_played=provider.can_be_played actions/>
        <Paused is_paused=source.is_paused/>
        {missing}
        <OldSecrets id=source.id until=source.old_secrets_valid_until/>
        <Silence source=source.clone()/>
        <Section title="URL"><CopyField label=sends_to value=url/></Section>
        <Tabs id=source.id is_settings/>
        {health}
        <DeleteQuestion source/>
    }
}

#[component]
fn Head(source: SourceView, can_be_played: bool, actions: Actions) -> impl IntoView {
    let fields = vec![("id", source.id.to_string())];
    let badge = view! { <SourceBadge source=source.clone()/> }.into_any();
    let switch = if source.is_paused {
        view! { <ActionButton action=actions.resume fields=fields.clone() kind=ButtonKind::Primary>"Resume"</ActionButton> }
            .into_any()
    } else {
        view! { <ActionButton action=actions.pause fields=fields.clone() kind=ButtonKind::Secondary>"Pause"</ActionButton> }
            .into_any()
    };
    // Without a secret there is nothing to sign with, and some providers sign with one that only they have.
    let sample = (can_be_played && source.secrets > 0).then(|| {
        view! { <ActionButton action=actions.sample fields kind=ButtonKind::Secondary>"Send a signed sample"</ActionButton> }
    });
    view! {
        <PageHeader title=source.name crumbs=vec![Crumb::new("Sources", Path::Sources)] badge=badge>
            {sample}
            {switch}
            <ConfirmLink name="delete">"Delete"</ConfirmLink>
        </PageHeader>
    }
}

#[component]
fn Paused(is_paused: bool) -> impl IntoView {
    is_paused.then(|| {
        view! {
            <Notice tone=Tone::Warn>
                <p>
                    <strong>"Paused. "</strong>
                    "What comes in is kept in quarantine, and nothing of it is delivered. Resume, and release what has come meanwhile."
                </p>
            </Notice>
        }
    })
}

#[component]
fn Tabs(id: SourceId, is_settings: Memo<bool>) -> impl IntoView {
    let tabs = vec![
        Tab { name: TRAFFIC, label: "Traffic".to_owned(), href: Path::Source(id).to_string() },
        Tab { name: SETTINGS, label: "Settings".to_owned(), href: Path::Source(id).with(&[("tab", SETTINGS)]) },
    ];
    let current = Signal::derive(move || if is_settings.get() { SETTINGS } else { TRAFFIC }.to_owned());
    view! { <div class="source-tabs"><TabLinks tabs current/></div> }
}

#[component]
fn Traffic(source: SourceView, provider: ProviderView) -> impl IntoView {
    let id = source.id;
    let messages = Resource::new(|| (), move |()| async move { found(recent_messages(id).await) });
    live::refetch_on(&[Topic::Message, Topic::Delivery], messages);
    view! {
        <SetupSteps provider is_open=source.last_received_at.is_none()/>
        <SourceQuarantine id/>
        {loaded(messages, move |messages| view! { <Recent id messages/> })}
        <Handshakes id/>
    }
}

/// For those who want to see every step of it.
#[component]
fn PlayYourself(source: SourceView) -> impl IntoView {
    signed_request(&source).map(|code| {
        view! {
            <details class="fold">
                <summary>"Send a signed request yourself"</summary>
                <p class="section-hint">"Put the signing secret in place of SECRET. It needs a shell with curl and openssl."</p>
                <Snippet title="Shell" code/>
            </details>
        }
    })
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
