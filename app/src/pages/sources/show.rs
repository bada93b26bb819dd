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
    counted, following, loaded, loaded_in_parts, part,
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

    /// The parts that a source has.
    fn all_of(source: &SourceView, has_repository: bool) -> Vec<Self> {
        Self::ALL.into_iter().filter(|part| part.is_there(source, has_repository)).collect()
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
    let shown = Memo::new(move |_| Part::of_address(tab.get().as_deref()));
    let actions = Actions { sample: ServerAction::new(), pause: ServerAction::new(), resume: ServerAction::new() };
    let waiting = RwSignal::new(false);
    let source = Resource::new(|| (), move |()| get_source(id));
    live::refetch_on(&[Topic::Message, Topic::Source], source);
    // What stands below is made once: live updates of the source must not touch what is being typed or read there.
    let opened = Resource::new(|| (), move |()| async move { found(get_source(id).await) });
    view! {
        {loaded_in_parts(source, move |found| view! { <Condition found shown waiting actions/> })}
        {loaded(opened, move |opened: Option<SourceAndProvider>| {
            opened.map(|opened| {
                following(move || {
                    let SourceAndProvider { source, provider, .. } = opened.clone();
                    let is_passed_on = source.repository.is_some();
                    match shown.get() {
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

/// What changes while one looks. Each part is drawn anew only when it has changed: what comes in meanwhile takes back
/// nothing that is being typed into a form of another.
#[component]
fn Condition(
    found: Memo<SourceAndProvider>,
    shown: Memo<Part>,
    waiting: RwSignal<bool>,
    actions: Actions,
) -> impl IntoView {
    let accepted_24h = Signal::derive(move || found.with(|found| found.source.accepted_24h));
    view! {
        {part(
            found,
            |found| (found.source.clone(), found.provider.can_be_played),
            move |(source, can_be_played)| view! { <Head source can_be_played actions/> },
        )}
        {part(found, |found| found.source.is_paused, |is_paused| view! { <Paused is_paused/> })}
        {part(
            found,
            |found| found.source.needs_secret.then(|| (found.source.id, found.provider.secret.clone())),
            |missing| missing.map(|(id, secret)| view! { <MissingSecret id secret/> }),
        )}
        {part(
            found,
            |found| (found.source.id, found.source.old_secrets_valid_until),
            |(id, until)| view! { <OldSecrets id until/> },
        )}
        {part(found, |found| found.source.clone(), |source| view! { <Silence source/> })}
        {part(
            found,
            |found| (format!("{} sends to", found.source.provider_name), found.source.url.clone()),
            |(label, value)| view! { <Section title="URL"><CopyField label value/></Section> },
        )}
        {part(
            found,
            |found| (found.source.id, Part::all_of(&found.source, found.has_repository)),
            move |(id, there)| view! { <Tabs id there shown/> },
        )}
        {part(found, |found| found.source.clone(), move |source| {
            (shown.get() == Part::Traffic).then(|| {
                view! {
                    <FirstWebhook source=source.clone() waiting/>
                    <Health source/>
                }
            })
        })}
        {part(
            found,
            |found| (found.source.id, found.source.name.clone(), found.source.repository.clone()),
            move |(id, name, repository)| view! { <DeleteQuestion id name repository accepted_24h/> },
        )}
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
    let only_itself = (!can_be_played).then(|| {
        let name = &source.provider_name;
        let text = format!(
            "No sample can be sent from here: only {name} has the key that its webhooks are signed with. Let it send a test of its own."
        );
        view! { <p class="muted">{text}</p> }
    });
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
        {only_itself}
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
fn Tabs(id: SourceId, there: Vec<Part>, shown: Memo<Part>) -> impl IntoView {
    let address = |part: Part| match part {
        Part::Traffic => Path::Source(id).to_string(),
        part => Path::Source(id).with(&[("tab", part.name())]),
    };
    let tabs = there
        .into_iter()
        .map(|part| Tab { name: part.name(), label: part.label().to_owned(), href: address(part) })
        .collect();
    let current = Signal::derive(move || shown.get().name().to_owned());
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
fn DeleteQuestion(id: SourceId, name: String, repository: Option<String>, accepted_24h: Signal<u64>) -> impl IntoView {
    let delete = ServerAction::<DeleteSource>::new();
    let title = format!("Delete “{name}”?");
    let (id, name, repository) = (Signal::stored(id.to_string()), Signal::stored(name), Signal::stored(repository));
    let loss = move || {
        let lately = counted(accepted_24h.get(), "request was", "requests were");
        format!("{lately} accepted in the last 24 hours. Its URL stops working for good; messages that came in stay.")
    };
    view! {
        <ConfirmDialog name="delete" title>
            <p>{loss}</p>
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
