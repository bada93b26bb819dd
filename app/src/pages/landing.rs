//! What Hookreel is, for people who come here first.

use crate::components::{Badge, ButtonKind, LinkButton, Mark, Tone};
use crate::routes::Path;
use crate::session::current_member;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// What Hookreel is.
#[component]
pub fn LandingPage() -> impl IntoView {
    view! {
        <Title text=""/>
        <Meta name="description" content="Receive, send, watch and replay webhooks. Self-hosted: one binary and PostgreSQL."/>
        <div class="landing">
            <header class="landing-head">
                <span class="brand"><Mark/><span>"Hookreel"</span></span>
                <nav aria-label="Account"><Entrance/></nav>
            </header>
            <main>
                <div class="landing-hero">
                    <h1>"Every webhook arrives, and you can prove it."</h1>
                    <p>
                        "Hookreel receives webhooks from providers and sends webhooks to your customers. It verifies, "
                        "signs, retries, and keeps every one of them in an append-only log, so that you can see why "
                        "something did not arrive and send it again."
                    </p>
                    <div class="landing-actions">
                        <LinkButton href=Path::SignUp.to_string()>"Create an account"</LinkButton>
                        <LinkButton href=Path::SourceGuides.to_string() kind=ButtonKind::Secondary>"Providers"</LinkButton>
                        // Served beside the dashboard, not by it.
                        <a class=ButtonKind::Secondary.class(false) href="/docs" rel="external">"API reference"</a>
                    </div>
                </div>
                <Journey/>
                <Promises/>
            </main>
            <footer class="landing-foot">"One binary and PostgreSQL. MIT or Apache-2.0, whichever you like."</footer>
        </div>
    }
}

/// Ways in: for somebody who is signed in already, only one.
#[component]
fn Entrance() -> impl IntoView {
    let member = Resource::new(|| (), |()| current_member());
    let links = move || {
        Suspend::new(async move {
            if member.await.is_ok() {
                view! { <LinkButton href=Path::Overview.to_string() small=true>"Open the dashboard"</LinkButton> }
                    .into_any()
            } else {
                view! {
                    <LinkButton href=Path::SignIn.to_string() kind=ButtonKind::Quiet small=true>"Sign in"</LinkButton>
                    <LinkButton href=Path::SignUp.to_string() kind=ButtonKind::Secondary small=true>"Sign up"</LinkButton>
                }
                .into_any()
            }
        })
    };
    view! { <Transition>{links}</Transition> }
}

/// The life of one message, as the dashboard shows it.
#[component]
fn Journey() -> impl IntoView {
    let steps = [
        ("09:30:04.112", Tone::Ok, "Received", "invoice.paid from Stripe, 1.8 KiB"),
        ("09:30:04.113", Tone::Ok, "Verified", "Stripe-Signature, 0.4 s old"),
        ("09:30:04.119", Tone::Bad, "Attempt 1", "503 from billing.example.com in 212 ms"),
        ("09:30:09.204", Tone::Bad, "Attempt 2", "no answer within 15 s"),
        ("09:35:11.871", Tone::Ok, "Attempt 3", "200 in 96 ms, signed and delivered"),
    ];
    let rows = steps
        .map(|(at, tone, what, detail)| {
            view! {
                <li>
                    <span class="journey-at">{at}</span>
                    <Badge tone>{what}</Badge>
                    <span class="journey-detail">{detail}</span>
                </li>
            }
        })
        .into_iter()
        .collect_view();
    view! {
        <figure class="journey">
            <figcaption>"One message, from the provider to your endpoint"</figcaption>
            <ol>{rows}</ol>
        </figure>
    }
}

#[component]
fn Promises() -> impl IntoView {
    let promises = [
        (
            "Nothing acknowledged is lost",
            "A webhook is answered only after it is committed. Deliveries are retried for three days, and a reconciler finds \
             whatever a crash left behind.",
        ),
        (
            "Every byte stays as it was",
            "Payloads, headers and answers are kept exactly as they came. Bad signatures are refused, and kept for you to \
             look at.",
        ),
        (
            "History can be sent again",
            "Resend one delivery, or replay a range of time to one endpoint. Both append; neither changes what happened.",
        ),
    ];
    let items =
        promises.map(|(title, text)| view! { <li><h2>{title}</h2><p>{text}</p></li> }).into_iter().collect_view();
    view! { <ul class="promises">{items}</ul> }
}
