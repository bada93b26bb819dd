//! For people who do not know their password any more.

use super::sign_in::EntryFrame;
use crate::components::{FormActions, FormError, Hidden, ServerForm, Skeleton, SubmitButton, TextField};
use crate::error::AppError;
use crate::query::use_query;
use crate::routes::{Path, no_mail_server};
use leptos::prelude::*;
use leptos_meta::Title;

/// In the address once a mail was asked for, whether or not there is such an account: it is sent.
#[cfg(feature = "ssr")]
const SENT: &str = "1";

/// The same where there is no mail server: operators see the mail, and nobody sends it.
const WRITTEN: &str = "written";

/// Asks for a link.
#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let request = ServerAction::<RequestPasswordReset>::new();
    let asked = use_query("asked");
    view! {
        <Title text="Forgotten password"/>
        <EntryFrame title="Forgotten password">
            <p class="entry-lead">
                {move || {
                    if asked.read().as_deref() == Some(WRITTEN) {
                        concat!("If there is an account with this address, a mail with a link is written. ", no_mail_server!(), " It works once, for 30 minutes.")
                    } else if asked.read().is_some() {
                        "If there is an account with this address, a mail with a link is on its way. The link works once, for 30 minutes. Nothing there? Look into the spam folder, then ask again."
                    } else {
                        "Type the address of your account. A mail to it has a link by which you choose a new password."
                    }
                }}
            </p>
            <ServerForm action=request>
                <TextField name="email" label="E-mail" kind="email" autocomplete="username" required=true autofocus=true/>
                <FormError/>
                <FormActions><SubmitButton>"Send the link"</SubmitButton></FormActions>
            </ServerForm>
            <p class="entry-other">"Remembered it? " <a href=Path::SignIn.to_string()>"Sign in"</a></p>
        </EntryFrame>
    }
}

/// Chooses a new password, with the token of a link. One that does not work is said before anybody thinks of a password.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let token = use_query("token");
    let link = Resource::new(move || token.get().unwrap_or_default(), check_reset_link);
    let content = move || {
        Suspend::new(async move {
            match link.await {
                Ok(()) => view! { <NewPassword/> }.into_any(),
                Err(error) => view! { <p class="entry-lead">{error.summary()}</p> }.into_any(),
            }
        })
    };
    view! {
        <Title text="New password"/>
        <EntryFrame title="Choose a new password">
            <Transition fallback=|| view! { <Skeleton/> }>{content}</Transition>
            <p class="entry-other">"Link too old? " <a href=Path::ForgotPassword.to_string()>"Ask for a new one"</a></p>
        </EntryFrame>
    }
}

#[component]
fn NewPassword() -> impl IntoView {
    let reset = ServerAction::<ResetPassword>::new();
    let token = use_query("token");
    view! {
        <ServerForm action=reset>
            <Hidden name="token" value=Signal::derive(move || token.get().unwrap_or_default())/>
            <TextField
                name="password"
                label="New password"
                kind="password"
                hint="At least 10 characters. A few words are easier to remember than one odd one. You are signed out everywhere."
                autocomplete="new-password"
                required=true
                autofocus=true
            />
            <FormError/>
            <FormActions><SubmitButton>"Save the password"</SubmitButton></FormActions>
        </ServerForm>
    }
}

/// Whether the link works still. Reading it changes nothing.
#[server(prefix = "/do", endpoint = "check_reset_link")]
pub async fn check_reset_link(token: String) -> Result<(), AppError> {
    Ok(crate::server::services()?.password_resets.check(&token.into()).await?)
}

/// Has a link sent, if there is such an account.
#[server(prefix = "/do", endpoint = "request_password_reset")]
pub async fn request_password_reset(email: String) -> Result<(), AppError> {
    use crate::server::{client, redirect, services};
    let services = services()?;
    services.password_resets.request(&email, client()).await?;
    redirect(Path::ForgotPassword.with(&[("asked", if services.mails_are_sent { SENT } else { WRITTEN })]));
    Ok(())
}

/// Sets the new password.
#[server(prefix = "/do", endpoint = "reset_password")]
pub async fn reset_password(token: String, password: String) -> Result<(), AppError> {
    use crate::routes::Done;
    use crate::server::{redirect, services};
    services()?.password_resets.reset(token.into(), password.into()).await?;
    redirect(Path::SignIn.notice(Done::PasswordReset));
    Ok(())
}
