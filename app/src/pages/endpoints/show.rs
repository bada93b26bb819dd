//! One endpoint: how it is doing, what is sent to it, and how it is configured.

use super::configuration::Configuration;
use super::danger::DangerZone;
use super::secret::SigningSecret;
use super::server::{
    DisableEndpoint, EnableEndpoint, PauseEndpoint, ResumeEndpoint, SendTestMessage, UpdateEndpoint, get_endpoint,
};
use super::text::{wanted, without_scheme};
use super::traffic::{Numbers, Traffic};
use crate::components::{
    ActionButton, ButtonKind, CancelLink, ConfirmDialog, ConfirmLink, Count, Crumb, EndpointBadge, Notice, PageHeader,
    RelativeTime, Tab, TabLinks, Tone, following, loaded,
};
use crate::live::{self, Topic};
use crate::pages::found::{found, named};
use crate::query::{use_id, use_query};
use crate::routes::Path;
use hookreel_contract::views::{BreakerState, EndpointState, EndpointView};
use hookreel_kernel::{EndpointId, masked_url};
use leptos::prelude::*;

const TRAFFIC: &str = "traffic";
const CONFIGURATION: &str = "configuration";

/// What can be done with one click. Made once per page, so that a click in progress survives a refetch.
#[derive(Clone, Copy)]
struct Actions {
    test: ServerAction<SendTestMessage>,
    pause: ServerAction<PauseEndpoint>,
    resume: ServerAction<ResumeEndpoint>,
    enable: ServerAction<EnableEndpoint>,
    disable: ServerAction<DisableEndpoint>,
}

impl Actions {
    fn new() -> Self {
        Self {
            test: ServerAction::new(),
            pause: ServerAction::new(),
            resume: ServerAction::new(),
            enable: ServerAction::new(),
            disable: ServerAction::new(),
        }
    }
}

/// One endpoint, live.
#[component]
pub fn EndpointPage() -> impl IntoView {
    let id = use_id::<EndpointId>();
    let tab = use_query("tab");
    let actions = Actions::new();
    let update = ServerAction::<UpdateEndpoint>::new();
    let is_configuration = Memo::new(move |_| tab.get().as_deref() == Some(CONFIGURATION));
    let endpoint = Resource::new(move || id.get(), |id| async move { get_endpoint(named(id, "Endpoint")?).await });
    // A delivery that is held has nothing to tell by itself: its message has.
    live::refetch_on(&[Topic::Endpoint, Topic::Delivery, Topic::Message], endpoint);
    // What stands below is made once: live updates of the endpoint must not touch what is being typed or read there.
    let opened = Resource::new(
        move || id.get(),
        |id| async move { found(async { get_endpoint(named(id, "Endpoint")?).await }.await) },
    );

    view! {
        {loaded(endpoint, move |endpoint: EndpointView| {
            view! {
                <Head endpoint=endpoint.clone() actions/>
                <Condition endpoint=endpoint.clone()/>
                <Tabs id=endpoint.id is_configuration/>
                {move || (!is_configuration.get()).then(|| view! { <Numbers stats=endpoint.stats/> })}
            }
        })}
        {loaded(opened, move |endpoint: Option<EndpointView>| {
            endpoint.map(|endpoint| {
                following(move || {
                    let endpoint = endpoint.clone();
                    if is_configuration.get() {
                        view! {
                            <Configuration endpoint=endpoint.clone() update/>
                            <SigningSecret id=endpoint.id/>
                            <DangerZone endpoint/>
                        }
                        .into_any()
                    } else {
                        view! { <Traffic id=endpoint.id/> }.into_any()
                    }
                })
            })
        })}
    }
}

#[component]
fn Head(endpoint: EndpointView, actions: Actions) -> impl IntoView {
    let fields = vec![("id", endpoint.id.to_string())];
    let switch = match endpoint.state {
        EndpointState::Enabled => view! {
            <ActionButton action=actions.pause fields=fields.clone() kind=ButtonKind::Secondary>"Pause"</ActionButton>
            <ConfirmLink name="disable">"Disable…"</ConfirmLink>
        }
        .into_any(),
        EndpointState::Paused => view! {
            <ActionButton action=actions.resume fields=fields.clone() kind=ButtonKind::Primary>"Resume"</ActionButton>
            <ConfirmLink name="disable">"Disable…"</ConfirmLink>
        }
        .into_any(),
        EndpointState::Disabled => view! {
            <ActionButton action=actions.enable fields=fields.clone() kind=ButtonKind::Primary>"Enable"</ActionButton>
        }
        .into_any(),
    };
    let test_kind = if endpoint.state == EndpointState::Enabled { ButtonKind::Primary } else { ButtonKind::Secondary };
    let test = (endpoint.state != EndpointState::Disabled).then(|| {
        view! { <ActionButton action=actions.test fields kind=test_kind>"Send test event"</ActionButton> }
    });
    let types = wanted(endpoint.filter_types.as_deref());
    let lead = match (endpoint.description.as_str(), &endpoint.filter_types) {
        ("", None) => "Every event type".to_owned(),
        ("", Some(_)) => format!("Only {types}"),
        (description, None) => format!("{description} · every event type"),
        (description, Some(_)) => format!("{description} · only {types}"),
    };
    view! {
        <PageHeader
            mono=true
            title=masked_url(without_scheme(&endpoint.url)).into_owned()
            lead=lead
            crumbs=vec![Crumb::new("Endpoints", Path::Endpoints)]
            badge=view! { <EndpointBadge state=endpoint.state breaker=endpoint.breaker/> }.into_any()
        >
            {switch}
            {test}
        </PageHeader>
        {(endpoint.state != EndpointState::Disabled).then(|| view! { <DisableQuestion endpoint actions/> })}
    }
}

