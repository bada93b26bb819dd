//! Every component in every state: what one looks at when changing how things look. Development only.

mod samples;

use crate::components::{
    AttemptItem, Badge, ButtonKind, Bytes, CancelLink, Card, CardChoice, Cell, CheckField, Choice, Column,
    ConfirmDialog, ConfirmLink, CopyField, CopyableId, Count, DataTable, DeliveryBadge, DeliveryChart, EmptyState,
    EndpointBadge, ErrorView, Fact, Facts, FilterBar, FilterSelect, FilterText, FilterTime, FlaggedBadge, FormActions,
    FormError, HeaderTable, LatencyChart, LinkButton, MessageBadge, Millis, NotFoundView, Notice, PageHeader,
    Pagination, PayloadViewer, Progress, ProviderMark, RadioCards, RelativeTime, ReplayBadge, RowLink, Section,
    SelectField, ServerForm, Skeleton, Snippet, SnippetTabs, Sparkline, StatRow, StatTile, StatusCode, Steps,
    SubmitButton, Tab, TabLinks, TextArea, TextField, ThemeSwitch, Timeline, TimelineItem, Tone, UsageChart,
    UsageSumChart, ValidationBadge, VerdictBadge,
};
use crate::error::AppError;
use crate::forms::{Refusals, RefusedForm};
use crate::pages::not_found::NotFoundPage;
use crate::theme::SetTheme;
use hookreel_contract::views::{BreakerState, DeliveryState, EndpointState, MessageState};
use hookreel_contract::{ApiError, Cursor};
use hookreel_kernel::{FailureReason, SchemaFault, Validation};
use leptos::context::Provider;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Every component in every state.
#[component]
pub fn DevComponentsPage() -> impl IntoView {
    let is_shown = SharedValue::new(|| {
        #[cfg(feature = "ssr")]
        {
            crate::server::is_development()
        }
        #[cfg(not(feature = "ssr"))]
        {
            true
        }
    });
    if is_shown.into_inner() {
        view! { <main class="content dev-components"><Gallery/></main> }.into_any()
    } else {
        view! { <NotFoundPage/> }.into_any()
    }
}

#[component]
fn Gallery() -> impl IntoView {
    view! {
        <PageHeader title="Components" lead="Every component in every state." badge=view! { <Badge tone=Tone::Info>"Development"</Badge> }.into_any()>
            <ThemeSwitch/>
        </PageHeader>
        {buttons().into_any()}
        {badges().into_any()}
        {forms().into_any()}
        {amounts().into_any()}
        {tables().into_any()}
        {charts().into_any()}
        {payloads().into_any()}
        {timelines().into_any()}
        {remarks().into_any()}
        {is_found()}
    }
}

/// The samples include things that are not there; the page itself is.
fn is_found() {
    #[cfg(feature = "ssr")]
    crate::server::set_page_status(200);
}

fn buttons() -> impl IntoView {
    let row = |small: bool| {
        [ButtonKind::Primary, ButtonKind::Secondary, ButtonKind::Quiet, ButtonKind::Danger]
            .map(|kind| {
                view! {
                    <LinkButton href="/dev/components".to_owned() kind small>"Link"</LinkButton>
                    <button type="button" class=kind.class(small)>{format!("{kind:?}")}</button>
                    <button type="button" class=kind.class(small) disabled=true aria-busy="true">"Busy"</button>
                }
            })
            .into_iter()
            .collect_view()
    };
    view! {
        <Section title="Buttons" hint="One primary a page.">
            <div class="dev-row">{row(false)}</div>
            <div class="dev-row">{row(true)}</div>
            <div class="dev-row">
                <ConfirmLink name="sample">"Ask first"</ConfirmLink>
                <ConfirmDialog name="sample" title="Delete billing.example.com?">
                    <p>"1,204 deliveries were made to it in the last 24 hours. Deliveries that wait are cancelled."</p>
                    <FormActions>
                        <button type="button" class=ButtonKind::Danger.class(false)>"Delete endpoint"</button>
                        <CancelLink/>
                    </FormActions>
                </ConfirmDialog>
            </div>
        </Section>
    }
}

