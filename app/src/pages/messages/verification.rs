//! A second look at how a message was verified: what was signed, by which secret, and what did not fit.

use crate::components::{Badge, ButtonKind, Section, Tone, VerdictBadge};
use crate::error::AppError;
use crate::query::{here_with, use_query};
use hookreel_contract::source::{FindingView, VerificationView};
use leptos::prelude::*;

/// In the address: whether the second look is shown.
const QUERY: &str = "verification";

/// Whether the address asks for the second look: without JavaScript too.
pub fn is_asked_for() -> Memo<bool> {
    let shown = use_query(QUERY);
    Memo::new(move |_| shown.get().is_some())
}

/// The second look, or the way to it.
#[component]
pub fn Verification(looked: Option<Result<VerificationView, AppError>>) -> impl IntoView {
    let show = here_with(vec![(QUERY, Some("shown".to_owned()))]);
    let hide = here_with(vec![(QUERY, None)]);
    let (href, label) = if looked.is_some() { (hide, "Hide") } else { (show, "Look again") };
    let findings = looked.map(|looked| match looked {
        Ok(verification) => view! { <Findings verification/> }.into_any(),
        // Of a source that was deleted, for example: there are no secrets to look with.
        Err(error) => view! { <p class="muted">{error.summary()}</p> }.into_any(),
    });
    view! {
        <Section
            title="How it was verified"
            hint="Checked again with the source's current secrets, as of the time the request came in. Secrets and expected signatures are never shown."
        >
            {findings}
            <a class=ButtonKind::Secondary.class(true) href=href data-noscroll=true>{label}</a>
        </Section>
    }
}

#[component]
fn Findings(verification: VerificationView) -> impl IntoView {
    let findings = verification.findings.into_iter().map(|finding| view! { <Finding finding/> }).collect_view();
    view! {
        <p class="verification-outcome">"Verdict today: " <VerdictBadge verdict=verification.verdict/></p>
        <dl class="findings">{findings}</dl>
    }
}

#[component]
fn Finding(finding: FindingView) -> impl IntoView {
    let judgement = finding.is_good.map(|is_good| {
        let (tone, word) = if is_good { (Tone::Ok, "matches") } else { (Tone::Bad, "does not match") };
        view! { <Badge tone>{word}</Badge> }
    });
    let text = if finding.is_verbatim {
        let label = finding.label.clone();
        view! { <pre class="finding-verbatim" tabindex="0" aria-label=label><code>{finding.text}</code></pre> }
            .into_any()
    } else {
        view! { <span>{finding.text}</span> }.into_any()
    };
    view! {
        <div class="finding">
            <dt>{finding.label}</dt>
            <dd>{text}{judgement}</dd>
        </div>
    }
}
