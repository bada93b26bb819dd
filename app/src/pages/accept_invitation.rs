//! Where the link of an invitation leads.

use super::sign_in::EntryFrame;
use crate::components::{FormActions, FormError, Hidden, ServerForm, Skeleton, SubmitButton, TextField};
use crate::error::AppError;
use crate::query::use_query;
use crate::routes::Path;
use hookreel_contract::views::InvitationOffer;
use leptos::prelude::*;
use leptos_meta::Title;

/// Joins a tenant, with the token of a link, for whoever has it.
#[component]
pub fn AcceptInvitationPage() -> impl IntoView {
    let token = use_query("token");
    let offer = Resource::new(move || token.get().unwrap_or_default(), read_invitation);
    let content = move || {
        Suspend::new(async move {
            match offer.await {
                Ok(offer) if offer.has_account => view! { <HasAccount offer/> }.into_any(),
                Ok(offer) => view! { <Join offer/> }.into_any(),
                Err(error) => view! { <p class="entry-lead">{error.summary()}</p> }.into_any(),
            }
        })
    };
    view! {
        <Title text="Invitation"/>
        <EntryFrame title="Accept the invitation">
            <Transition fallback=|| view! { <Skeleton/> }>{content}</Transition>
            <p class="entry-other">"Have an account? " <a href=Path::SignIn.to_string()>"Sign in"</a></p>
        </EntryFrame>
    }
}

#[component]
fn Join(offer: InvitationOffer) -> impl IntoView {
    let accept = ServerAction::<AcceptInvitation>::new();
    let token = use_query("token");
    view! {
        <p class="entry-lead">
            "You are invited to " <strong>{offer.tenant_name}</strong> ". Choose a password, and sign in with "
            <strong>{offer.email.to_string()}</strong> " from then on."
        </p>
        <ServerForm action=accept>
            <Hidden name="token" value=Signal::derive(move || token.get().unwrap_or_default())/>
            <TextField
                name="password"
                label="Password"
                kind="password"
                hint="At least 10 characters. A few words are easier to remember than one odd one."
                autocomplete="new-password"
                required=true
                autofocus=true
            />
            <FormError/>
            <FormActions><SubmitButton>"Join"</SubmitButton></FormActions>
        </ServerForm>
    }
}

/// An address can be a member's of one tenant only: what to do about it.
#[component]
fn HasAccount(offer: InvitationOffer) -> impl IntoView {
    view! {
        <p class="entry-lead">
            "You are invited to " <strong>{offer.tenant_name}</strong> ", but " <strong>{offer.email.to_string()}</strong>
            " has an account already, and an address can belong to one account only."
        </p>
        <ul class="entry-ways">
            <li>"Sign in to that account, change its address in its settings, and open this link again."</li>
            <li>"Or ask whoever invited you to invite another address of yours."</li>
        </ul>
    }
}

/// What the link invites to. Reading it changes nothing.
#[server(prefix = "/do", endpoint = "read_invitation")]
pub async fn read_invitation(token: String) -> Result<InvitationOffer, AppError> {
    Ok(crate::server::services()?.members.offer(&token.into()).await?)
}

/// Makes the member, and signs in.
#[server(prefix = "/do", endpoint = "accept_invitation")]
pub async fn accept_invitation(token: String, password: String) -> Result<(), AppError> {
    use crate::routes::Done;
    use crate::server::{begin_session, redirect, services};
    let identity = services()?.members.accept(token.into(), password.into()).await?;
    begin_session(identity).await?;
    redirect(Path::Overview.notice(Done::Joined));
    Ok(())
}
