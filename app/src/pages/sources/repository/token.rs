//! The first step of connecting: a token of GitHub.

use super::server::BeginConnection;
use crate::components::{FormActions, FormError, Hidden, Section, ServerForm, Steps, SubmitButton, TextField};
use hookreel_kernel::SourceId;
use leptos::prelude::*;

/// Where GitHub says how tokens are made.
const DOCS_URL: &str = "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens#creating-a-fine-grained-personal-access-token";
const HOW: &str = "In GitHub's settings open Developer settings, Personal access tokens, Fine-grained tokens, and generate one. Choose the owner of the repository, and give access to that repository only. Under repository permissions choose Webhooks: Read and write, and Pull requests: Read-only to see the open ones here.";

/// Asks for a token.
#[component]
pub fn GiveToken(source: Option<SourceId>) -> impl IntoView {
    let begin = ServerAction::<BeginConnection>::new();
    view! {
        <div class="wizard">
            <ServerForm action=begin class="form source-form">
                {source.map(|id| view! { <Hidden name="source" value=id.to_string()/> })}
                <TokenField/>
                <FormError/>
                <FormActions><SubmitButton>"Continue"</SubmitButton></FormActions>
            </ServerForm>
            <Section title="Where to get a token">
                <Steps text=HOW/>
                <p class="guide-links">
                    <a href=DOCS_URL rel="external noreferrer">"GitHub's own documentation"</a>
                </p>
            </Section>
        </div>
    }
}

/// The field for a token.
#[component]
pub fn TokenField() -> impl IntoView {
    view! {
        <TextField
            name="token"
            label="Fine-grained token"
            kind="password"
            hint="Stored encrypted, used for this repository and its webhook only, and never shown again."
            autocomplete="off"
            placeholder="github_pat_…"
            required=true
            mono=true
        />
    }
}
