//! A second look at how a message was verified: what was signed, by which secret, and what did not fit.

use super::server::explain_message;
use crate::components::{Badge, ButtonKind, LinkButton, Section, Tone, VerdictBadge, loaded};
use crate::error::AppError;
use crate::query::{here_with, use_query};
use hookreel_contract::source::{FindingView, VerificationView};
use hookreel_kernel::MessageId;
use leptos::prelude::*;

/// In the address: whether the second look is shown.
const QUERY: &str = "verification";

/// The second look, on demand. Whether it is shown stands in the address, so that it works without JavaScript.
#[component]
pub fn Verification(id: MessageId) -> impl IntoView {
    let shown = use_query(QUERY);
    let is_shown = Memo::new(move |_| shown.get().is_some());
    let verification = Resource::new(
        move || is_shown.get(),
        move |is_shown| async move { if is_shown { explain_message(id).await.map(Some) } else { Ok::<_, AppError>(None) } },
    );
    let show = here_with(vec![(QUERY, Some("shown".to_owned()))]);
    let hide = here_with(vec![(QUERY, None)]);
    view! {
        <Section
            title="How it was verified"
            hint="Looked at again with the source's secrets of now and the time of then. Secrets and expected signatures are never shown."
        >
            {loaded(verification, move |verification| match verification {
                Some(verification) => view! {
                    <Findings verification/>
                    <LinkButton href=hide kind=ButtonKind::Quiet small=true>"Hide"</LinkButton>
                }
                .into_any(),
                None => view! {
                    <LinkButton href=show kind=ButtonKind::Secondary small=true>"Look again"</LinkButton>
                }
                .into_any(),
            })}
        </Section>
    }
}

#[component]
fn Findings(verification: VerificationView) -> impl IntoView {
    let findings = verification.findings.into_iter().map(|finding| view! { <Finding finding/> }).collect_view();
    view! {
        <p class="verification-outcome">"It would be " <VerdictBadge verdict=verification.verdict/></p>
        <dl class="findings">{findings}</dl>
    }
}

#[component]
fn Finding(finding: FindingView) -> impl IntoView {
    let judgement = finding.is_good.map(|is_good| {
        let (tone, word) = if is_good { (Tone::Ok, "fits") } else { (Tone::Bad, "does not fit") };
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
