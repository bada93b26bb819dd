//! Where the link in a mail leads that confirms an address. Programs that look through mails follow links, so opening
//! the page changes nothing: a person presses the button.

use super::sign_in::EntryFrame;
use crate::components::{FormActions, FormError, Hidden, LinkButton, ServerForm, SubmitButton};
use crate::error::AppError;
use crate::query::use_query;
use crate::routes::Path;
use leptos::prelude::*;
use leptos_meta::Title;

/// In the address once it is done.
const CONFIRMED: &str = "confirmed";

/// Confirms an address, with the token of a link, for whoever has it.
#[component]
pub fn VerifyAddressPage() -> impl IntoView {
    let (confirmed, token) = (use_query(CONFIRMED), use_query("token"));
    view! {
        <Title text="Confirm your address"/>
        <EntryFrame title="Confirm your address">
            {move || {
                if confirmed.read().is_some() {
                    view! { <Confirmed/> }.into_any()
                } else if token.read().is_none() {
                    view! { <Incomplete/> }.into_any()
                } else {
                    view! { <Question/> }.into_any()
                }
            }}
        </EntryFrame>
    }
}

#[component]
fn Question() -> impl IntoView {
    let verify = ServerAction::<VerifyAddress>::new();
    let token = use_query("token");
    view! {
        <p class="entry-lead">"One click, and it is known that mails to you arrive."</p>
        <ServerForm action=verify>
            <Hidden name="token" value=Signal::derive(move || token.get().unwrap_or_default())/>
            <FormError/>
            <FormActions><SubmitButton>"Confirm this address"</SubmitButton></FormActions>
        </ServerForm>
        <AnotherLink/>
    }
}

/// Part of the link is missing: there is nothing that a button could confirm.
#[component]
fn Incomplete() -> impl IntoView {
    view! {
        <p class="entry-lead">"This link is incomplete. Copy the whole of it from the mail."</p>
        <AnotherLink/>
    }
}

#[component]
fn AnotherLink() -> impl IntoView {
    view! {
        <p class="entry-other">"Link too old? " <a href=Path::Settings.to_string()>"Send a new one from your settings"</a></p>
    }
}

#[component]
fn Confirmed() -> impl IntoView {
    view! {
        <p class="entry-lead" role="status">"Your address is confirmed. Mails about your account go there."</p>
        <LinkButton href=Path::Overview.to_string()>"Open the dashboard"</LinkButton>
    }
}

/// Confirms the address that the link was sent to.
#[server(prefix = "/do", endpoint = "verify_address")]
pub async fn verify_address(token: String) -> Result<(), AppError> {
    use crate::server::{redirect, services};
    services()?.addresses.verify(token.into()).await?;
    redirect(Path::VerifyAddress.with(&[(CONFIRMED, "1")]));
    Ok(())
}
