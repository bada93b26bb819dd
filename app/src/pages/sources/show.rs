//! One source: its URL, how it is doing, what came in by it, and how it is set up.

use super::SourceBadge;
use super::handshakes::Handshakes;
use super::health::{Health, Silence};
use super::quarantine::SourceQuarantine;
use super::recent::Recent;
use super::repository::{Missed, RepositoryTab};
use super::secret::{MissingSecret, OldSecrets, Rotation};
use super::senders::Senders;
use super::server::{
    DeleteSource, PauseSource, ResumeSource, SendSample, SourceAndProvider, get_source, recent_messages,
};
use super::settings::Settings;
use super::setup::{FirstWebhook, SetupSteps};
use super::signed_request::signed_request;
use crate::components::{
    ActionButton, ButtonKind, CancelLink, ConfirmDialog, ConfirmLink, CopyField, Crumb, FormActions, FormError, Hidden,
    NotFoundView, Notice, PageHeader, Section, ServerForm, Snippet, SubmitButton, Tab, TabLinks, TextField, Tone,
    counted, following, loaded,
};
use crate::live::{self, Topic};
use crate::pages::found::found;
use crate::query::{use_id, use_query};
use crate::routes::Path;
use hookreel_contract::source::ProviderView;
use hookreel_contract::views::SourceView;
use hookreel_kernel::SourceId;
use leptos::prelude::*;

/// The parts of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Traffic,
    Repository,
    Recover,
    Settings,
}

impl Part {
    const ALL: [Self; 4] = [Self::Traffic, Self::Repository, Self::Recover, Self::Settings];

    /// In the address.
    const fn name(self) -> &'static str {
        match self {
            Self::Traffic => "traffic",
            Self::Repository => "repository",
            Self::Recover => "recover",
            Self::Settings => "settings",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Traffic => "Traffic",
            Self::Repository => "Repository",
            Self::Recover => "Recover from GitHub",
            Self::Settings => "Settings",
        }
    }

    /// Whether a source has this part.
    fn is_there(self, source: &SourceView, has_repository: bool) -> bool {
        match self {
            Self::Traffic | Self::Settings => true,
            Self::Repository => has_repository,
            Self::Recover => source.repository.is_some(),
        }
    }

    fn of_address(text: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|part| Some(part.name()) == text).unwrap_or(Self::Traffic)
    }
}

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
    following(move || match id.get() {
        Some(id) => view! { <KnownSource id/> }.into_any(),
        None => view! { <NotFoundView what="Source"/> }.into_any(),
    })
}

#[component]
fn KnownSource(id: SourceId) -> impl IntoView {
    let tab = use_query("tab");
    let part = Memo::new(move |_| Part::of_address(tab.get().as_deref()));
    let actions = Actions { sample: ServerAction::new(), pause: ServerAction::new(), resume: ServerAction::new() };
    let waiting = RwSignal::new(false);
    let source = Resource::new(|| (), move |()| get_source(id));
    live::refetch_on(&[Topic::Message, Topic::Source], source);
    // What stands below is made once: live updates of the source must not touch what is being typed or read there.
    let opened = Resource::new(|| (), move |()| async move { found(get_source(id).await) });
    view! {
        {loaded(source, move |SourceAndProvider { source, provider, has_repository }| {
            view! { <Condition source provider has_repository part waiting actions/> }
        })}
        {loaded(opened, move |opened: Option<SourceAndProvider>| {
            opened.map(|opened| {
                following(move || {
                    let SourceAndProvider { source, provider, .. } = opened.clone();
                    let is_passed_on = source.repository.is_some();
                    match part.get() {
                        Part::Traffic => view! { <Traffic source provider/> }.into_any(),
                        Part::Repository => view! { <RepositoryTab id/> }.into_any(),
                        Part::Recover => view! { <Missed id/> }.into_any(),
                        Part::Settings => view! {
                            <Settings source=source.clone() provider=provider.clone()/>
                            {(provider.secret.kind != "none").then(|| view! { <Rotation id secret=provider.secret is_passed_on/> })}
                            <PlayYourself source/>
                        }
                        .into_any(),
                    }
                })
            })
        })}
    }
}

/// What changes while one looks.
#[component]
fn Condition(
    source: SourceView,
    provider: ProviderView,
    has_repository: bool,
    part: Memo<Part>,
    waiting: RwSignal<bool>,
    actions: Actions,
) -> impl IntoView {
    let (sends_to, url) = (format!("{} sends to", source.provider_name), source.url.clone());
    let missing = source.needs_secret.then(|| view! { <MissingSecret id=source.id secret=provider.secret/> });
    let now = source.clone();
    let health = move || {
        (part.get() == Part::Traffic).then(|| {
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
        <Tabs source=source.clone() has_repository part/>
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
fn Tabs(source: SourceView, has_repository: bool, part: Memo<Part>) -> impl IntoView {
    let address = |part: Part| match part {
        Part::Traffic => Path::Source(source.id).to_string(),
        part => Path::Source(source.id).with(&[("tab", part.name())]),
    };
    let there = Part::ALL.into_iter().filter(|part| part.is_there(&source, has_repository));
    let tabs =
        there.map(|part| Tab { name: part.name(), label: part.label().to_owned(), href: address(part) }).collect();
    let current = Signal::derive(move || part.get().name().to_owned());
    view! { <div class="source-tabs"><TabLinks tabs current/></div> }
}

#[component]
fn Traffic(source: SourceView, provider: ProviderView) -> impl IntoView {
    let id = source.id;
    let messages = Resource::new(|| (), move |()| async move { found(recent_messages(id).await) });
    live::refetch_on(&[Topic::Message, Topic::Delivery], messages);
    view! {
        <SetupSteps provider is_open=source.last_received_at.is_none()/>
        <Senders id/>
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
    let repository = Signal::stored(source.repository.clone());
    let lately = counted(source.accepted_24h, "request was", "requests were");
    view! {
        <ConfirmDialog name="delete" title=format!("Delete “{}”?", source.name)>
            <p>
                {format!("{lately} accepted in the last 24 hours. Its URL stops working for good; messages that came in stay.")}
            </p>
            {repository.get().map(|repository| view! {
                <p>
                    {format!("The webhook in {repository} stays at GitHub, and is answered 404 from then on. Disconnect the repository first to have it removed.")}
                </p>
            })}
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