fn badges() -> impl IntoView {
    let deliveries = DeliveryState::ALL.iter().map(|state| view! { <DeliveryBadge state=*state/> }).collect_view();
    let endpoints = [
        (EndpointState::Enabled, BreakerState::Closed),
        (EndpointState::Enabled, BreakerState::HalfOpen),
        (EndpointState::Enabled, BreakerState::Open),
        (EndpointState::Paused, BreakerState::Closed),
        (EndpointState::Disabled, BreakerState::Closed),
    ]
    .map(|(state, breaker)| view! { <EndpointBadge state breaker/> })
    .into_iter()
    .collect_view();
    view! {
        <Section title="States" hint="A word and a shape beside the colour.">
            <div class="dev-row">{deliveries}</div>
            <div class="dev-row">{endpoints}</div>
            <div class="dev-row">
                <MessageBadge state=MessageState::Accepted/>
                <MessageBadge state=MessageState::Quarantined/>
                <MessageBadge state=MessageState::Duplicate/>
                <FlaggedBadge faults=vec![SchemaFault::new("/amount", "is required")]/>
                {Validation::ALL.map(|validation| view! { <ValidationBadge validation/> }).into_iter().collect_view()}
                <VerdictBadge verdict="verified"/>
                <VerdictBadge verdict="authenticated"/>
                <VerdictBadge verdict="failed"/>
                <VerdictBadge verdict="unattempted"/>
                <ReplayBadge state="running"/>
                <ReplayBadge state="finished"/>
                <ReplayBadge state="cancelled"/>
            </div>
            <div class="dev-row">
                <StatusCode status=Some(204)/>
                <StatusCode status=Some(503) failure=Some(FailureReason::Status)/>
                <StatusCode status=None failure=Some(FailureReason::DnsLookupFailed)/>
                <StatusCode status=None/>
            </div>
        </Section>
    }
}

fn forms() -> impl IntoView {
    let error = AppError::field("url", "must start with https:// or http://");
    let values = [("url", "ftp://example.com"), ("provider", "github")];
    let refused = RefusedForm {
        path: <SetTheme as ServerFn>::PATH.to_owned(),
        error,
        values: values.map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into(),
    };
    let send = ServerAction::<SetTheme>::new();
    let cards = vec![
        CardChoice::new("stripe", "Stripe", "Signed with Stripe-Signature"),
        CardChoice::new("github", "GitHub", "Signed with X-Hub-Signature-256"),
        CardChoice::new("generic_hmac", "Generic HMAC-SHA256", "A header with an HMAC-SHA256 of the body"),
    ];
    view! {
        <Section title="Forms" hint="As it comes back when a field was refused. Send it again to see a refusal of the whole form.">
            <Provider value=Refusals::with(refused)>
            <ServerForm action=send>
                <RadioCards name="provider" legend="Who sends?" options=cards value="stripe"/>
                <TextField name="url" label="URL" kind="url" placeholder="https://example.com/webhooks" hint="Messages are sent here by POST." required=true mono=true/>
                <TextArea name="headers" label="Headers" placeholder="Authorization: Bearer …" hint="One a line." mono=true/>
                <SelectField name="scheme" label="Signature" options=vec![Choice::new("standard", "Standard Webhooks"), Choice::new("svix", "Svix")]/>
                <CheckField name="disabled" label="Start disabled" hint="No deliveries are made until you enable it."/>
                <FormError/>
                <FormActions><SubmitButton>"Send"</SubmitButton></FormActions>
            </ServerForm>
            </Provider>
        </Section>
        <Section title="Filters">
            <FilterBar>
                <FilterSelect name="state" label="State" options=vec![Choice::new("accepted", "Accepted"), Choice::new("quarantined", "Quarantined")]/>
                <FilterText name="type" label="Event type" placeholder="invoice.paid"/>
                <FilterTime name="since" label="From (UTC)"/>
            </FilterBar>
            <Pagination next=Some(Cursor("next".to_owned()))/>
            <TabLinks
                tabs=vec![
                    Tab { name: "a", label: "24 hours".to_owned(), href: "?hours=24".to_owned() },
                    Tab { name: "b", label: "7 days".to_owned(), href: "?hours=168".to_owned() },
                ]
                current="a"
            />
        </Section>
    }
}

fn amounts() -> impl IntoView {
    let now = crate::clock::now();
    let at = move |s: i64| now - time::Duration::seconds(s);
    view! {
        <Section title="Ids, times, amounts">
            <div class="dev-row">
                <CopyableId id="msg_01kavx3h7fe7z8m2g4n5p6q7r8"/>
                <RelativeTime at=at(2)/>
                <RelativeTime at=at(200)/>
                <RelativeTime at=at(90_000)/>
                <RelativeTime at=at(-3_700)/>
                <Millis ms=96/>
                <Millis ms=15_012/>
                <Bytes bytes=12_595/>
                <Count n=1_204 noun="delivery" plural="deliveries"/>
            </div>
            <CopyField label="Stripe sends to" value="https://hooks.example.com/in/5b1f0c9e7d3a4f2c8b6a1d0e9f8c7b6a" hint="In the Stripe dashboard, under Developers → Webhooks."/>
            <Facts>
                <Fact label="Provider">"Stripe"</Fact>
                <Fact label="Id"><CopyableId id="src_01kavx3h7fe7z8m2g4n5p6q7r8"/></Fact>
                <Fact label="Created"><RelativeTime at=at(7_200)/></Fact>
            </Facts>
            <StatRow>
                <StatTile label="Deliveries that arrived" value="99.2 %" tone=Tone::Ok/>
                <StatTile label="Messages accepted" value="12,408"/>
                <StatTile label="Messages quarantined" value="3" tone=Tone::Warn/>
                <StatTile label="Deliveries waiting" value="17" hint="2 to be retried"/>
            </StatRow>
            <Progress done=412 total=1_204 label="Replay"/>
            <div class="dev-row">
                <ProviderMark name="Stripe"/>
                <ProviderMark name="GitHub"/>
                <ProviderMark name="Amazon SNS"/>
                <ProviderMark name="Twilio" large=true/>
            </div>
            <Steps text="Open the provider's settings. Paste the URL. Copy the secret."/>
            <Snippet title="Shell" code="curl https://hooks.example.com/healthz"/>
            <SnippetTabs group="dev" snippets=vec![("curl", "curl https://example.com".to_owned()), ("Node", "fetch(\"https://example.com\")".to_owned())]/>
        </Section>
    }
}

