//! Keys of the REST API.

pub mod server;
mod snippets;

pub use server::{CreateApiKey, ListApiKeys, RevokeApiKey, create_api_key, list_api_keys, revoke_api_key};

use crate::components::{
    Badge, ButtonKind, CancelLink, Cell, Column, ConfirmDialog, ConfirmLink, CopyField, DataTable, EmptyState,
    FormActions, FormError, Hidden, Notice, PageHeader, RelativeTime, Section, ServerForm, SnippetTabs, SubmitButton,
    TextField, Tone, loaded,
};
use crate::origin::use_origin;
use crate::routes::Path;
use crate::session::Session;
use hookreel_contract::views::{ApiKeyView, NewApiKey};
use leptos::prelude::*;
use snippets::publish_snippets;

/// Keys of the REST API: made here, shown once, revoked at once.
#[component]
pub fn ApiKeysPage() -> impl IntoView {
    let create = ServerAction::<CreateApiKey>::new();
    let keys = Resource::new(|| (), |()| list_api_keys());
    let origin = use_origin();
    let made_without_script = SharedValue::new(server::take_new_key).into_inner();
    let answer = create.value();
    let new_key = Signal::derive(move || {
        answer.with(|answer| match answer {
            Some(Ok(key)) => Some(key.clone()),
            Some(Err(_)) => None,
            None => made_without_script.clone(),
        })
    });
    view! {
        <PageHeader title="API keys" lead="Programs use them as bearer tokens for the REST API, also with the official Svix SDKs."/>
        {move || new_key.get().map(|key| view! { <NewKey key origin=origin.clone()/> })}
        <Section title="New key">
            <ServerForm action=create class="form form-row" reset=true>
                <TextField name="name" label="Name" placeholder="billing service" hint="Where it is used, so that you know what stops when you revoke it." required=true/>
                <FormActions><SubmitButton>"Create key"</SubmitButton></FormActions>
                <FormError/>
            </ServerForm>
        </Section>
        {loaded(keys, |keys| view! { <Keys keys/> })}
        <p class="muted">
            "What can be done with a key stands in the "
            <a href=Path::ApiReference.to_string() rel="external">"API reference"</a>"."
        </p>
    }
}

/// The only time the key itself is shown.
#[component]
fn NewKey(key: NewApiKey, origin: String) -> impl IntoView {
    let secret = key.key.as_str().to_owned();
    let session = use_context::<Session>();
    let snippets = move || {
        let (secret, origin) = (secret.clone(), origin.clone());
        Suspend::new(async move {
            let member = match session {
                Some(session) => session.0.await.ok(),
                None => None,
            };
            let application =
                member.map_or_else(|| "APPLICATION_ID".to_owned(), |member| member.default_application_id.to_string());
            view! { <SnippetTabs group="publish" snippets=publish_snippets(&origin, &secret, &application)/> }
        })
    };
    view! {
        <div class="new-key">
            <Notice tone=Tone::Ok>
                <p><strong>"Copy this key now."</strong> " It is not stored and cannot be shown again."</p>
                <CopyField label=key.view.name.clone() value=key.key.as_str().to_owned()/>
            </Notice>
            <h2>"Publish your first message"</h2>
            <Transition>{snippets}</Transition>
        </div>
    }
}

#[component]
fn Keys(keys: Vec<ApiKeyView>) -> impl IntoView {
    if keys.is_empty() {
        return view! {
            <EmptyState
                title="No API keys yet"
                text="Create one to publish messages from your own programs. Webhooks that providers send you need none."
            />
        }
        .into_any();
    }
    let rows = keys.iter().cloned().map(|key| view! { <KeyRow key/> }).collect_view();
    let questions = keys
        .into_iter()
        .filter(|key| key.revoked_at.is_none())
        .map(|key| view! { <RevokeQuestion key/> })
        .collect_view();
    let columns = vec![
        Column::text("Name"),
        Column::text("Key"),
        Column::text("Created"),
        Column::text("Last used"),
        Column::text("State"),
        Column::hidden("Actions"),
    ];
    view! {
        <DataTable caption="API keys" columns>{rows}</DataTable>
        {questions}
    }
    .into_any()
}

#[component]
fn KeyRow(key: ApiKeyView) -> impl IntoView {
    let is_live = key.revoked_at.is_none();
    let last_used = match key.last_used_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    let state = if is_live {
        view! { <Badge tone=Tone::Ok>"Active"</Badge> }
    } else {
        view! { <Badge tone=Tone::Neutral>"Revoked"</Badge> }
    };
    view! {
        <tr class:is-over=!is_live>
            <Cell label="Name" main=true><strong>{key.name}</strong></Cell>
            <Cell label="Key"><code>{format!("hk_…{}", key.hint)}</code></Cell>
            <Cell label="Created"><RelativeTime at=key.created_at/></Cell>
            <Cell label="Last used">{last_used}</Cell>
            <Cell label="State">{state}</Cell>
            <Cell label="Actions" number=true>
                {is_live.then(|| view! { <ConfirmLink name=format!("revoke-{}", key.id) small=true>"Revoke"</ConfirmLink> })}
            </Cell>
        </tr>
    }
}

#[component]
fn RevokeQuestion(key: ApiKeyView) -> impl IntoView {
    let revoke = ServerAction::<RevokeApiKey>::new();
    let id = Signal::stored(key.id.to_string());
    view! {
        <ConfirmDialog name=format!("revoke-{}", key.id) title=format!("Revoke “{}”?", key.name)>
            <p>"Whatever uses this key is refused from this moment on. This cannot be taken back."</p>
            <ServerForm action=revoke>
                <Hidden name="id" value=id/>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Revoke key"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}