/// Disabling gives up what waits, so it says how much that is, and offers what loses nothing.
#[component]
fn DisableQuestion(endpoint: EndpointView, actions: Actions) -> impl IntoView {
    let fields = StoredValue::new(vec![("id", endpoint.id.to_string())]);
    let waiting = endpoint.stats.waiting;
    let is_paused = endpoint.state == EndpointState::Paused;
    view! {
        <ConfirmDialog name="disable" title="Disable this endpoint?">
            <p>
                {match waiting {
                    0 => "Nothing waits for it now.".into_any(),
                    _ => view! {
                        <strong><Count n=waiting noun="waiting delivery is" plural="waiting deliveries are"/>" cancelled."</strong>
                    }
                    .into_any(),
                }}
                " Nothing more is sent to it until you enable it again; what comes in meanwhile can be sent by a replay."
            </p>
            {(!is_paused).then(|| view! { <p>"To hold deliveries without losing any, pause it instead."</p> })}
            <div class="form-actions">
                <ActionButton action=actions.disable fields=fields.get_value() kind=ButtonKind::Danger>
                    "Disable endpoint"
                </ActionButton>
                {(!is_paused).then(|| view! {
                    <ActionButton action=actions.pause fields=fields.get_value() kind=ButtonKind::Secondary>
                        "Pause instead"
                    </ActionButton>
                })}
                <CancelLink/>
            </div>
        </ConfirmDialog>
    }
}

/// Why nothing is sent, if nothing is.
#[component]
fn Condition(endpoint: EndpointView) -> impl IntoView {
    let waiting = endpoint.stats.waiting;
    match (endpoint.state, endpoint.breaker) {
        (EndpointState::Disabled, _) => {
            let reason = endpoint.disabled_reason.clone().unwrap_or_else(|| "No reason was given.".to_owned());
            view! {
                <Notice tone=Tone::Bad>
                    <p>
                        <strong>"Disabled. "</strong>
                        {reason}
                        " No deliveries are made to it, and those that waited were cancelled. Enable it, and a "
                        <a href=Path::NewReplay.with(&[("endpoint", &endpoint.id.to_string())])>"replay"</a>
                        " sends what it missed."
                    </p>
                </Notice>
            }
            .into_any()
        }
        (EndpointState::Paused, _) => view! {
            <Notice tone=Tone::Warn>
                <p>
                    <strong>"Paused. "</strong>
                    <Count n=waiting noun="delivery is" plural="deliveries are"/>
                    " held. Resume the endpoint and they go out."
                </p>
            </Notice>
        }
        .into_any(),
        (EndpointState::Enabled, BreakerState::Closed) => ().into_any(),
        (EndpointState::Enabled, BreakerState::Open | BreakerState::HalfOpen) => {
            let probe = endpoint.breaker_probe_at.map(|at| {
                view! { " The next attempt is made " <RelativeTime at/> "." }
            });
            view! {
                <Notice tone=Tone::Warn>
                    <p>
                        <strong>"Too many failures in a row. "</strong>
                        "Hookreel waits before it sends more, so as not to make things worse."
                        {probe}
                        " Nothing is lost: "
                        <Count n=waiting noun="delivery is" plural="deliveries are"/>
                        " waiting."
                    </p>
                </Notice>
            }
            .into_any()
        }
    }
}

#[component]
fn Tabs(id: EndpointId, is_configuration: Memo<bool>) -> impl IntoView {
    let tabs = vec![
        Tab { name: TRAFFIC, label: "Deliveries".to_owned(), href: Path::Endpoint(id).to_string() },
        Tab {
            name: CONFIGURATION,
            label: "Configuration".to_owned(),
            href: Path::Endpoint(id).with(&[("tab", CONFIGURATION)]),
        },
    ];
    let current = Signal::derive(move || if is_configuration.get() { CONFIGURATION } else { TRAFFIC }.to_owned());
    view! { <div class="endpoint-tabs"><TabLinks tabs current/></div> }
}