fn tables() -> impl IntoView {
    let columns = vec![
        Column::text("Event type"),
        Column::text("State"),
        Column::text("Endpoint"),
        Column::number("Attempts"),
        Column::text("Last attempt"),
    ];
    let now = crate::clock::now();
    let rows = DeliveryState::ALL
        .iter()
        .enumerate()
        .map(move |(place, state)| {
            view! {
                <tr>
                    <Cell label="Event type" main=true><RowLink href="/dev/components">"invoice.payment_succeeded"</RowLink></Cell>
                    <Cell label="State"><DeliveryBadge state=*state/></Cell>
                    <Cell label="Endpoint" cut=true><code>"https://billing.example.com/webhooks/hookreel/production"</code></Cell>
                    <Cell label="Attempts" number=true>{place.to_string()}</Cell>
                    <Cell label="Last attempt"><RelativeTime at=now - time::Duration::minutes(place as i64 * 7)/></Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Section title="Tables"><DataTable caption="Sample deliveries" columns>{rows}</DataTable></Section> }
}

fn charts() -> impl IntoView {
    let buckets = StoredValue::new(samples::buckets(crate::clock::now()));
    view! {
        <div class="overview-charts">
            <Section title="Deliveries"><DeliveryChart buckets=buckets.get_value() window_h=24/></Section>
            <Section title="Time to answer"><LatencyChart buckets=buckets.get_value() window_h=24/></Section>
        </div>
        <div class="overview-charts">
            <Section title="Usage"><UsageChart days=samples::days(crate::clock::now())/></Section>
            <Section title="Usage over the month"><UsageSumChart days=samples::days(crate::clock::now()) begun=20 limit=Some(100_000)/></Section>
        </div>
        <Section title="Sparkline"><Sparkline buckets=buckets.get_value()/></Section>
    }
}

fn payloads() -> impl IntoView {
    view! {
        <Section title="Payloads">
            <PayloadViewer body=samples::json() name="json"/>
            <PayloadViewer body=samples::text() name="text"/>
            <PayloadViewer body=samples::hex() name="hex"/>
            <PayloadViewer body=samples::empty() name="empty"/>
            <HeaderTable headers=samples::headers() caption="Headers"/>
            <HeaderTable headers=Vec::new() caption="No headers"/>
        </Section>
    }
}

fn timelines() -> impl IntoView {
    let now = crate::clock::now();
    let [failed, refused, succeeded] = samples::attempts(now);
    view! {
        <Section title="Timeline">
            <Timeline>
                <TimelineItem tone=Tone::Ok title="Received" at=Some(now - time::Duration::minutes(5))>"From Stripe, verified."</TimelineItem>
                <AttemptItem attempt=failed open=true/>
                <AttemptItem attempt=refused/>
                <AttemptItem attempt=succeeded/>
                <TimelineItem title="Next attempt" at=Some(now + time::Duration::minutes(5))/>
            </Timeline>
        </Section>
    }
}

fn remarks() -> impl IntoView {
    let notices = [Tone::Ok, Tone::Warn, Tone::Bad, Tone::Info, Tone::Neutral]
        .map(|tone| view! { <Notice tone><p>{format!("A notice of tone {tone:?}.")}</p></Notice> })
        .into_iter()
        .collect_view();
    view! {
        <Section title="Remarks">
            {notices}
            <Card><p>"A card, for what is a thing of its own."</p></Card>
            <EmptyState title="No endpoints yet" text="An endpoint is a URL that matching messages are sent to.">
                <LinkButton href="/dev/components".to_owned()>"Add your first endpoint"</LinkButton>
            </EmptyState>
            <ErrorView error=AppError::Api(ApiError::Unavailable)/>
            <ErrorView error=AppError::Transport(String::new())/>
            <NotFoundView what="Endpoint"/>
            <Skeleton/>
        </Section>
    }
}
